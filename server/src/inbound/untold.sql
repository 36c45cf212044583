-- Of texts that a provider lists without their words, those that no call told: neither under the name that the list gives them, nor, should
-- the list name them otherwise than calls do, at the same time from the same sender by a call whose own name is not listed.
with listed as materialized (
    select l.key, l.call, l.theirs, l.ours, l.at
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]) as l (key, call, theirs, ours, at)
    where not exists (select from provider_events p where p.tenant_id = $1 and p.provider = $2 and p.event_key = l.call)
)
select l.key as "key!"
from listed l
where not exists (select from provider_events p
                  where p.tenant_id = $1
                    and p.provider = $2
                    and p.kind = 'inbound'
                    and p.raw is not null
                    and p.received_at >= l.at - interval '2 minutes'
                    and p.occurred_at between l.at - interval '2 minutes' and l.at + interval '2 minutes'
                    and p.payload ->> 'from' = l.theirs
                    and p.payload ->> 'our_address' = l.ours
                    and not p.payload ? 'is_untold'
                    and p.event_key <> all ($4))
