-- What waits to be applied is claimed in its order, however much of it there is; and what may close an address is found without reading
-- the reports that wait with it.
drop index provider_events_to_apply;
create index provider_events_in_order on provider_events (tenant_id, attempts, received_at, occurred_at, event_key)
    where applied_at is null;
create index provider_events_that_may_close on provider_events (tenant_id)
    where applied_at is null and kind not in ('status', 'account', 'click', 'feedback');
