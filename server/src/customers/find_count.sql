-- How many terms each group of ranges has, counted so far per range, and how many different ones: enough to tell rare from frequent,
-- and narrow from wide.
select w.grp as "grp!", sum(range.terms)::bigint as "terms!", sum(range.different)::bigint as "different!"
from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
cross join lateral (
    with recursive different as (
        (select t.term from customer_terms t
         where t.tenant_id = $1 and t.kind = w.kind
           and t.term >= w.low collate "C" and t.term <= w.high collate "C"
         order by t.term limit 1)
        union all
        select next.term
        from different d
        cross join lateral (
            select t.term from customer_terms t
            where t.tenant_id = $1 and t.kind = w.kind
              and t.term > d.term and t.term <= w.high collate "C"
            order by t.term limit 1) as next
    )
    select (select count(*)
            from (select from customer_terms t
                  where t.tenant_id = $1 and t.kind = w.kind
                    and t.term >= w.low collate "C" and t.term <= w.high collate "C"
                  limit $6) as counted) as terms,
           (select count(*) from (select from different limit $7) as counted) as different) as range
group by w.grp
