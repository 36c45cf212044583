-- Decisions to send to somebody whom $3 messages of a campaign had reached in the 24 hours before. A message that came back counts from
-- when it was last let go.
with looked as (
    select l.message_id, l.at,
           lag(l.at, $3::int) over (partition by m.channel, m.their_address order by l.at, l.id) as before
    from (select distinct on (message_id) message_id, at, id
          from send_logs
          where tenant_id = $1 and verdict = 'send' and purpose in ('marketing', 'service')
          order by message_id, at desc, id desc) l
    join messages m on m.tenant_id = $1 and m.id = l.message_id
),
offending as (
    select 'send_logs' as place, 'message' as noun, l.message_id as id, to_char(l.at, '"at" YYYY-MM-DD HH24:MI') as part,
           null::text as address, format('%s others had gone to its recipient in 24 hours', $3::int) as what
    from looked l
    where l.before > l.at - interval '24 hours'
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
