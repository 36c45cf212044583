-- What would hang or get lost, counted: each is 0 in a sound tenant.
select
    (select count(*) from enrollment_touches t
     left join messages m on m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
     where t.tenant_id = $1 and m.id is null and t.status in ('queued', 'sent')) as "touches_without_message!",
    (select count(*) from enrollment_touches t
     join messages m on m.tenant_id = $1 and m.enrollment_id = t.enrollment_id and m.touch_number = t.touch_number
     where t.tenant_id = $1 and t.status in ('pending', 'queued', 'paused')
       and m.status not in ('queued', 'sending')) as "touches_behind_their_message!",
    (select count(*) from messages m
     where m.tenant_id = $1 and m.status = 'sending' and m.lease_until < now()) as "leases_expired!",
    (select count(*) from messages m
     left join campaigns c on c.tenant_id = $1 and c.id = m.campaign_id
     where m.tenant_id = $1 and m.status = 'queued' and m.due_at is null
       and c.status is distinct from 'paused') as "queued_for_nothing!",
    (select count(*) from messages m
     where m.tenant_id = $1 and m.status = 'unknown' and m.due_at is null and not exists (
         select from review_tasks r
         where r.tenant_id = $1 and r.message_id = m.id and r.kind = 'unknown_outcome' and r.closed_at is null)) as "unknown_without_a_task!",
    (select count(*) from messages m
     where m.tenant_id = $1 and m.direction = 'outbound'
       and m.status in ('sending', 'sent', 'delivered', 'read', 'undelivered', 'unknown')
       and not exists (select from send_logs l
                       where l.tenant_id = $1 and l.message_id = m.id and l.verdict = 'send')) as "sent_without_a_decision!",
    (select count(*) from messages m
     where m.tenant_id = $1 and m.status = 'stopped'
       and not exists (select from send_logs l
                       where l.tenant_id = $1 and l.message_id = m.id and l.verdict = 'stop')) as "stopped_without_a_decision!",
    (select count(*) from campaign_enrollments e
     where e.tenant_id = $1 and e.status = 'active' and not exists (
         select from enrollment_touches t
         where t.tenant_id = $1 and t.enrollment_id = e.id and t.status in ('pending', 'queued', 'paused'))) as "active_without_a_touch!",
    (select count(*) from campaign_enrollments e
     join enrollment_touches t on t.tenant_id = $1 and t.enrollment_id = e.id
     where e.tenant_id = $1 and e.status <> 'active'
       and t.status in ('pending', 'paused')) as "ended_with_a_touch_to_come!",
    (select count(*) from provider_events p
     where p.tenant_id = $1 and p.applied_at is null) as "events_not_applied!"
