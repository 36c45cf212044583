-- The newest customers that meet every group, before a customer. One group, a short one, is read whole; each of its customers is then
-- asked for the others, newest first, until the page is full.
select d.customer_id as "customer_id!"
from (select distinct t.customer_id
      from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
      cross join lateral (
          select t.customer_id from customer_terms t
          where t.tenant_id = $1 and t.kind = w.kind
            and t.term >= w.low collate "C" and t.term <= w.high collate "C"
          offset 0) as t
      where w.grp = $10
        and ($6::uuid is null or t.customer_id < $6)
      order by t.customer_id desc
      offset 0) as d
where ($8::bigint = 1
       or (select count(distinct w.grp)
           from customer_terms x
           join unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
             on x.kind = w.kind and x.term >= w.low collate "C" and x.term <= w.high collate "C"
           where x.tenant_id = $1 and x.customer_id = d.customer_id) = $8)
  and ($7::text is null
       or exists (select from customers c where c.tenant_id = $1 and c.id = d.customer_id and c.status = $7))
order by d.customer_id desc
limit $9
