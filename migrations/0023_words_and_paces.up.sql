-- Words that the program has learnt: what a task is about when a provider or carrier refuses what we send, and an operator's own address.
do $$
declare
    kinds text;
    methods text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[', 'ARRAY[''account_refused''::text, ''content_refused''::text, ''registration_missing''::text, ''sender_refused''::text, ');
    select pg_get_constraintdef(oid) into methods from pg_constraint where conname = 'consent_event_method_is_known';
    alter table consent_events drop constraint consent_event_method_is_known;
    execute 'alter table consent_events add constraint consent_event_method_is_known '
        || replace(methods, 'ARRAY[', 'ARRAY[''own_address''::text, ');
end $$;

-- Buckets of senders that are gone go with them.
grant delete on pace_buckets to courtesy_app;
delete from pace_buckets b
where b.scope in ('connection', 'carrier_minute', 'carrier_day')
  and not exists (select from tenant_channel_settings s
                  where s.tenant_id = b.tenant_id and s.id::text = split_part(b.key, ' ', 1));
delete from pace_buckets b
where b.scope = 'number'
  and not exists (select from tenant_channel_settings s
                  where s.tenant_id = b.tenant_id and s.channel || ' ' || s.sender_address = b.key);
