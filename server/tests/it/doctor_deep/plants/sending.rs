//! What was sent and should not have been, or not so.
use super::Plant;
use server::doctor::deep::Check;

pub fn plants() -> Vec<Plant> {
    vec![
        Plant {
            check: Check::AcceptedOnce,
            sql: "insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
                  values ($1, 'sandbox', 'another', {Ann.1}, now())",
            table: "message_provider_mappings",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::OneMessagePerTouch,
            sql: "drop index message_is_one_per_touch;
                  create temp table copied as select * from messages where tenant_id = $1 and id = {Ann.1};
                  update copied set id = md5('twice')::uuid, status = 'failed', attempts = 0, external_id = null,
                                    created_at = created_at + interval '1 hour', updated_at = updated_at + interval '1 hour',
                                    sent_at = null, delivered_at = null, conversation_id = null;
                  alter table messages alter column line drop expression;
                  insert into messages select * from copied",
            table: "messages",
            id: "select 'msg_' || md5('twice')",
            besides: &[],
        },
        Plant {
            check: Check::TouchAndMessage,
            sql: "update enrollment_touches set status = 'skipped', sent_at = null, why = 'x'
                  where tenant_id = $1 and enrollment_id = {Ann.e} and touch_number = 2",
            table: "enrollment_touches",
            id: "select 'enr_' || replace({Ann.e}::text, '-', '') || ' touch 2'",
            besides: &[],
        },
        Plant {
            check: Check::TouchAndMessage,
            sql: "update enrollment_touches set status = 'queued' where tenant_id = $1 and enrollment_id = {Eve.e} and touch_number = 1",
            table: "enrollment_touches",
            id: "select 'enr_' || replace({Eve.e}::text, '-', '') || ' touch 1'",
            // such a touch stands nowhere in the counts either
            besides: &[Check::Counts],
        },
        Plant {
            check: Check::TouchAndMessage,
            sql: "update enrollment_touches set status = 'pending' where tenant_id = $1 and enrollment_id = {Jan.e} and touch_number = 1;
                  update enrollment_touches set scheduled_at = '2026-03-18T00:00:00Z' where tenant_id = $1 and enrollment_id = {Jan.e}",
            table: "enrollment_touches",
            id: "select 'enr_' || replace({Jan.e}::text, '-', '') || ' touch 1'",
            besides: &[],
        },
        Plant {
            check: Check::TouchAndMessage,
            sql: "delete from enrollment_touches where tenant_id = $1 and enrollment_id = {Ann.e} and touch_number = 4",
            table: "messages",
            id: "select 'msg_' || replace({Ann.4}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::TouchAndMessage,
            sql: "update enrollment_touches set channel = 'email' where tenant_id = $1 and enrollment_id = {Ann.e} and touch_number = 1",
            table: "enrollment_touches",
            id: "select 'enr_' || replace({Ann.e}::text, '-', '') || ' touch 1'",
            besides: &[],
        },
        Plant {
            check: Check::PassedTheGate,
            sql: "update messages set attempts = 2 where tenant_id = $1 and id = {Ann.1}",
            table: "messages",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::PassedTheGate,
            sql: "delete from send_logs where tenant_id = $1 and message_id = {Gus.1}",
            table: "messages",
            id: "select 'msg_' || replace({Gus.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::PassedTheGate,
            sql: "update messages set attempts = 0 where tenant_id = $1 and id = {Ann.1};
                  delete from send_logs where tenant_id = $1 and message_id = {Ann.1}",
            table: "messages",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            // the month's count had that decision in it
            besides: &[Check::Usage],
        },
        // Ben said STOP at 14:10
        Plant {
            check: Check::OptOutRespected,
            sql: "update send_logs set at = '2026-03-04T16:00:00Z' where tenant_id = $1 and message_id = {Ben.1}",
            table: "send_logs",
            id: "select 'msg_' || replace({Ben.1}::text, '-', '') || ' at 2026-03-04 16:00'",
            besides: &[],
        },
        // the same, when nothing of the address is left: the customer opted out, not only the number
        Plant {
            check: Check::OptOutRespected,
            sql: "update send_logs set at = '2026-03-04T16:00:00Z' where tenant_id = $1 and message_id = {Ben.1};
                  update recipients set suppressed_scope = null, suppressed_reason = null, suppressed_at = null
                  where tenant_id = $1 and channel = 'sms' and address = '{Ben.p}';
                  delete from consent_event_details d using consent_events e
                  where d.tenant_id = $1 and e.tenant_id = $1 and e.id = d.event_id and e.customer_id = {Ben}",
            table: "send_logs",
            id: "select 'msg_' || replace({Ben.1}::text, '-', '') || ' at 2026-03-04 16:00'",
            besides: &[],
        },
        // a number that nobody has opted out by itself; its suppression is gone
        Plant {
            check: Check::OptOutRespected,
            sql: "update messages set their_address = '+15045230099' where tenant_id = $1 and id = {Ann.3};
                  update recipients set suppressed_scope = null, suppressed_reason = null, suppressed_at = null
                  where tenant_id = $1 and address = '+15045230099'",
            table: "send_logs",
            id: "select 'msg_' || replace({Ann.3}::text, '-', '') || ' at 2026-03-09 14:00'",
            besides: &[Check::Suppressions, Check::Threads],
        },
        // an address that works no more; her e-mail of the 13th went all the same
        Plant {
            check: Check::OptOutRespected,
            sql: "update recipients set suppressed_scope = 'all', suppressed_reason = 'hard_bounce', suppressed_at = '2026-03-10T00:00:00Z'
                  where tenant_id = $1 and channel = 'email' and address = 'ann@example.com'",
            table: "send_logs",
            id: "select 'msg_' || replace({Ann.4}::text, '-', '') || ' at 2026-03-13 14:00'",
            besides: &[],
        },
        Plant {
            check: Check::OptOutRespected,
            sql: r#"update send_logs set facts = jsonb_set(facts, '{facts,consent,status}', '"opted_out"')
                    where tenant_id = $1 and message_id = {Ann.1}"#,
            table: "send_logs",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '') || ' at 2026-03-04 14:00'",
            besides: &[],
        },
        // 02:00
        Plant {
            check: Check::QuietHours,
            sql: "update send_logs set at = '2026-03-04T08:00:00Z' where tenant_id = $1 and message_id = {Ann.1}",
            table: "send_logs",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '') || ' at 2026-03-04 08:00'",
            besides: &[],
        },
        // by e-mail, 07:30: the house's hours
        Plant {
            check: Check::QuietHours,
            sql: "update send_logs set at = '2026-03-06T13:30:00Z' where tenant_id = $1 and message_id = {Ann.2}",
            table: "send_logs",
            id: "select 'msg_' || replace({Ann.2}::text, '-', '') || ' at 2026-03-06 13:30'",
            besides: &[],
        },
        // she has moved since, but it was 02:00 where the gate wrote down that she was
        Plant {
            check: Check::QuietHours,
            sql: r#"update send_logs set at = '2026-03-04T08:00:00Z' where tenant_id = $1 and message_id = {Ann.1};
                    update customers set postal_code = null, zone = 'Europe/Paris', zone_source = 'explicit' where tenant_id = $1 and id = {Ann};
                    insert into customer_activities (tenant_id, id, customer_id, kind, at, actor, changes)
                    values ($1, md5('moved')::uuid, {Ann}, 'CustomerUpdated', '2026-03-15T00:00:00Z', 'x', '{"explicit_zone": {}}')"#,
            table: "send_logs",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '') || ' at 2026-03-04 08:00'",
            besides: &[],
        },
        // four texts of one minute, to one number
        Plant {
            check: Check::FrequencyCap,
            sql: "update messages set their_address = '{Ann.p}' where tenant_id = $1 and id in ({Dan.1}, {Fay.1}, {Hal.1})",
            table: "send_logs",
            id: "select 'msg_' || replace(l.message_id::text, '-', '') || ' at 2026-03-04 14:00' from send_logs l
                 where l.tenant_id = $1 and l.message_id in ({Ann.1}, {Dan.1}, {Fay.1}, {Hal.1}) and l.verdict = 'send'
                 order by l.at desc, l.id desc limit 1",
            besides: &[Check::Threads],
        },
        Plant {
            check: Check::Usage,
            sql: "update usage_counters set messages = messages + 1 where tenant_id = $1",
            table: "usage_counters",
            id: "select '2026-03'",
            besides: &[],
        },
        Plant {
            check: Check::Usage,
            sql: "insert into usage_counters (tenant_id, month, messages, segments) values ($1, '2026-02-01', 0, 3)",
            table: "usage_counters",
            id: "select '2026-02'",
            besides: &[],
        },
        Plant {
            check: Check::DemoInTheSandbox,
            sql: "update tenants set is_demo = true, demo_created_by = 'x', demo_created_at = created_at where tenant_id = $1;
                  update message_provider_mappings set provider = 'twilio' where tenant_id = $1 and message_id = {Ann.1}",
            table: "message_provider_mappings",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
    ]
}
