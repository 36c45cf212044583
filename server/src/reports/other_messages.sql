-- What was sent outside of campaigns: replies, answers to keywords, messages of an integration. Per purpose and channel.
select m.purpose as "purpose!",
       m.channel as "channel!",
       count(*) as "planned!",
       count(*) filter (where m.status in ('sent', 'delivered', 'read', 'undelivered')) as "sent!",
       count(*) filter (where m.status in ('delivered', 'read')) as "delivered!",
       count(*) filter (where m.status = 'undelivered') as "undelivered!",
       count(*) filter (where exists (
           select from send_logs l where l.tenant_id = $1 and l.message_id = m.id and l.verdict = 'hold')) as "held!",
       count(*) filter (where m.status = 'stopped') as "stopped!",
       count(*) filter (where m.status = 'failed') as "failed!",
       count(*) filter (where m.status = 'unknown') as "unknown!",
       count(*) filter (where m.status = 'cancelled') as "cancelled!",
       count(*) filter (where m.status in ('queued', 'sending')) as "waiting!"
from messages m
where m.tenant_id = $1 and m.direction = 'outbound' and m.enrollment_id is null
group by m.purpose, m.channel
order by m.purpose, m.channel
