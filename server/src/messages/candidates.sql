-- Queued messages that are due and whose recipient nobody else holds; the recipients are locked, in the order of their addresses.
-- An opt-out's confirmation waits until nothing to that address is in flight.
select due.id
from (select m.id, m.channel, m.their_address
      from messages m
      where m.tenant_id = $1
        and m.status = 'queued'
        and m.due_at <= $2
        and not (m.purpose = 'opt_out_confirmation'
                 and exists (select from messages flying
                             where flying.tenant_id = $1
                               and flying.their_address = m.their_address
                               and flying.channel = m.channel
                               and flying.status = 'sending'))
      order by m.due_at, m.id
      limit $3) as due
join recipients r on r.tenant_id = $1 and r.channel = due.channel and r.address = due.their_address
order by r.channel, r.address
for update of r skip locked
