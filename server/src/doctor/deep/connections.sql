-- Connections in use that carry nothing, or whose provider's calls find nobody. $3 are the names of the master keys that are there, $4 the
-- providers that call us. The name of its key follows the first two bytes of what is sealed.
with looked as (
    select s.id, s.provider, s.verified_at, s.credentials,
           case when length(s.credentials) > 2 and get_byte(s.credentials, 0) = 1
                then substring(s.credentials from 3 for get_byte(s.credentials, 1)) end as key_name
    from tenant_channel_settings s
    where s.tenant_id = $1 and s.is_active
),
offending as (
    select 'tenant_channel_settings' as place, 'connection' as noun, l.id, null::text as part, null::text as address, w.what
    from looked l
    cross join lateral (values
        (l.verified_at is null, 'it is in use and was never verified'),
        (l.provider <> 'sandbox' and l.credentials is null, 'it has no credentials'),
        (l.credentials is not null and not exists (select from unnest($3::text[]) as k (name) where convert_to(k.name, 'UTF8') = l.key_name),
         'its credentials are sealed under a key that is not in the key file'),
        (l.provider = any($4::text[])
         and not exists (select from hook_routes h
                         where h.routed_tenant_id = $1 and h.connection_id = l.id and h.provider = l.provider),
         'what its provider tells us reaches nobody: it has no hook')
    ) as w (is_so, what)
    where w.is_so
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
