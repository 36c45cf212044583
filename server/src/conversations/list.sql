-- A page of conversations, those with the newest message first, each with what was said last.
select c.id, c.channel, c.our_address, c.their_address, c.customer_id, c.status, c.inbound_count, c.outbound_count, c.unread,
       c.last_inbound_at, c.last_outbound_at, c.last_message_at, c.assigned_to, c.opted_out_at, c.opt_out_reason, c.tags,
       p.first_name as "first_name?", p.last_name as "last_name?", p.company_name as "company_name?",
       m.body as "last_body?", m.direction as "last_direction?"
from conversations c
left join customers p on p.tenant_id = $1 and p.id = c.customer_id
left join lateral (
    select l.body, l.direction from messages l
    where l.tenant_id = $1 and l.conversation_id = c.id
    order by l.created_at desc, l.id desc limit 1
) m on true
where c.tenant_id = $1
  and (not $2 or c.unread > 0)
  and ($3::text is null or c.assigned_to = $3)
  and ($4::text is null or c.status = $4)
  and ($5::text is null or c.channel = $5)
  and ($6::timestamptz is null or (c.last_message_at, c.id) < ($6, $7::uuid))
order by c.last_message_at desc, c.id desc
limit $8
