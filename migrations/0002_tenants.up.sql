-- Tenants: one business each, the unit of isolation; what a business says of itself now.
create table tenants (
    tenant_id uuid not null,
    slug text not null,
    name text not null,
    status text not null default 'active',
    default_region text not null default 'US',
    -- null until somebody says it: a wrong guess texts at 5 a.m.
    zone text,
    monthly_message_quota integer,
    email_marketing_until_opt_out boolean not null default false,
    is_demo boolean not null default false,
    demo_created_by text,
    demo_created_at timestamptz,
    demo_expires_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint tenants_pkey primary key (tenant_id),
    constraint tenant_status_is_known check (status in ('active', 'suspended')),
    constraint tenant_slug_is_short_and_plain check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    constraint tenant_has_a_name check (length(name) between 1 and 200),
    constraint tenant_quota_is_not_negative check (monthly_message_quota >= 0),
    constraint demo_tenants_say_when_they_were_made check (not is_demo or (demo_created_by is not null and demo_created_at is not null))
);
select app.tenant_table('tenants', 'select, insert, update');

create table tenant_business_info (
    tenant_id uuid not null,
    sender_name text not null,
    phone text,
    email text,
    website text,
    postal_address text,
    review_url text,
    updated_at timestamptz not null,
    constraint tenant_business_info_pkey primary key (tenant_id),
    constraint business_info_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint sender_name_is_there check (length(sender_name) between 1 and 100)
);
select app.tenant_table('tenant_business_info', 'select, insert, update');
