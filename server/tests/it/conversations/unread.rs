//! Few unread conversations among many are found by the index that has them alone, also once a statement is prepared for good.
use crate::support::world;
use server::conversations::{self, Filter};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

const LIST: &str = include_str!("../../../src/conversations/list.sql");
const ALL: usize = 20_000;

#[tokio::test]
async fn the_unread_are_looked_for_where_only_they_are() {
    let world = world().await;
    world
        .run(&format!(
            "insert into conversations (tenant_id, id, channel, our_address, their_address, status, inbound_count, unread, last_inbound_at,
                                        created_at, updated_at)
             select $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'sms', '+13125550142', '+1504523' || lpad(n::text, 5, '0'),
                    'active', 1, (n % 5000 = 0)::int, now() + n * interval '1 second', now(), now()
             from generate_series(1, {ALL}) n;
             analyze conversations"
        ))
        .await;
    // as the application does: its role, its tenant, a plan that does not look at what is asked for
    let mut app = world.roles.app.connect().await.unwrap();
    let tenant = world.tenant.as_uuid();
    app.execute(AssertSqlSafe(format!(
        "set plan_cache_mode = force_generic_plan; begin; set local app.current_tenant = '{tenant}';
         prepare list (uuid, bool, text, text, text, timestamptz, uuid, bigint) as {LIST}"
    )))
    .await
    .unwrap();
    for (unread, wanted, other) in [
        (true, "conversations_that_are_unread", "conversations_in_time"),
        (false, "conversations_in_time", "conversations_that_are_unread"),
    ] {
        let rows = app
            .fetch_all(AssertSqlSafe(format!(
                "explain (analyze, costs off, timing off) execute list ('{tenant}', {unread}, null, null, null, null, null, 51)"
            )))
            .await
            .unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let node = |index: &str| plan.iter().find(|line| line.contains(index));
        let ran = |index: &str| node(index).is_some_and(|line| !line.contains("never executed"));
        assert!(ran(wanted) && !ran(other), "{}", plan.join("\n"));
    }
    app.close().await.unwrap();
    let mut tx = world.tx().await;
    for (unread, found) in [(true, ALL / 5_000), (false, 100)] {
        let filter = Filter {
            unread,
            limit: 100,
            ..Filter::default()
        };
        let page = conversations::list(&mut tx, &filter).await.unwrap();
        assert_eq!(page.conversations.len(), found);
        assert!(
            page.conversations
                .is_sorted_by(|one, next| one.last_message_at > next.last_message_at)
        );
    }
}
