-- Across tenants, for the operator: those with a connection to a real provider that was not compared on a day; or all. One that is not in
-- use any more counts for some days.
select distinct s.tenant_id
from tenant_channel_settings s
where s.verified_at is not null
  and s.provider <> 'sandbox'
  and (s.is_active
       or s.updated_at >= $3)
  and ($2 or not exists (select from reconciliations r
                         where r.tenant_id = s.tenant_id and r.connection_id = s.id and r.day = $1::text::date
                           and r.compared_at is not null))
order by s.tenant_id
