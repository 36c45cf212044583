-- Queued messages that are due and whose recipient nobody else holds; the recipients are locked, in the order of their addresses.
-- Whoever waits for an answer of ours comes before campaigns. An opt-out's confirmation waits until nothing to that address is in flight.
select due.id as "id!"
from (select m.id, m.channel, m.their_address
      from ((select f.id, f.channel, f.their_address, f.due_at, 1 as turn
             from messages f
             where f.tenant_id = $1
               and f.status = 'queued'
               and f.purpose not in ('marketing', 'service')
               and f.due_at <= $2
               and not (f.purpose = 'opt_out_confirmation'
                        and exists (select from messages flying
                                    where flying.tenant_id = $1
                                      and flying.their_address = f.their_address
                                      and flying.channel = f.channel
                                      and flying.status = 'sending'))
             order by f.due_at, f.id
             limit $3)
            union all
            (select c.id, c.channel, c.their_address, c.due_at, 2
             from messages c
             where c.tenant_id = $1
               and c.status = 'queued'
               and c.purpose in ('marketing', 'service')
               and c.due_at <= $2
             order by c.due_at, c.id
             limit $3)) as m
      order by m.turn, m.due_at, m.id
      limit $3) as due
join recipients r on r.tenant_id = $1 and r.channel = due.channel and r.address = due.their_address
-- what was said and is not applied yet may be a STOP, also on another channel: it must not be overtaken
where not exists (select from provider_events said
                  where said.tenant_id = $1
                    and said.applied_at is null
                    and (said.wait_until is null or said.wait_until <= $2)
                    and said.kind not in ('status', 'account', 'click', 'feedback'))
order by r.channel, r.address
for update of r skip locked
