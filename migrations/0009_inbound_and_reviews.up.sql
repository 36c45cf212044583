-- What providers tell us (stored, then applied once), what customers say back, and what a person should look at.
create table provider_events (
    tenant_id uuid not null,
    provider text not null,
    event_key text not null,
    kind text not null,
    payload jsonb not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    applied_at timestamptz,
    outcome text,
    constraint provider_events_pkey primary key (tenant_id, provider, event_key),
    constraint provider_event_kind_is_known check (kind in ('status', 'inbound', 'click', 'feedback')),
    constraint applied_events_say_what_came_of_it check ((applied_at is null) = (outcome is null))
);
create index provider_events_to_apply on provider_events (tenant_id, received_at) where applied_at is null;
select app.tenant_table('provider_events', 'select, insert, update');
grant select (tenant_id, received_at, applied_at) on provider_events to courtesy_engine;
create policy engine_finds_events_to_apply on provider_events for select to courtesy_engine using (applied_at is null);

create table customer_feedback (
    tenant_id uuid not null,
    id uuid not null,
    customer_id uuid not null,
    message_id uuid not null,
    kind text not null,
    rating smallint,
    comment text,
    at timestamptz not null,
    constraint customer_feedback_pkey primary key (tenant_id, id),
    constraint feedback_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint feedback_after_a_message foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete restrict,
    constraint feedback_kind_is_known check (kind in ('review_click', 'feedback')),
    constraint feedback_rating_is_one_to_five check (rating between 1 and 5)
);
create index feedback_of_a_customer_in_time on customer_feedback (tenant_id, customer_id, at);
create index feedback_after_a_message_in_time on customer_feedback (tenant_id, message_id);
select app.tenant_table('customer_feedback', 'select, insert');

create table review_tasks (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null,
    customer_id uuid,
    message_id uuid,
    said text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    closed_because text,
    constraint review_tasks_pkey primary key (tenant_id, id),
    constraint task_about_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint task_about_a_message foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete restrict,
    constraint task_kind_is_known check (kind in ('free_text_revocation', 'unknown_outcome', 'carrier_filtered', 'failed_to_render')),
    constraint closed_tasks_say_by_whom_and_why check (
        (closed_at is null) = (closed_by is null) and (closed_at is null) = (closed_because is null))
);
create index review_tasks_that_are_open on review_tasks (tenant_id, opened_at) where closed_at is null;
create index review_tasks_about_a_customer on review_tasks (tenant_id, customer_id);
select app.tenant_table('review_tasks', 'select, insert, update');
