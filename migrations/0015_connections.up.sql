-- Connections to real providers: what they are told, sealed credentials, whether they were tried, who stands in; and whose a hook is.
alter table tenant_channel_settings
    add column name text not null default '',
    -- one connection carries a channel; another may carry one purpose of it
    add column purpose text not null default 'any',
    -- the provider's fields that are no secret, by name
    add column settings jsonb not null default '{}',
    -- the secret ones, and the hook's token: sealed, and bound to this row
    add column credentials bytea,
    -- when the provider last said that the credentials work; a connection that was never verified carries nothing
    add column verified_at timestamptz,
    -- carries for that connection while its provider is out, and never else
    add column stands_in_for uuid,
    add column unavailable_reason text,
    -- after 'any' other purposes: which one
    add constraint connection_purpose_is_known check (purpose in ('any', 'marketing', 'service', 'transactional', 'reply')),
    add constraint connection_settings_are_fields check (jsonb_typeof(settings) = 'object'),
    add constraint connection_stands_in_for_one foreign key (tenant_id, stands_in_for)
        references tenant_channel_settings (tenant_id, id) on delete restrict,
    add constraint connection_stands_in_for_another check (stands_in_for is distinct from id),
    add constraint connection_says_why_it_is_out check (unavailable_reason in ('outage', 'account', 'operator')),
    add constraint connection_is_out_for_a_reason check ((unavailable_since is null) = (unavailable_reason is null));
update tenant_channel_settings set name = channel || ' by ' || provider, verified_at = created_at;
alter table tenant_channel_settings
    alter column name drop default,
    add constraint connection_name_is_there check (length(name) between 1 and 80),
    add constraint connection_name_is_unique unique (tenant_id, name);

drop index connection_is_one_per_channel;
create unique index connection_is_one_per_channel_and_purpose on tenant_channel_settings (tenant_id, channel, purpose)
    where is_active and stands_in_for is null;
create unique index connection_has_one_that_stands_in on tenant_channel_settings (tenant_id, stands_in_for)
    where is_active and stands_in_for is not null;

-- Through which connection a message went: it is asked about there.
alter table messages add column connection_id uuid;

-- Whose hook a token is: found before a tenant is known, so it is global and holds nothing else. The token itself is not kept here.
create table hook_routes (
    token_digest bytea not null,
    provider text not null,
    routed_tenant_id uuid not null,
    connection_id uuid not null,
    constraint hook_routes_pkey primary key (token_digest),
    constraint hook_token_is_a_digest check (length(token_digest) = 32)
);
alter table hook_routes enable row level security;
create policy tenant_isolation on hook_routes to courtesy_app using (routed_tenant_id = app.tenant())
    with check (routed_tenant_id = app.tenant());
create policy routes_are_found on hook_routes for select to courtesy_engine, courtesy_operator using (true);
grant insert, select, delete on hook_routes to courtesy_app;
grant select on hook_routes to courtesy_engine, courtesy_operator;

-- A connection that is taken away takes its address along; another tenant may hold it then.
drop policy tenant_isolation on number_routes;
create policy tenant_isolation on number_routes to courtesy_app using (routed_tenant_id = app.tenant())
    with check (routed_tenant_id = app.tenant());
grant select, delete on number_routes to courtesy_app;
