-- Queued messages of one tenant, sorted by customer for the indexes' sake; our address is the connection's.
insert into messages (tenant_id, id, direction, channel, purpose, status, customer_id, our_address, their_address, subject, body,
                      provider, template_id, campaign_id, enrollment_id, touch_number, answers_event, in_answer_to_at, due_at,
                      first_due_at, created_at, updated_at)
select $1, m.id, 'outbound', m.channel, m.purpose, 'queued', m.customer_id, coalesce(c.sender_address, ''), m.address, m.subject,
       m.body, c.provider, m.template_id, m.campaign_id, m.enrollment_id, m.touch_number, m.answers_event, m.in_answer_to_at, m.due_at,
       m.due_at, $16, $16
from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[],
            $11::uuid[], $12::smallint[], $13::text[], $14::timestamptz[], $15::timestamptz[])
     as m (id, channel, purpose, customer_id, address, subject, body, template_id, campaign_id, enrollment_id, touch_number,
           answers_event, in_answer_to_at, due_at)
left join tenant_channel_settings c on c.tenant_id = $1 and c.channel = m.channel and c.is_active
order by m.customer_id, m.id
on conflict do nothing
