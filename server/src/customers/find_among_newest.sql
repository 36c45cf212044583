-- Of the newest so many customers before a customer, those that meet every group, newest first, until the page is full.
select c.id
from (select n.id, n.status from customers n
      where n.tenant_id = $1 and n.id < coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
      order by n.id desc
      limit $10) as c
where ($7::text is null or c.status = $7)
  and (select count(distinct w.grp)
       from customer_terms x
       join unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
         on x.kind = w.kind and x.term >= w.low collate "C" and x.term <= w.high collate "C"
       where x.tenant_id = $1 and x.customer_id = c.id) = $8
order by c.id desc
limit $9
