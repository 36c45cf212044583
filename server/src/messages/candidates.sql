-- Queued messages that are due and whose recipient nobody else holds; the recipients are locked, in the order of their addresses.
-- Whoever waits for an answer of ours comes before campaigns, and each campaign that has anything due gets the same share of the batch.
-- An opt-out's confirmation waits until nothing to that address is in flight.
with recursive waiting as (
    (select m.line, m.due_at from messages m
     where m.tenant_id = $1 and m.status = 'queued' and m.due_at is not null
     order by m.line, m.due_at limit 1)
    union all
    select next.line, next.due_at
    from waiting w
    cross join lateral (
        select m.line, m.due_at from messages m
        where m.tenant_id = $1 and m.status = 'queued' and m.due_at is not null
          and m.line > w.line
        order by m.line, m.due_at limit 1) as next
), sharers as (
    select w.line, ($3::bigint - 1) / count(*) over () + 1 as share from waiting w where w.due_at <= $2
)
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
            (select own.id, own.channel, own.their_address, own.due_at, 2
             from sharers s
             cross join lateral (
                 select m.id, m.channel, m.their_address, m.due_at
                 from messages m
                 where m.tenant_id = $1
                   and m.line = s.line
                   and m.status = 'queued'
                   and m.purpose in ('marketing', 'service')
                   and m.due_at <= $2
                 order by m.due_at, m.id
                 limit s.share) as own)) as m
      order by m.turn, m.due_at, m.id
      limit $3) as due
join recipients r on r.tenant_id = $1 and r.channel = due.channel and r.address = due.their_address
-- what was said and is not applied yet may be a STOP, also on another channel: it must not be overtaken
where not exists (select from provider_events said
                  where said.tenant_id = $1
                    and said.applied_at is null
                    and (said.wait_until is null or said.wait_until <= $2)
                    and said.kind not in ('status', 'account', 'click', 'feedback')
                    -- of whom a list alone tells, their own messages wait
                    and not said.payload ? 'is_untold')
order by r.channel, r.address
for update of r skip locked
