-- Customers who are on their way through one campaign twice at a time; the earlier enrollment is not to blame.
with looked as (
    select e.id, row_number() over (partition by e.customer_id, e.campaign_id order by e.enrolled_at, e.id) as number
    from campaign_enrollments e
    where e.tenant_id = $1 and e.status = 'active'
),
offending as (
    select 'campaign_enrollments' as place, 'enrollment' as noun, l.id, null::text as part, null::text as address,
           format('it is active enrollment %s of one customer in one campaign', l.number) as what
    from looked l
    where l.number > 1
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
