-- Tenants with messages to look at. A loose index scan: one probe per campaign, whatever waits.
with recursive waiting as (
    (select m.tenant_id, m.line, m.due_at from messages m
     where m.status = 'queued' and m.due_at is not null
     order by m.tenant_id, m.line, m.due_at limit 1)
    union all
    select next.tenant_id, next.line, next.due_at
    from waiting w
    cross join lateral (
        select m.tenant_id, m.line, m.due_at from messages m
        where m.status = 'queued' and m.due_at is not null
          and (m.tenant_id, m.line) > (w.tenant_id, w.line)
        order by m.tenant_id, m.line, m.due_at limit 1) as next
)
select tenant_id as "tenant_id!" from waiting where due_at <= $1
union
select tenant_id from messages where status = 'sending' and lease_until < now()
union
select tenant_id from messages where status = 'unknown' and due_at <= $1
order by 1
