-- What providers told us and nobody acted on: not applied after fifteen minutes at $3, not readable, or a text without its message.
with kept as (
    select distinct m.provider, m.external_id
    from messages m
    where m.tenant_id = $1 and m.direction = 'inbound'
),
looked as (
    select p.provider, p.event_key, p.kind, p.received_at, p.applied_at, p.outcome, k.external_id is not null as is_kept,
           p.payload ->> 'is_untold' = 'true' as is_untold,
           -- what a person is asked about, or answered
           exists (select from review_tasks t
                   where t.tenant_id = $1 and t.kind = 'untold_text'
                     and starts_with(t.said, (p.payload ->> 'external_id') || ': ')) as is_asked_about,
           exists (select from review_tasks t
                   where t.tenant_id = $1 and t.kind = 'event_failed' and (t.closed_at is null or t.closed_at >= p.received_at)
                     and starts_with(t.said, p.provider || ' told what can''t be read')) as is_given_to_read
    from provider_events p
    left join kept k on k.provider = p.provider and k.external_id = p.payload ->> 'external_id'
    where p.tenant_id = $1
),
offending as (
    select 'provider_events' as place, null::text as noun, null::uuid as id, l.provider || ' ' || l.event_key as part,
           null::text as address,
           case
               when l.applied_at is null then 'it has waited since ' || to_char(l.received_at, 'YYYY-MM-DD HH24:MI')
               when l.outcome = 'unreadable' then 'it could not be read: an opt-out may be in it'
               else 'it counts as applied, but the text that came with it is not kept'
           end as what
    from looked l
    where (l.applied_at is null and l.received_at < $3::timestamptz - interval '15 minutes'
           and not (l.is_untold is true and l.is_asked_about))
       or (l.outcome = 'unreadable' and not l.is_given_to_read)
       -- what has a virus stays with its event; of what a list alone told there is nothing to keep
       or (l.kind = 'inbound' and l.applied_at is not null and l.outcome <> 'infected' and not l.is_kept
           and not (l.is_untold is true and l.is_asked_about))
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
