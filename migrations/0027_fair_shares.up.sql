-- The campaigns of one tenant share alike: what is due is found campaign by campaign, and each has a line of its own before a bucket.
alter table enrollment_touches add column campaign_id uuid;
update enrollment_touches t set campaign_id = e.campaign_id
from campaign_enrollments e
where e.tenant_id = t.tenant_id and e.id = t.enrollment_id;
alter table enrollment_touches alter column campaign_id set not null;
drop index touches_that_are_due;
create index touches_that_are_due on enrollment_touches (tenant_id, campaign_id, scheduled_at) where status = 'pending';
grant select (campaign_id) on enrollment_touches to courtesy_engine;

-- the campaign that it shares as; what belongs to none shares as one more
alter table messages add column line uuid not null
    generated always as (coalesce(campaign_id, '00000000-0000-0000-0000-000000000000')) stored;
drop index messages_that_are_due;
create index messages_that_are_due on messages (tenant_id, line, due_at, id) where status = 'queued';
grant select (line) on messages to courtesy_engine;

-- each campaign that was told to come later: `of` its id, `until` when the last comes, `level` what is left of its share
alter table pace_buckets drop column line_until;
alter table pace_buckets add column lines jsonb not null default '[]';
alter table pace_buckets add constraint bucket_lines_are_a_list check (jsonb_typeof(lines) = 'array');
