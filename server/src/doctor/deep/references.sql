-- References to a row that the tenant does not have: it is gone, or another tenant's. Also those that a foreign key guards, since a restore
-- may have come without it. And rows that name somebody else than what they belong to.
with refers as (
    select 'messages' as place, 'message' as noun, m.id, null::text as part, null::text as address, r.target, r.ref
    from messages m
    cross join lateral (values ('customer', m.customer_id), ('campaign', m.campaign_id), ('enrollment', m.enrollment_id),
                               ('conversation', m.conversation_id)) as r (target, ref)
    where m.tenant_id = $1
    union all
    select 'send_logs', 'message', l.message_id, to_char(l.at, '"at" YYYY-MM-DD HH24:MI'), null, r.target, r.ref
    from send_logs l
    cross join lateral (values ('message', l.message_id), ('customer', l.customer_id), ('campaign', l.campaign_id),
                               ('enrollment', l.campaign_enrollment_id)) as r (target, ref)
    where l.tenant_id = $1
    union all
    select 'conversations', 'conversation', c.id, null, null, r.target, r.ref
    from conversations c
    cross join lateral (values ('customer', c.customer_id), ('campaign', c.campaign_id)) as r (target, ref)
    where c.tenant_id = $1
    union all
    select 'conversation_notes', 'conversation', n.conversation_id, null, null, 'conversation', n.conversation_id
    from conversation_notes n where n.tenant_id = $1
    union all
    select 'message_provider_mappings', 'message', p.message_id, p.provider, null, 'message', p.message_id
    from message_provider_mappings p where p.tenant_id = $1
    union all
    select 'recipients', null, null, r.channel, r.address, 'customer', r.customer_id from recipients r where r.tenant_id = $1
    union all
    select 'customer_terms', 'customer', t.customer_id, t.kind, null, 'customer', t.customer_id from customer_terms t where t.tenant_id = $1
    union all
    select 'campaign_enrollments', 'enrollment', e.id, null, null, r.target, r.ref
    from campaign_enrollments e
    cross join lateral (values ('customer', e.customer_id), ('campaign', e.campaign_id), ('work order', e.work_order_id)) as r (target, ref)
    where e.tenant_id = $1
    union all
    select 'enrollment_touches', 'enrollment', t.enrollment_id, format('touch %s', t.touch_number), null, 'enrollment', t.enrollment_id
    from enrollment_touches t where t.tenant_id = $1
    union all
    select 'campaign_touches', 'campaign', t.campaign_id, format('touch %s', t.touch_number), null, r.target, r.ref
    from campaign_touches t
    cross join lateral (values ('campaign', t.campaign_id), ('template', t.template_id)) as r (target, ref)
    where t.tenant_id = $1
    union all
    select 'work_orders', 'work order', w.id, null, null, 'customer', w.customer_id from work_orders w where w.tenant_id = $1
    union all
    select 'consents', 'customer', k.customer_id, k.channel, null, 'customer', k.customer_id from consents k where k.tenant_id = $1
    union all
    select 'consent_events', null, null, format('event %s', e.seq), null, 'customer', e.customer_id from consent_events e where e.tenant_id = $1
    union all
    select 'customer_addresses', null, a.id, null, null, 'customer', a.customer_id from customer_addresses a where a.tenant_id = $1
    union all
    select 'customer_activities', null, a.id, null, null, 'customer', a.customer_id from customer_activities a where a.tenant_id = $1
    union all
    select 'customer_feedback', null, f.id, null, null, r.target, r.ref
    from customer_feedback f
    cross join lateral (values ('customer', f.customer_id), ('message', f.message_id)) as r (target, ref)
    where f.tenant_id = $1
    union all
    select 'review_tasks', null, t.id, null, null, r.target, r.ref
    from review_tasks t
    cross join lateral (values ('customer', t.customer_id), ('message', t.message_id)) as r (target, ref)
    where t.tenant_id = $1
    union all
    select 'tenant_channel_settings', null, s.id, null, null, 'connection', s.stands_in_for
    from tenant_channel_settings s where s.tenant_id = $1
),
looked as (
    select * from refers where ref is not null
),
there as (
    select 'customer' as target, id from customers where tenant_id = $1
    union all
    select 'message', id from messages where tenant_id = $1
    union all
    select 'conversation', id from conversations where tenant_id = $1
    union all
    select 'campaign', id from campaigns where tenant_id = $1
    union all
    select 'enrollment', id from campaign_enrollments where tenant_id = $1
    union all
    select 'work order', id from work_orders where tenant_id = $1
    union all
    select 'template', id from message_templates where tenant_id = $1
    union all
    select 'connection', id from tenant_channel_settings where tenant_id = $1
),
offending as (
    select l.place, l.noun, l.id, l.part, l.address, format('its %s is gone, or another tenant''s', l.target) as what
    from looked l
    where not exists (select from there t where t.target = l.target and t.id = l.ref)
    union all
    select 'messages', 'message', m.id, null, null, 'it names another customer or campaign than its enrollment'
    from messages m
    join campaign_enrollments e on e.tenant_id = $1 and e.id = m.enrollment_id
    where m.tenant_id = $1 and (m.customer_id is distinct from e.customer_id or m.campaign_id is distinct from e.campaign_id)
    union all
    select 'send_logs', 'message', l.message_id, to_char(l.at, '"at" YYYY-MM-DD HH24:MI'), null, 'it names another customer or touch than its message'
    from send_logs l
    join messages m on m.tenant_id = $1 and m.id = l.message_id
    where l.tenant_id = $1
      and (l.customer_id, l.campaign_id, l.campaign_enrollment_id, l.touch_number, l.channel, l.purpose)
          is distinct from (m.customer_id, m.campaign_id, m.enrollment_id, m.touch_number, m.channel, m.purpose)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
