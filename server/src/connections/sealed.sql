-- Across tenants, for the operator: how many connections are sealed under which key, whose name follows the first two bytes.
select tenant_id,
       case when length(credentials) >= 2 then substring(credentials from 1 for 2 + get_byte(credentials, 1)) else credentials end as "head!",
       count(*) as "connections!"
from tenant_channel_settings
where credentials is not null
group by 1, 2
order by 1, 2
