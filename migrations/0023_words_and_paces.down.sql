revoke delete on pace_buckets from courtesy_app;
-- The ledger is not rewritten: what it holds has to be known to the version before.
do $$
declare
    kinds text;
    methods text;
begin
    if exists (select from consent_events where method = 'own_address') then
        raise exception 'the consent ledger has events by own_address, which the version before does not know';
    end if;
    select pg_get_constraintdef(oid) into methods from pg_constraint where conname = 'consent_event_method_is_known';
    alter table consent_events drop constraint consent_event_method_is_known;
    execute 'alter table consent_events add constraint consent_event_method_is_known '
        || replace(methods, 'ARRAY[''own_address''::text, ', 'ARRAY[');
    update review_tasks set kind = 'carrier_filtered'
    where kind in ('account_refused', 'content_refused', 'registration_missing', 'sender_refused');
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[''account_refused''::text, ''content_refused''::text, ''registration_missing''::text, ''sender_refused''::text, ', 'ARRAY[');
end $$;
