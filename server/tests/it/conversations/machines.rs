//! Mail that no person wrote, and mail under somebody else's address: neither is answered.
use super::{all, hear, ours, told};
use crate::support::people::{job, live, plumbing, receipts, stranger};
use crate::support::{World, world};
use providers::{Inbound, Verdict, Verdicts};
use rules::channel::Channel;
use rules::purpose::Purpose;

const JANE: &str = "jane@mail.example";

async fn outcome(world: &World, key: &str) -> String {
    let sql = format!("select outcome from provider_events where tenant_id = $1 and event_key = '{key}'");
    world.text(&sql).await
}

/// A mail of Jane's; of a machine's at her address if so; that proves that it is from there, if so.
async fn mailed(world: &World, key: &str, body: &str, (is_machine, is_proven): (bool, bool)) {
    let to = ours(world, Channel::Email).await;
    let verdicts = Verdicts {
        spf: Verdict::Pass,
        dkim: Verdict::Pass,
        dmarc: if is_proven { Verdict::Pass } else { Verdict::Fail },
        ..Verdicts::default()
    };
    let said = Inbound {
        verdicts: Some(verdicts),
        is_machine,
        ..Inbound::text(key, Channel::Email, (JANE, &to), body)
    };
    hear(world, &[told(world, &said)]).await;
}

#[tokio::test]
async fn an_answer_by_mail_goes_to_whom_the_mail_is_proven_to_be_from_and_to_nobody_else() {
    for (is_machine, is_proven, goes) in [
        (false, true, true),
        (false, false, false),
        (true, true, false),
        (true, false, false),
    ] {
        for (body, outcome_, purpose) in [
            ("HELP", "help", Purpose::HelpAnswer),
            ("STOP", "opted_out", Purpose::OptOutConfirmation),
        ] {
            let world = world().await;
            mailed(&world, "1", body, (is_machine, is_proven)).await;
            let acted = if is_machine && body == "HELP" {
                "automatic"
            } else {
                outcome_
            };
            assert_eq!(outcome(&world, "1").await, acted);
            live(&world, "2026-03-02T15:10:00Z").await;
            let went: Vec<Purpose> = receipts(&world).iter().map(|one| one.purpose).collect();
            let wanted = if goes { vec![purpose] } else { vec![] };
            assert_eq!(went, wanted, "{body} machine {is_machine} proven {is_proven}");
        }
    }
}

#[tokio::test]
async fn what_a_machine_writes_is_in_the_inbox_and_is_nobodys_reply_and_makes_no_customer() {
    let world = world().await;
    mailed(&world, "1", "Your mail could not be delivered.", (true, true)).await;
    assert_eq!(outcome(&world, "1").await, "automatic");
    let found = all(&world).await;
    assert_eq!(found[0].conversation.customer, None);
    assert_eq!(found[0].conversation.inbound_count, 1);
    let customers = "select count(*) from customers where tenant_id = $1";
    assert_eq!(world.text(customers).await, "0");
    let wrote = "select count(*) from recipients where tenant_id = $1 and last_inbound_at is not null";
    assert_eq!(world.text(wrote).await, "0");
    // nor does it open what its owner closed
    mailed(&world, "2", "STOP", (true, true)).await;
    world.at("2026-03-02T15:01:00Z");
    mailed(&world, "3", "START", (true, true)).await;
    assert_eq!(outcome(&world, "3").await, "automatic");
    let closed = "select suppressed_scope from recipients where tenant_id = $1 and channel = 'email'";
    assert_eq!(world.text(closed).await, "all");
}

#[tokio::test]
async fn an_absence_note_ends_no_follow_up_and_a_persons_mail_does() {
    for (is_machine, status) in [(true, "active"), (false, "stopped")] {
        let world = world().await;
        plumbing(&world).await;
        let jane = stranger(&world, "Jane", "+15045230009", JANE).await;
        job(&world, jane, "J-1", Some("2026-03-02T14:00:00Z")).await;
        mailed(&world, "1", "I am away until Monday.", (is_machine, true)).await;
        let enrollment = "select status from campaign_enrollments where tenant_id = $1";
        assert_eq!(world.text(enrollment).await, status, "machine: {is_machine}");
    }
}
