revoke select, delete on number_routes from courtesy_app;
drop policy tenant_isolation on number_routes;
create policy tenant_isolation on number_routes for insert to courtesy_app with check (routed_tenant_id = app.tenant());
drop table hook_routes;
alter table messages drop column connection_id;
drop index connection_has_one_that_stands_in;
drop index connection_is_one_per_channel_and_purpose;
-- what the older version can't tell apart, it does not have
update tenant_channel_settings set is_active = false where purpose <> 'any' or stands_in_for is not null;
create unique index connection_is_one_per_channel on tenant_channel_settings (tenant_id, channel) where is_active;
alter table tenant_channel_settings
    drop column name,
    drop column purpose,
    drop column settings,
    drop column credentials,
    drop column verified_at,
    drop column stands_in_for,
    drop column unavailable_reason;
