-- Messages that went, or were stopped, without the gate's recorded decision; and those handed over more or less often than it said.
with decided as (
    select s.message_id, count(*) filter (where s.verdict = 'send') as sends, count(*) filter (where s.verdict = 'stop') as stops
    from send_logs s
    where s.tenant_id = $1
    group by s.message_id
),
looked as (
    select m.id, m.status, m.attempts, coalesce(d.sends, 0) as sends, coalesce(d.stops, 0) as stops
    from messages m
    left join decided d on d.message_id = m.id
    where m.tenant_id = $1 and m.direction = 'outbound'
),
offending as (
    select 'messages' as place, 'message' as noun, l.id, null::text as part, null::text as address,
           case
               when l.attempts <> l.sends then format('it was handed over %s times, and the gate let it go %s times', l.attempts, l.sends)
               else format('it is %s, and the gate never said so', l.status)
           end as what
    from looked l
    where l.attempts <> l.sends
       or (l.sends = 0 and l.status in ('sending', 'sent', 'delivered', 'read', 'undelivered', 'unknown'))
       or (l.stops = 0 and l.status = 'stopped')
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
