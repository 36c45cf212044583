//! One fault for each check of the catalog, made by DDL: the check must find it, and nothing else may.
use server::doctor::isolation::Check;

/// A fault.
pub struct Fault {
    pub check: Check,
    /// What brings it about.
    pub ddl: &'static str,
    /// What the finding must be about.
    pub object: &'static str,
}

const fn fault(check: Check, object: &'static str, ddl: &'static str) -> Fault {
    Fault { check, ddl, object }
}

/// All of them but `ServerTooOld`, which no DDL brings about: its own test has numbers of versions.
pub const FAULTS: [Fault; 43] = [
    fault(Check::RlsOff, "customer_terms", "alter table customer_terms disable row level security"),
    fault(Check::RlsOff, "number_routes", "alter table number_routes disable row level security"),
    fault(Check::RlsForced, "customer_terms", "alter table customer_terms force row level security"),
    fault(Check::NoPolicy, "customer_terms", "drop policy tenant_isolation on customer_terms"),
    fault(
        Check::PolicyNotCanonical,
        "customer_terms",
        "alter policy tenant_isolation on customer_terms using (tenant_id = app.tenant() or term = 'shared')",
    ),
    fault(
        Check::PolicyUnknown,
        "customer_terms",
        "create policy everybody on customer_terms for select to courtesy_app using (true)",
    ),
    fault(
        Check::TenantFunctionChanged,
        "app.tenant()",
        "create or replace function app.tenant() returns uuid language sql stable parallel safe
         as $$ select coalesce(nullif(current_setting('app.current_tenant', true), ''), current_setting('app.other', true))::uuid $$",
    ),
    fault(
        Check::TenantPreset,
        "courtesy_app",
        "alter role courtesy_app set app.current_tenant = '00000000-0000-0000-0000-000000000000'",
    ),
    fault(
        Check::TenantIdNullable,
        "customer_terms",
        "alter table customer_terms drop constraint customer_terms_pkey;
         alter table customer_terms alter tenant_id drop not null",
    ),
    fault(
        Check::TenantIdNotFirst,
        "loose",
        "create table loose (id uuid not null, tenant_id uuid not null, primary key (tenant_id, id));
         select app.tenant_table('loose', 'select')",
    ),
    fault(Check::NoTenantId, "loose", "create table loose (id uuid primary key)"),
    fault(
        Check::NoPrimaryKey,
        "customer_terms",
        "alter table customer_terms drop constraint customer_terms_pkey",
    ),
    fault(
        Check::UniqueWithoutTenant,
        "customers",
        "create unique index loose on customers (email_norm)",
    ),
    fault(
        Check::IndexNotLedByTenant,
        "customers",
        "create index loose on customers (phone, tenant_id)",
    ),
    fault(
        Check::IndexOperatorNotLeakproof,
        "customers",
        "create index loose on customers (tenant_id, tags)",
    ),
    fault(
        Check::IndexOnExpression,
        "customers",
        "create index loose on customers (tenant_id, lower(last_name))",
    ),
    fault(
        Check::FkWithoutTenant,
        "review_tasks",
        "alter table review_tasks add constraint loose foreign key (customer_id) references tenants (tenant_id)",
    ),
    fault(
        Check::FkSetsNull,
        "review_tasks",
        "alter table review_tasks add constraint loose foreign key (tenant_id, customer_id)
         references customers (tenant_id, id) on delete set null (customer_id)",
    ),
    fault(
        Check::FkFromGlobal,
        "number_routes",
        "alter table number_routes add constraint loose foreign key (routed_tenant_id) references tenants (tenant_id)",
    ),
    fault(
        Check::SequenceOnTenantTable,
        "customer_terms",
        "alter table customer_terms add column number bigint generated always as identity",
    ),
    fault(
        Check::EnumColumn,
        "customer_terms",
        "create type mood as enum ('good', 'bad'); alter table customer_terms add column mood mood",
    ),
    fault(
        Check::Trigger,
        "customer_terms",
        "create function nothing() returns trigger language plpgsql as $$ begin return new; end $$;
         create trigger loose before insert on customer_terms for each row execute function nothing()",
    ),
    fault(
        Check::RewriteRule,
        "customer_terms",
        "create rule loose as on delete to customer_terms do also delete from customer_activities",
    ),
    fault(
        Check::PartitionOpen,
        "send_logs_default",
        "grant select on send_logs_default to courtesy_app",
    ),
    fault(Check::RoleOwns, "customer_terms", "alter table customer_terms owner to courtesy_app"),
    fault(Check::RoleAttributes, "courtesy_app", "alter role courtesy_app bypassrls"),
    fault(
        Check::RoleIsMember,
        "courtesy_app",
        "create role stranger; grant stranger to courtesy_app",
    ),
    fault(
        Check::RoleCanTruncate,
        "customer_terms",
        "grant truncate on customer_terms to courtesy_app",
    ),
    fault(
        Check::RoleCanReferenceOrTrigger,
        "customer_terms",
        "grant references (tenant_id) on customer_terms to courtesy_app",
    ),
    fault(Check::RoleCanCreate, "public", "grant create on schema public to courtesy_app"),
    fault(
        Check::RoleCanMakeTemporary,
        "world",
        "do $$ begin execute format('grant temporary on database %I to courtesy_app', current_database()); end $$",
    ),
    fault(
        Check::RoleMayDisarm,
        "courtesy_app",
        "grant set on parameter session_replication_role to courtesy_app",
    ),
    fault(
        Check::ReaderWrites,
        "customer_terms",
        "grant delete on customer_terms to courtesy_operator",
    ),
    fault(
        Check::EngineReadsMore,
        "customers",
        "grant select (phone) on customers to courtesy_engine",
    ),
    fault(Check::GlobalOpen, "number_routes", "grant update on number_routes to courtesy_app"),
    fault(
        Check::PublicGrant,
        "campaign_enrollment_progress",
        "grant select on campaign_enrollment_progress to public",
    ),
    fault(
        Check::ViewRunsAsOwner,
        "loose",
        "create view loose as select * from customers; grant select on loose to courtesy_app",
    ),
    fault(
        Check::CopyReadable,
        "loose",
        "create materialized view loose as select * from customers; grant select on loose to courtesy_app",
    ),
    fault(
        Check::DefinerWithoutSearchPath,
        "loose()",
        "create function loose() returns int language sql security definer as 'select 1';
         revoke execute on function loose() from public",
    ),
    fault(
        Check::DefinerOpenToPublic,
        "loose()",
        "create function loose() returns int language sql security definer set search_path = pg_catalog as 'select 1'",
    ),
    fault(
        Check::DefinerCallable,
        "loose()",
        "create function loose() returns int language sql security definer set search_path = pg_catalog as 'select 1';
         revoke execute on function loose() from public; grant execute on function loose() to courtesy_app",
    ),
    fault(
        Check::DangerousFunction,
        "pg_read_file(text)",
        "grant execute on function pg_read_file(text) to courtesy_app",
    ),
    fault(
        Check::OtherSchemaOpen,
        "elsewhere.loose",
        "create schema elsewhere; grant usage on schema elsewhere to courtesy_app;
         create table elsewhere.loose (id int); grant select on elsewhere.loose to courtesy_app",
    ),
];
