-- Across tenants, for the operator: of the messages that the sandbox took ($2), those that would go once more, and those that are not there.
with looked as (
    select t.id, m.id is null as is_missing, m.status
    from (select distinct id from unnest($2::uuid[]) as taken (id)) as t
    left join messages m on m.id = t.id
),
offending as (
    select 'messages' as place, 'message' as noun, l.id, null::text as part, null::text as address,
           case when l.is_missing then 'the sandbox took it, and the database does not have it'
                else format('the sandbox took it, and it is %s', l.status) end as what
    from looked l
    where l.is_missing or l.status in ('queued', 'stopped', 'cancelled')
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $1) as o on true
