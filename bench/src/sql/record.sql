-- The record step by hand, one statement: outcomes, the provider's names, touches.
with landed as materialized (
    select id, enrollment_id, touch_number, coalesce(provider, '') as provider from messages
    where tenant_id = $1 and status = 'sending' and :claim
    order by id for update
), settled as (
    update messages m
    set status = 'sent', external_id = 'x-' || l.id, due_at = null, lease_until = null, sent_at = $2, updated_at = $2
    from landed l
    where m.tenant_id = $1 and m.id = l.id
), named as (
    insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
    select $1, provider, 'x-' || id, id, $2 from landed
    on conflict do nothing
), ended as (
    update enrollment_touches t set status = 'sent', sent_at = $2
    from landed l
    where t.tenant_id = $1 and t.enrollment_id = l.enrollment_id and t.touch_number = l.touch_number and t.status = 'queued'
)
select count(*) from landed
