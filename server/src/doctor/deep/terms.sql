-- The next $3 customers after that id, each with the terms by which it is found.
select c.id, c.first_name, c.last_name, c.company_name, c.contact_person, c.tags,
       array(select t.kind || ':' || t.term from customer_terms t where t.tenant_id = $1 and t.customer_id = c.id) as "terms!"
from customers c
where c.tenant_id = $1 and ($2::uuid is null or c.id > $2)
order by c.id
limit $3
