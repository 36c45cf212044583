-- the older version kept none of these
delete from provider_events where kind = 'no_event';
alter table provider_events
    drop constraint provider_event_kind_is_known,
    add constraint provider_event_kind_is_known check (kind in
        ('status', 'inbound', 'bounce', 'complaint', 'preference', 'account', 'click', 'feedback', 'unreadable'));
