-- What a provider told us and we kept twice: an event under one key, or a text under one of its ids.
with looked as (
    select 'provider_events' as place, null::uuid as id, p.provider || ' ' || p.event_key as part,
           row_number() over (partition by p.provider, p.event_key order by p.received_at) as number
    from provider_events p
    where p.tenant_id = $1
    union all
    select 'messages', m.id, null, row_number() over (partition by m.provider, m.external_id order by m.created_at, m.id)
    from messages m
    where m.tenant_id = $1 and m.direction = 'inbound' and m.external_id is not null
),
offending as (
    select l.place, case when l.id is not null then 'message' end as noun, l.id, l.part, null::text as address,
           format('it is kept a time too many: number %s', l.number) as what
    from looked l
    where l.number > 1
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
