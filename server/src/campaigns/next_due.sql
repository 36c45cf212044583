-- When the next touch is due after a moment, over all tenants. A loose index scan and one probe per campaign, whatever waits.
with recursive waiting as (
    (select t.tenant_id, t.campaign_id from enrollment_touches t
     where t.status = 'pending'
     order by t.tenant_id, t.campaign_id limit 1)
    union all
    select next.tenant_id, next.campaign_id
    from waiting w
    cross join lateral (
        select t.tenant_id, t.campaign_id from enrollment_touches t
        where t.status = 'pending' and (t.tenant_id, t.campaign_id) > (w.tenant_id, w.campaign_id)
        order by t.tenant_id, t.campaign_id limit 1) as next
)
select min(soonest.scheduled_at) as "next: Time"
from waiting w
cross join lateral (
    select t.scheduled_at from enrollment_touches t
    where t.status = 'pending' and t.tenant_id = w.tenant_id and t.campaign_id = w.campaign_id and t.scheduled_at > $1
    order by t.scheduled_at limit 1) as soonest
