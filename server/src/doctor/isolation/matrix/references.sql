-- The foreign keys between tables of tenants that refer to more than the tenant: which columns, without the tenant's.
select quote_ident(c.relname::text) as "name_of_table!",
       k.conname::text as "name!",
       array_agg(quote_ident(a.attname::text) order by x.place) as "columns!: Vec<String>"
from pg_constraint k
join pg_class c on c.oid = k.conrelid and c.relnamespace = 'public'::regnamespace and not c.relispartition
join pg_attribute t on t.attrelid = k.confrelid and t.attname = 'tenant_id'
cross join lateral unnest(k.conkey) with ordinality as x (number, place)
join pg_attribute a on a.attrelid = c.oid and a.attnum = x.number and a.attname <> 'tenant_id'
where k.contype = 'f'
group by c.relname, k.conname
order by c.relname, k.conname
