-- Messages of a demo tenant that a provider took which reaches real people.
with looked as (
    select p.message_id, p.provider
    from message_provider_mappings p
    join tenants t on t.tenant_id = $1 and t.is_demo
    where p.tenant_id = $1
),
offending as (
    select 'message_provider_mappings' as place, 'message' as noun, l.message_id as id, null::text as part, null::text as address,
           format('%s took it, and the tenant is a demo', l.provider) as what
    from looked l
    where l.provider <> 'sandbox'
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
