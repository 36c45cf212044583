-- Messages in flight whose lease ended more than five minutes ago, by the database's own clock.
with looked as (
    select m.id, m.lease_until
    from messages m
    where m.tenant_id = $1 and m.status = 'sending'
),
offending as (
    select 'messages' as place, 'message' as noun, l.id, null::text as part, null::text as address,
           'it is being handed over, and nobody has held it since ' || coalesce(to_char(l.lease_until, 'YYYY-MM-DD HH24:MI'), 'ever') as what
    from looked l
    where coalesce(l.lease_until < now() - interval '5 minutes', true)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
