-- Decisions to send although an opt-out, or a suppression, that covers the purpose was in force. $3 are the purposes that the law allows
-- after an opt-out; $4 and $5 are the pairs of scope and purpose that it covers. An opt-out is in force when it is recorded, until the
-- consumer's own later act, or until a person who read the words finds that they were none. Times are those at which transactions began, so what lies within a minute can't be told apart.
with looked as (
    select l.message_id, l.at, l.channel, l.purpose, l.customer_id, m.their_address as address,
           l.facts #>> '{facts,consent,status}' as seen_consent, l.facts #>> '{facts,recipient,suppression,scope}' as seen_scope
    from send_logs l
    join messages m on m.tenant_id = $1 and m.id = l.message_id
    where l.tenant_id = $1 and l.verdict = 'send' and l.purpose <> all($3)
),
covers as (
    select c.scope, c.purpose from unnest($4::text[], $5::text[]) as c (scope, purpose)
),
outs as (
    select e.seq, e.customer_id, e.channel, e.scope, e.occurred_at, e.recorded_at, d.detail ->> 'address' as address,
           e.source = 'consumer' and e.method <> 'keyword' as is_in_words
    from consent_events e
    left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
    where e.tenant_id = $1 and e.kind = 'opted_out'
),
ins as (
    select e.customer_id, e.channel, e.scope, e.occurred_at, e.recorded_at, d.detail ->> 'address' as address
    from consent_events e
    left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
    where e.tenant_id = $1 and e.kind = 'opted_in' and e.source = 'consumer'
),
backs as (
    select e.seq, e.customer_id, e.channel, e.scope, e.occurred_at, e.recorded_at
    from consent_events e
    where e.tenant_id = $1 and e.kind = 'unknown' and e.source = 'review'
),
found as (
    select l.message_id, l.at, format('after the opt-out of event %s of the ledger', o.seq) as what
    from looked l
    join outs o on o.channel = l.channel and o.customer_id = l.customer_id
    join covers c on c.scope = o.scope and c.purpose = l.purpose
    where l.at > greatest(o.recorded_at, o.occurred_at) + interval '1 minute'
      and not exists (select from ins i
                      where i.channel = o.channel and i.customer_id = o.customer_id
                        and i.recorded_at <= l.at and i.occurred_at > o.occurred_at and i.scope in ('all', o.scope))
      and not exists (select from backs b
                      where o.is_in_words and b.channel = o.channel and b.occurred_at = o.occurred_at and b.scope = o.scope
                        and b.customer_id is not distinct from o.customer_id and b.seq > o.seq and b.recorded_at <= l.at)
    union all
    select l.message_id, l.at, format('after the opt-out of event %s of the ledger', o.seq)
    from looked l
    join outs o on o.channel = l.channel and o.address = l.address
    join covers c on c.scope = o.scope and c.purpose = l.purpose
    where l.at > greatest(o.recorded_at, o.occurred_at) + interval '1 minute'
      and o.scope <> 'transactional'
      and not exists (select from ins i
                      where i.channel = o.channel
                        and (i.address = o.address or (i.customer_id = o.customer_id and i.customer_id = l.customer_id))
                        and i.recorded_at <= l.at and i.occurred_at > o.occurred_at and i.scope in ('all', o.scope))
      and not exists (select from backs b
                      where o.is_in_words and b.channel = o.channel and b.occurred_at = o.occurred_at and b.scope = o.scope
                        and b.customer_id is not distinct from o.customer_id and b.seq > o.seq and b.recorded_at <= l.at)
    union all
    select l.message_id, l.at, 'after its address was suppressed'
    from looked l
    join recipients r on r.tenant_id = $1 and r.channel = l.channel and r.address = l.address
    join covers c on c.scope = r.suppressed_scope and c.purpose = l.purpose
    where l.at > r.suppressed_at + interval '1 minute'
    union all
    select l.message_id, l.at, 'although the gate itself saw the opt-out'
    from looked l
    left join covers c on c.scope = l.seen_scope and c.purpose = l.purpose
    where l.seen_consent = 'opted_out' or c.scope is not null
),
offending as (
    select 'send_logs' as place, 'message' as noun, f.message_id as id, to_char(f.at, '"at" YYYY-MM-DD HH24:MI') as part,
           null::text as address, 'let go ' || min(f.what) as what
    from found f
    group by f.message_id, f.at
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
