-- Messages that a provider took more than once: each time under another id.
with looked as (
    select p.message_id, count(*) as names
    from message_provider_mappings p
    where p.tenant_id = $1
    group by p.message_id
),
offending as (
    select 'message_provider_mappings' as place, 'message' as noun, l.message_id as id, null::text as part, null::text as address,
           format('a provider took it %s times, under different ids', l.names) as what
    from looked l
    where l.names > 1
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
