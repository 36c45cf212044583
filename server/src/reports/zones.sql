-- Across tenants, for the operator: the evidence of where everybody is who was messaged.
select distinct m.channel as "channel!",
       m.our_address as "ours!",
       m.their_address as "theirs!",
       c.postal_code as "postal_code?",
       c.state as "state?",
       case when c.zone_source = 'explicit' then c.zone end as explicit_zone,
       c.phone as "phone?"
from messages m
left join customers c on c.tenant_id = m.tenant_id and c.id = m.customer_id
where m.direction = 'outbound'
