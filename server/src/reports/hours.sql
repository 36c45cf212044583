-- When the gate let follow-ups go and when it held them for the night, in quarters of an hour, with the recipient's first zone. The
-- hour of the day is told outside: only there are all zones known.
select l.verdict as "verdict!",
       l.channel as "channel!",
       coalesce(l.facts #>> '{facts,place,zones,0}', 'UTC') as "zone!",
       date_bin('15 minutes', l.at, timestamptz '2000-01-01 00:00:00+00') as "at!",
       date_bin('15 minutes', l.hold_until, timestamptz '2000-01-01 00:00:00+00') as until,
       count(*) as "count!"
from send_logs l
where l.tenant_id = $1
  and l.purpose in ('marketing', 'service')
  and ($2::uuid is null or l.campaign_id = $2)
  and (l.verdict = 'send' or (l.verdict = 'hold' and l.reason = 'quiet_hours'))
group by 1, 2, 3, 4, 5
