-- What waits: messages by what held them last, touches whose time has not come, outcomes that nobody knows yet.
select w.what as "what!", w.reason as "reason!", w.channel as "channel!", count(*) as "count!",
       min(w.until) as first_until, max(w.until) as last_until
from (
    select 'message' as what,
           case
               when m.status = 'sending' then 'in_flight'
               when m.due_at is null then 'campaign_paused'
               when l.reason is null then case when m.attempts > 0 then 'try_again' else 'due' end
               else l.reason
           end as reason,
           m.channel,
           m.due_at as until
    from messages m
    left join lateral (
        select s.reason from send_logs s
        where s.tenant_id = $1 and s.message_id = m.id
        order by s.at desc, s.id desc limit 1
    ) as l on true
    where m.tenant_id = $1 and m.status in ('queued', 'sending') and ($2::uuid is null or m.campaign_id = $2)
    union all
    select 'outcome', case when m.due_at is null then 'a_person_looks' else 'provider_is_asked' end, m.channel, m.due_at
    from messages m
    where m.tenant_id = $1 and m.status = 'unknown' and ($2::uuid is null or m.campaign_id = $2)
    union all
    select 'touch', case t.status when 'paused' then 'campaign_paused' else 'scheduled' end, t.channel,
           case when t.status = 'pending' then t.scheduled_at end
    from enrollment_touches t
    join campaign_enrollments e on e.tenant_id = $1 and e.id = t.enrollment_id
    where t.tenant_id = $1 and t.status in ('pending', 'paused') and ($2::uuid is null or e.campaign_id = $2)
) as w
group by w.what, w.reason, w.channel
order by min(w.until) nulls last, w.what, w.reason, w.channel
