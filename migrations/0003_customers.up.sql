-- Customers, their addresses and history; recipients: one reachable address each, and the row that the gate locks.
create table customers (
    tenant_id uuid not null,
    id uuid not null,
    first_name text,
    last_name text,
    company_name text,
    contact_person text,
    email text,
    email_norm text generated always as (lower(email)) stored,
    phone_raw text,
    phone text,
    phone_status text not null,
    whatsapp_number text,
    postal_code text,
    state text,
    zone text,
    zone_source text not null default 'none',
    stage text not null default 'lead',
    lead_at timestamptz,
    marketing_at timestamptz,
    trial_at timestamptz,
    active_at timestamptz,
    churned_at timestamptz,
    dormant_at timestamptz,
    source text not null default 'other',
    status text not null default 'active',
    tags jsonb not null default '[]',
    metadata jsonb not null default '{}',
    notes text,
    external_id text,
    orders_total integer not null default 0,
    orders_completed integer not null default 0,
    last_order_completed_at timestamptz,
    created_by text not null,
    updated_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint customers_pkey primary key (tenant_id, id),
    constraint customers_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint customer_phone_is_e164 check (phone ~ '^\+[1-9][0-9]{1,14}$'),
    constraint customer_whatsapp_number_is_e164 check (whatsapp_number ~ '^\+[1-9][0-9]{1,14}$'),
    constraint customer_phone_status_is_known check (phone_status in ('valid', 'invalid', 'missing')),
    constraint customer_phone_is_there_when_valid check ((phone is not null) = (phone_status = 'valid')),
    constraint customer_email_has_the_form_of_one check (email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+\.[^@[:space:][:cntrl:]]+$'),
    constraint customer_zone_source_is_known check (zone_source in ('zip', 'explicit', 'area_code', 'none')),
    constraint customer_stage_is_known check (stage in ('lead', 'marketing', 'trial', 'active', 'churned', 'dormant')),
    constraint customer_source_is_known check (source in ('website', 'sms_campaign', 'email_campaign', 'referral', 'organic', 'paid_ads', 'social', 'other')),
    constraint customer_status_is_known check (status in ('active', 'archived')),
    constraint customer_tags_are_a_list_of_five_at_most check (jsonb_typeof(tags) = 'array' and jsonb_array_length(tags) <= 5),
    constraint customer_metadata_is_an_object check (jsonb_typeof(metadata) = 'object'),
    constraint customer_counts_are_not_negative check (orders_total >= 0 and orders_completed between 0 and orders_total)
);
create unique index customers_email_is_unique on customers (tenant_id, email_norm) where email_norm is not null;
create unique index customers_phone_is_unique on customers (tenant_id, phone) where phone is not null;
create unique index customers_whatsapp_number_is_unique on customers (tenant_id, whatsapp_number) where whatsapp_number is not null;
create unique index customers_external_id_is_unique on customers (tenant_id, external_id) where external_id is not null;
select app.tenant_table('customers', 'select, insert, update, delete');

-- What filters and searches use: row security turns off GIN, LIKE and jsonb indexes. Written by the customers' store in
-- the same transaction; without a foreign key, which would cost an import a third.
create table customer_terms (
    tenant_id uuid not null,
    kind text not null,
    term text collate "C" not null,
    customer_id uuid not null,
    constraint customer_terms_pkey primary key (tenant_id, kind, term, customer_id),
    constraint customer_term_kind_is_known check (kind in ('tag', 'word'))
);
create index customer_terms_of_a_customer on customer_terms (tenant_id, customer_id);
select app.tenant_table('customer_terms', 'select, insert, delete');

create table recipients (
    tenant_id uuid not null,
    channel text not null,
    address text not null,
    customer_id uuid,
    address_status text not null default 'valid',
    status_code text,
    suppressed_scope text,
    suppressed_reason text,
    suppressed_at timestamptz,
    recent_sends timestamptz[] not null default '{}',
    last_sent_at timestamptz,
    last_stop_wording_at timestamptz,
    last_help_answer_at timestamptz,
    last_inbound_at timestamptz,
    unreachable_count integer not null default 0,
    whatsapp_user_id text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint recipients_pkey primary key (tenant_id, channel, address),
    constraint recipient_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint recipient_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint recipient_address_status_is_known check (address_status in ('valid', 'invalid', 'landline')),
    constraint recipient_scope_is_known check (suppressed_scope in ('all', 'marketing')),
    constraint recipient_suppression_is_whole check (
        (suppressed_scope is null) = (suppressed_reason is null) and (suppressed_scope is null) = (suppressed_at is null)),
    constraint recipient_reason_is_known check (suppressed_reason in
        ('keyword', 'free_text', 'carrier', 'staff', 'import', 'complaint', 'hard_bounce', 'invalid_address'))
);
create index recipients_of_a_customer on recipients (tenant_id, customer_id) where customer_id is not null;
select app.tenant_table('recipients', 'select, insert, update');

create table customer_addresses (
    tenant_id uuid not null,
    id uuid not null,
    customer_id uuid not null,
    kind text not null,
    is_primary boolean not null default false,
    line1 text,
    line2 text,
    city text,
    state text,
    postal_code text,
    country text not null default 'US',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint customer_addresses_pkey primary key (tenant_id, id),
    constraint address_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade,
    constraint address_kind_is_known check (kind in ('billing', 'shipping', 'primary', 'service')),
    constraint address_says_something check (coalesce(line1, line2, city, state, postal_code) is not null)
);
create unique index customer_has_one_primary_address on customer_addresses (tenant_id, customer_id) where is_primary;
create index addresses_of_a_customer on customer_addresses (tenant_id, customer_id);
select app.tenant_table('customer_addresses', 'select, insert, update, delete');

create table customer_activities (
    tenant_id uuid not null,
    id uuid not null,
    customer_id uuid not null,
    kind text not null,
    at timestamptz not null,
    actor text not null,
    changes jsonb not null default '{}',
    constraint customer_activities_pkey primary key (tenant_id, id),
    constraint activity_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint activity_kind_is_known check (kind in
        ('CustomerCreated', 'CustomerUpdated', 'CustomerArchived', 'CustomerReactivated', 'StageChanged'))
);
create index activities_of_a_customer on customer_activities (tenant_id, customer_id, at);
select app.tenant_table('customer_activities', 'select, insert');
