-- Customers with their primary addresses. The customer's own postal code and state are evidence of where they are, of the United States
-- alone; abroad they stand in the address.
select c.id, c.first_name, c.last_name, c.company_name, c.contact_person, c.email, c.phone_raw, c.phone, c.whatsapp_number,
       coalesce(c.postal_code, a.postal_code) as postal_code, coalesce(c.state, a.state) as state, c.zone, c.zone_source, c.stage,
       c.source, c.status, c.tags, c.metadata, c.notes, c.external_id,
       c.orders_total, c.orders_completed, c.last_order_completed_at, c.created_at, c.updated_at,
       a.line1 as "line1?", a.line2 as "line2?", a.city as "city?", a.country as "country?"
from customers c
left join customer_addresses a on a.tenant_id = $1 and a.customer_id = c.id and a.is_primary
where c.tenant_id = $1
  and c.id = any($2)
order by c.id
