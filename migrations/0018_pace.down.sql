update review_tasks set kind = 'carrier_filtered' where kind = 'connection_refused';
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[''connection_refused''::text, ', 'ARRAY[');
end $$;
drop table reconciliations;
drop index messages_that_go_first;
drop index messages_without_a_report;
alter table messages drop column lookups;
alter table recipients drop column carrier;
update tenant_channel_settings s set unavailable_since = null, unavailable_reason = null
from connection_circuits c
where c.tenant_id = s.tenant_id and c.connection_id = s.id and s.unavailable_reason = c.why;
drop table connection_circuits;
drop table pace_buckets;
