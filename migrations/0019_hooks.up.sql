-- What providers tell by webhook: the piece as they said it, events that wait for their message, and the keys of unsubscribe links.
alter table provider_events
    -- the provider's own fields, to be read again by later code; with the first event of a piece only; none of the sandbox
    add column raw jsonb,
    -- through whose hook it came; whose connection was taken away since keeps its events
    add column connection_id uuid,
    -- it is about a message that is not known yet: it is looked at again then
    add column wait_until timestamptz,
    drop constraint provider_event_kind_is_known,
    add constraint provider_event_kind_is_known check (kind in
        ('status', 'inbound', 'bounce', 'complaint', 'preference', 'account', 'click', 'feedback', 'unreadable'));
create index provider_events_that_wait on provider_events (tenant_id, wait_until) where applied_at is null and wait_until is not null;
create index provider_events_as_said on provider_events (tenant_id, received_at, provider, event_key) where raw is not null;
grant select (wait_until) on provider_events to courtesy_engine;

-- What a provider says of an account is for a person.
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[', 'ARRAY[''account_event''::text, ');
end $$;

-- What signs a tenant's unsubscribe links, by the random name that stands in them: found before a tenant is known, so it is global
-- and holds nothing else. A link works for ever, so a key is never changed.
create table link_keys (
    name uuid not null,
    routed_tenant_id uuid not null,
    secret bytea not null,
    constraint link_keys_pkey primary key (name),
    constraint link_key_is_one_per_tenant unique (routed_tenant_id),
    constraint link_key_has_256_bits check (length(secret) = 32)
);
alter table link_keys enable row level security;
create policy tenant_isolation on link_keys to courtesy_app using (routed_tenant_id = app.tenant())
    with check (routed_tenant_id = app.tenant());
create policy routes_are_found on link_keys for select to courtesy_engine using (true);
grant insert, select on link_keys to courtesy_app;
grant select on link_keys to courtesy_engine;
