-- The newest customers that meet every group, before a customer: all ranges are read whole. For groups that are long and seldom meet.
select t.customer_id
from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
cross join lateral (
    select t.customer_id from customer_terms t
    where t.tenant_id = $1 and t.kind = w.kind
      and t.term >= w.low collate "C" and t.term <= w.high collate "C"
    offset 0) as t
where ($6::uuid is null or t.customer_id < $6)
  and ($7::text is null
       or exists (select from customers c where c.tenant_id = $1 and c.id = t.customer_id and c.status = $7))
group by t.customer_id
having count(distinct w.grp) = $8
order by t.customer_id desc
limit $9
