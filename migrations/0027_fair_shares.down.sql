alter table pace_buckets drop column lines;
alter table pace_buckets add column line_until timestamptz;
drop index messages_that_are_due;
alter table messages drop column line;
create index messages_that_are_due on messages (tenant_id, due_at) where status = 'queued';
revoke select (campaign_id) on enrollment_touches from courtesy_engine;
drop index touches_that_are_due;
alter table enrollment_touches drop column campaign_id;
create index touches_that_are_due on enrollment_touches (tenant_id, scheduled_at) where status = 'pending';
