-- Why touches did not go or did not arrive, and why they waited, counted per channel.
select s.fate as "fate!", s.channel as "channel!", s.reason as "reason!", count(*) as "count!"
from (
    select case
               when m.status in ('stopped', 'failed', 'undelivered', 'cancelled', 'unknown') then m.status
               when m.id is null and t.status = 'skipped' then 'stopped'
               when m.id is null and t.status = 'failed' then 'failed'
           end as fate,
           t.channel,
           coalesce(m.error_code, t.why, 'not_said') as reason
    from enrollment_touches t
    join campaign_enrollments e on e.tenant_id = $1 and e.id = t.enrollment_id
    left join messages m on m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
    where t.tenant_id = $1 and ($2::uuid is null or e.campaign_id = $2)
    union all
    select distinct on (l.message_id, l.reason) 'held', l.channel, l.reason
    from send_logs l
    where l.tenant_id = $1 and l.verdict = 'hold' and l.campaign_id is not null
      and ($2::uuid is null or l.campaign_id = $2)
) as s
where s.fate is not null
group by s.fate, s.channel, s.reason
order by s.fate, count(*) desc, s.channel, s.reason
