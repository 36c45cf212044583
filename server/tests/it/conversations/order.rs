//! What somebody said counts from when they wrote it, in whatever order and however late it reaches us.
use super::{ANN, all_is_sound, hear, ours, threads_are_true, told};
use crate::support::people::customer;
use crate::support::scripted::{Answers, assert_sound, bulk, of_provider, queued, run_for};
use crate::support::{World, moment, world};
use providers::{Event, EventKind, Inbound, LookUp, Outcome};
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use server::consents;
use server::inbound;

const SAYS: [&str; 3] = ["STOP", "START", "please stop texting me"];
/// In which order three are applied.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A text that was written then.
fn written(key: &str, (from, to): (&str, &str), channel: Channel, at: &str, body: &str) -> Event {
    Event {
        key: key.to_owned(),
        our_address: to.to_owned(),
        occurred_at: moment(at),
        kind: EventKind::Inbound(Inbound::text(key, channel, (from, to), body)),
    }
}

async fn suppressed(world: &World, address: &str) -> String {
    let sql = format!(
        "select coalesce(suppressed_scope || ' ' || suppressed_reason, 'open') from recipients
         where tenant_id = $1 and channel = 'sms' and address = '{address}'"
    );
    world.text(&sql).await
}

async fn consent(world: &World, address: &str) -> String {
    let sql = format!(
        "select string_agg(k.status || ' ' || k.at, ',') from consents k join customers c on c.tenant_id = $1 and c.id = k.customer_id
         where k.tenant_id = $1 and k.channel = 'sms' and c.phone = '{address}'"
    );
    world.text(&sql).await
}

/// When each of `SAYS` was written, as minutes past 14:00.
fn times() -> Vec<[i64; 3]> {
    let mut all = Vec::new();
    for code in 0..27 {
        all.push([code / 9, code / 3 % 3, code % 3]);
    }
    all
}

#[tokio::test]
async fn stop_start_and_words_end_alike_in_whatever_order_they_reach_us() {
    let world = world().await;
    let to = ours(&world, Channel::Sms).await;
    let mut number = 0;
    for times in times() {
        for is_known in [true, false] {
            let mut ends = Vec::new();
            for order in ORDERS {
                number += 1;
                let from = format!("+1504523{:04}", 1000 + number);
                if is_known {
                    customer(&world, &format!("Nobody{number}"), &from).await;
                }
                for said in order {
                    let at = format!("2026-03-02T14:{:02}:00Z", times[said]);
                    let key = format!("{number}/{said}");
                    hear(
                        &world,
                        &[written(&key, (&from, &to), Channel::Sms, &at, SAYS[said])],
                    )
                    .await;
                }
                ends.push((suppressed(&world, &from).await, consent(&world, &from).await));
            }
            let [stop, start, words] = times;
            let expected = if start > stop && start > words {
                "open"
            } else if stop >= start {
                "all keyword"
            } else {
                "all free_text"
            };
            for (one, consent) in &ends {
                assert_eq!(one, expected, "{times:?} {is_known}");
                assert!(
                    is_known && *consent == ends[0].1
                        || !is_known && consent.contains("opted_in") == (one == "open"),
                    "{times:?} {ends:?}"
                );
            }
        }
    }
    let mut tx = world.tx().await;
    let verified = consents::verify(&mut tx).await.unwrap();
    assert!(verified.is_whole(), "{verified:?}");
    drop(tx);
    all_is_sound(&world).await;
}

#[tokio::test]
async fn an_old_start_opens_nothing_for_who_became_a_customer_after_the_stop() {
    let world = world().await;
    let to = ours(&world, Channel::Sms).await;
    let says = |key: &'static str, at: &'static str, body: &'static str| {
        written(key, (ANN, &to), Channel::Sms, at, body)
    };
    let mut tx = world.tx().await;
    consents::opt_out_address(&mut tx, Channel::Sms, ANN, SuppressionReason::Keyword)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    customer(&world, "Ann", ANN).await;
    hear(&world, &[says("2", "2026-03-02T14:00:00Z", "START")]).await;
    assert_eq!(suppressed(&world, ANN).await, "all keyword");
    all_is_sound(&world).await;
    world.at("2026-03-02T15:10:00Z");
    hear(&world, &[says("3", "2026-03-02T15:06:00Z", "START")]).await;
    assert_eq!(suppressed(&world, ANN).await, "open");
    all_is_sound(&world).await;
}

#[tokio::test]
async fn a_start_that_makes_a_number_known_opens_it_though_its_person_said_stop_under_a_name_before() {
    let world = world().await;
    let to = ours(&world, Channel::Whatsapp).await;
    let says = |key: &'static str, from: &'static str, at: &'static str, body: &'static str| {
        let mut event = written(key, (from, &to), Channel::Whatsapp, at, body);
        if let EventKind::Inbound(said) = &mut event.kind {
            said.user_id = Some("US.xyz".to_owned());
        }
        event
    };
    let suppressed = format!(
        "select coalesce(suppressed_scope, 'open') from recipients
         where tenant_id = $1 and channel = 'whatsapp' and address = '{ANN}'"
    );
    hear(&world, &[says("1", "US.xyz", "2026-03-02T14:05:00Z", "STOP")]).await;
    hear(&world, &[says("2", ANN, "2026-03-02T14:00:00Z", "START")]).await;
    assert_eq!(world.text(&suppressed).await, "all");
    hear(&world, &[says("3", ANN, "2026-03-02T14:06:00Z", "START")]).await;
    assert_eq!(world.text(&suppressed).await, "open");
}

#[tokio::test]
async fn what_is_dated_after_it_was_received_counts_from_the_receipt() {
    let world = world().await;
    let to = ours(&world, Channel::Sms).await;
    customer(&world, "Ann", ANN).await;
    let stop = written("1", (ANN, &to), Channel::Sms, "2031-01-01T00:00:00Z", "STOP");
    hear(&world, std::slice::from_ref(&stop)).await;
    let when = "select occurred_at from consent_events where tenant_id = $1 and kind = 'opted_out'";
    assert_eq!(world.text(when).await, "2026-03-02 15:00:00+00");
}

#[tokio::test]
async fn the_hours_in_which_whatsapp_takes_free_text_count_from_when_they_wrote() {
    let world = world().await;
    let to = ours(&world, Channel::Whatsapp).await;
    let heard = |key: &'static str, at: &'static str, body: &'static str| {
        written(key, (ANN, &to), Channel::Whatsapp, at, body)
    };
    inbound::keep(&world.app, "sandbox", &[heard("1", "2026-03-02T14:59:50Z", "Hi")])
        .await
        .unwrap();
    world.at("2026-03-02T21:00:00Z");
    hear(&world, &[]).await;
    let last = "select string_agg(t.at::text, ' ' order by t.at) from (
                    select last_inbound_at as at from recipients where tenant_id = $1 and channel = 'whatsapp'
                    union all select last_inbound_at from conversations where tenant_id = $1
                    union all select created_at from messages where tenant_id = $1) t";
    let at = "2026-03-02 14:59:50+00";
    assert_eq!(world.text(last).await, format!("{at} {at} {at}"));
    // what was written before, and comes later, moves nothing back, and stands before it in the thread
    hear(&world, &[heard("2", "2026-03-02T12:00:00Z", "Earlier")]).await;
    let moved = "select r.last_inbound_at || ' ' || c.last_inbound_at || ' ' || c.unread from recipients r
                 join conversations c on c.tenant_id = $1 and c.their_address = r.address
                 where r.tenant_id = $1 and r.channel = 'whatsapp'";
    assert_eq!(world.text(moved).await, format!("{at} {at} 2"));
    let bodies = "select string_agg(body, ' ' order by created_at) from messages where tenant_id = $1";
    assert_eq!(world.text(bodies).await, "Earlier Hi");
    threads_are_true(&world).await;
}

#[tokio::test]
async fn what_a_carrier_knew_of_an_opt_out_before_their_start_is_no_news_after_it() {
    for (knew_at, ends) in [
        ("2026-03-02T15:11:00Z", "open"),
        ("2026-03-02T15:25:00Z", "all carrier"),
    ] {
        let world = world().await;
        let ann = customer(&world, "Ann", ANN).await;
        let to = ours(&world, Channel::Sms).await;
        let mut tx = world.tx().await;
        let mut message = queued(&tx, ANN, moment("2026-03-02T15:00:00Z"));
        message.customer = Some(ann);
        let id = message.id;
        server::messages::queue(&mut tx, &[message]).await.unwrap();
        tx.commit().await.unwrap();
        world.engine().round().await.unwrap();
        for (at, word) in [
            ("2026-03-02T15:10:00Z", "STOP"),
            ("2026-03-02T15:20:00Z", "START"),
        ] {
            world.at(at);
            hear(&world, &[written(at, (ANN, &to), Channel::Sms, at, word)]).await;
        }
        // the message crossed the STOP, and its report comes again and again until it is taken
        world.at("2026-03-02T15:30:00Z");
        let report = Event {
            key: "late".to_owned(),
            our_address: to.clone(),
            occurred_at: moment(knew_at),
            kind: EventKind::Status {
                message_id: Some(id),
                external_id: "theirs".to_owned(),
                status: "undelivered".to_owned(),
                code: Some("21610".to_owned()),
            },
        };
        hear(&world, &[report]).await;
        let status = format!("select status from messages where tenant_id = $1 and id = '{id}'");
        assert_eq!(world.text(&status).await, "undelivered");
        assert_eq!(suppressed(&world, ANN).await, ends, "{knew_at}");
        let mut tx = world.tx().await;
        let verified = consents::verify(&mut tx).await.unwrap();
        assert!(verified.is_whole(), "{verified:?}");
    }
}

#[tokio::test]
async fn an_opt_out_that_a_look_up_finds_is_as_old_as_the_message_and_their_start_since_then_holds() {
    for starts in [true, false] {
        let lost = Outcome::Unknown {
            detail: "no answer".to_owned(),
        };
        let answers = Answers::first(vec![lost]);
        let (world, provider) = of_provider(world().await, "twilio", answers).await;
        world.at("2026-03-02T18:00:00Z");
        let failed = LookUp::Accepted {
            external_id: "x-found".to_owned(),
            status: "failed".to_owned(),
            code: Some("21610".to_owned()),
        };
        provider.tells(vec![LookUp::NotKnown, failed]);
        bulk(&world, world.tenant, 1).await;
        run_for(&world, 120).await;
        if starts {
            let theirs = "select their_address from messages where tenant_id = $1";
            let theirs = world.text(theirs).await;
            let ours = ours(&world, Channel::Sms).await;
            let said = Inbound::text("1", Channel::Sms, (&theirs, &ours), "START");
            hear(&world, &[told(&world, &said)]).await;
        }
        run_for(&world, 400).await;
        let failed = "select count(*) from messages where tenant_id = $1 and status = 'failed' and error_code = '21610'";
        assert_eq!(world.text(failed).await, "1");
        let out = "select count(*) from recipients where tenant_id = $1 and suppressed_reason = 'carrier'";
        assert_eq!(world.text(out).await, if starts { "0" } else { "1" });
        assert_sound(&world).await;
    }
}
