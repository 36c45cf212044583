update review_tasks set kind = 'event_failed' where kind = 'untold_text';
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[''untold_text''::text, ', 'ARRAY[');
end $$;
