//! A list of opt-outs from another tool: it suppresses customers and strangers, once, and newer words win over it.
use super::{ANN, act, assert_whole, customer, opt_in, record, standing};
use crate::support::{World, moment, world};
use jiff::tz::TimeZone;
use rules::channel::Channel;
use server::consents::opt_outs::{self, Imported};
use server::consents::{ConsumerAct, Source};

async fn import(world: &World, text: &str) -> Imported {
    let list = opt_outs::read(text.as_bytes(), "US", &TimeZone::UTC).unwrap();
    let mut tx = world.tx().await;
    let imported = opt_outs::import(&mut tx, &list.rows, "old-tool.csv")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    imported
}

const LIST: &str = "Phone,Email,Date,Reason\n\
                    (504) 523-0001,,2026-01-15,STOP\n\
                    +1 504 523 0077,,,\n\
                    ,ANN@example.com,,unsubscribed\n\
                    +1 504 523 0078,,2026-02-01 10:00,\n";

#[tokio::test]
async fn a_list_suppresses_customers_and_strangers_and_a_second_import_changes_nothing() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    record(&world, opt_in(ann, moment("2026-01-01T00:00:00Z"), Source::Staff)).await;
    let first = import(&world, LIST).await;
    assert_eq!(
        first,
        Imported {
            applied: 4,
            strangers: 2,
            ..Imported::default()
        }
    );
    let out = "select count(*) from recipients where tenant_id = $1 and suppressed_scope = 'all' and suppressed_reason = 'import'";
    assert_eq!(world.text(out).await, "4");
    let states = "select string_agg(channel || ' ' || status, ', ' order by channel) from consents where tenant_id = $1";
    assert_eq!(world.text(states).await, "email opted_out, sms opted_out");
    let ledger =
        "select md5(string_agg(hash::text, '' order by seq)) from consent_events where tenant_id = $1";
    let before = world.text(ledger).await;
    for later in ["2026-03-02T15:00:00Z", "2026-03-09T15:00:00Z"] {
        world.at(later);
        let again = import(&world, LIST).await;
        assert_eq!(
            again,
            Imported {
                unchanged: 4,
                strangers: 2,
                ..Imported::default()
            }
        );
    }
    assert_eq!(world.text(ledger).await, before);
    assert_whole(&world).await;
}

#[tokio::test]
async fn a_list_older_than_a_start_is_evidence_only_for_customers_and_strangers() {
    let world = world().await;
    act(&world, ConsumerAct::Start).await;
    world.at("2026-03-03T15:00:00Z");
    let row = "phone,date\n+15045230001,2026-01-15\n";
    let imported = import(&world, row).await;
    assert_eq!(
        imported,
        Imported {
            outdated: 1,
            strangers: 1,
            ..Imported::default()
        }
    );
    assert_eq!(standing(&world).await.1, "");
    let imported = import(&world, "phone,date\n+15045230001,2026-03-03 08:00\n").await;
    assert_eq!(imported.applied, 1);
    assert_eq!(standing(&world).await.1, "all import");
}

#[tokio::test]
async fn an_opt_out_of_a_list_cancels_what_is_queued_to_the_address() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let mut tx = world.tx().await;
    let message = server::messages::NewMessage {
        id: uuid::Uuid::from_u128(77),
        channel: Channel::Sms,
        purpose: rules::purpose::Purpose::Service,
        customer: Some(ann),
        from: None,
        to: ANN.to_owned(),
        subject: None,
        body: "Test Plumbing: how did we do?".to_owned(),
        media_urls: Vec::new(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: None,
        due_at: tx.now(),
    };
    server::messages::queue(&mut tx, &[message]).await.unwrap();
    tx.commit().await.unwrap();
    import(&world, LIST).await;
    let status = "select status from messages where tenant_id = $1";
    assert_eq!(world.text(status).await, "cancelled");
}
