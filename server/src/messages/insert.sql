-- Queued messages of one tenant, sorted by customer for the indexes' sake; our address is the one that is asked for, else the
-- connection's.
with ways as materialized (
    -- for a first guess, once for all that go alike: the gate chooses again when the message goes
    select m.channel, m.purpose, m.our_address, picked.sender_address, picked.provider
    from (select distinct w.channel, w.purpose, w.our_address
          from unnest($3::text[], $4::text[], $17::text[]) as w (channel, purpose, our_address)) m
    left join lateral (
        select p.sender_address, p.provider
        from tenant_channel_settings p
        where p.tenant_id = $1 and p.channel = m.channel and p.is_active and p.verified_at is not null
          and (p.stands_in_for is null and p.purpose in ('any', m.purpose) or lower(p.sender_address) = lower(m.our_address))
        order by lower(p.sender_address) = lower(m.our_address) desc, p.stands_in_for is null desc, p.purpose = m.purpose desc
        limit 1
    ) picked on true
)
insert into messages (tenant_id, id, direction, channel, purpose, status, customer_id, our_address, their_address, subject, body,
                      provider, template_id, campaign_id, enrollment_id, touch_number, answers_event, in_answer_to_at, due_at,
                      first_due_at, created_at, updated_at, wanted_address, media_urls, metadata)
select $1, m.id, 'outbound', m.channel, m.purpose, 'queued', m.customer_id, coalesce(m.our_address, c.sender_address, ''), m.address, m.subject,
       m.body, c.provider, m.template_id, m.campaign_id, m.enrollment_id, m.touch_number, m.answers_event, m.in_answer_to_at, m.due_at,
       m.due_at, $16, $16, m.our_address, m.media_urls, m.metadata
from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[],
            $11::uuid[], $12::smallint[], $13::text[], $14::timestamptz[], $15::timestamptz[], $17::text[], $18::jsonb[], $19::jsonb[])
     as m (id, channel, purpose, customer_id, address, subject, body, template_id, campaign_id, enrollment_id, touch_number,
           answers_event, in_answer_to_at, due_at, our_address, media_urls, metadata)
left join ways c on c.channel = m.channel and c.purpose = m.purpose and c.our_address is not distinct from m.our_address
order by m.customer_id, m.id
on conflict do nothing
