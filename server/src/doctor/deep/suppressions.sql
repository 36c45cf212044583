-- Addresses whose suppression and the ledger contradict each other. $3 are the reasons that come from an opt-out: such a suppression and
-- its event were written in one transaction, so at one moment. The personal part of an event may have been erased since.
with outs as (
    select e.seq, e.customer_id, e.channel, e.scope, e.occurred_at, e.recorded_at, d.detail ->> 'address' as address,
           d.detail is null as is_erased, e.source = 'consumer' and e.method <> 'keyword' as is_in_words
    from consent_events e
    left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
    where e.tenant_id = $1 and e.kind = 'opted_out'
),
ins as (
    select e.customer_id, e.channel, e.scope, e.occurred_at, d.detail ->> 'address' as address
    from consent_events e
    left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
    where e.tenant_id = $1 and e.kind = 'opted_in' and e.source = 'consumer'
),
backs as (
    select e.seq, e.customer_id, e.channel, e.scope, e.occurred_at
    from consent_events e
    where e.tenant_id = $1 and e.kind = 'unknown' and e.source = 'review'
),
outstanding as (
    select o.*
    from outs o
    where o.scope <> 'transactional'
      and o.address is not null
      and not exists (select from ins i
                      where i.channel = o.channel and i.address = o.address
                        and i.occurred_at > o.occurred_at and i.scope in ('all', o.scope))
      and not exists (select from ins i
                      where i.channel = o.channel and i.customer_id = o.customer_id
                        and i.occurred_at > o.occurred_at and i.scope in ('all', o.scope))
      and not exists (select from backs b
                      where o.is_in_words and b.channel = o.channel and b.occurred_at = o.occurred_at and b.scope = o.scope
                        and b.customer_id is not distinct from o.customer_id and b.seq > o.seq)
),
suppressed as (
    select r.channel, r.address, r.suppressed_scope, r.suppressed_reason, r.suppressed_at
    from recipients r
    where r.tenant_id = $1 and r.suppressed_scope is not null
),
looked as (
    select channel, address from outstanding
    union all
    select channel, address from suppressed
),
offending as (
    select 'recipients' as place, null::text as noun, null::uuid as id, o.channel as part, o.address,
           format('event %s of the ledger opted it out, and it may be messaged', min(o.seq)) as what
    from outstanding o
    where not exists (select from suppressed s
                      where s.channel = o.channel and s.address = o.address and s.suppressed_scope in ('all', o.scope))
    group by o.channel, o.address
    union all
    select 'recipients', null, null, s.channel, s.address,
           format('it is suppressed (%s), and no opt-out of the ledger says so', s.suppressed_reason)
    from suppressed s
    where s.suppressed_reason = any($3)
      and not exists (select from outs o
                      where o.channel = s.channel and o.recorded_at = s.suppressed_at and o.address = s.address)
      and not exists (select from outs o
                      where o.channel = s.channel and o.recorded_at = s.suppressed_at and o.is_erased)
    union all
    select 'recipients', null, null, s.channel, s.address, 'it is suppressed, and its owner opted in again later'
    from suppressed s
    join consents k on k.tenant_id = $1 and k.channel = s.channel and k.address = s.address and k.status = 'opted_in'
    join consent_events e on e.tenant_id = $1 and e.seq = k.event_seq and e.source = 'consumer' and e.recorded_at > s.suppressed_at
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
