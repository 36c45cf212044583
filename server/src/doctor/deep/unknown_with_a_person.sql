-- Outcomes that nobody knows and nobody looks into: not to be asked about any more, or unknown for a day at $3, without an open
-- task.
with looked as (
    select m.id, m.due_at, m.updated_at
    from messages m
    where m.tenant_id = $1 and m.status = 'unknown'
),
offending as (
    select 'messages' as place, 'message' as noun, l.id, null::text as part, null::text as address,
           'nobody knows since ' || to_char(l.updated_at, 'YYYY-MM-DD HH24:MI') || ' whether it went, and no open task asks a person' as what
    from looked l
    where (l.due_at is null or l.updated_at < $3::timestamptz - interval '1 day')
      and not exists (select from review_tasks r
                      where r.tenant_id = $1 and r.message_id = l.id and r.kind = 'unknown_outcome' and r.closed_at is null)
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
