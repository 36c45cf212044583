//! What leads outside: connections, our addresses, and a database that has forgotten what was sent.
use super::Plant;
use server::doctor::deep::Check;

pub fn plants() -> Vec<Plant> {
    vec![
        Plant {
            check: Check::Routes,
            sql: "delete from number_routes where routed_tenant_id = $1 and channel = 'email'",
            table: "tenant_channel_settings",
            id: "select 'ten_' || replace(tenant_id::text, '-', '') || ' email h•••@' || slug || '.example' from tenants where tenant_id = $1",
            besides: &[],
        },
        Plant {
            check: Check::Routes,
            sql: "update number_routes set routed_tenant_id = (select tenant_id from tenants where tenant_id <> $1)
                  where routed_tenant_id = $1 and channel = 'email'",
            table: "tenant_channel_settings",
            id: "select 'ten_' || replace(tenant_id::text, '-', '') || ' email h•••@' || slug || '.example' from tenants where tenant_id = $1",
            besides: &[],
        },
        // sealed under `k9`, a name of two letters
        Plant {
            check: Check::Connections,
            sql: "update tenant_channel_settings set credentials = '\\x01026b39ffff'
                  where tenant_id = $1 and channel = 'email'",
            table: "tenant_channel_settings",
            id: "select 'con_' || replace(id::text, '-', '') from tenant_channel_settings where tenant_id = $1 and channel = 'email'",
            besides: &[],
        },
        Plant {
            check: Check::Connections,
            sql: "update tenant_channel_settings set provider = 'smtp' where tenant_id = $1 and channel = 'email'",
            table: "tenant_channel_settings",
            id: "select 'con_' || replace(id::text, '-', '') from tenant_channel_settings where tenant_id = $1 and channel = 'email'",
            besides: &[],
        },
        Plant {
            check: Check::Connections,
            sql: "update tenant_channel_settings set verified_at = null where tenant_id = $1 and channel = 'email'",
            table: "tenant_channel_settings",
            id: "select 'con_' || replace(id::text, '-', '') from tenant_channel_settings where tenant_id = $1 and channel = 'email'",
            besides: &[],
        },
        // as after a restore to a moment before it was sent
        Plant {
            check: Check::Restored,
            sql: "update messages set status = 'queued', attempts = 0, due_at = '2026-03-17T00:00:00Z', sent_at = null, delivered_at = null
                  where tenant_id = $1 and id = {Ann.4};
                  delete from send_logs where tenant_id = $1 and message_id = {Ann.4};
                  update usage_counters set messages = messages - 1, segments = segments - 1 where tenant_id = $1;
                  delete from message_provider_mappings where tenant_id = $1 and message_id = {Ann.4};
                  delete from provider_events where tenant_id = $1 and payload ->> 'message_id' = {Ann.4}::text;
                  update enrollment_touches set status = 'queued', sent_at = null
                  where tenant_id = $1 and enrollment_id = {Ann.e} and touch_number = 4;
                  update campaign_enrollments set status = 'active', ended_at = null where tenant_id = $1 and id = {Ann.e}",
            table: "messages",
            id: "select 'msg_' || replace({Ann.4}::text, '-', '')",
            besides: &[],
        },
    ]
}
