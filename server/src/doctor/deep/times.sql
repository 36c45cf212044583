-- Rows in which something ended before it began. Times are those at which transactions began, which may overlap: a minute is allowed.
with looked as (
    select 'messages' as place, 'message' as noun, m.id, null::text as part, null::text as address, t.what, t.early, t.late
    from messages m
    cross join lateral (values ('it was changed before it was made', m.created_at, m.updated_at),
                               ('it was sent before it was made', m.created_at, m.sent_at),
                               ('it was delivered before it was sent', m.sent_at, m.delivered_at)) as t (what, early, late)
    where m.tenant_id = $1
    union all
    select 'customers', 'customer', c.id, null, null, 'it was changed before it was made', c.created_at, c.updated_at
    from customers c where c.tenant_id = $1
    union all
    select 'work_orders', 'work order', w.id, null, null, 'it was changed before it was made', w.created_at, w.updated_at
    from work_orders w where w.tenant_id = $1
    union all
    select 'campaigns', 'campaign', c.id, null, null, 'it was changed before it was made', c.created_at, c.updated_at
    from campaigns c where c.tenant_id = $1
    union all
    select 'message_templates', 'template', p.id, null, null, 'it was changed before it was made', p.created_at, p.updated_at
    from message_templates p where p.tenant_id = $1
    union all
    select 'recipients', null, null, r.channel, r.address, 'it was changed before it was made', r.created_at, r.updated_at
    from recipients r where r.tenant_id = $1
    union all
    select 'campaign_enrollments', 'enrollment', e.id, null, null, 'it ended before it began', e.enrolled_at, e.ended_at
    from campaign_enrollments e where e.tenant_id = $1
    union all
    select 'enrollment_touches', 'enrollment', t.enrollment_id, format('touch %s', t.touch_number), null, 'it was sent before its time',
           t.scheduled_at, t.sent_at
    from enrollment_touches t where t.tenant_id = $1
    union all
    select 'provider_events', null, null, p.provider || ' ' || p.event_key, null, 'it was applied before it was received', p.received_at,
           p.applied_at
    from provider_events p where p.tenant_id = $1
    union all
    select 'review_tasks', null, r.id, null, null, 'it was closed before it was opened', r.opened_at, r.closed_at
    from review_tasks r where r.tenant_id = $1
    union all
    select 'consent_events', null, null, format('event %s', e.seq), null, 'it was recorded before it occurred', e.occurred_at, e.recorded_at
    from consent_events e where e.tenant_id = $1
),
offending as (
    select l.place, l.noun, l.id, l.part, l.address, l.what
    from looked l
    where l.late < l.early - interval '1 minute'
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
