drop index provider_events_that_may_close;
drop index provider_events_in_order;
create index provider_events_to_apply on provider_events (tenant_id, received_at) where applied_at is null;
