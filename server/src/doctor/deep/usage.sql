-- Months whose count of messages or segments is not that of the decisions to send, in UTC as the gate counts: a message once, however often
-- it was offered.
with counted as (
    select date_trunc('month', l.at at time zone 'UTC')::date as month, count(*) as messages, sum(m.segments) as segments
    from (select message_id, min(at) as at from send_logs where tenant_id = $1 and verdict = 'send' group by message_id) l
    left join messages m on m.tenant_id = $1 and m.id = l.message_id
    group by 1
),
looked as (
    select coalesce(u.month, c.month) as month, coalesce(u.messages, 0) as messages, coalesce(u.segments, 0) as segments,
           coalesce(c.messages, 0) as decided, coalesce(c.segments, 0) as decided_segments
    from (select month, messages, segments from usage_counters where tenant_id = $1) as u
    full join counted c on c.month = u.month
),
offending as (
    select 'usage_counters' as place, null::text as noun, null::uuid as id, to_char(l.month, 'YYYY-MM') as part, null::text as address,
           format('it counts %s messages and %s segments; the decisions come to %s and %s', l.messages, l.segments, l.decided,
                  l.decided_segments) as what
    from looked l
    where l.messages <> l.decided or l.segments <> l.decided_segments
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
