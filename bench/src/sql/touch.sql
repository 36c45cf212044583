-- The plan step by hand, one statement: claim, join, render, recipients, messages, mark, next touch.
with due as (
    :claim
), joined as materialized (
    select d.enrollment_id, d.touch_number, d.channel, d.scheduled_at, e.campaign_id, e.customer_id,
           p.id as template_id, p.purpose, n.channel as next_channel, n.delay_hours as next_delay_hours,
           case d.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end as address,
           s.provider, s.sender_address,
           replace(replace(replace(replace(p.body,
               '{{ first_name | default("there") }}', coalesce(c.first_name, 'there')),
               '{{ sender_name }}', b.sender_name),
               '{{ work_order_title | default("your plumbing work") }}', coalesce(w.title, 'your plumbing work')),
               '{{ review_link }}', coalesce(b.review_url, '')) as body
    from due d
    join campaign_enrollments e on e.tenant_id = $1 and e.id = d.enrollment_id and e.status = 'active'
    join customers c on c.tenant_id = $1 and c.id = e.customer_id
    join work_orders w on w.tenant_id = $1 and w.id = e.work_order_id
    join tenant_business_info b on b.tenant_id = $1
    join campaign_touches x on x.tenant_id = $1 and x.campaign_id = e.campaign_id and x.touch_number = d.touch_number
    join message_templates p on p.tenant_id = $1 and p.id = x.template_id and p.channel = d.channel
    left join campaign_touches n on n.tenant_id = $1 and n.campaign_id = e.campaign_id and n.touch_number = d.touch_number + 1
    left join tenant_channel_settings s on s.tenant_id = $1 and s.channel = d.channel and s.is_active
    order by e.customer_id, d.touch_number
), known as (
    insert into recipients (tenant_id, channel, address, customer_id, created_at, updated_at)
    select distinct on (channel, address) $1, channel, address, customer_id, $2, $2 from joined order by channel, address
    on conflict (tenant_id, channel, address) do nothing
), queued as (
    insert into messages (tenant_id, id, direction, channel, purpose, status, customer_id, our_address, their_address, body,
                          provider, template_id, campaign_id, enrollment_id, touch_number, due_at, first_due_at, created_at,
                          updated_at)
    select $1, gen_random_uuid(), 'outbound', channel, purpose, 'queued', customer_id, coalesce(sender_address, ''), address, body,
           provider, template_id, campaign_id, enrollment_id, touch_number, $2, $2, $2, $2
    from joined
    on conflict do nothing
), marked as (
    update enrollment_touches t set status = 'queued'
    from joined j
    where t.tenant_id = $1 and t.enrollment_id = j.enrollment_id and t.touch_number = j.touch_number
), following as (
    insert into enrollment_touches (tenant_id, enrollment_id, campaign_id, touch_number, channel, scheduled_at, status)
    select $1, enrollment_id, campaign_id, touch_number + 1, next_channel,
           greatest(scheduled_at + make_interval(hours => next_delay_hours), $2), 'pending'
    from joined where next_channel is not null
    on conflict do nothing
)
select count(*) from joined
