-- What a provider told us that is no event to us is kept as well, as evidence.
alter table provider_events
    drop constraint provider_event_kind_is_known,
    add constraint provider_event_kind_is_known check (kind in
        ('status', 'inbound', 'bounce', 'complaint', 'preference', 'account', 'click', 'feedback', 'unreadable', 'no_event'));
