-- A page of conversations, those with the newest message first, each with what was said last. Those that are unread are looked for by a
-- branch of their own: only a condition that is written out lets a prepared statement use the index that has them alone.
select c.id as "id!", c.channel as "channel!", c.our_address as "our_address!", c.their_address as "their_address!", c.customer_id,
       c.status as "status!", c.inbound_count as "inbound_count!", c.outbound_count as "outbound_count!", c.unread as "unread!",
       c.last_inbound_at, c.last_outbound_at, c.last_message_at, c.assigned_to, c.opted_out_at, c.opt_out_reason, c.tags as "tags!",
       p.first_name as "first_name?", p.last_name as "last_name?", p.company_name as "company_name?",
       m.body as "last_body?", m.direction as "last_direction?"
from (
    (select u.id, u.channel, u.our_address, u.their_address, u.customer_id, u.status, u.inbound_count, u.outbound_count, u.unread,
            u.last_inbound_at, u.last_outbound_at, u.last_message_at, u.assigned_to, u.opted_out_at, u.opt_out_reason, u.tags
     from conversations u
     where $2
       and u.tenant_id = $1
       and u.unread > 0
       and ($3::text is null or u.assigned_to = $3)
       and ($4::text is null or u.status = $4)
       and ($5::text is null or u.channel = $5)
       and ($6::timestamptz is null or (u.last_message_at, u.id) < ($6, $7::uuid))
     order by u.last_message_at desc, u.id desc
     limit $8)
    union all
    (select a.id, a.channel, a.our_address, a.their_address, a.customer_id, a.status, a.inbound_count, a.outbound_count, a.unread,
            a.last_inbound_at, a.last_outbound_at, a.last_message_at, a.assigned_to, a.opted_out_at, a.opt_out_reason, a.tags
     from conversations a
     where not $2
       and a.tenant_id = $1
       and ($3::text is null or a.assigned_to = $3)
       and ($4::text is null or a.status = $4)
       and ($5::text is null or a.channel = $5)
       and ($6::timestamptz is null or (a.last_message_at, a.id) < ($6, $7::uuid))
     order by a.last_message_at desc, a.id desc
     limit $8)
) as c
left join customers p on p.tenant_id = $1 and p.id = c.customer_id
left join lateral (
    select l.body, l.direction from messages l
    where l.tenant_id = $1 and l.conversation_id = c.id
    order by l.created_at desc, l.id desc limit 1
) m on true
order by c.last_message_at desc, c.id desc
limit $8
