-- Which customers have these addresses on a channel: today, or by an earlier consent for it.
select c.phone as "address!", c.id as "customer_id!"
from customers c where c.tenant_id = $1 and $2 = 'sms' and c.phone = any($3)
union
select c.whatsapp_number, c.id from customers c where c.tenant_id = $1 and $2 = 'whatsapp' and c.whatsapp_number = any($3)
union
select c.email_norm, c.id from customers c where c.tenant_id = $1 and $2 = 'email' and c.email_norm = any($3)
union
select r.address, r.customer_id from recipients r
where r.tenant_id = $1 and r.channel = $2 and r.address = any($3) and r.customer_id is not null
order by 1, 2
