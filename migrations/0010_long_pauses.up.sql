-- The engine finds tenants whose campaigns have been paused for so long that their enrollments end.
create index campaigns_paused on campaigns (paused_at) where status = 'paused' and deleted_at is null;
grant select (tenant_id, status, paused_at, deleted_at) on campaigns to courtesy_engine;
create policy engine_finds_long_pauses on campaigns for select to courtesy_engine using (status = 'paused' and deleted_at is null);
