-- What the gate decided. A message that may go is `sending` under a lease in the database's own time, and tells through which
-- connection; one that waits keeps its place and says why; one that is stopped ends here.
update messages m
set status = d.status,
    due_at = d.due_at,
    expires_at = d.expires_at,
    lease_until = case when d.status = 'sending' then now() + make_interval(secs => $11) end,
    attempts = m.attempts + (d.status = 'sending')::int,
    let_go_at = case when d.status = 'sending' then $12 else m.let_go_at end,
    body = d.body,
    segments = d.segments,
    error_code = d.reason,
    provider = coalesce(d.provider, m.provider),
    connection_id = coalesce(d.connection_id, m.connection_id),
    conversation_id = coalesce(d.conversation_id, m.conversation_id),
    our_address = case when d.our_address = '' then m.our_address else d.our_address end,
    updated_at = $12
from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::smallint[], $8::text[], $9::text[],
            $10::text[], $13::uuid[], $14::uuid[])
     as d (id, status, due_at, expires_at, body, segments, reason, provider, our_address, connection_id, conversation_id)
where m.tenant_id = $1
  and m.id = d.id
