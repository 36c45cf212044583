-- A connection that we can't open ourselves is out as well: its messages wait until we can.
alter table tenant_channel_settings
    drop constraint connection_says_why_it_is_out,
    add constraint connection_says_why_it_is_out check (unavailable_reason in ('outage', 'account', 'unopened', 'operator'));
alter table connection_circuits
    drop constraint circuit_is_open_for_one_of_two,
    add constraint circuit_is_open_for_a_reason check (why in ('outage', 'account', 'unopened'));

-- One kind of task more, whatever kinds there are by now.
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[', 'ARRAY[''connection_unopened''::text, ');
end $$;
