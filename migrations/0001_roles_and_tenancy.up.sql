-- Who may do what, and the one text of every tenant policy: roles of one job each, `app.tenant()`, `app.tenant_table()`.

-- Roles belong to the cluster, so another database of it may have made them already.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['courtesy_app', 'courtesy_engine', 'courtesy_operator'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I nologin', role_name);
        end if;
        -- with a single owner URL the role is a start-up option of the connection, so the owner must be a member
        begin
            if current_setting('server_version_num')::int >= 160000 then
                execute format('grant %I to current_user with set true', role_name);
            elsif not pg_has_role(current_user, role_name, 'member') then
                execute format('grant %I to current_user', role_name);
            end if;
        exception when insufficient_privilege or invalid_grant_operation then
            null; -- separate logins: the owner never becomes them
        end;
    end loop;
end $$;

create schema app;
grant usage on schema app to courtesy_app, courtesy_engine, courtesy_operator;
revoke create on schema public from public;

-- The tenant in force; null when unset and when a finished transaction left '' behind: no tenant, no rows.
create function app.tenant() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('app.current_tenant', true), '')::uuid $$;

-- Citus, where it is installed, distributes by tenant; elsewhere this does nothing.
create function app.distribute(table_name text) returns void language plpgsql as $$
begin
    if exists (select from pg_catalog.pg_extension where extname = 'citus') then
        if table_name = 'tenants' then
            execute format('select create_distributed_table(%L, %L)', table_name, 'tenant_id');
        else
            execute format('select create_distributed_table(%L, %L, colocate_with => %L)', table_name, 'tenant_id', 'tenants');
        end if;
    end if;
end $$;

-- Makes a table a tenant's: row security with the one policy, the verbs that the application has on it, and
-- reading across tenants for operators' reports.
create function app.tenant_table(table_name text, app_verbs text) returns void language plpgsql as $$
begin
    perform app.distribute(table_name);
    execute format('alter table %I enable row level security', table_name);
    execute format(
        'create policy tenant_isolation on %I to courtesy_app using (tenant_id = app.tenant()) with check (tenant_id = app.tenant())',
        table_name);
    execute format('create policy operator_reads on %I for select to courtesy_operator using (true)', table_name);
    execute format('grant %s on %I to courtesy_app', app_verbs, table_name);
    execute format('grant select on %I to courtesy_operator', table_name);
end $$;

-- Partitions of a log that only grows, a month each; those that exist are left alone.
create function app.month_partitions(table_name text, first_month date, months int) returns void language plpgsql as $$
declare
    month date;
    partition_name text;
begin
    for step in 0 .. months - 1 loop
        month := (date_trunc('month', first_month::timestamp) + make_interval(months => step))::date;
        partition_name := table_name || '_' || to_char(month, 'YYYY_MM');
        if to_regclass(partition_name) is null then
            execute format('create table %I partition of %I for values from (%L) to (%L)',
                partition_name, table_name,
                to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
        end if;
    end loop;
end $$;
revoke execute on all functions in schema app from public;
grant execute on function app.tenant() to courtesy_app, courtesy_engine, courtesy_operator;
