-- Of the newest customers of a group with few terms, those that meet every group, newest first, until the page is full. Each term has
-- its customers in order, and gives so many of them; who is older than the oldest that some term gave is left out, since others
-- of that term may be newer.
with recursive terms as (
    select w.kind, w.high, first.term
    from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
    cross join lateral (
        select t.term from customer_terms t
        where t.tenant_id = $1 and t.kind = w.kind
          and t.term >= w.low collate "C" and t.term <= w.high collate "C"
        order by t.term limit 1) as first
    where w.grp = $10
    union all
    select terms.kind, terms.high, next.term
    from terms
    cross join lateral (
        select t.term from customer_terms t
        where t.tenant_id = $1 and t.kind = terms.kind
          and t.term > terms.term and t.term <= terms.high collate "C"
        order by t.term limit 1) as next
), newest as materialized (
    select n.customer_id, n.place
    from terms
    cross join lateral (
        select x.customer_id, row_number() over (order by x.customer_id desc) as place
        from customer_terms x
        where x.tenant_id = $1 and x.kind = terms.kind and x.term = terms.term
          and x.customer_id < coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        order by x.customer_id desc
        limit $11) as n
)
select d.customer_id as "customer_id!"
from (select distinct n.customer_id
      from newest n
      where n.customer_id >= coalesce(
          (select f.customer_id from newest f where f.place = $11 order by f.customer_id desc limit 1),
          '00000000-0000-0000-0000-000000000000'::uuid)
      order by n.customer_id desc
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
