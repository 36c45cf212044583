//! What hangs, and what providers told us in vain.
use super::Plant;
use server::doctor::deep::Check;

/// The report that Ann's first text was delivered.
const REPORT: &str = "select 'sandbox ' || event_key from provider_events
                      where tenant_id = $1 and kind = 'status' and payload ->> 'status' = 'delivered' and payload ->> 'message_id' = {Ann.1}::text";
/// What Ben wrote.
const TEXT: &str = "select 'sandbox ' || event_key from provider_events
                    where tenant_id = $1 and kind = 'inbound' and payload ->> 'from' = '{Ben.p}'";

pub fn plants() -> Vec<Plant> {
    vec![
        Plant {
            check: Check::Counts,
            sql: "alter table messages drop constraint message_status_is_known;
                  update messages set status = 'lost' where tenant_id = $1 and purpose = 'opt_in_confirmation'",
            table: "messages",
            id: "select 'opt_in_confirmation, sms'",
            // a status in which a message stands nowhere is a word that nobody knows
            besides: &[Check::Words],
        },
        Plant {
            check: Check::Leases,
            sql: "update messages set status = 'sending', lease_until = now() - interval '10 minutes' where tenant_id = $1 and id = {Jan.1}",
            table: "messages",
            id: "select 'msg_' || replace({Jan.1}::text, '-', '')",
            // it was held, so no decision let it go
            besides: &[Check::PassedTheGate],
        },
        Plant {
            check: Check::QueuedOverdue,
            sql: "update messages set due_at = '2026-03-15T12:00:00Z' where tenant_id = $1 and id = {Jan.1}",
            table: "messages",
            id: "select 'msg_' || replace({Jan.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::QueuedOverdue,
            sql: "update messages set due_at = null where tenant_id = $1 and id = {Jan.1}",
            table: "messages",
            id: "select 'msg_' || replace({Jan.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::TouchesOverdue,
            sql: "update enrollment_touches set scheduled_at = '2026-03-15T12:00:00Z'
                  where tenant_id = $1 and enrollment_id = {Eve.e} and touch_number = 1",
            table: "enrollment_touches",
            id: "select 'enr_' || replace({Eve.e}::text, '-', '') || ' touch 1'",
            besides: &[],
        },
        Plant {
            check: Check::TouchesOverdue,
            sql: "update enrollment_touches set status = 'paused' where tenant_id = $1 and enrollment_id = {Eve.e} and touch_number = 1",
            table: "enrollment_touches",
            id: "select 'enr_' || replace({Eve.e}::text, '-', '') || ' touch 1'",
            besides: &[],
        },
        Plant {
            check: Check::EventsApplied,
            sql: "update provider_events set applied_at = null, outcome = null
                  where tenant_id = $1 and kind = 'status' and payload ->> 'status' = 'delivered' and payload ->> 'message_id' = {Ann.1}::text",
            table: "provider_events",
            id: REPORT,
            besides: &[],
        },
        // of which nobody is asked
        Plant {
            check: Check::EventsApplied,
            sql: "update provider_events set applied_at = null, outcome = null, payload = payload || jsonb_build_object('is_untold', true)
                  where tenant_id = $1 and kind = 'inbound' and payload ->> 'from' = '{Ben.p}'",
            table: "provider_events",
            id: TEXT,
            besides: &[],
        },
        Plant {
            check: Check::EventsApplied,
            sql: "update provider_events set outcome = 'unreadable' where tenant_id = $1 and kind = 'inbound' and payload ->> 'from' = '{Ben.p}'",
            table: "provider_events",
            id: TEXT,
            besides: &[],
        },
        Plant {
            check: Check::EventsApplied,
            sql: "update messages set external_id = 'another' where tenant_id = $1 and direction = 'inbound' and their_address = '{Ben.p}'",
            table: "provider_events",
            id: TEXT,
            besides: &[],
        },
        // Ida's text was refused
        Plant {
            check: Check::UnknownWithAPerson,
            sql: "update messages set status = 'unknown', due_at = null where tenant_id = $1 and id = {Ida.1}",
            table: "messages",
            id: "select 'msg_' || replace({Ida.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::UnknownWithAPerson,
            sql: "update messages set status = 'unknown', due_at = '2026-03-16T04:00:00Z' where tenant_id = $1 and id = {Ida.1}",
            table: "messages",
            id: "select 'msg_' || replace({Ida.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::EventsOnce,
            sql: "alter table provider_events drop constraint provider_events_pkey;
                  insert into provider_events select * from provider_events
                  where tenant_id = $1 and kind = 'status' and payload ->> 'status' = 'delivered' and payload ->> 'message_id' = {Ann.1}::text",
            table: "provider_events",
            id: "select distinct * from (select 'sandbox ' || event_key from provider_events
                 where tenant_id = $1 and kind = 'status' and payload ->> 'status' = 'delivered' and payload ->> 'message_id' = {Ann.1}::text) as doubled",
            besides: &[],
        },
        Plant {
            check: Check::EventsOnce,
            sql: "create temp table copied as select * from messages
                  where tenant_id = $1 and direction = 'inbound' and their_address = '{Ben.p}';
                  update copied set id = md5('twice')::uuid, created_at = created_at + interval '1 hour', updated_at = updated_at + interval '1 hour';
                  alter table messages alter column line drop expression;
                  insert into messages select * from copied",
            table: "messages",
            id: "select 'msg_' || md5('twice')",
            // the doubled one is in its conversation, which does not count it
            besides: &[Check::Threads],
        },
        Plant {
            check: Check::StatusOnlyUp,
            sql: "update messages set status = 'sent' where tenant_id = $1 and id = {Ann.1}",
            table: "messages",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::StatusOnlyUp,
            sql: "update messages set status = 'cancelled' where tenant_id = $1 and purpose = 'opt_in_confirmation'",
            table: "messages",
            id: "select 'msg_' || replace(id::text, '-', '') from messages where tenant_id = $1 and purpose = 'opt_in_confirmation'",
            // the sandbox's journal has it as well
            besides: &[Check::Restored],
        },
        Plant {
            check: Check::EnrollmentsAndTouches,
            sql: "update campaign_enrollments set status = 'completed', ended_at = '2026-03-15T12:00:00Z' where tenant_id = $1 and id = {Eve.e}",
            table: "campaign_enrollments",
            id: "select 'enr_' || replace({Eve.e}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::EnrollmentsAndTouches,
            sql: "update campaign_enrollments set status = 'active', ended_at = null where tenant_id = $1 and id = {Ann.e}",
            table: "campaign_enrollments",
            id: "select 'enr_' || replace({Ann.e}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::EnrollmentsAndTouches,
            sql: "update enrollment_touches set status = 'skipped' where tenant_id = $1 and enrollment_id = {Jan.e} and touch_number = 2;
                  update campaign_enrollments set status = 'stopped', stop_reason = 'replied', ended_at = '2026-03-16T02:30:00Z'
                  where tenant_id = $1 and id = {Jan.e}",
            table: "campaign_enrollments",
            id: "select 'enr_' || replace({Jan.e}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::EnrollmentsAndTouches,
            sql: "update enrollment_touches set status = 'skipped' where tenant_id = $1 and enrollment_id = {Jan.e} and touch_number = 2;
                  update campaign_enrollments set status = 'completed', ended_at = '2026-03-16T02:30:00Z' where tenant_id = $1 and id = {Jan.e}",
            table: "campaign_enrollments",
            id: "select 'enr_' || replace({Jan.e}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::EnrollmentsAndTouches,
            sql: "update enrollment_touches set campaign_id = tenant_id where tenant_id = $1 and enrollment_id = {Ann.e} and touch_number = 1",
            table: "campaign_enrollments",
            id: "select 'enr_' || replace({Ann.e}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::OneActiveEnrollment,
            sql: "drop index enrollment_is_active_once_per_customer_and_campaign;
                  update enrollment_touches set status = 'pending', why = null, scheduled_at = '2026-03-18T00:00:00Z'
                  where tenant_id = $1 and enrollment_id in (select id from campaign_enrollments
                                                             where tenant_id = $1 and customer_id = {Eve} and status = 'stopped');
                  update campaign_enrollments set status = 'active', stop_reason = null, ended_at = null
                  where tenant_id = $1 and customer_id = {Eve} and status = 'stopped'",
            table: "campaign_enrollments",
            id: "select 'enr_' || replace({Eve.e}::text, '-', '')",
            besides: &[],
        },
    ]
}
