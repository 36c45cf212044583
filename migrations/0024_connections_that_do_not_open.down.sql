update review_tasks set kind = 'connection_refused' where kind = 'connection_unopened';
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[''connection_unopened''::text, ', 'ARRAY[');
end $$;
-- it is tried again, as after an outage
update connection_circuits set why = 'outage' where why = 'unopened';
update tenant_channel_settings set unavailable_reason = 'outage' where unavailable_reason = 'unopened';
alter table connection_circuits
    drop constraint circuit_is_open_for_a_reason,
    add constraint circuit_is_open_for_one_of_two check (why in ('outage', 'account'));
alter table tenant_channel_settings
    drop constraint connection_says_why_it_is_out,
    add constraint connection_says_why_it_is_out check (unavailable_reason in ('outage', 'account', 'operator'));
