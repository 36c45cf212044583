-- Appends events to the ledger, whose head the caller has locked.
insert into consent_events (tenant_id, seq, id, customer_id, channel, kind, scope, occurred_at, recorded_at, source, method,
                            detail_digest, prev_hash, hash)
select $1, e.seq, e.id, e.customer_id, e.channel, e.kind, e.scope, e.occurred_at, e.recorded_at, e.source, e.method,
       e.detail_digest, e.prev_hash, e.hash
from unnest($2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
            $10::text[], $11::text[], $12::bytea[], $13::bytea[], $14::bytea[])
     as e (seq, id, customer_id, channel, kind, scope, occurred_at, recorded_at, source, method, detail_digest, prev_hash, hash)
returning seq
