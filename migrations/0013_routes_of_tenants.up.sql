-- A tenant may say that an address leads to itself, not to another; and the engine's index of pauses begins with the tenant.
alter table number_routes enable row level security;
create policy tenant_isolation on number_routes for insert to courtesy_app with check (routed_tenant_id = app.tenant());
create policy routes_are_found on number_routes for select to courtesy_engine, courtesy_operator using (true);
drop index campaigns_paused;
create index campaigns_that_are_paused on campaigns (tenant_id, paused_at) where status = 'paused' and deleted_at is null;
