-- Templates with variables, and a tenant's connections: which provider carries a channel, and from which address.
create table message_templates (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    channel text not null,
    purpose text not null,
    service_type text,
    subject text,
    body text not null,
    copied_from text,
    is_active boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint message_templates_pkey primary key (tenant_id, id),
    constraint template_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint template_name_is_unique unique (tenant_id, name),
    constraint template_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint template_purpose_is_known check (purpose in ('marketing', 'service', 'transactional', 'reply')),
    constraint template_service_type_is_known check (service_type in
        ('hvac', 'plumbing', 'electrical', 'cleaning', 'roofing', 'painting', 'handyman', 'other')),
    constraint email_templates_have_a_subject check ((channel = 'email') = (subject is not null)),
    constraint template_body_is_there check (length(body) between 1 and 20000)
);
select app.tenant_table('message_templates', 'select, insert, update, delete');

create table tenant_channel_settings (
    tenant_id uuid not null,
    id uuid not null,
    channel text not null,
    provider text not null,
    sender_address text not null,
    is_active boolean not null default true,
    -- switched off for now, by a person or by the provider's outage
    unavailable_since timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint tenant_channel_settings_pkey primary key (tenant_id, id),
    constraint connection_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint connection_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint connection_provider_is_known check (provider in
        ('sandbox', 'twilio', 'ses', 'smtp', 'vonage', 'bandwidth', 'whatsapp'))
);
create unique index connection_is_one_per_channel on tenant_channel_settings (tenant_id, channel) where is_active;
select app.tenant_table('tenant_channel_settings', 'select, insert, update, delete');

-- Whose address of ours it is: found before a tenant is known, so it is global and holds nothing else.
create table number_routes (
    channel text not null,
    address text not null,
    routed_tenant_id uuid not null,
    constraint number_routes_pkey primary key (address, channel)
);
grant select on number_routes to courtesy_engine, courtesy_operator;
grant insert on number_routes to courtesy_app;
