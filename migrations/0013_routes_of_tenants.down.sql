drop index campaigns_that_are_paused;
create index campaigns_paused on campaigns (paused_at) where status = 'paused' and deleted_at is null;
drop policy routes_are_found on number_routes;
drop policy tenant_isolation on number_routes;
alter table number_routes disable row level security;
