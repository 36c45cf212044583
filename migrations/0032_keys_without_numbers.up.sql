-- Keys of texts by Bandwidth no longer hold our number, which stood in logs: a digest of it instead. What was stored before goes by its new
-- key as well, so that a text that is told or replayed again is still known.
update messages m set answers_event = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16)
from provider_events e
where e.tenant_id = m.tenant_id and e.event_key = m.answers_event
  and e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address');
update provider_events p set raw_with = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16)
from provider_events e
where e.tenant_id = p.tenant_id and e.provider = p.provider and e.event_key = p.raw_with
  and e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address');
update review_tasks t set said = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16)
from provider_events e
where e.tenant_id = t.tenant_id and t.kind = 'event_failed' and e.event_key = t.said
  and e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address');
update provider_events e
set event_key = (e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16),
    payload = jsonb_set(e.payload, '{key}', to_jsonb((e.payload ->> 'external_id') || ':' || left(encode(sha256(convert_to(e.payload ->> 'our_address', 'UTF8')), 'hex'), 16)))
where e.provider = 'bandwidth' and e.event_key = (e.payload ->> 'external_id') || ':' || (e.payload ->> 'our_address');
