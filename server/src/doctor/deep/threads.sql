-- Conversations whose counts or times are not those of their messages; messages in no conversation, or in that of another address.
with counted as (
    select m.conversation_id as id,
           count(*) filter (where m.direction = 'inbound') as inbound,
           count(*) filter (where m.direction = 'outbound') as outbound,
           max(m.created_at) filter (where m.direction = 'inbound') as last_inbound_at,
           max(m.created_at) filter (where m.direction = 'outbound') as last_made_at
    from messages m
    where m.tenant_id = $1 and m.conversation_id is not null
    group by 1
),
looked as (
    select c.id, c.inbound_count, c.outbound_count, c.last_inbound_at, c.last_outbound_at,
           coalesce(n.inbound, 0) as inbound, coalesce(n.outbound, 0) as outbound, n.last_inbound_at as heard_at, n.last_made_at
    from conversations c
    left join counted n on n.id = c.id
    where c.tenant_id = $1
),
offending as (
    select 'conversations' as place, 'conversation' as noun, l.id, null::text as part, null::text as address,
           format('it counts %s of theirs and %s of ours; there are %s and %s', l.inbound_count, l.outbound_count, l.inbound, l.outbound) as what
    from looked l
    where l.inbound_count <> l.inbound or l.outbound_count <> l.outbound
    union all
    select 'conversations', 'conversation', l.id, null, null, 'it says of its last messages another time than they do'
    from looked l
    where l.inbound_count = l.inbound and l.outbound_count = l.outbound
      and (l.last_inbound_at is distinct from l.heard_at
           or (l.last_outbound_at is null) <> (l.outbound = 0)
           -- a message goes when it was made, or later
           or l.last_outbound_at < l.last_made_at)
    union all
    select 'messages', 'message', m.id, null, null, 'it was received or let go, and is in no conversation'
    from messages m
    where m.tenant_id = $1 and m.conversation_id is null and (m.direction = 'inbound' or m.attempts > 0)
    union all
    select 'messages', 'message', m.id, null, null, 'it is in the conversation of another address'
    from messages m
    join conversations c on c.tenant_id = $1 and c.id = m.conversation_id
    where m.tenant_id = $1
      and (c.channel <> m.channel
           or case m.channel when 'email' then lower(m.their_address) else m.their_address end <> c.their_address)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
