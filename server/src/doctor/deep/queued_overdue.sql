-- Queued messages that nothing moves: due for more than an hour at $3, or waiting for no time and no campaign.
with looked as (
    select m.id, m.due_at, t.status as tenant, g.status as campaign
    from messages m
    join tenants t on t.tenant_id = $1
    left join campaigns g on g.tenant_id = $1 and g.id = m.campaign_id
    where m.tenant_id = $1 and m.status = 'queued'
),
offending as (
    select 'messages' as place, 'message' as noun, l.id, null::text as part, null::text as address,
           case
               when l.due_at is null then 'it waits for no time and for no paused campaign'
               else 'it has been due since ' || to_char(l.due_at, 'YYYY-MM-DD HH24:MI')
           end as what
    from looked l
    where (l.due_at is null and l.campaign is distinct from 'paused')
       or (l.due_at < $3::timestamptz - interval '1 hour' and l.tenant = 'active' and l.campaign is distinct from 'paused')
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $2) as o on true
