-- What is in force, each derived from the ledger by the caller, who holds its head.
insert into consents (tenant_id, customer_id, channel, status, scope, at, source, method, event_seq, address, notes, ip, captured_by,
                      has_disclosure, names_seller, updated_at)
select $1, s.customer_id, s.channel, s.status, s.scope, s.at, s.source, s.method, s.event_seq, s.address, s.notes, s.ip, s.captured_by,
       s.has_disclosure, s.names_seller, $2
from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[], $10::bigint[], $11::text[],
            $12::text[], $13::text[], $14::text[], $15::boolean[], $16::boolean[])
     as s (customer_id, channel, status, scope, at, source, method, event_seq, address, notes, ip, captured_by, has_disclosure, names_seller)
on conflict (tenant_id, customer_id, channel) do update
set status = excluded.status, scope = excluded.scope, at = excluded.at, source = excluded.source, method = excluded.method,
    event_seq = excluded.event_seq, address = excluded.address, notes = excluded.notes, ip = excluded.ip,
    captured_by = excluded.captured_by, has_disclosure = excluded.has_disclosure, names_seller = excluded.names_seller,
    updated_at = excluded.updated_at
