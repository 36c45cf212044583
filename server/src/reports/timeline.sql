-- Everything of one customer in the order in which it happened. What each kind puts into `a` to `d` is told in timeline.rs.
select t.at as "at!", t.kind as "kind!", t.channel, t.message_id, t.touch, t.a, t.b, t.c, t.d, t.until
from (
    select c.created_at as at, 0 as rank, 'created' as kind, null::text as channel, null::uuid as message_id, null::smallint as touch,
           c.source as a, null::text as b, null::text as c, null::text as d, null::timestamptz as until
    from customers c where c.tenant_id = $1 and c.id = $2
    union all
    select a.at, 1, 'changed', null, null, null, a.kind, null, null, null, null
    from customer_activities a where a.tenant_id = $1 and a.customer_id = $2 and a.kind <> 'CustomerCreated'
    union all
    select k.occurred_at, 6, 'consent', k.channel, null, null, k.kind, k.method, k.source, null, null
    from consent_events k where k.tenant_id = $1 and k.customer_id = $2
    union all
    select w.created_at, 2, 'work_order', null, null, null, w.service_type, w.number, null, null, null
    from work_orders w where w.tenant_id = $1 and w.customer_id = $2
    union all
    select w.completed_at, 3, 'work_completed', null, null, null, w.service_type, w.number, null, null, null
    from work_orders w where w.tenant_id = $1 and w.customer_id = $2 and w.completed_at is not null
    union all
    select e.enrolled_at, 7, 'enrolled', null, null, null, g.name, null, null, null, null
    from campaign_enrollments e
    join campaigns g on g.tenant_id = $1 and g.id = e.campaign_id
    where e.tenant_id = $1 and e.customer_id = $2
    union all
    select l.at, 10, 'gate', l.channel, l.message_id, l.touch_number, l.verdict, l.reason, l.purpose, null, l.hold_until
    from send_logs l where l.tenant_id = $1 and l.customer_id = $2
    union all
    select m.sent_at, 11, 'sent', m.channel, m.id, m.touch_number, m.body, m.purpose, m.subject, null, null
    from messages m
    where m.tenant_id = $1 and m.customer_id = $2 and m.direction = 'outbound' and m.sent_at is not null
    union all
    select m.updated_at, 12, 'not_sent', m.channel, m.id, m.touch_number, m.status, m.error_code, m.purpose, null, null
    from messages m
    where m.tenant_id = $1 and m.customer_id = $2 and m.direction = 'outbound'
      and m.status in ('failed', 'cancelled', 'unknown')
    union all
    select p.received_at, 13, 'callback', m.channel, m.id, m.touch_number, p.payload ->> 'status', p.payload ->> 'code', p.outcome, m.purpose, null
    from provider_events p
    join messages m on m.tenant_id = $1 and m.id = (p.payload ->> 'message_id')::uuid
    where p.tenant_id = $1 and p.kind = 'status' and m.customer_id = $2
    union all
    select m.created_at, 4, 'wrote', m.channel, m.id, null, m.body, null, null, null, null
    from messages m where m.tenant_id = $1 and m.customer_id = $2 and m.direction = 'inbound'
    union all
    select f.at, 5, f.kind, m.channel, f.message_id, m.touch_number, f.rating::text, f.comment, null, null, null
    from customer_feedback f
    join messages m on m.tenant_id = $1 and m.id = f.message_id
    where f.tenant_id = $1 and f.customer_id = $2
    union all
    select e.ended_at, 8, 'ended', null, null, null, g.name, e.status, e.stop_reason, null, null
    from campaign_enrollments e
    join campaigns g on g.tenant_id = $1 and g.id = e.campaign_id
    where e.tenant_id = $1 and e.customer_id = $2 and e.ended_at is not null
    union all
    select r.opened_at, 9, 'task', null, r.message_id, null, r.kind, r.said, null, null, null
    from review_tasks r where r.tenant_id = $1 and r.customer_id = $2
    union all
    select r.closed_at, 14, 'task_closed', null, r.message_id, null, r.kind, r.closed_by, r.closed_because, null, null
    from review_tasks r where r.tenant_id = $1 and r.customer_id = $2 and r.closed_at is not null
) as t
order by t.at, t.rank, t.message_id
