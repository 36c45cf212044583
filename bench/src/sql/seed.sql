-- Customers of one tenant from :from to :to, each with consent, a completed job, an enrollment and a first touch at :due.
-- Everything in one statement, as the tables' owner.
with place as (
    select ':tenant'::uuid as tenant, ':now'::timestamptz as now
), numbered as (
    select p.tenant, p.now, n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id,
           '+1312' || (2000000 + n) as phone
    from place p, generate_series(:from, :to) as n
), people as (
    insert into customers (tenant_id, id, first_name, last_name, email, phone_raw, phone, phone_status, postal_code, state, zone,
                           zone_source, stage, lead_at, active_at, source, tags, orders_total, orders_completed, created_by,
                           updated_by, created_at, updated_at)
    select tenant, id, (array[:first_names])[1 + n % :first_count], initcap(:last_name), 'c' || n || '@example.com', phone, phone,
           'valid', '60601', 'IL', 'America/Chicago', 'zip', 'active', now, now, 'other', :tags, 1, 1, 'bench', 'bench', now, now
    from numbered
), homes as (
    insert into customer_addresses (tenant_id, id, customer_id, kind, is_primary, city, state, postal_code, created_at, updated_at)
    select tenant, id, id, 'primary', true, 'Chicago', 'IL', '60601', now, now from numbered
), jobs as (
    insert into work_orders (tenant_id, id, customer_id, number, service_type, status, completed_at, created_by, created_at, updated_at)
    select tenant, id, id, 'W-' || n, 'plumbing', 'completed', now - interval '3 days', 'bench', now, now from numbered
), ledger as (
    insert into consent_events (tenant_id, seq, id, customer_id, channel, kind, scope, occurred_at, recorded_at, source, method,
                                detail_digest, prev_hash, hash)
    select tenant, n, id, id, 'sms', 'opted_in', 'all', now - interval '9 days', now, 'staff', 'service_agreement',
           sha256(id::text::bytea), sha256('bench'), sha256(id::text::bytea)
    from numbered
), agreed as (
    insert into consents (tenant_id, customer_id, channel, address, status, scope, at, source, method, has_disclosure, names_seller,
                          event_seq, updated_at)
    select tenant, id, 'sms', phone, 'opted_in', 'all', now - interval '9 days', 'staff', 'service_agreement', true, true, n, now
    from numbered
), reached as (
    insert into recipients (tenant_id, channel, address, created_at, updated_at)
    select tenant, 'sms', phone, now, now from numbered
), on_the_way as (
    insert into campaign_enrollments (tenant_id, id, campaign_id, customer_id, work_order_id, enrolled_at)
    select tenant, id, ':campaign'::uuid, id, id, now from numbered
)
insert into enrollment_touches (tenant_id, enrollment_id, campaign_id, touch_number, channel, scheduled_at)
select tenant, id, ':campaign'::uuid, 1, 'sms', ':due'::timestamptz + make_interval(secs => n * 0.001) from numbered
