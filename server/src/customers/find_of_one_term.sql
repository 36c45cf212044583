-- The newest customers with one term, before a customer: read off the index in its order.
select t.customer_id
from customer_terms t
where t.tenant_id = $1
  and t.kind = $2
  and t.term = $3 collate "C"
  and t.customer_id < coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
  and ($5::text is null
       or exists (select from customers c where c.tenant_id = $1 and c.id = t.customer_id and c.status = $5))
order by t.customer_id desc
limit $6
