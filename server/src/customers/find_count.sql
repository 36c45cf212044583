-- How many terms each group of ranges has, counted so far per range: enough to tell a rare one from a frequent one.
select w.grp as "grp!", sum(range.terms)::bigint as "terms!"
from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
cross join lateral (
    select count(*) as terms
    from (select from customer_terms t
          where t.tenant_id = $1 and t.kind = w.kind
            and t.term >= w.low collate "C" and t.term <= w.high collate "C"
          limit $6) as counted) as range
group by w.grp
