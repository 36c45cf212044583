-- Pace, outages and reconciliation: how fast each sender may send, which connections are out, and what was compared with providers.

-- What a sender may send now. A row is made when its sender is first used, set, or blocked.
create table pace_buckets (
    tenant_id uuid not null,
    scope text not null,
    -- a connection's id, `channel address`, or `connection carrier`
    key text not null,
    -- as somebody set it; null: as the rules say of the provider
    rate_tokens integer,
    rate_seconds integer,
    burst integer,
    -- millionths of a token; below zero after a message larger than the bucket
    level bigint not null,
    refilled_at timestamptz not null,
    blocked_until timestamptz,
    reason text,
    -- the last moments that were told to those who found too little: of a campaign, and of those who go first
    line_until timestamptz,
    first_until timestamptz,
    updated_at timestamptz not null,
    constraint pace_buckets_pkey primary key (tenant_id, scope, key),
    constraint bucket_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint bucket_scope_is_known check (scope in ('connection', 'number', 'registration', 'carrier_minute', 'carrier_day')),
    constraint bucket_rate_is_whole check (
        (rate_tokens is null) = (rate_seconds is null) and (rate_tokens is null) = (burst is null)
        and rate_tokens > 0 and rate_seconds > 0 and burst > 0),
    constraint bucket_is_blocked_for_a_reason check ((blocked_until is null) = (reason is null))
);
select app.tenant_table('pace_buckets', 'select, insert, update');

-- Connections that are not quite in order: a row goes when its connection is again. What the gate reads is on the connection.
create table connection_circuits (
    tenant_id uuid not null,
    connection_id uuid not null,
    failures integer not null default 0,
    why text,
    open_since timestamptz,
    -- when one message may go to see whether it is over
    probe_at timestamptz,
    wait_seconds integer not null default 0,
    updated_at timestamptz not null,
    constraint connection_circuits_pkey primary key (tenant_id, connection_id),
    constraint circuit_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint circuit_is_open_for_one_of_two check (why in ('outage', 'account')),
    constraint circuit_is_open_since_then check ((why is null) = (open_since is null))
);
select app.tenant_table('connection_circuits', 'select, insert, update, delete');

-- The carrier of a number, where a provider said it.
alter table recipients add column carrier text;

-- How often the provider was asked what became of it.
alter table messages add column lookups smallint not null default 0;
-- accepted, and nothing was heard since; smtp never says more, the sandbox forgets nothing
create index messages_without_a_report on messages (tenant_id, sent_at)
    where status = 'sent' and lookups < 3 and provider not in ('sandbox', 'smtp');
-- whoever waits for an answer of ours does not wait behind a campaign
create index messages_that_go_first on messages (tenant_id, due_at)
    where status = 'queued' and purpose not in ('marketing', 'service');

-- What was compared with a provider on one day, and how much differed.
create table reconciliations (
    tenant_id uuid not null,
    day date not null,
    connection_id uuid not null,
    asked integer not null default 0,
    differed integer not null default 0,
    -- opt-outs that the provider knew and we did not, recorded; and those that we know and it does not. Null: it keeps no list
    opt_outs_theirs integer,
    opt_outs_ours integer,
    failed text,
    finished_at timestamptz not null,
    constraint reconciliations_pkey primary key (tenant_id, day, connection_id),
    constraint reconciliation_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict
);
select app.tenant_table('reconciliations', 'select, insert, update');

-- One kind of task more, whatever kinds there are by now.
do $$
declare
    kinds text;
begin
    select pg_get_constraintdef(oid) into kinds from pg_constraint where conname = 'task_kind_is_known';
    alter table review_tasks drop constraint task_kind_is_known;
    execute 'alter table review_tasks add constraint task_kind_is_known '
        || replace(kinds, 'ARRAY[', 'ARRAY[''connection_refused''::text, ');
end $$;
