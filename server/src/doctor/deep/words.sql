-- Stored words that this version does not know: $3 and $4 are the pairs of what and word that it does.
with known as (
    select k.what, k.word from unnest($3::text[], $4::text[]) as k (what, word)
),
looked as (
    select 'messages' as place, 'message' as noun, m.id, null::text as part, null::text as address, w.what, w.word
    from messages m
    cross join lateral (values ('direction', m.direction), ('channel', m.channel), ('purpose', m.purpose),
                               ('message status', m.status)) as w (what, word)
    where m.tenant_id = $1
    union all
    select 'send_logs', 'message', l.message_id, to_char(l.at, '"at" YYYY-MM-DD HH24:MI'), null, w.what, w.word
    from send_logs l
    cross join lateral (values ('channel', l.channel), ('purpose', l.purpose), ('verdict', l.verdict), ('reason', l.reason)) as w (what, word)
    where l.tenant_id = $1
    union all
    select 'conversations', 'conversation', c.id, null, null, w.what, w.word
    from conversations c
    cross join lateral (values ('channel', c.channel), ('conversation status', c.status)) as w (what, word)
    where c.tenant_id = $1
    union all
    select 'canned_replies', null, r.id, null, null, 'channel', r.channel from canned_replies r where r.tenant_id = $1
    union all
    select 'provider_events', null, null, p.provider || ' ' || p.event_key, null, w.what, w.word
    from provider_events p
    cross join lateral (values ('kind of event', p.kind)) as w (what, word)
    where p.tenant_id = $1
    union all
    select 'campaign_enrollments', 'enrollment', e.id, null, null, w.what, w.word
    from campaign_enrollments e
    cross join lateral (values ('enrollment status', e.status), ('stop reason', e.stop_reason)) as w (what, word)
    where e.tenant_id = $1
    union all
    select 'enrollment_touches', 'enrollment', t.enrollment_id, format('touch %s', t.touch_number), null, w.what, w.word
    from enrollment_touches t
    cross join lateral (values ('touch status', t.status), ('channel', t.channel)) as w (what, word)
    where t.tenant_id = $1
    union all
    select 'campaigns', 'campaign', c.id, null, null, w.what, w.word
    from campaigns c
    cross join lateral (values ('campaign status', c.status), ('service type', c.service_type)) as w (what, word)
    where c.tenant_id = $1
    union all
    select 'campaign_touches', 'campaign', t.campaign_id, format('touch %s', t.touch_number), null, 'channel', t.channel
    from campaign_touches t
    where t.tenant_id = $1
    union all
    select 'message_templates', 'template', p.id, null, null, w.what, w.word
    from message_templates p
    cross join lateral (values ('channel', p.channel), ('purpose', p.purpose), ('service type', p.service_type)) as w (what, word)
    where p.tenant_id = $1
    union all
    select 'work_orders', 'work order', o.id, null, null, w.what, w.word
    from work_orders o
    cross join lateral (values ('work order status', o.status), ('service type', o.service_type)) as w (what, word)
    where o.tenant_id = $1
    union all
    select 'customers', 'customer', c.id, null, null, w.what, w.word
    from customers c
    cross join lateral (values ('customer status', c.status), ('stage', c.stage), ('customer source', c.source), ('zone source', c.zone_source)) as w (what, word)
    where c.tenant_id = $1
    union all
    select 'recipients', null, null, r.channel, r.address, w.what, w.word
    from recipients r
    cross join lateral (values ('channel', r.channel), ('scope', r.suppressed_scope), ('suppression reason', r.suppressed_reason),
                               ('address status', r.address_status)) as w (what, word)
    where r.tenant_id = $1
    union all
    select 'consents', 'customer', k.customer_id, k.channel, null, w.what, w.word
    from consents k
    cross join lateral (values ('channel', k.channel), ('consent status', k.status), ('scope', k.scope), ('consent source', k.source),
                               ('consent method', k.method)) as w (what, word)
    where k.tenant_id = $1
    union all
    select 'consent_events', null, null, format('event %s', e.seq), null, w.what, w.word
    from consent_events e
    cross join lateral (values ('channel', e.channel), ('consent status', e.kind), ('scope', e.scope), ('consent source', e.source),
                               ('consent method', e.method)) as w (what, word)
    where e.tenant_id = $1
    union all
    select 'tenant_channel_settings', null, s.id, null, null, w.what, w.word
    from tenant_channel_settings s
    cross join lateral (values ('channel', s.channel), ('what a connection carries', s.purpose)) as w (what, word)
    where s.tenant_id = $1
    union all
    select 'tenants', 'tenant', t.tenant_id, null, null, 'tenant status', t.status from tenants t where t.tenant_id = $1
),
offending as (
    select l.place, l.noun, l.id, l.part, l.address, format('%s: `%s` is no word that this version knows', l.what, l.word) as what
    from looked l
    where l.word is not null and not exists (select from known k where k.what = l.what and k.word = l.word)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
