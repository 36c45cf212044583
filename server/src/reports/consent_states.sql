-- What customers allowed, per channel on which they can be reached, and how it came about. Whoever was never asked is unknown.
select ch.channel as "channel!",
       coalesce(k.status, 'unknown') as "status!",
       k.source as "source?",
       k.method as "method?",
       count(*) as "count!"
from customers c
cross join (values ('sms'), ('whatsapp'), ('email')) as ch (channel)
left join consents k on k.tenant_id = $1 and k.customer_id = c.id and k.channel = ch.channel
where c.tenant_id = $1
  and (k.status is not null
       or case ch.channel when 'sms' then c.phone when 'whatsapp' then c.whatsapp_number else c.email end is not null)
group by 1, 2, 3, 4
order by 1, 2, 5 desc, 3, 4
