//! What is known of customers, their consent and their addresses, and what rows refer to.
use super::Plant;
use server::doctor::deep::Check;

pub fn plants() -> Vec<Plant> {
    vec![
        Plant {
            check: Check::Ledger,
            sql: "update consents set status = 'opted_in' where tenant_id = $1 and customer_id = {Ben} and channel = 'sms'",
            table: "consents",
            id: "select 'cus_' || replace({Ben}::text, '-', '') || ' sms'",
            besides: &[],
        },
        Plant {
            check: Check::Ledger,
            sql: "update consent_events set method = 'keyword' where tenant_id = $1 and seq = 1",
            table: "consent_events",
            id: "select 'event 1'",
            besides: &[],
        },
        Plant {
            check: Check::Ledger,
            sql: "update consent_ledger_heads set hash = sha256('x') where tenant_id = $1",
            table: "consent_ledger_heads",
            id: "select 'ten_' || replace($1::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::Suppressions,
            sql: "update recipients set suppressed_scope = null, suppressed_reason = null, suppressed_at = null
                  where tenant_id = $1 and channel = 'sms' and address = '{Ben.p}'",
            table: "recipients",
            id: "select 'sms +1 504 •••• 0001'",
            besides: &[],
        },
        Plant {
            check: Check::Suppressions,
            sql: "update recipients set suppressed_scope = 'marketing' where tenant_id = $1 and channel = 'sms' and address = '{Ben.p}'",
            table: "recipients",
            id: "select 'sms +1 504 •••• 0001'",
            besides: &[],
        },
        Plant {
            check: Check::Suppressions,
            sql: "update recipients set suppressed_scope = 'all', suppressed_reason = 'staff', suppressed_at = '2026-03-10T00:00:00Z'
                  where tenant_id = $1 and channel = 'sms' and address = '{Jan.p}'",
            table: "recipients",
            id: "select 'sms +1 504 •••• 0009'",
            besides: &[],
        },
        // as it was when Hal said STOP, before he said START
        Plant {
            check: Check::Suppressions,
            sql: "update recipients r set suppressed_scope = 'all', suppressed_reason = 'keyword', suppressed_at = e.recorded_at
                  from consent_events e
                  where r.tenant_id = $1 and e.tenant_id = $1 and r.channel = 'sms' and r.address = '{Hal.p}'
                    and e.customer_id = {Hal} and e.kind = 'opted_out'",
            table: "recipients",
            id: "select 'sms +1 504 •••• 0007'",
            besides: &[],
        },
        Plant {
            check: Check::OrderCounts,
            sql: "update customers set orders_total = orders_total + 1 where tenant_id = $1 and id = {Ann}",
            table: "customers",
            id: "select 'cus_' || replace({Ann}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::OrderCounts,
            sql: "update customers set last_order_completed_at = null where tenant_id = $1 and id = {Ann}",
            table: "customers",
            id: "select 'cus_' || replace({Ann}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::Threads,
            sql: "update conversations set inbound_count = inbound_count + 1 where tenant_id = $1 and their_address = '{Ben.p}'",
            table: "conversations",
            id: "select 'cnv_' || replace(id::text, '-', '') from conversations where tenant_id = $1 and their_address = '{Ben.p}'",
            besides: &[],
        },
        Plant {
            check: Check::Threads,
            sql: "update conversations set last_inbound_at = last_inbound_at - interval '1 minute'
                  where tenant_id = $1 and their_address = '{Ben.p}'",
            table: "conversations",
            id: "select 'cnv_' || replace(id::text, '-', '') from conversations where tenant_id = $1 and their_address = '{Ben.p}'",
            besides: &[],
        },
        Plant {
            check: Check::Threads,
            sql: "update messages set conversation_id = null where tenant_id = $1 and id = {Ann.1};
                  update conversations set outbound_count = outbound_count - 1 where tenant_id = $1 and their_address = '{Ann.p}'",
            table: "messages",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
        // her text in his conversation
        Plant {
            check: Check::Threads,
            sql: "update messages set conversation_id = (select id from conversations where tenant_id = $1 and their_address = '{Ben.p}')
                  where tenant_id = $1 and id = {Ann.1};
                  update conversations set outbound_count = outbound_count - 1 where tenant_id = $1 and their_address = '{Ann.p}';
                  update conversations set outbound_count = outbound_count + 1 where tenant_id = $1 and their_address = '{Ben.p}'",
            table: "messages",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::Terms,
            sql: "delete from customer_terms where tenant_id = $1 and customer_id = {Ann}",
            table: "customer_terms",
            id: "select 'cus_' || replace({Ann}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::Terms,
            sql: "insert into customer_terms (tenant_id, kind, term, customer_id) values ($1, 'tag', 'ann', {Ann})",
            table: "customer_terms",
            id: "select 'cus_' || replace({Ann}::text, '-', '')",
            besides: &[],
        },
        // Zoe is the neighbour's
        Plant {
            check: Check::References,
            sql: "alter table recipients drop constraint recipient_customer;
                  update recipients set customer_id = (select id from customers where first_name = 'Zoe')
                  where tenant_id = $1 and channel = 'sms' and address = '{Ann.p}'",
            table: "recipients",
            id: "select 'sms +1 504 •••• 0000'",
            besides: &[],
        },
        Plant {
            check: Check::References,
            sql: "alter table messages drop constraint message_of_a_customer;
                  update messages set customer_id = (select id from customers where first_name = 'Zoe')
                  where tenant_id = $1 and direction = 'inbound' and their_address = '{Ben.p}'",
            table: "messages",
            id: "select 'msg_' || replace(id::text, '-', '') from messages
                 where tenant_id = $1 and direction = 'inbound' and their_address = '{Ben.p}'",
            besides: &[],
        },
        Plant {
            check: Check::References,
            sql: "alter table message_provider_mappings drop constraint mapping_of_a_message;
                  insert into message_provider_mappings (tenant_id, provider, external_id, message_id, created_at)
                  values ($1, 'sandbox', 'of nothing', md5('gone')::uuid, now())",
            table: "message_provider_mappings",
            id: "select 'msg_' || md5('gone') || ' sandbox'",
            besides: &[],
        },
        Plant {
            check: Check::References,
            sql: "insert into customer_terms (tenant_id, kind, term, customer_id) values ($1, 'word', 'ghost', md5('gone')::uuid)",
            table: "customer_terms",
            id: "select 'cus_' || md5('gone') || ' word'",
            besides: &[],
        },
        // a look of the gate at no message of ours, which let nothing go
        Plant {
            check: Check::References,
            sql: "update send_logs set message_id = md5('gone')::uuid
                  where tenant_id = $1 and message_id = {Jan.1} and verdict = 'hold'",
            table: "send_logs",
            id: "select 'msg_' || md5('gone') || to_char(at, '\" at \"YYYY-MM-DD HH24:MI') from send_logs
                 where tenant_id = $1 and message_id = md5('gone')::uuid",
            besides: &[],
        },
        Plant {
            check: Check::References,
            sql: "update send_logs set touch_number = 3 where tenant_id = $1 and message_id = {Jan.1}",
            table: "send_logs",
            id: "select 'msg_' || replace(message_id::text, '-', '') || to_char(at, '\" at \"YYYY-MM-DD HH24:MI') from send_logs
                 where tenant_id = $1 and message_id = {Jan.1}",
            besides: &[],
        },
        Plant {
            check: Check::Words,
            sql: "alter table recipients drop constraint recipient_address_status_is_known;
                  update recipients set address_status = 'gone' where tenant_id = $1 and channel = 'sms' and address = '{Ann.p}'",
            table: "recipients",
            id: "select 'sms +1 504 •••• 0000'",
            besides: &[],
        },
        Plant {
            check: Check::Words,
            sql: "update send_logs set reason = 'because' where tenant_id = $1 and message_id = {Gus.1}",
            table: "send_logs",
            id: "select 'msg_' || replace({Gus.1}::text, '-', '') || ' at 2026-03-04 14:00'",
            besides: &[],
        },
        Plant {
            check: Check::Times,
            sql: "update messages set delivered_at = sent_at - interval '1 hour' where tenant_id = $1 and id = {Ann.1}",
            table: "messages",
            id: "select 'msg_' || replace({Ann.1}::text, '-', '')",
            besides: &[],
        },
        Plant {
            check: Check::Times,
            sql: "update customers set updated_at = created_at - interval '1 hour' where tenant_id = $1 and id = {Ann}",
            table: "customers",
            id: "select 'cus_' || replace({Ann}::text, '-', '')",
            besides: &[],
        },
    ]
}
