-- The gate's step by hand, one statement: lock recipients and messages, read the facts, write decisions, logs, counters.
with due as (
    select m.id, m.customer_id, m.campaign_id, m.enrollment_id, m.touch_number, m.channel, m.purpose, m.their_address, m.body
    from messages m
    where m.tenant_id = $1 and m.status = 'queued' and :claim
), decided as materialized (
    select d.id, d.customer_id, d.campaign_id, d.enrollment_id, d.touch_number, d.channel, d.purpose, d.their_address,
           r.recent_sends, d.body || ' Reply STOP to opt out.' as body, s.id as connection_id, s.provider, s.sender_address
    from due d
    join recipients r on r.tenant_id = $1 and r.channel = d.channel and r.address = d.their_address
                     and r.address_status = 'valid' and r.suppressed_at is null
    join tenants t on t.tenant_id = $1 and t.status = 'active'
    join tenant_business_info b on b.tenant_id = $1
    join customers c on c.tenant_id = $1 and c.id = d.customer_id and c.status = 'active'
    join consents k on k.tenant_id = $1 and k.customer_id = d.customer_id and k.channel = d.channel
                   and k.address = d.their_address and k.status = 'opted_in'
    join campaigns g on g.tenant_id = $1 and g.id = d.campaign_id and g.status = 'active' and g.deleted_at is null
    join campaign_enrollments e on e.tenant_id = $1 and e.id = d.enrollment_id and e.status = 'active'
    join tenant_channel_settings s on s.tenant_id = $1 and s.channel = d.channel and s.is_active
    left join usage_counters u on u.tenant_id = $1 and u.month = date_trunc('month', $2::timestamptz)::date
    where t.monthly_message_quota is null or coalesce(u.messages, 0) < t.monthly_message_quota
    order by r.channel, r.address
    for update of r skip locked
), threaded as (
    insert into conversations as v (tenant_id, id, channel, our_address, their_address, customer_id, campaign_id, outbound_count,
                                    last_outbound_at, created_at, updated_at)
    select $1, gen_random_uuid(), channel, sender_address, their_address, customer_id, campaign_id, 1, $2, $2, $2
    from decided
    on conflict (tenant_id, channel, our_address, their_address)
    do update set outbound_count = v.outbound_count + 1, last_outbound_at = $2, campaign_id = excluded.campaign_id, updated_at = $2
    returning v.id, v.channel, v.their_address
), sending as (
    update messages m
    set conversation_id = h.id, connection_id = d.connection_id, status = 'sending', due_at = $2, lease_until = now() + interval '60 seconds', attempts = m.attempts + 1, body = d.body,
        segments = 2, provider = d.provider, our_address = d.sender_address, updated_at = $2
    from decided d
    join threaded h on h.channel = d.channel and h.their_address = d.their_address
    where m.tenant_id = $1 and m.id = d.id
), logged as (
    insert into send_logs (tenant_id, id, at, message_id, customer_id, campaign_id, campaign_enrollment_id, touch_number, channel,
                           purpose, verdict, findings, facts)
    select $1, gen_random_uuid(), $2, id, customer_id, campaign_id, enrollment_id, touch_number, channel, purpose, 'send',
           ':findings'::jsonb, ':facts'::jsonb
    from decided
), counted as (
    update recipients r
    set recent_sends = array_append(d.recent_sends, $2::timestamptz), last_stop_wording_at = $2, last_sent_at = $2, updated_at = $2
    from decided d
    where r.tenant_id = $1 and r.channel = d.channel and r.address = d.their_address
), used as (
    insert into usage_counters as u (tenant_id, month, messages, segments)
    select $1, date_trunc('month', $2::timestamptz)::date, count(*)::int, 2 * count(*)::int from decided
    on conflict (tenant_id, month)
    do update set messages = u.messages + excluded.messages, segments = u.segments + excluded.segments
)
select count(*) from decided
