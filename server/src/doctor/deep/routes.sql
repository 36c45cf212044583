-- Across tenants, for the operator: addresses of ours whose messages would find no tenant, or another one.
with looked as (
    select s.tenant_id, s.id, s.channel, s.sender_address, n.routed_tenant_id
    from tenant_channel_settings s
    left join number_routes n on n.channel = s.channel and n.address = s.sender_address
    where s.is_active
),
offending as (
    select 'tenant_channel_settings' as place, 'tenant' as noun, l.tenant_id as id, l.channel as part, l.sender_address as address,
           case when l.routed_tenant_id is null then 'what is written to it reaches nobody'
                else 'what is written to it reaches another tenant' end as what
    from looked l
    where l.routed_tenant_id is distinct from l.tenant_id
)
select (select count(*) from looked) as "looked_at!",
       o.total as "offences?", o.place as "place?", o.noun as "noun?", o.id as "id?", o.part as "part?", o.address as "address?",
       o.what as "what?"
from (select 1) as always
left join lateral (select f.*, count(*) over () as total from offending f order by f.place, f.id, f.part, f.address limit $1) as o on true
