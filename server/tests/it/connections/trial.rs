//! A connection is tried out by a message that goes the way of all others, but through it and no other.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, sent, texts};
use crate::support::moment;
use crate::support::people::customer;
use rules::verdict::Verdict;
use server::messages::try_out::{TryOut, try_out};

const ANN: &str = "+15045230001";
const OURS: &str = "+13125550141";

async fn tried(office: &Office, name: &str, to: &str) -> Result<TryOut, String> {
    let mut tx = office.tx().await;
    let done = try_out(&mut tx, name, to).await;
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_test_goes_through_the_connection_that_is_tried_out_though_another_is_in_use() {
    let office = office().await;
    customer(&office, "Ann", ANN).await;
    let name = format!("trial-of-{}", office.slug);
    office.add(&texts(&name, OURS)).await;
    assert!(
        tried(&office, &name, ANN)
            .await
            .unwrap_err()
            .contains("never verified")
    );
    office.verify(&name).await.unwrap();
    assert!(
        tried(&office, &name, "nobody")
            .await
            .unwrap_err()
            .starts_with("to: it has no digits")
    );
    // 22:00 in New Orleans: it waits for the morning as any other does
    office.app.clock.move_to(moment("2026-03-03T04:00:00Z"));
    let held = tried(&office, &name, ANN).await.unwrap();
    let foretold = held.foretold.unwrap();
    assert!(
        foretold.holds > 0 && foretold.at > moment("2026-03-03T12:00:00Z"),
        "{foretold:?}"
    );
    office.engine().round().await.unwrap();
    assert_eq!(sent(&name).len(), 0);
    office.app.clock.move_to(moment("2026-03-03T16:00:00Z"));
    let at_day = tried(&office, &name, ANN).await.unwrap();
    let verdict = at_day.foretold.unwrap().decision.verdict;
    assert!(matches!(verdict, Verdict::Send { .. }), "{verdict:?}");
    office.engine().round().await.unwrap();
    let went: Vec<_> = sent(&name)
        .into_iter()
        .map(|request| (request.message_id, request.from))
        .collect();
    assert!(went.contains(&(held.message, OURS.to_owned())), "{went:?}");
    assert!(went.contains(&(at_day.message, OURS.to_owned())), "{went:?}");
    assert_eq!(
        office
            .text("select string_agg(distinct status || ' ' || provider, ',') from messages where tenant_id = $1")
            .await,
        "sent twilio",
        "the sandbox is in use, and got none of it"
    );
}

#[tokio::test]
async fn a_test_to_somebody_who_did_not_agree_would_be_stopped() {
    let office = office().await;
    let name = format!("trial-of-{}", office.slug);
    office.add(&texts(&name, OURS)).await;
    office.verify(&name).await.unwrap();
    let test = tried(&office, &name, "+15045230002").await.unwrap();
    let verdict = test.foretold.unwrap().decision.verdict;
    assert!(matches!(verdict, Verdict::Stop { .. }), "{verdict:?}");
    office.engine().round().await.unwrap();
    assert_eq!(sent(&name).len(), 0);
}
