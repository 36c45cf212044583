-- The tables and views that have rows of tenants, and what the current role may do with them.
select quote_ident(c.relname::text) as "name!",
       c.relkind = 'v' as "is_view!",
       quote_ident(t.attname::text) as "tenant_column!",
       has_table_privilege(c.oid, 'select') as "may_select!",
       has_table_privilege(c.oid, 'insert') as "may_insert!",
       has_table_privilege(c.oid, 'update') as "may_update!",
       has_table_privilege(c.oid, 'delete') as "may_delete!",
       coalesce((select array_agg(quote_ident(a.attname::text) order by k.place)
                 from pg_index i
                 cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (number, place)
                 join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
                 where i.indrelid = c.oid and i.indisprimary), '{}') as "key!: Vec<String>",
       array_agg(quote_ident(a.attname::text) order by a.attnum) as "columns!: Vec<String>",
       array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as "types!: Vec<String>",
       array_agg(exists (select from pg_index i
                         where i.indrelid = c.oid and i.indisunique and a.attnum = any (i.indkey::smallint[]))
                 order by a.attnum) as "in_unique!: Vec<bool>"
from pg_class c
join pg_attribute t
  on t.attrelid = c.oid and not t.attisdropped
 and (t.attname = 'tenant_id' or (c.relname in ('number_routes', 'hook_routes', 'link_keys') and t.attname = 'routed_tenant_id'))
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.relnamespace = 'public'::regnamespace
  and c.relkind in ('r', 'p', 'v')
  and not c.relispartition
group by c.oid, c.relname, c.relkind, t.attname
order by c.relname
