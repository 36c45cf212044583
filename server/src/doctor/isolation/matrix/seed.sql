-- One row for each table that tenants have (two where a row refers to another of its table), in the order of their foreign keys; $1 is the
-- tenant, and every id of its rows. Columns that refer to something are all set, and differ between two tenants: otherwise a reference
-- would prove nothing.
insert into tenants (tenant_id, slug, name, created_at, updated_at)
values ($1, 'probe', 'Probe of isolation', now(), now());
insert into tenant_business_info (tenant_id, sender_name, updated_at) values ($1, 'Probe', now());
insert into customers (tenant_id, id, phone_status, created_by, updated_by, created_at, updated_at)
values ($1, $1, 'missing', 'doctor', 'doctor', now(), now());
insert into customer_terms (tenant_id, kind, term, customer_id) values ($1, 'tag', 'probe', $1);
insert into recipients (tenant_id, channel, address, customer_id, created_at, updated_at)
values ($1, 'sms', 'probe', $1, now(), now());
insert into customer_addresses (tenant_id, id, customer_id, kind, line1, created_at, updated_at)
values ($1, $1, $1, 'primary', 'Probe Street', now(), now());
insert into customer_activities (tenant_id, id, customer_id, kind, at, actor)
values ($1, $1, $1, 'CustomerCreated', now(), 'doctor');
insert into consent_events (tenant_id, seq, id, customer_id, channel, kind, scope, occurred_at, recorded_at, source, method,
                            detail_digest, prev_hash, hash)
values ($1, abs(hashtext($1::text)::bigint) + 1, $1, $1, 'sms', 'unknown', 'all', now(), now(), 'doctor', 'other',
        decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'));
insert into consent_event_details (tenant_id, event_id, salt, detail) values ($1, $1, '', '{}');
insert into consent_ledger_heads (tenant_id, seq, hash) values ($1, abs(hashtext($1::text)::bigint) + 1, '');
insert into consents (tenant_id, customer_id, channel, status, scope, event_seq, updated_at)
values ($1, $1, 'sms', 'unknown', 'all', abs(hashtext($1::text)::bigint) + 1, now());
insert into work_orders (tenant_id, id, customer_id, service_type, status, created_by, created_at, updated_at)
values ($1, $1, $1, 'other', 'scheduled', 'doctor', now(), now());
insert into message_templates (tenant_id, id, name, channel, purpose, body, created_at, updated_at)
values ($1, $1, 'probe', 'sms', 'service', 'Probe', now(), now());
insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, is_active, stands_in_for, created_at, updated_at)
values ($1, $1, 'probe', 'sms', 'sandbox', 'probe', true, null, now(), now()),
       ($1, md5($1::text)::uuid, 'probe too', 'sms', 'sandbox', 'probe', false, $1, now(), now());
insert into number_routes (channel, address, routed_tenant_id) values ('sms', 'probe of ' || $1::text, $1);
insert into hook_routes (token_digest, provider, routed_tenant_id, connection_id) values (sha256($1::text::bytea), 'sandbox', $1, $1);
insert into link_keys (name, routed_tenant_id, secret) values ($1, $1, sha256($1::text::bytea));
insert into campaigns (tenant_id, id, name, is_default, created_by, created_at, updated_at)
values ($1, $1, 'Probe', true, 'doctor', now(), now());
insert into campaign_touches (tenant_id, campaign_id, touch_number, channel, delay_hours, template_id)
values ($1, $1, 1, 'sms', 1, $1);
insert into campaign_enrollments (tenant_id, id, campaign_id, customer_id, work_order_id, enrolled_at)
values ($1, $1, $1, $1, $1, now());
insert into enrollment_touches (tenant_id, enrollment_id, campaign_id, touch_number, channel, scheduled_at)
values ($1, $1, $1, 1, 'sms', now() + interval '100 years');
insert into conversations (tenant_id, id, channel, our_address, their_address, customer_id, campaign_id, created_at, updated_at)
values ($1, $1, 'sms', 'probe', 'probe', $1, $1, now(), now());
insert into conversation_notes (tenant_id, id, conversation_id, written_by, body, at) values ($1, $1, $1, 'doctor', 'Probe', now());
insert into canned_replies (tenant_id, id, name, channel, body, created_at, updated_at)
values ($1, $1, 'probe', 'sms', 'Probe', now(), now());
insert into messages (tenant_id, id, direction, channel, purpose, status, customer_id, our_address, their_address, body, enrollment_id,
                      touch_number, conversation_id, created_at, updated_at)
values ($1, $1, 'outbound', 'sms', 'service', 'cancelled', $1, 'probe', 'probe', 'Probe', $1, 1, $1, now(), now());
insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
values ($1, 'sandbox', 'probe', $1, now());
insert into send_logs (tenant_id, id, at, message_id, channel, purpose, verdict, findings, facts)
values ($1, $1, now(), $1, 'sms', 'service', 'send', '[]', '{}');
insert into usage_counters (tenant_id, month) values ($1, date '2026-01-01');
insert into provider_events (tenant_id, provider, event_key, kind, payload, occurred_at, received_at, applied_at, outcome)
values ($1, 'sandbox', 'probe', 'status', '{}', now(), now(), now(), 'probe');
insert into customer_feedback (tenant_id, id, customer_id, message_id, kind, at)
values ($1, $1, $1, $1, 'feedback', now());
insert into review_tasks (tenant_id, id, kind, customer_id, message_id, said, opened_at)
values ($1, $1, 'unknown_outcome', $1, $1, 'probe', now());
insert into pace_buckets (tenant_id, scope, key, level, refilled_at, updated_at)
values ($1, 'connection', $1::text, 0, now(), now());
insert into connection_circuits (tenant_id, connection_id, updated_at) values ($1, $1, now());
insert into reconciliations (tenant_id, day, connection_id, finished_at) values ($1, date '2026-01-01', $1, now());
