-- Back to the number itself.
update messages m set answers_event = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address')
from provider_events e
where e.tenant_id = m.tenant_id and e.event_key = m.answers_event
  and e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16);
update provider_events p set raw_with = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address')
from provider_events e
where e.tenant_id = p.tenant_id and e.provider = p.provider and e.event_key = p.raw_with
  and e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16);
update review_tasks t set said = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address')
from provider_events e
where e.tenant_id = t.tenant_id and t.kind = 'event_failed' and e.event_key = t.said
  and e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16);
update provider_events e
set event_key = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address'),
    payload = jsonb_set(e.payload, '{key}', to_jsonb((e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address')))
where e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16);
