-- Counts and times of threads, from their messages.
update conversations c
set inbound_count = n.inbound,
    outbound_count = n.outbound,
    unread = least(c.unread, n.inbound),
    last_inbound_at = n.last_inbound_at,
    last_outbound_at = case when n.outbound > 0 then c.last_outbound_at end,
    updated_at = $3
from (select w.id,
             count(m.id) filter (where m.direction = 'inbound')::int as inbound,
             count(m.id) filter (where m.direction = 'outbound')::int as outbound,
             max(m.created_at) filter (where m.direction = 'inbound') as last_inbound_at
      from unnest($2::uuid[]) as w (id)
      left join messages m on m.tenant_id = $1 and m.conversation_id = w.id
      group by w.id) as n
where c.tenant_id = $1
  and c.id = n.id
