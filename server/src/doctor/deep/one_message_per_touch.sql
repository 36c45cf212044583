-- Messages of a touch that has one already; the first of them is not to blame.
with looked as (
    select m.id, m.enrollment_id, m.touch_number,
           row_number() over (partition by m.enrollment_id, m.touch_number order by m.created_at, m.id) as number
    from messages m
    where m.tenant_id = $1 and m.enrollment_id is not null and m.status <> 'cancelled'
),
offending as (
    select 'messages' as place, 'message' as noun, l.id, null::text as part, null::text as address,
           format('it is message %s of touch %s of its enrollment', l.number, l.touch_number) as what
    from looked l
    where l.number > 1
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
