-- The customer whose story shows most: a night's hold, a touch that arrived, and then STOP and START, or a click.
select l.customer_id as "customer!"
from (select distinct customer_id from send_logs
      where tenant_id = $1 and verdict = 'hold' and reason = 'quiet_hours' and customer_id is not null) as l
join (select customer_id, count(*) as texts from messages
      where tenant_id = $1 and enrollment_id is not null and status in ('delivered', 'read') and customer_id is not null
      group by customer_id) as d on d.customer_id = l.customer_id
left join (select customer_id, bool_or(kind = 'opted_out') as stopped,
                  bool_or(kind = 'opted_out') and bool_or(kind = 'opted_in') as restarted
           from consent_events
           where tenant_id = $1 and method = 'keyword' and customer_id is not null
           group by customer_id) as k on k.customer_id = l.customer_id
left join (select distinct customer_id from customer_feedback
           where tenant_id = $1 and kind = 'review_click') as f on f.customer_id = l.customer_id
where k.stopped or f.customer_id is not null
order by coalesce(k.restarted, false) desc, coalesce(k.stopped, false) desc, d.texts desc, l.customer_id
limit 1
