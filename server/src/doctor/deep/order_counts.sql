-- Customers whose counts of work orders are not those of their work orders. Whoever's last completed job was taken back keeps its time.
with looked as (
    select c.id, c.orders_total, c.orders_completed, c.last_order_completed_at, coalesce(w.total, 0) as total,
           coalesce(w.completed, 0) as completed, w.last
    from customers c
    left join (select o.customer_id, count(*) as total, count(*) filter (where o.status = 'completed') as completed,
                      max(o.completed_at) filter (where o.status = 'completed') as last
               from work_orders o
               where o.tenant_id = $1
               group by o.customer_id) as w on w.customer_id = c.id
    where c.tenant_id = $1
),
offending as (
    select 'customers' as place, 'customer' as noun, l.id, null::text as part, null::text as address,
           case
               when l.orders_total <> l.total or l.orders_completed <> l.completed
                   then format('it counts %s work orders, %s completed; there are %s and %s', l.orders_total, l.orders_completed, l.total,
                               l.completed)
               else 'its last completed work order is later than it says'
           end as what
    from looked l
    where l.orders_total <> l.total
       or l.orders_completed <> l.completed
       or coalesce(l.last > l.last_order_completed_at, l.last is not null)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
