-- Completed work orders that are to be followed up, each with its campaign: that of its service type, else the default.
-- Archived customers, old jobs, and campaigns without touches are left out.
select w.id as work_order,
       w.customer_id as customer,
       g.id as campaign,
       w.completed_at as "completed_at!",
       t.channel,
       t.delay_hours,
       g.status = 'paused' as "paused!"
from work_orders w
join customers c on c.tenant_id = $1 and c.id = w.customer_id and c.status = 'active'
join lateral (select g.id, g.status
              from campaigns g
              where g.tenant_id = $1
                and g.deleted_at is null
                and (g.service_type = w.service_type or g.is_default)
              order by g.is_default
              limit 1) as g on true
join campaign_touches t on t.tenant_id = $1 and t.campaign_id = g.id and t.touch_number = 1
where w.tenant_id = $1
  and w.id = any($2)
  and w.status = 'completed'
  and w.completed_at >= $3
order by w.completed_at, w.id
