-- What is in force, and whether its personal columns are those of the event that it names; an erased detail can't disagree.
select k.customer_id, k.channel, k.status, k.scope, k.at, k.source, k.method, k.event_seq,
       (d.detail is null
        or (k.address is not distinct from d.detail ->> 'address'
            and k.notes is not distinct from d.detail ->> 'notes'
            and k.ip is not distinct from d.detail ->> 'ip'
            and k.captured_by is not distinct from d.detail ->> 'captured_by'
            and k.has_disclosure = ((d.detail ->> 'has_disclosure') is not distinct from 'true')
            and k.names_seller = ((d.detail ->> 'names_seller') is not distinct from 'true'))) as "agrees!"
from consents k
join consent_events e on e.tenant_id = $1 and e.seq = k.event_seq
left join consent_event_details d on d.tenant_id = $1 and d.event_id = e.id
where k.tenant_id = $1
order by k.customer_id, k.channel
