do $$
declare
    one record;
begin
    for one in select c.oid::regclass as name
               from pg_class c
               join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    loop
        execute format('alter table %s alter column tenant_id set statistics -1', one.name);
    end loop;
end $$;

create or replace function app.tenant_table(table_name text, app_verbs text) returns void language plpgsql as $$
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

create or replace function app.month_partitions(table_name text, first_month date, months int) returns void language plpgsql as $$
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
