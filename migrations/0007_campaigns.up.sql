-- Campaigns: touches in order for a service type; enrollments: one work order on its way through one; a row for each touch of it.
create table campaigns (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    service_type text,
    is_default boolean not null default false,
    status text not null default 'active',
    paused_at timestamptz,
    deleted_at timestamptz,
    preferred_provider text,
    copied_from text,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint campaigns_pkey primary key (tenant_id, id),
    constraint campaign_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint campaign_status_is_known check (status in ('active', 'paused')),
    constraint campaign_says_since_when_it_is_paused check ((status = 'paused') = (paused_at is not null)),
    constraint campaign_is_for_a_service_type_or_default check (is_default = (service_type is null)),
    constraint campaign_service_type_is_known check (service_type in
        ('hvac', 'plumbing', 'electrical', 'cleaning', 'roofing', 'painting', 'handyman', 'other')),
    constraint campaign_has_a_name check (length(name) between 1 and 200)
);
create unique index campaign_is_one_per_service_type on campaigns (tenant_id, service_type) where deleted_at is null and service_type is not null;
create unique index campaign_default_is_one on campaigns (tenant_id) where deleted_at is null and is_default;
select app.tenant_table('campaigns', 'select, insert, update');

create table campaign_touches (
    tenant_id uuid not null,
    campaign_id uuid not null,
    touch_number smallint not null,
    channel text not null,
    delay_hours integer not null,
    template_id uuid not null,
    constraint campaign_touches_pkey primary key (tenant_id, campaign_id, touch_number),
    constraint touch_of_a_campaign foreign key (tenant_id, campaign_id) references campaigns (tenant_id, id) on delete restrict,
    constraint touch_uses_a_template foreign key (tenant_id, template_id) references message_templates (tenant_id, id) on delete restrict,
    constraint touch_number_is_one_to_four check (touch_number between 1 and 4),
    constraint touch_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint touch_delay_is_an_hour_to_a_year check (delay_hours between 1 and 8760)
);
create index touches_that_use_a_template on campaign_touches (tenant_id, template_id);
select app.tenant_table('campaign_touches', 'select, insert, update, delete');

create table campaign_enrollments (
    tenant_id uuid not null,
    id uuid not null,
    campaign_id uuid not null,
    customer_id uuid not null,
    work_order_id uuid not null,
    status text not null default 'active',
    stop_reason text,
    enrolled_at timestamptz not null,
    ended_at timestamptz,
    constraint campaign_enrollments_pkey primary key (tenant_id, id),
    constraint enrollment_of_a_campaign foreign key (tenant_id, campaign_id) references campaigns (tenant_id, id) on delete restrict,
    constraint enrollment_of_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint enrollment_of_a_work_order foreign key (tenant_id, work_order_id) references work_orders (tenant_id, id) on delete restrict,
    constraint enrollment_is_one_per_work_order unique (tenant_id, work_order_id),
    constraint enrollment_status_is_known check (status in ('active', 'completed', 'stopped')),
    constraint enrollment_says_when_it_ended check ((status = 'active') = (ended_at is null)),
    constraint enrollment_says_why_it_stopped check ((status = 'stopped') = (stop_reason is not null)),
    constraint enrollment_stop_reason_is_known check (stop_reason in
        ('review_clicked', 'feedback_submitted', 'opted_out_sms', 'opted_out_whatsapp', 'opted_out_email', 'owner_stopped',
         'campaign_paused', 'campaign_deleted', 'repeat_job', 'replied', 'address_invalid', 'customer_archived',
         'customer_erased', 'work_order_cancelled'))
);
create unique index enrollment_is_active_once_per_customer_and_campaign
    on campaign_enrollments (tenant_id, customer_id, campaign_id) where status = 'active';
create index enrollments_of_a_campaign on campaign_enrollments (tenant_id, campaign_id, status);
select app.tenant_table('campaign_enrollments', 'select, insert, update');

-- A touch of an enrollment. pending: waits for its time. queued: its message is made and waits for the gate or the provider.
-- paused: its campaign is. sent, skipped, failed: final.
create table enrollment_touches (
    tenant_id uuid not null,
    enrollment_id uuid not null,
    touch_number smallint not null,
    channel text not null,
    scheduled_at timestamptz not null,
    status text not null default 'pending',
    sent_at timestamptz,
    why text,
    constraint enrollment_touches_pkey primary key (tenant_id, enrollment_id, touch_number),
    constraint touch_of_an_enrollment foreign key (tenant_id, enrollment_id) references campaign_enrollments (tenant_id, id) on delete cascade,
    constraint enrollment_touch_number_is_one_to_four check (touch_number between 1 and 4),
    constraint enrollment_touch_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint enrollment_touch_status_is_known check (status in ('pending', 'queued', 'paused', 'sent', 'skipped', 'failed')),
    constraint sent_touches_say_when check ((status = 'sent') = (sent_at is not null))
);
create index touches_that_are_due on enrollment_touches (tenant_id, scheduled_at) where status = 'pending';
select app.tenant_table('enrollment_touches', 'select, insert, update');
grant select (tenant_id, scheduled_at, status) on enrollment_touches to courtesy_engine;
create policy engine_finds_due_touches on enrollment_touches for select to courtesy_engine using (status = 'pending');

-- The four touches of each enrollment side by side.
create view campaign_enrollment_progress with (security_invoker = true) as
select e.tenant_id,
       e.id as enrollment_id,
       e.campaign_id,
       e.customer_id,
       e.work_order_id,
       e.status,
       e.stop_reason,
       e.enrolled_at,
       e.ended_at,
       max(t.status) filter (where t.touch_number = 1) as touch_1_status,
       max(t.scheduled_at) filter (where t.touch_number = 1) as touch_1_scheduled_at,
       max(t.sent_at) filter (where t.touch_number = 1) as touch_1_sent_at,
       max(t.status) filter (where t.touch_number = 2) as touch_2_status,
       max(t.scheduled_at) filter (where t.touch_number = 2) as touch_2_scheduled_at,
       max(t.sent_at) filter (where t.touch_number = 2) as touch_2_sent_at,
       max(t.status) filter (where t.touch_number = 3) as touch_3_status,
       max(t.scheduled_at) filter (where t.touch_number = 3) as touch_3_scheduled_at,
       max(t.sent_at) filter (where t.touch_number = 3) as touch_3_sent_at,
       max(t.status) filter (where t.touch_number = 4) as touch_4_status,
       max(t.scheduled_at) filter (where t.touch_number = 4) as touch_4_scheduled_at,
       max(t.sent_at) filter (where t.touch_number = 4) as touch_4_sent_at
from campaign_enrollments e
left join enrollment_touches t on t.tenant_id = e.tenant_id and t.enrollment_id = e.id
group by e.tenant_id, e.id;
grant select on campaign_enrollment_progress to courtesy_app, courtesy_operator;
