delete from review_tasks where kind = 'message_unreadable';
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[''message_unreadable''::text, ', 'ARRAY[');
end $$;
