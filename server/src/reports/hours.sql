-- When follow-ups that a provider took were let go (the last time, if it took several tries), and when the gate held them for the
-- night, in quarters of an hour, with the recipient's first zone. The hour of the day is told outside: only there are all zones known.
select l.verdict as "verdict!",
       l.channel as "channel!",
       coalesce(l.zone, 'UTC') as "zone!",
       date_bin('15 minutes', l.at, timestamptz '2000-01-01 00:00:00+00') as "at!",
       date_bin('15 minutes', l.hold_until, timestamptz '2000-01-01 00:00:00+00') as until,
       count(*) as "count!"
from (
    (select distinct on (s.message_id)
            s.verdict, s.channel, s.facts #>> '{facts,place,zones,0}' as zone, s.at, s.hold_until
     from send_logs s
     join messages m on m.tenant_id = $1 and m.id = s.message_id
     where s.tenant_id = $1 and s.verdict = 'send' and s.purpose in ('marketing', 'service')
       and ($2::uuid is null or s.campaign_id = $2)
       and m.status in ('sent', 'delivered', 'read', 'undelivered')
     order by s.message_id, s.at desc)
    union all
    select s.verdict, s.channel, s.facts #>> '{facts,place,zones,0}', s.at, s.hold_until
    from send_logs s
    where s.tenant_id = $1 and s.verdict = 'hold' and s.reason = 'quiet_hours' and s.purpose in ('marketing', 'service')
      and ($2::uuid is null or s.campaign_id = $2)
) as l
group by 1, 2, 3, 4, 5
