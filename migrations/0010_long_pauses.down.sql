drop policy engine_finds_long_pauses on campaigns;
revoke select (tenant_id, status, paused_at, deleted_at) on campaigns from courtesy_engine;
drop index campaigns_paused;
