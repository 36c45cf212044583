//! Whoever owns the database can change the ledger, but not unseen.
use super::{ANN, act, customer, opt_in, record};
use crate::support::{World, moment, world};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use server::consents::{self, ConsumerAct, NewConsent, Source, Verification};

/// Three events: an unknown, a consent, a stop.
async fn three_events() -> World {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let early = moment("2026-01-01T00:00:00Z");
    record(
        &world,
        NewConsent::unproven_import(ann, Channel::Sms, ANN, early, Source::Migration),
    )
    .await;
    record(&world, opt_in(ann, moment("2026-02-01T00:00:00Z"), Source::Staff)).await;
    act(&world, ConsumerAct::Stop).await;
    world
}

async fn verify(world: &World) -> Verification {
    let mut tx = world.tx().await;
    consents::verify(&mut tx).await.unwrap()
}

/// Which event is bad first, once this was run by the owner.
async fn bad_after(sql: &str) -> (Option<i64>, bool) {
    let world = three_events().await;
    assert!(verify(&world).await.is_whole());
    world.run(sql).await;
    let found = verify(&world).await;
    assert!(!found.is_whole(), "unseen: {sql}");
    (found.first_bad.map(|fault| fault.seq), found.head_ok)
}

#[tokio::test]
async fn an_edited_event_is_found() {
    for set in [
        "kind = 'opted_in'",
        "scope = 'marketing'",
        "occurred_at = occurred_at - interval '1 microsecond'",
        "recorded_at = recorded_at + interval '1 day'",
        "source = 'consumer'",
        "method = 'other'",
        "channel = 'email'",
        "customer_id = null",
        "source = 'nobody'",
        "detail_digest = sha256('x')",
    ] {
        let sql = format!("update consent_events set {set} where tenant_id = $1 and seq = 2");
        if set == "kind = 'opted_in'" {
            let sql = "update consent_events set kind = 'opted_in' where tenant_id = $1 and seq = 3";
            assert_eq!(bad_after(sql).await, (Some(3), true), "{set}");
        } else {
            assert_eq!(bad_after(&sql).await, (Some(2), true), "{set}");
        }
    }
}

#[tokio::test]
async fn an_event_taken_out_is_found() {
    let sql = "delete from consent_event_details d using consent_events e
               where e.tenant_id = $1 and d.tenant_id = $1 and e.id = d.event_id and e.seq = 2;
               delete from consent_events where tenant_id = $1 and seq = 2";
    assert_eq!(bad_after(sql).await, (Some(2), true));
}

#[tokio::test]
async fn a_cut_end_is_found_with_and_without_the_head() {
    let cut = "delete from consent_event_details d using consent_events e
               where e.tenant_id = $1 and d.tenant_id = $1 and e.id = d.event_id and e.seq = 3;
               update consents set event_seq = 2 where tenant_id = $1;
               delete from consent_events where tenant_id = $1 and seq = 3";
    assert_eq!(bad_after(cut).await, (Some(3), false));
    assert_eq!(
        bad_after("delete from consent_ledger_heads where tenant_id = $1").await,
        (None, false)
    );
    let moved = "update consent_ledger_heads set hash = sha256('x') where tenant_id = $1";
    assert_eq!(bad_after(moved).await, (None, false));
}

#[tokio::test]
async fn two_events_that_changed_places_are_found() {
    let sql = "update consents set event_seq = 1 where tenant_id = $1;
               update consent_events set seq = 100 where tenant_id = $1 and seq = 2;
               update consent_events set seq = 2 where tenant_id = $1 and seq = 3;
               update consent_events set seq = 3 where tenant_id = $1 and seq = 100;
               update consents set event_seq = 2 where tenant_id = $1";
    assert_eq!(bad_after(sql).await.0, Some(2));
}

#[tokio::test]
async fn an_edited_or_exchanged_detail_is_found() {
    let edited = "update consent_event_details d set detail = jsonb_set(detail, '{address}', '\"+15045239999\"')
                  from consent_events e where e.tenant_id = $1 and d.tenant_id = $1 and e.id = d.event_id and e.seq = 2";
    assert_eq!(bad_after(edited).await, (Some(2), true));
    let exchanged = "update consent_event_details d set salt = o.salt, detail = o.detail
                     from consent_event_details o, consent_events e, consent_events oe
                     where d.tenant_id = $1 and o.tenant_id = $1 and e.tenant_id = $1 and oe.tenant_id = $1
                       and e.id = d.event_id and oe.id = o.event_id and e.seq + oe.seq = 3";
    assert_eq!(bad_after(exchanged).await, (Some(1), true));
}

#[tokio::test]
async fn a_consent_in_force_that_does_not_follow_is_found() {
    for sql in [
        "update consents set status = 'opted_in' where tenant_id = $1",
        "update consents set scope = 'marketing' where tenant_id = $1",
        "update consents set at = at - interval '1 day' where tenant_id = $1",
        "update consents set event_seq = 2 where tenant_id = $1",
        "update consents set has_disclosure = true where tenant_id = $1",
        "update consents set address = '+15045239999' where tenant_id = $1",
        "update consents set channel = 'email' where tenant_id = $1",
        "delete from consents where tenant_id = $1",
    ] {
        let (event, head_ok) = bad_after(sql).await;
        assert_eq!((event, head_ok), (None, true), "the chain itself is whole: {sql}");
    }
}

#[tokio::test]
async fn an_erased_detail_is_counted_and_breaks_nothing() {
    let world = three_events().await;
    world
        .run("delete from consent_event_details where tenant_id = $1")
        .await;
    let found = verify(&world).await;
    assert!(found.is_whole(), "{found:?}");
    assert_eq!((found.events, found.details_missing), (3, 3));
    // and the ledger goes on
    world.at("2026-03-03T15:00:00Z");
    act(&world, ConsumerAct::Start).await;
    let found = verify(&world).await;
    assert!(found.is_whole() && found.events == 4, "{found:?}");
}

#[tokio::test]
async fn the_application_itself_may_neither_change_nor_delete_an_event() {
    let world = three_events().await;
    let grants = "select string_agg(privilege_type, ' ' order by privilege_type) from information_schema.role_table_grants
                  where grantee = 'courtesy_app' and table_name = 'consent_events' and $1 is not null";
    assert_eq!(world.text(grants).await, "INSERT SELECT");
}

#[tokio::test]
async fn what_was_recorded_is_what_the_method_says() {
    let world = three_events().await;
    let words = "select string_agg(kind || '/' || source || '/' || method, ' ' order by seq) from consent_events where tenant_id = $1";
    assert_eq!(
        world.text(words).await,
        format!(
            "{}/migration/import {}/staff/{} {}/consumer/keyword",
            ConsentStatus::Unknown.name(),
            ConsentStatus::OptedIn.name(),
            ConsentMethod::ServiceAgreement.name(),
            ConsentStatus::OptedOut.name()
        )
    );
}
