-- Enrollments that contradict their touches. What was in flight when an enrollment was stopped may still land.
with looked as (
    select e.id, e.status,
           count(*) filter (where t.status in ('pending', 'paused')) as to_come,
           count(*) filter (where t.status = 'queued') as queued,
           count(*) filter (where t.status = 'queued' and m.status = 'queued') as waiting,
           count(*) filter (where t.campaign_id <> e.campaign_id) as astray
    from campaign_enrollments e
    left join enrollment_touches t on t.tenant_id = $1 and t.enrollment_id = e.id
    left join messages m on m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
    where e.tenant_id = $1
    group by e.id, e.status
),
offending as (
    select 'campaign_enrollments' as place, 'enrollment' as noun, l.id, null::text as part, null::text as address,
           case
               when l.astray > 0 then format('%s of its touches are of another campaign', l.astray)
               when l.status = 'active' then 'it is active, and no touch is to come'
               when l.to_come > 0 then format('it is %s, and %s touches are still to come', l.status, l.to_come)
               else format('it is %s, and %s messages of it wait to be sent', l.status, greatest(l.waiting, l.queued))
           end as what
    from looked l
    where l.astray > 0
       or (l.status = 'active' and l.to_come + l.queued = 0)
       or (l.status <> 'active' and l.to_come > 0)
       or (l.status = 'completed' and l.queued > 0)
       or (l.status = 'stopped' and l.waiting > 0)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
