-- Addresses that must not be messaged, and addresses that do not work.
select r.channel as "channel!",
       coalesce(r.suppressed_reason, r.address_status) as "reason!",
       coalesce(r.suppressed_scope, 'all') as "scope!",
       count(*) as "count!"
from recipients r
where r.tenant_id = $1 and (r.suppressed_scope is not null or r.address_status <> 'valid')
group by 1, 2, 3
order by 1, 4 desc, 2
