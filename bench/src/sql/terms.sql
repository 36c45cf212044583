-- What the seeded customers of one tenant are found by, as the customers' store writes it.
insert into customer_terms (tenant_id, kind, term, customer_id)
select c.tenant_id, found.kind, found.term, c.id
from customers c
cross join lateral (
    select 'tag' as kind, jsonb_array_elements_text(c.tags) as term
    union all select 'word', lower(c.first_name)
    union select 'word', lower(c.last_name)) as found
where c.tenant_id = ':tenant'
on conflict do nothing
