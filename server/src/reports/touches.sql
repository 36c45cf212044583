-- Where each touch of each enrollment stands, counted per campaign, number and channel. A touch with a message stands where its
-- message does; without one, where it says itself. What stands nowhere hangs.
with stands as (
    select e.campaign_id, t.touch_number, t.channel, m.id as message_id, m.status as message_status,
           case
               when m.status in ('sent', 'delivered', 'read', 'undelivered') then 'sent'
               when m.status in ('queued', 'sending') then 'waiting'
               when m.id is not null then m.status
               when t.status in ('pending', 'paused') then 'waiting'
               when t.status = 'skipped' then 'stopped'
               when t.status = 'failed' then 'failed'
           end as fate
    from enrollment_touches t
    join campaign_enrollments e on e.tenant_id = $1 and e.id = t.enrollment_id
    left join messages m on m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
    where t.tenant_id = $1 and ($2::uuid is null or e.campaign_id = $2)
),
held as (
    select distinct message_id
    from send_logs
    where tenant_id = $1 and verdict = 'hold' and campaign_id is not null and ($2::uuid is null or campaign_id = $2)
)
select s.campaign_id as "campaign_id!",
       c.name as "campaign!",
       s.touch_number as "touch!",
       s.channel as "channel!",
       count(*) as "planned!",
       count(*) filter (where s.fate = 'sent') as "sent!",
       count(*) filter (where s.message_status in ('delivered', 'read')) as "delivered!",
       count(*) filter (where s.message_status = 'undelivered') as "undelivered!",
       count(*) filter (where h.message_id is not null) as "held!",
       count(*) filter (where s.fate = 'stopped') as "stopped!",
       count(*) filter (where s.fate = 'failed') as "failed!",
       count(*) filter (where s.fate = 'unknown') as "unknown!",
       count(*) filter (where s.fate = 'cancelled') as "cancelled!",
       count(*) filter (where s.fate = 'waiting') as "waiting!"
from stands s
join campaigns c on c.tenant_id = $1 and c.id = s.campaign_id
left join held h on h.message_id = s.message_id
group by s.campaign_id, c.name, s.touch_number, s.channel
order by c.name, s.campaign_id, s.touch_number, s.channel
