-- Touches that contradict their message, and messages of a touch that is not there. A failed touch may have a message that a late
-- report saw delivered.
with looked as (
    select t.enrollment_id, t.touch_number, t.channel, t.status, m.status as message, m.channel as message_channel
    from enrollment_touches t
    left join lateral (select m.status, m.channel
                       from messages m
                       where m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
                       order by m.status = 'cancelled', m.created_at, m.id
                       limit 1) as m on true
    where t.tenant_id = $1
),
contradicting as (
    select l.*,
           case
               when l.message is null and l.status in ('queued', 'sent') then format('it is %s without a message', l.status)
               when l.message is null then null
               when l.message_channel <> l.channel then 'its message goes another way'
               when l.status in ('pending', 'paused')
                   or (l.status = 'queued' and l.message not in ('queued', 'sending'))
                   or (l.status = 'sent' and l.message not in ('sent', 'delivered', 'read', 'undelivered', 'failed'))
                   or (l.status = 'skipped' and l.message not in ('stopped', 'cancelled'))
                   or (l.status = 'failed' and l.message in ('queued', 'sending', 'sent', 'stopped', 'cancelled'))
                   then format('it is %s, but its message is %s', l.status, l.message)
           end as what
    from looked l
),
offending as (
    select 'enrollment_touches' as place, 'enrollment' as noun, c.enrollment_id as id, format('touch %s', c.touch_number) as part,
           null::text as address, c.what
    from contradicting c
    where c.what is not null
    union all
    select 'messages', 'message', m.id, null, null, format('its enrollment has no touch %s', m.touch_number)
    from messages m
    where m.tenant_id = $1
      and m.enrollment_id is not null
      and not exists (select from enrollment_touches t
                      where t.tenant_id = $1 and t.enrollment_id = m.enrollment_id and t.touch_number = m.touch_number)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
