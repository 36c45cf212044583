-- The next $3 decisions to send after that id, but for answers to keywords ($4), with where the recipient was: as the gate recorded it, and
-- as the customer's present record says if nothing of it changed since.
select l.id, l.message_id, l.at, l.channel, l.purpose, l.facts #> '{facts,place}' as "place?", m.their_address as "address?",
       c.postal_code as "postal_code?", c.state as "state?", case when c.zone_source = 'explicit' then c.zone end as explicit_zone,
       c.phone as "phone?",
       exists (select from customer_activities a
               where a.tenant_id = $1 and a.customer_id = l.customer_id and a.at >= l.at and a.kind = 'CustomerUpdated'
                 and a.changes ?| array['postal_code', 'state', 'explicit_zone', 'phone', 'address']) as "moved!"
from send_logs l
left join messages m on m.tenant_id = $1 and m.id = l.message_id
left join customers c on c.tenant_id = $1 and c.id = l.customer_id
where l.tenant_id = $1
  and l.verdict = 'send'
  and l.purpose <> all($4)
  and l.id > $2
order by l.id
limit $3
