-- Due touches of one tenant with all that their messages are made of, sorted by customer for the indexes' sake. Each campaign that has
-- any gets the same share of the batch. Their enrollments are locked too: whoever ends one at this moment sees the messages and touches
-- that come of it, or they don't come. One that somebody else holds is left for the next round.
with recursive waiting as (
    (select t.campaign_id, t.scheduled_at from enrollment_touches t
     where t.tenant_id = $1 and t.status = 'pending'
     order by t.campaign_id, t.scheduled_at limit 1)
    union all
    select next.campaign_id, next.scheduled_at
    from waiting w
    cross join lateral (
        select t.campaign_id, t.scheduled_at from enrollment_touches t
        where t.tenant_id = $1 and t.status = 'pending' and t.campaign_id > w.campaign_id
        order by t.campaign_id, t.scheduled_at limit 1) as next
), sharers as (
    select w.campaign_id, ($3::bigint - 1) / count(*) over () + 1 as share from waiting w where w.scheduled_at <= $2
), due as (
    select own.enrollment_id, own.touch_number, own.channel, own.scheduled_at
    from sharers s
    cross join lateral (
        select t.enrollment_id, t.touch_number, t.channel, t.scheduled_at
        from enrollment_touches t
        where t.tenant_id = $1
          and t.campaign_id = s.campaign_id
          and t.status = 'pending'
          and t.scheduled_at <= $2
        order by t.scheduled_at
        limit s.share
        for update skip locked) as own
)
select d.enrollment_id,
       d.touch_number,
       d.channel,
       d.scheduled_at,
       e.campaign_id,
       e.customer_id,
       p.id as "template_id?",
       p.purpose as "purpose?",
       p.subject as "template_subject?",
       p.body as "template_body?",
       n.channel as "next_channel?",
       n.delay_hours as "next_delay_hours?",
       case d.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end as address,
       c.first_name,
       c.last_name,
       c.company_name,
       w.service_type,
       w.title as work_order_title,
       w.completed_at,
       coalesce(c.zone, tn.zone) as zone,
       b.sender_name,
       b.phone as sender_phone,
       b.postal_address,
       b.review_url
from due d
join campaign_enrollments e on e.tenant_id = $1 and e.id = d.enrollment_id and e.status = 'active'
join customers c on c.tenant_id = $1 and c.id = e.customer_id
join work_orders w on w.tenant_id = $1 and w.id = e.work_order_id
join tenants tn on tn.tenant_id = $1
join tenant_business_info b on b.tenant_id = $1
left join campaign_touches x on x.tenant_id = $1 and x.campaign_id = e.campaign_id and x.touch_number = d.touch_number
left join message_templates p on p.tenant_id = $1 and p.id = x.template_id and p.channel = d.channel
left join campaign_touches n on n.tenant_id = $1 and n.campaign_id = e.campaign_id and n.touch_number = d.touch_number + 1
order by e.customer_id, d.touch_number
for no key update of e skip locked
