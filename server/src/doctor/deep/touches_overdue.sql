-- Touches that nothing moves: to be planned for more than an hour at $3, or paused in a campaign that is not.
with looked as (
    select t.enrollment_id, t.touch_number, t.status, t.scheduled_at, tn.status as tenant, g.status as campaign
    from enrollment_touches t
    join tenants tn on tn.tenant_id = $1
    join campaign_enrollments e on e.tenant_id = $1 and e.id = t.enrollment_id and e.status = 'active'
    join campaigns g on g.tenant_id = $1 and g.id = e.campaign_id
    where t.tenant_id = $1 and t.status in ('pending', 'paused')
),
offending as (
    select 'enrollment_touches' as place, 'enrollment' as noun, l.enrollment_id as id, format('touch %s', l.touch_number) as part,
           null::text as address,
           case
               when l.status = 'paused' then 'it is paused, and its campaign is not'
               else 'it was to be planned at ' || to_char(l.scheduled_at, 'YYYY-MM-DD HH24:MI')
           end as what
    from looked l
    where (l.status = 'paused' and l.campaign <> 'paused')
       or (l.status = 'pending' and l.tenant = 'active' and l.scheduled_at < $3::timestamptz - interval '1 hour')
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
