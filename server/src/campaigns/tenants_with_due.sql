-- Tenants with touches that are due. A loose index scan: one probe per campaign, whatever waits.
with recursive waiting as (
    (select t.tenant_id, t.campaign_id, t.scheduled_at from enrollment_touches t
     where t.status = 'pending'
     order by t.tenant_id, t.campaign_id, t.scheduled_at limit 1)
    union all
    select next.tenant_id, next.campaign_id, next.scheduled_at
    from waiting w
    cross join lateral (
        select t.tenant_id, t.campaign_id, t.scheduled_at from enrollment_touches t
        where t.status = 'pending' and (t.tenant_id, t.campaign_id) > (w.tenant_id, w.campaign_id)
        order by t.tenant_id, t.campaign_id, t.scheduled_at limit 1) as next
)
select distinct tenant_id as "tenant_id!" from waiting where scheduled_at <= $1 order by 1
