-- What the catalog has against isolation: one row a finding. Reads the catalog alone, so any role may ask.
with role as (
    select r.oid, r.rolname::text as name
    from pg_roles r
    where r.rolname in ('courtesy_app', 'courtesy_engine', 'courtesy_operator')
),
app as (select r.oid from role r where r.name = 'courtesy_app'),
made_by_extension as (select d.classid, d.objid from pg_depend d where d.deptype = 'e'),
space as (
    select n.oid, n.nspname::text as name
    from pg_namespace n
    where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
),
rel as (
    select c.oid, c.relname::text as name, c.relkind, c.relrowsecurity as secured, c.relforcerowsecurity as forced, c.relowner,
           c.relispartition, c.reloptions, c.relacl, a.attnum as tenant_column, a.attnotnull as tenant_is_there
    from pg_class c
    left join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (select from made_by_extension e where e.classid = 'pg_class'::regclass and e.objid = c.oid)
),
tenants_table as (select * from rel t where t.relkind in ('r', 'p') and t.tenant_column is not null),
-- tables that hold nothing of a tenant but its id: the migrations' own, and whose an address of ours is
global_table as (select * from rel t where t.relkind in ('r', 'p') and t.name in ('_sqlx_migrations', 'number_routes', 'hook_routes', 'link_keys')),
policy as (
    select p.polrelid, p.polname::text as name, p.polcmd::text as command, p.polpermissive as permissive,
           coalesce((select string_agg(r.rolname::text, ',' order by r.rolname) from pg_roles r where r.oid = any (p.polroles)), 'public') as roles,
           coalesce(pg_get_expr(p.polqual, p.polrelid), '') as using_text,
           coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as check_text
    from pg_policy p
),
-- every policy that may be: two on each tenant table, the engine's probes, and the routes
wanted_policy as (
    select t.oid as polrelid, w.name, w.command, w.roles, w.using_text, w.check_text
    from tenants_table t
    cross join (values
        ('tenant_isolation', '*', 'courtesy_app', '(tenant_id = app.tenant())', '(tenant_id = app.tenant())'),
        ('operator_reads', 'r', 'courtesy_operator', 'true', '')
    ) as w (name, command, roles, using_text, check_text)
    union all
    select t.oid, w.name, w.command, w.roles, w.using_text, w.check_text
    from rel t
    join (values
        ('enrollment_touches', 'engine_finds_due_touches', 'r', 'courtesy_engine', '(status = ''pending''::text)', ''),
        ('messages', 'engine_finds_due_messages', 'r', 'courtesy_engine',
            '(status = ANY (ARRAY[''queued''::text, ''sending''::text, ''unknown''::text]))', ''),
        ('provider_events', 'engine_finds_events_to_apply', 'r', 'courtesy_engine', '(applied_at IS NULL)', ''),
        ('campaigns', 'engine_finds_long_pauses', 'r', 'courtesy_engine', '((status = ''paused''::text) AND (deleted_at IS NULL))', ''),
        ('number_routes', 'tenant_isolation', '*', 'courtesy_app', '(routed_tenant_id = app.tenant())', '(routed_tenant_id = app.tenant())'),
        ('number_routes', 'routes_are_found', 'r', 'courtesy_engine,courtesy_operator', 'true', ''),
        ('hook_routes', 'tenant_isolation', '*', 'courtesy_app', '(routed_tenant_id = app.tenant())', '(routed_tenant_id = app.tenant())'),
        ('hook_routes', 'routes_are_found', 'r', 'courtesy_engine,courtesy_operator', 'true', ''),
        ('link_keys', 'tenant_isolation', '*', 'courtesy_app', '(routed_tenant_id = app.tenant())', '(routed_tenant_id = app.tenant())'),
        ('link_keys', 'routes_are_found', 'r', 'courtesy_engine', 'true', '')
    ) as w (name_of_table, name, command, roles, using_text, check_text) on w.name_of_table = t.name
),
-- all that the engine may read of tenants' tables
engine_column (name_of_table, name) as (
    values ('enrollment_touches', 'tenant_id'), ('enrollment_touches', 'scheduled_at'), ('enrollment_touches', 'status'),
           ('enrollment_touches', 'campaign_id'), ('messages', 'line'),
           ('messages', 'tenant_id'), ('messages', 'due_at'), ('messages', 'lease_until'), ('messages', 'status'),
           ('provider_events', 'tenant_id'), ('provider_events', 'received_at'), ('provider_events', 'applied_at'),
           ('provider_events', 'wait_until'),
           ('campaigns', 'tenant_id'), ('campaigns', 'status'), ('campaigns', 'paused_at'), ('campaigns', 'deleted_at')
),
index_of as (
    select i.*, t.name as name_of_table, t.tenant_column, ic.relname::text as name, ic.relam
    from pg_index i
    join tenants_table t on t.oid = i.indrelid
    join pg_class ic on ic.oid = i.indexrelid
),
definer as (
    select p.oid, p.oid::regprocedure::text as name, p.proconfig, has_function_privilege('public', p.oid, 'execute') as is_open
    from pg_proc p
    join space n on n.oid = p.pronamespace
    where p.prosecdef
      and not exists (select from made_by_extension e where e.classid = 'pg_proc'::regclass and e.objid = p.oid)
),
finding ("check", object, detail) as (
    select 'rls-off', t.name, 'row security is not enabled'
    from rel t
    where t.relkind in ('r', 'p') and not t.relispartition and not t.secured
      and (t.tenant_column is not null
           or exists (select from app a where has_any_column_privilege(a.oid, t.oid, 'select, insert, update')
                                           or has_table_privilege(a.oid, t.oid, 'delete')))
    union all
    select 'rls-forced', t.name, 'row security binds the owner as well: dumps and data migrations see no rows'
    from tenants_table t where t.forced
    union all
    select 'no-policy', t.name, 'there is no policy tenant_isolation'
    from tenants_table t
    where not t.relispartition and not exists (select from policy p where p.polrelid = t.oid and p.name = 'tenant_isolation')
    union all
    select 'policy-not-canonical', t.name,
           format('%s, command %s to %s, using %s, with check %s', p.name, p.command, p.roles, p.using_text, p.check_text)
    from policy p
    join rel t on t.oid = p.polrelid
    join wanted_policy w on w.polrelid = p.polrelid and w.name = p.name
    where not p.permissive
       or (p.command, p.roles, p.using_text, p.check_text) is distinct from (w.command, w.roles, w.using_text, w.check_text)
    union all
    select 'policy-unknown', t.name, format('%s, command %s to %s, using %s', p.name, p.command, p.roles, p.using_text)
    from policy p
    join rel t on t.oid = p.polrelid
    where not exists (select from wanted_policy w where w.polrelid = p.polrelid and w.name = p.name)
    union all
    select 'tenant-function-changed', 'app.tenant()', 'its text, volatility or settings are not those of the migration'
    where not exists (
        select from pg_proc p
        join pg_language l on l.oid = p.prolang
        where p.oid = to_regprocedure('app.tenant()')
          and btrim(p.prosrc) = 'select nullif(current_setting(''app.current_tenant'', true), '''')::uuid'
          and p.provolatile = 's' and not p.prosecdef and p.proconfig is null and l.lanname = 'sql')
    union all
    select 'tenant-preset', coalesce(r.rolname::text, 'every role'), c.setting
    from pg_db_role_setting s
    left join pg_roles r on r.oid = s.setrole
    cross join lateral unnest(s.setconfig) as c (setting)
    where split_part(c.setting, '=', 1) in ('app.current_tenant', 'session_replication_role')
      and s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
    union all
    select 'tenant-id-nullable', t.name, 'a row without a tenant is nobody''s'
    from tenants_table t where not t.tenant_is_there
    union all
    select 'tenant-id-not-first', t.name, 'tenant_id is not the first column'
    from tenants_table t where t.tenant_column <> 1
    union all
    select 'no-tenant-id', t.name, 'it is not in the list of global tables'
    from rel t
    where t.relkind in ('r', 'p') and t.tenant_column is null and not exists (select from global_table g where g.oid = t.oid)
    union all
    select 'no-primary-key', t.name, ''
    from tenants_table t
    where t.tenant_is_there and not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)
    union all
    select 'unique-without-tenant', i.name_of_table, i.name || ': tells whether another tenant has the value'
    from index_of i
    where (i.indisunique or i.indisexclusion) and not i.tenant_column = any (i.indkey::smallint[])
    union all
    select 'index-not-led-by-tenant', i.name_of_table, i.name
    from index_of i
    where i.indkey[0] <> i.tenant_column
      and not ((i.indisunique or i.indisexclusion) and not i.tenant_column = any (i.indkey::smallint[]))
    union all
    select 'index-operator-not-leakproof', i.name_of_table,
           format('%s (%s %s): under row security it cannot narrow a search', i.name, m.amname, o.opcname)
    from index_of i
    join pg_am m on m.oid = i.relam
    cross join lateral unnest(i.indclass::oid[]) as class (oid)
    join pg_opclass o on o.oid = class.oid
    where not exists (
        select from pg_amop ao
        join pg_operator op on op.oid = ao.amopopr
        join pg_proc p on p.oid = op.oprcode
        where ao.amopfamily = o.opcfamily and ao.amopmethod = m.oid and p.proleakproof)
    union all
    select 'index-on-expression', i.name_of_table, i.name || ': keep the value in a generated column'
    from index_of i where i.indexprs is not null
    union all
    select 'fk-without-tenant', a.name, k.conname::text
    from pg_constraint k
    join tenants_table a on a.oid = k.conrelid
    join tenants_table b on b.oid = k.confrelid
    where k.contype = 'f'
      and not exists (select from unnest(k.conkey, k.confkey) as x (l, r) where x.l = a.tenant_column and x.r = b.tenant_column)
    union all
    select 'fk-sets-null', a.name, k.conname::text || ': clear the column in the program'
    from pg_constraint k
    join tenants_table a on a.oid = k.conrelid
    where k.contype = 'f' and (k.confdeltype in ('n', 'd') or k.confupdtype in ('n', 'd'))
    union all
    select 'fk-from-global', a.name, k.conname::text
    from pg_constraint k
    join rel a on a.oid = k.conrelid and a.tenant_column is null
    join tenants_table b on b.oid = k.confrelid
    where k.contype = 'f'
    union all
    select 'sequence-on-tenant-table', t.name, a.attname::text || ': its numbers tell how much other tenants do'
    from tenants_table t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    where a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like '%nextval(%'
    union all
    select 'enum-column', t.name, a.attname::text || ': its comparisons are not leakproof'
    from tenants_table t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid
    left join pg_type element on element.oid = y.typelem
    left join pg_type base on base.oid = y.typbasetype
    where 'e' in (y.typtype, element.typtype, base.typtype)
    union all
    select 'trigger', t.name, g.tgname::text
    from tenants_table t
    join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal
    union all
    select 'rewrite-rule', t.name, w.rulename::text || ': a rule works with the rights of the table''s owner'
    from rel t
    join pg_rewrite w on w.ev_class = t.oid and w.rulename <> '_RETURN'
    union all
    select 'partition-open', t.name, r.name || ': the parent''s policy does not hold for who names the partition'
    from rel t
    cross join role r
    where t.relispartition
      and (has_any_column_privilege(r.oid, t.oid, 'select, insert, update') or has_table_privilege(r.oid, t.oid, 'delete'))
    union all
    select 'role-owns', t.name, r.name || ': row security does not bind an owner'
    from rel t join role r on r.oid = t.relowner
    union all
    select 'role-attributes', r.rolname::text,
           concat_ws(', ', case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end,
                     case when r.rolcreaterole then 'createrole' end, case when r.rolcreatedb then 'createdb' end,
                     case when r.rolreplication then 'replication' end)
    from pg_roles r
    join role own on own.oid = r.oid
    where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
    union all
    select 'role-is-member', r.name, 'of ' || g.rolname::text
    from pg_auth_members m
    join role r on r.oid = m.member
    join pg_roles g on g.oid = m.roleid
    union all
    select 'role-can-truncate', t.name, r.name || ': truncate goes round row security'
    from rel t
    cross join role r
    where t.relkind in ('r', 'p') and t.relowner <> r.oid and has_table_privilege(r.oid, t.oid, 'truncate')
    union all
    select 'role-can-reference-or-trigger', t.name, r.name || ': checks of foreign keys go round row security'
    from rel t
    cross join role r
    where t.relkind in ('r', 'p') and t.relowner <> r.oid
      and (has_any_column_privilege(r.oid, t.oid, 'references') or has_table_privilege(r.oid, t.oid, 'trigger'))
    union all
    select 'role-can-create', n.name, r.name || ': its own functions and operators could look behind a policy'
    from space n cross join role r where has_schema_privilege(r.oid, n.oid, 'create')
    union all
    select 'role-can-create', current_database()::text, r.name
    from role r where has_database_privilege(r.oid, current_database(), 'create')
    union all
    select 'role-can-make-temporary', current_database()::text,
           format('%s: revoke temporary on database %I from public', r.name, current_database())
    from role r where has_database_privilege(r.oid, current_database(), 'temporary')
    union all
    select 'role-may-disarm', r.name, 'may set session_replication_role, which turns foreign keys off'
    from role r
    where has_parameter_privilege(r.oid, 'session_replication_role', 'set')
      and not exists (select from pg_roles s where s.oid = r.oid and s.rolsuper)
    union all
    select 'reader-writes', t.name, r.name
    from rel t
    join role r on r.name <> 'courtesy_app'
    where t.relkind in ('r', 'p', 'v') and not t.relispartition and t.relowner <> r.oid
      and (has_any_column_privilege(r.oid, t.oid, 'insert, update') or has_table_privilege(r.oid, t.oid, 'delete'))
    union all
    select 'engine-reads-more', t.name, a.attname::text
    from tenants_table t
    join role r on r.name = 'courtesy_engine'
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    where not t.relispartition and has_column_privilege(r.oid, t.oid, a.attnum, 'select')
      and not exists (select from engine_column e where e.name_of_table = t.name and e.name = a.attname::text)
    union all
    select 'global-open', t.name, 'the application may read or change what belongs to no tenant alone'
    from global_table t
    cross join app a
    -- a route may be read and taken away by the tenant that it leads to: its policy is among those above
    where has_any_column_privilege(a.oid, t.oid, 'update')
       or (t.name not in ('number_routes', 'hook_routes', 'link_keys')
           and (has_any_column_privilege(a.oid, t.oid, 'select') or has_table_privilege(a.oid, t.oid, 'delete')))
    union all
    select 'public-grant', t.name, lower(x.privilege_type)
    from rel t
    cross join lateral aclexplode(t.relacl) as x
    where x.grantee = 0
    union all
    select 'view-runs-as-owner', t.name, r.name || ' reads it; security_invoker is off'
    from rel t
    cross join role r
    where t.relkind = 'v' and has_any_column_privilege(r.oid, t.oid, 'select')
      and not coalesce(t.reloptions::text ~ 'security_invoker=(true|on|1)', false)
    union all
    select 'copy-readable', t.name, r.name || ' reads it, and no policy can be on it'
    from rel t
    cross join role r
    where t.relkind in ('m', 'f') and has_any_column_privilege(r.oid, t.oid, 'select')
    union all
    select 'definer-without-search-path', d.name, 'security definer'
    from definer d
    where not exists (select from unnest(d.proconfig) as c (setting) where c.setting like 'search\_path=%')
    union all
    select 'definer-open-to-public', d.name, 'security definer'
    from definer d where d.is_open
    union all
    select 'definer-callable', d.name, r.name || ' may call it: it works with its owner''s rights'
    from definer d
    cross join role r
    where not d.is_open and has_function_privilege(r.oid, d.oid, 'execute')
    union all
    select 'dangerous-function', p.oid::regprocedure::text, r.name || ' may call it'
    from pg_proc p
    cross join role r
    where p.proname in ('dblink', 'dblink_exec', 'dblink_connect', 'lo_import', 'lo_export', 'pg_read_file', 'pg_read_binary_file',
                        'pg_ls_dir', 'pg_stat_file')
      and has_function_privilege(r.oid, p.oid, 'execute')
      and not exists (select from pg_roles s where s.oid = r.oid and s.rolsuper)
    union all
    select 'other-schema-open', n.name || '.' || c.relname::text, r.name
    from pg_class c
    join space n on n.oid = c.relnamespace and n.name <> 'public'
    cross join role r
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and has_schema_privilege(r.oid, n.oid, 'usage')
      and (has_any_column_privilege(r.oid, c.oid, 'select, insert, update') or has_table_privilege(r.oid, c.oid, 'delete'))
      and not exists (select from made_by_extension e where e.classid = 'pg_class'::regclass and e.objid = c.oid)
)
select f."check" as "check!", f.object as "object!", coalesce(f.detail, '') as "detail!"
from finding f
order by 1, 2, 3
