-- When the next queued or unknown message is due after a moment, over all tenants. Loose index scans and one probe per campaign,
-- whatever waits; a message without a due time waits for an event.
with recursive queued as (
    (select m.tenant_id, m.line from messages m
     where m.status = 'queued'
     order by m.tenant_id, m.line limit 1)
    union all
    select next.tenant_id, next.line
    from queued w
    cross join lateral (
        select m.tenant_id, m.line from messages m
        where m.status = 'queued' and (m.tenant_id, m.line) > (w.tenant_id, w.line)
        order by m.tenant_id, m.line limit 1) as next
), unknown as (
    (select m.tenant_id from messages m where m.status = 'unknown' order by m.tenant_id limit 1)
    union all
    select next.tenant_id
    from unknown w
    cross join lateral (
        select m.tenant_id from messages m
        where m.status = 'unknown' and m.tenant_id > w.tenant_id
        order by m.tenant_id limit 1) as next
)
select min(soonest.due_at) as "next: Time"
from (select at.due_at
      from queued w
      cross join lateral (
          select m.due_at from messages m
          where m.status = 'queued' and m.tenant_id = w.tenant_id and m.line = w.line
            and m.due_at > $1
          order by m.due_at limit 1) as at
      union all
      select at.due_at
      from unknown w
      cross join lateral (
          select m.due_at from messages m
          where m.status = 'unknown' and m.tenant_id = w.tenant_id and m.due_at > $1
          order by m.due_at limit 1) as at) as soonest
