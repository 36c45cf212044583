drop table link_keys;
delete from review_tasks where kind = 'account_event';
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[''account_event''::text, ', 'ARRAY[');
end $$;
drop index provider_events_as_said;
drop index provider_events_that_wait;
-- what the older version has no word for, it never read
delete from provider_events where kind in ('bounce', 'complaint', 'preference', 'account', 'unreadable');
alter table provider_events
    drop column wait_until,
    drop column connection_id,
    drop column raw,
    drop constraint provider_event_kind_is_known,
    add constraint provider_event_kind_is_known check (kind in ('status', 'inbound', 'click', 'feedback'));
