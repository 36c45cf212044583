-- When the gate last let a message go: one that comes back, since its provider took nothing, is counted once.
alter table messages add column let_go_at timestamptz;
update messages m
set let_go_at = l.at
from (select tenant_id, message_id, max(at) as at from send_logs where verdict = 'send' group by 1, 2) l
where l.tenant_id = m.tenant_id and l.message_id = m.id and m.status in ('queued', 'sending', 'unknown');
