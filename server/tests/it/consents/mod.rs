//! Consent: what wins over what, who may re-open, what happens in the same transaction, and that it is done in few statements.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, moment, world};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use rules::suppression::SuppressionReason;
use server::consents::{self, Act, ConsumerAct, NewConsent, Recorded, Source};
use server::customers::{self, Profile};
use uuid::Uuid;

mod command;
mod evidence;
mod opt_ins;
mod opt_out_list;
mod tampering;

const ANN: &str = "+15045230001";

/// A customer with this phone number, and an e-mail address made of the name.
async fn customer(world: &World, name: &str, phone: &str) -> Uuid {
    let mut profile = Profile {
        first_name: Some(name.to_owned()),
        ..Profile::default()
    };
    profile.set_email(&format!("{name}@Example.com")).unwrap();
    profile.set_phone(phone, "US").unwrap();
    let mut tx = world.tx().await;
    let id = customers::create(&mut tx, "test", profile).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn opt_in(customer: Uuid, at: Timestamp, source: Source) -> NewConsent {
    let how = (source, ConsentMethod::ServiceAgreement);
    NewConsent::new(customer, Channel::Sms, ANN, ConsentStatus::OptedIn, at, how)
}

async fn record(world: &World, new: NewConsent) -> Recorded {
    let mut tx = world.tx().await;
    let recorded = consents::record(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    recorded
}

async fn act(world: &World, act: ConsumerAct) -> Vec<Recorded> {
    let mut tx = world.tx().await;
    let at = tx.now();
    let act = Act {
        channel: Channel::Sms,
        address: ANN,
        act,
        at,
        message: Uuid::from_u128(5),
        words: "word",
    };
    let recorded = consents::consumer_act(&mut tx, &act).await.unwrap();
    tx.commit().await.unwrap();
    recorded
}

/// `opted_in`, and what the address is suppressed for.
async fn standing(world: &World) -> (String, String) {
    let status = world
        .text("select status from consents where tenant_id = $1 and channel = 'sms'")
        .await;
    let suppressed = world
        .text(&format!(
            "select suppressed_scope || ' ' || suppressed_reason from recipients where tenant_id = $1 and address = '{ANN}'"
        ))
        .await;
    (status, suppressed)
}

fn pair(status: &str, suppressed: &str) -> (String, String) {
    (status.to_owned(), suppressed.to_owned())
}

async fn assert_whole(world: &World) {
    let mut tx = world.tx().await;
    let verified = consents::verify(&mut tx).await.unwrap();
    assert!(verified.is_whole(), "{verified:?}");
}

#[tokio::test]
async fn stop_suppresses_in_the_same_transaction_and_start_reopens() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let now = world.app.clock.now();
    record(&world, opt_in(ann, now, Source::Staff)).await;
    assert_eq!(standing(&world).await, pair("opted_in", ""));
    world.at("2026-03-02T16:00:00Z");
    let stopped = act(&world, ConsumerAct::Stop).await;
    assert!(
        matches!(stopped[..], [Recorded::Applied { seq: 2 }]),
        "{stopped:?}"
    );
    assert_eq!(standing(&world).await, pair("opted_out", "all keyword"));
    world.at("2026-03-02T17:00:00Z");
    act(&world, ConsumerAct::Start).await;
    assert_eq!(standing(&world).await, pair("opted_in", ""));
    world.at("2026-03-02T18:00:00Z");
    act(&world, ConsumerAct::FreeText).await;
    assert_eq!(standing(&world).await, pair("opted_out", "all free_text"));
    assert_whole(&world).await;
}

#[tokio::test]
async fn after_a_stop_nobody_but_the_consumer_reopens() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    act(&world, ConsumerAct::Stop).await;
    world.at("2026-03-03T15:00:00Z");
    let now = world.app.clock.now();
    for source in [Source::Staff, Source::Import, Source::Migration, Source::Carrier] {
        let recorded = record(&world, opt_in(ann, now, source)).await;
        assert!(
            matches!(recorded, Recorded::NotReopened { .. }),
            "{source:?}: {recorded:?}"
        );
    }
    assert_eq!(standing(&world).await, pair("opted_out", "all keyword"));
    let kept = world
        .text("select count(*) from consent_events where tenant_id = $1 and kind = 'opted_in'")
        .await;
    assert_eq!(kept, "4", "they stay as evidence");
    assert_whole(&world).await;
}

#[tokio::test]
async fn an_import_older_than_the_revocation_never_wins_and_a_late_list_does_not_undo_a_start() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    act(&world, ConsumerAct::Stop).await;
    world.at("2026-03-03T15:00:00Z");
    let before = moment("2026-01-01T00:00:00Z");
    // even one that says it was the consumer's own
    let recorded = record(&world, opt_in(ann, before, Source::Consumer)).await;
    assert!(matches!(recorded, Recorded::Outdated { .. }));
    let recorded = record(&world, opt_in(ann, before, Source::Import)).await;
    assert!(matches!(recorded, Recorded::Outdated { .. }));
    assert_eq!(standing(&world).await, pair("opted_out", "all keyword"));
    act(&world, ConsumerAct::Start).await;
    let mut old = opt_in(ann, before, Source::Import);
    old.kind = ConsentStatus::OptedOut;
    assert!(matches!(record(&world, old).await, Recorded::Outdated { .. }));
    assert_eq!(standing(&world).await, pair("opted_in", ""));
    assert_whole(&world).await;
}

#[tokio::test]
async fn the_same_record_twice_is_written_once_and_an_unknown_never_replaces_what_is_known() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let now = world.app.clock.now();
    let unproven = |at| NewConsent::unproven_import(ann, Channel::Sms, ANN, at, Source::Import);
    assert_eq!(record(&world, unproven(now)).await, Recorded::Applied { seq: 1 });
    assert_eq!(standing(&world).await, pair("unknown", ""));
    let given = opt_in(ann, now, Source::Staff);
    assert_eq!(record(&world, given.clone()).await, Recorded::Applied { seq: 2 });
    assert_eq!(record(&world, given).await, Recorded::Unchanged);
    world.at("2026-03-05T15:00:00Z");
    let again = unproven(world.app.clock.now());
    assert_eq!(record(&world, again).await, Recorded::Unchanged);
    assert_eq!(standing(&world).await, pair("opted_in", ""));
}

#[tokio::test]
async fn a_wording_counts_only_when_it_was_agreed_to_by_an_act_and_names_the_seller() {
    for (wording, act, has_disclosure, names_seller) in [
        ("I agree that TEST PLUMBING texts me", Some(true), "true", "true"),
        ("I agree to texts", Some(true), "true", "false"),
        ("I agree that Test Plumbing texts me", None, "false", "true"),
        (
            "I agree that Test Plumbing texts me",
            Some(false),
            "false",
            "true",
        ),
        (" ", Some(true), "false", "false"),
    ] {
        let world = world().await;
        let ann = customer(&world, "ann", ANN).await;
        let form = NewConsent {
            method: ConsentMethod::WebsiteForm,
            disclosure_text: Some(wording.to_owned()),
            affirmative_act: act,
            ..opt_in(ann, world.app.clock.now(), Source::Staff)
        };
        record(&world, form).await;
        let column = |name| {
            world.text(match name {
                "has_disclosure" => "select has_disclosure from consents where tenant_id = $1",
                _ => "select names_seller from consents where tenant_id = $1",
            })
        };
        assert_eq!(
            column("has_disclosure").await,
            has_disclosure,
            "{wording} {act:?}"
        );
        assert_eq!(column("names_seller").await, names_seller, "{wording} {act:?}");
    }
}

#[tokio::test]
async fn a_carrier_that_repeats_itself_writes_once_and_a_stranger_can_be_opted_out_and_start_again() {
    let world = world().await;
    for _ in 0..3 {
        let mut tx = world.tx().await;
        consents::opt_out_address(&mut tx, Channel::Sms, ANN, SuppressionReason::Carrier)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let events = "select count(*) from consent_events where tenant_id = $1 and customer_id is null";
    assert_eq!(world.text(events).await, "1");
    assert_eq!(standing(&world).await, pair("", "all carrier"));
    world.at("2026-03-03T15:00:00Z");
    act(&world, ConsumerAct::Start).await;
    assert_eq!(standing(&world).await, pair("", ""));
    let mut tx = world.tx().await;
    let bounced = consents::opt_out_address(&mut tx, Channel::Sms, ANN, SuppressionReason::HardBounce)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(bounced, [], "a bounce is no word about consent");
    assert_eq!(standing(&world).await, pair("", "all hard_bounce"));
    world.at("2026-03-04T15:00:00Z");
    act(&world, ConsumerAct::Stop).await;
    assert_eq!(standing(&world).await, pair("", "all keyword"));
    assert_whole(&world).await;
}

#[tokio::test]
async fn many_addresses_are_opted_out_at_once_each_for_whoever_has_it() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let addresses = [
        (Channel::Sms, "+15045230077"),
        (Channel::Email, "Ann@EXAMPLE.com"),
        (Channel::Sms, ANN),
        (Channel::Sms, ANN),
    ];
    let mut tx = world.tx().await;
    let out = consents::opt_out_addresses(&mut tx, &addresses, SuppressionReason::Carrier)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        out[3],
        Recorded::Unchanged,
        "the carrier said it twice in one batch"
    );
    let whose = "select string_agg(channel || ' ' || coalesce(customer_id::text, 'nobody'), ', ' order by seq) from consent_events where tenant_id = $1";
    assert_eq!(
        world.text(whose).await,
        format!("sms nobody, email {ann}, sms {ann}")
    );
    let suppressed = "select string_agg(address, ' ' order by address) from recipients where tenant_id = $1 and suppressed_reason = 'carrier'";
    assert_eq!(
        world.text(suppressed).await,
        format!("{ANN} +15045230077 ann@example.com")
    );
    assert_whole(&world).await;
}

#[tokio::test]
async fn what_says_nothing_or_lies_in_the_future_is_refused_with_what_would_be_right() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let now = world.app.clock.now();
    let blank = NewConsent {
        address: " ".to_owned(),
        ..opt_in(ann, now, Source::Staff)
    };
    let nobody = NewConsent {
        customer: None,
        ..opt_in(ann, now, Source::Staff)
    };
    let early = opt_in(ann, moment("2026-03-02T15:00:01Z"), Source::Staff);
    for (new, word) in [(blank, "address"), (nobody, "customer"), (early, "at")] {
        let mut tx = world.tx().await;
        let said = consents::record(&mut tx, new).await.unwrap_err().to_string();
        assert!(said.starts_with(word), "{said}");
    }
}

#[tokio::test]
async fn appends_from_several_tasks_make_one_chain() {
    let world = world().await;
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(customer(&world, &format!("p{number}"), &format!("+1504523000{number}")).await);
    }
    let one = |person: Uuid, turn: i64| {
        let world = &world;
        async move {
            let at = Timestamp::from_second(1_700_000_000 + turn).unwrap();
            // everybody writes of the same two addresses, in turning order, and of their own
            let mut batch = Vec::new();
            for address in [ANN, "+15045230002", "+15045230003"] {
                let mut new = opt_in(person, at, Source::Staff);
                new.address = address.to_owned();
                batch.push(new);
            }
            if turn % 2 == 0 {
                batch.reverse();
            }
            let mut tx = world.tx().await;
            consents::record_batch(&mut tx, batch).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let all = people.iter().map(|person| {
        let one = &one;
        async move {
            for turn in 0..10 {
                one(*person, turn).await;
            }
        }
    });
    let mut all = all.collect::<Vec<_>>().into_iter();
    let (a, b, c, d) = (
        all.next().unwrap(),
        all.next().unwrap(),
        all.next().unwrap(),
        all.next().unwrap(),
    );
    tokio::join!(a, b, c, d);
    let ends = "select count(*) || ' ' || max(seq) from consent_events where tenant_id = $1";
    assert_eq!(world.text(ends).await, "120 120");
    assert_whole(&world).await;
}

#[tokio::test]
async fn five_thousand_are_recorded_in_a_number_of_statements_that_does_not_grow() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let batch = |count: u64, first: u64| -> Vec<NewConsent> {
        (first..first + count)
            .map(|number| NewConsent {
                customer: (number == 0).then_some(ann),
                address: format!("+1504{:07}", 5_230_001 + number),
                kind: ConsentStatus::OptedOut,
                ..opt_in(ann, moment("2026-01-01T00:00:00Z"), Source::Import)
            })
            .collect()
    };
    let mut tx = world.tx().await;
    let recorded = consents::record_batch(&mut tx, batch(5_000, 0)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(recorded.iter().all(|one| matches!(one, Recorded::Applied { .. })));
    // rows that one statement wrote have one cmin, its number in the transaction
    for table in ["recipients", "consent_events", "consent_event_details"] {
        let statements = format!("select count(distinct cmin::text) from {table} where tenant_id = $1");
        assert_eq!(world.text(&statements).await, "1", "{table}");
    }
    let suppressed = "select count(*) from recipients where tenant_id = $1 and suppressed_reason = 'import'";
    assert_eq!(world.text(suppressed).await, "5000");
    let mut tx = world.tx().await;
    let again = consents::record_batch(&mut tx, batch(5_000, 0)).await.unwrap();
    assert!(again.iter().all(|one| *one == Recorded::Unchanged));
    drop(tx);
    assert_whole(&world).await;
}

#[tokio::test]
async fn a_neighbour_sees_nothing_and_has_a_chain_of_its_own() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    record(&world, opt_in(ann, world.app.clock.now(), Source::Staff)).await;
    let neighbour = world.neighbour().await;
    let mut tx = world.app.tenant(neighbour).await.unwrap();
    let verified = consents::verify(&mut tx).await.unwrap();
    assert!(verified.is_whole() && verified.events == 0 && verified.states == 0);
    assert!(consents::evidence(&mut tx, ann).await.unwrap().is_none());
}
