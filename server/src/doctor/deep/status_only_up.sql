-- Messages that stand below what a provider reported of them, or were taken and then stopped. $3 and $4 are the statuses that can be reported and their ranks.
with ranked as (
    select r.status, r.rank from unnest($3::text[], $4::int[]) as r (status, rank)
),
looked as (
    select p.payload ->> 'message_id' as message, p.payload ->> 'status' as status, false as is_taken
    from provider_events p
    where p.tenant_id = $1 and p.kind = 'status' and p.outcome in ('applied', 'nothing_new')
    union all
    select a.message_id::text, 'sent', true
    from message_provider_mappings a
    where a.tenant_id = $1
),
offending as (
    select distinct on (m.id) 'messages' as place, 'message' as noun, m.id, null::text as part, null::text as address,
           format('it is %s, and its provider said that it was %s', m.status, l.status) as what
    from looked l
    join ranked told on told.status = l.status
    join messages m on m.tenant_id = $1 and m.id::text = l.message
    left join ranked stands on stands.status = m.status
    where stands.rank < told.rank or (l.is_taken and m.status in ('stopped', 'cancelled'))
    order by m.id, told.rank desc
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
