-- How far enrollments came: each counts once at every step that it reached.
with first_touch as (
    select m.enrollment_id, bool_or(m.status in ('sent', 'delivered', 'read', 'undelivered')) as sent
    from messages m
    where m.tenant_id = $1 and m.touch_number = 1
    group by m.enrollment_id
),
arrived as (
    select distinct m.enrollment_id
    from messages m
    where m.tenant_id = $1 and m.enrollment_id is not null and m.status in ('delivered', 'read')
),
said as (
    select m.enrollment_id, bool_or(f.kind = 'review_click') as clicked, bool_or(f.kind = 'feedback') as feedback
    from customer_feedback f
    join messages m on m.tenant_id = $1 and m.id = f.message_id
    where f.tenant_id = $1 and m.enrollment_id is not null
    group by m.enrollment_id
)
select count(*) as "enrolled!",
       count(*) filter (where t.sent) as "first_sent!",
       count(*) filter (where a.enrollment_id is not null) as "delivered!",
       count(*) filter (where s.clicked) as "clicked!",
       count(*) filter (where s.feedback) as "feedback!",
       count(*) filter (where e.stop_reason = 'replied') as "replied!",
       count(*) filter (where e.stop_reason in ('opted_out_sms', 'opted_out_whatsapp', 'opted_out_email')) as "opted_out!",
       count(*) filter (where coalesce(s.clicked, false) or coalesce(s.feedback, false) or e.stop_reason in
           ('replied', 'opted_out_sms', 'opted_out_whatsapp', 'opted_out_email')) as "answered!",
       count(*) filter (where e.status = 'active') as "active!",
       count(*) filter (where e.status = 'completed') as "completed!",
       count(*) filter (where e.status = 'stopped') as "stopped!"
from campaign_enrollments e
left join first_touch t on t.enrollment_id = e.id
left join arrived a on a.enrollment_id = e.id
left join said s on s.enrollment_id = e.id
where e.tenant_id = $1 and ($2::uuid is null or e.campaign_id = $2)
