-- Across tenants, for the operator: those with a connection to a real provider that was not compared on a day; or all.
select distinct s.tenant_id
from tenant_channel_settings s
where s.is_active
  and s.verified_at is not null
  and s.provider <> 'sandbox'
  and ($2 or not exists (select from reconciliations r
                         where r.tenant_id = s.tenant_id and r.connection_id = s.id and r.day = $1::text::date))
order by s.tenant_id
