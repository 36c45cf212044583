-- Whether the addresses of a customer may be messaged: those of today, and those that a consent of the customer names.
with named (channel, address) as (
    select 'sms', c.phone from customers c where c.tenant_id = $1 and c.id = $2
    union
    select 'whatsapp', c.whatsapp_number from customers c where c.tenant_id = $1 and c.id = $2
    union
    select 'email', c.email_norm from customers c where c.tenant_id = $1 and c.id = $2
    union
    select k.channel, k.address from consents k where k.tenant_id = $1 and k.customer_id = $2
)
select n.channel as "channel!", n.address as "address!", r.suppressed_scope as "suppressed_scope?",
       r.suppressed_reason as "suppressed_reason?", r.suppressed_at
from named n
left join recipients r on r.tenant_id = $1 and r.channel = n.channel and r.address = n.address
where n.address is not null
order by 1, 2
