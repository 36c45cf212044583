-- Messages, the recorded decisions about them, what providers call them, and what was used of a quota.
create table messages (
    tenant_id uuid not null,
    id uuid not null,
    direction text not null,
    channel text not null,
    purpose text not null,
    status text not null,
    customer_id uuid,
    our_address text not null,
    their_address text not null,
    subject text,
    body text not null,
    media_urls jsonb not null default '[]',
    metadata jsonb not null default '{}',
    segments smallint not null default 1,
    provider text,
    external_id text,
    campaign_id uuid,
    enrollment_id uuid,
    touch_number smallint,
    template_id uuid,
    -- the provider event that this answers: a confirmation goes once
    answers_event text,
    -- when the gate may look at it; null waits for an event (a campaign is resumed), not for a time
    due_at timestamptz,
    first_due_at timestamptz,
    in_answer_to_at timestamptz,
    expires_at timestamptz,
    attempts smallint not null default 0,
    -- leases alone are in the database's own time
    lease_until timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    error_code text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint messages_pkey primary key (tenant_id, id),
    constraint message_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint message_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint message_of_an_enrollment foreign key (tenant_id, enrollment_id) references campaign_enrollments (tenant_id, id) on delete restrict,
    constraint message_direction_is_known check (direction in ('inbound', 'outbound')),
    constraint message_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint message_purpose_is_known check (purpose in
        ('marketing', 'service', 'transactional', 'reply', 'opt_out_confirmation', 'opt_in_confirmation', 'help_answer')),
    constraint message_status_is_known check (status in
        ('queued', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'stopped', 'unknown', 'cancelled', 'received')),
    constraint inbound_messages_are_received check ((direction = 'inbound') = (status = 'received')),
    constraint sending_messages_have_a_lease check ((status = 'sending') = (lease_until is not null)),
    constraint sent_messages_say_when check (status not in ('sent', 'delivered', 'read', 'undelivered') or sent_at is not null),
    constraint campaign_messages_name_their_touch check ((enrollment_id is null) = (touch_number is null))
);
create unique index message_is_one_per_touch on messages (tenant_id, enrollment_id, touch_number) where enrollment_id is not null;
create unique index message_answers_an_event_once on messages (tenant_id, answers_event) where answers_event is not null;
create index messages_that_are_due on messages (tenant_id, due_at) where status = 'queued';
create index messages_that_wait_for_an_address on messages (tenant_id, their_address) where status in ('queued', 'sending');
create index messages_in_flight on messages (tenant_id, lease_until) where status = 'sending';
-- an outcome that nobody knows: due_at says when the provider is asked
create index messages_that_are_unknown on messages (tenant_id, due_at) where status = 'unknown';
create index messages_of_a_customer on messages (tenant_id, customer_id, created_at);
select app.tenant_table('messages', 'select, insert, update');
grant select (tenant_id, due_at, lease_until, status) on messages to courtesy_engine;
create policy engine_finds_due_messages on messages for select to courtesy_engine using (status in ('queued', 'sending', 'unknown'));

create table message_provider_mappings (
    tenant_id uuid not null,
    provider text not null,
    external_id text not null,
    message_id uuid not null,
    created_at timestamptz not null,
    constraint message_provider_mappings_pkey primary key (tenant_id, provider, external_id),
    constraint mapping_of_a_message foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete restrict
);
create index mappings_of_a_message on message_provider_mappings (tenant_id, message_id);
select app.tenant_table('message_provider_mappings', 'select, insert');

-- One row for each look of the gate at a message. Only grows: a partition a month, no foreign keys.
create table send_logs (
    tenant_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    message_id uuid not null,
    customer_id uuid,
    campaign_id uuid,
    campaign_enrollment_id uuid,
    touch_number smallint,
    channel text not null,
    purpose text not null,
    verdict text not null,
    reason text,
    hold_until timestamptz,
    findings jsonb not null,
    facts jsonb not null,
    constraint send_logs_pkey primary key (tenant_id, id, at),
    constraint send_log_verdict_is_known check (verdict in ('send', 'hold', 'stop')),
    constraint send_log_says_why check ((verdict = 'send') = (reason is null))
) partition by range (at);
create table send_logs_default partition of send_logs default;
select app.month_partitions('send_logs', '2026-01-01', 24);
create index send_logs_of_a_message on send_logs (tenant_id, message_id);
create index send_logs_of_a_touch on send_logs (tenant_id, campaign_id, touch_number);
select app.tenant_table('send_logs', 'select, insert');

create table usage_counters (
    tenant_id uuid not null,
    month date not null,
    messages integer not null default 0,
    segments integer not null default 0,
    constraint usage_counters_pkey primary key (tenant_id, month),
    constraint usage_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint usage_is_not_negative check (messages >= 0 and segments >= 0)
);
select app.tenant_table('usage_counters', 'select, insert, update');
