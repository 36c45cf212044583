-- Consent: the append-only, hash-chained ledger; its personal parts apart, so that erasing them leaves the chain whole; the
-- current state per customer and channel, derived in the same transaction.
create table consent_events (
    tenant_id uuid not null,
    seq bigint not null,
    id uuid not null,
    customer_id uuid,
    channel text not null,
    kind text not null,
    scope text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    source text not null,
    method text not null,
    -- sha256 of salt and detail: an erased detail still verifies
    detail_digest bytea not null,
    prev_hash bytea not null,
    hash bytea not null,
    constraint consent_events_pkey primary key (tenant_id, seq),
    constraint consent_event_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint consent_event_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint consent_event_id_is_unique unique (tenant_id, id),
    constraint consent_event_seq_counts_from_one check (seq >= 1),
    constraint consent_event_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint consent_event_kind_is_known check (kind in ('opted_in', 'opted_out', 'unknown')),
    constraint consent_event_scope_is_known check (scope in ('all', 'marketing', 'transactional')),
    constraint consent_event_method_is_known check (method in
        ('verbal_in_person', 'phone_call', 'service_agreement', 'website_form', 'keyword', 'import', 'other')),
    constraint consent_event_hashes_are_sha256 check (
        length(detail_digest) = 32 and length(prev_hash) = 32 and length(hash) = 32)
);
create index consent_events_of_a_customer on consent_events (tenant_id, customer_id, seq);
select app.tenant_table('consent_events', 'select, insert');

create table consent_event_details (
    tenant_id uuid not null,
    event_id uuid not null,
    salt bytea not null,
    detail jsonb not null,
    constraint consent_event_details_pkey primary key (tenant_id, event_id),
    constraint detail_of_an_event foreign key (tenant_id, event_id) references consent_events (tenant_id, id) on delete restrict
);
select app.tenant_table('consent_event_details', 'select, insert, delete');

-- The end of each tenant's chain; locked by whoever appends.
create table consent_ledger_heads (
    tenant_id uuid not null,
    seq bigint not null,
    hash bytea not null,
    constraint consent_ledger_heads_pkey primary key (tenant_id),
    constraint ledger_head_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict
);
select app.tenant_table('consent_ledger_heads', 'select, insert, update');

create table consents (
    tenant_id uuid not null,
    customer_id uuid not null,
    channel text not null,
    -- the address that the consent is for: another number of the customer has none
    address text,
    status text not null,
    scope text not null,
    at timestamptz,
    source text,
    method text,
    notes text,
    ip text,
    captured_by text,
    has_disclosure boolean not null default false,
    names_seller boolean not null default false,
    event_seq bigint not null,
    updated_at timestamptz not null,
    constraint consents_pkey primary key (tenant_id, customer_id, channel),
    constraint consent_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint consent_comes_from_an_event foreign key (tenant_id, event_seq) references consent_events (tenant_id, seq) on delete restrict,
    constraint consent_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint consent_status_is_known check (status in ('opted_in', 'opted_out', 'unknown')),
    constraint consent_scope_is_known check (scope in ('all', 'marketing', 'transactional'))
);
select app.tenant_table('consents', 'select, insert, update, delete');
