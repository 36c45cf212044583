-- Work orders: jobs done or to be done for a customer; completion enrolls.
create table work_orders (
    tenant_id uuid not null,
    id uuid not null,
    customer_id uuid not null,
    number text,
    service_type text not null,
    title text,
    status text not null,
    scheduled_at timestamptz,
    completed_at timestamptz,
    amount_cents bigint,
    notes text,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint work_orders_pkey primary key (tenant_id, id),
    constraint work_order_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint work_order_service_type_is_known check (service_type in
        ('hvac', 'plumbing', 'electrical', 'cleaning', 'roofing', 'painting', 'handyman', 'other')),
    constraint work_order_status_is_known check (status in
        ('scheduled', 'in_progress', 'completed', 'do_not_send', 'cancelled')),
    constraint completed_work_orders_say_when check (status <> 'completed' or completed_at is not null),
    constraint work_order_amount_is_not_negative check (amount_cents >= 0)
);
create unique index work_orders_number_is_unique on work_orders (tenant_id, number) where number is not null;
create index work_orders_of_a_customer on work_orders (tenant_id, customer_id);
select app.tenant_table('work_orders', 'select, insert, update, delete');
