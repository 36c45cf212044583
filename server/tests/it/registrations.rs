//! Senders under one carrier registration share its pace and what carriers take of it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::scripted::{Answers, Scripted, bulk, of_provider, run_finely_for};
use crate::support::{World, moment, world};
use providers::Outcome;
use rules::pacing::{self, Pace, PaceScope};
use server::pace;
use std::sync::Arc;

const NOON: &str = "2026-03-02T18:00:00Z";
const FIRST: &str = "sms by sandbox";

/// Two long codes of Twilio's, one for marketing only, both under one registration; and so many messages for each.
async fn two_numbers(answers: Answers, each: usize) -> (World, Arc<Scripted>) {
    let (world, provider) = of_provider(world().await, "twilio", answers).await;
    world.at(NOON);
    world
        .run(
            "update tenant_channel_settings set registration = 'CABC123', sender_address = '+15045550101'
             where tenant_id = $1 and channel = 'sms';
             insert into tenant_channel_settings (tenant_id, id, name, channel, purpose, provider, sender_address, registration, is_active,
                                                  verified_at, created_at, updated_at)
             values ($1, gen_random_uuid(), 'second', 'sms', 'marketing', 'twilio', '+15045550102', 'CABC123', true, now(), now(), now())",
        )
        .await;
    bulk(&world, world.tenant, 2 * each).await;
    world
        .run("update messages set purpose = 'marketing' where tenant_id = $1 and right(their_address, 1)::int % 2 = 1")
        .await;
    // marketing needs more than a service agreement
    world
        .run("update consents set scope = 'all', method = 'website_form', has_disclosure = true, names_seller = true where tenant_id = $1")
        .await;
    (world, provider)
}

async fn set(
    world: &World,
    connection: &str,
    scope: PaceScope,
    pace: Option<Pace>,
) -> Result<(), pace::NotSet> {
    let mut tx = world.tx().await;
    pace::set(&mut tx, connection, scope, None, pace).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn gone_by(world: &World) -> String {
    world
        .text(
            "select string_agg(s.name || ' ' || n, ', ' order by s.name)
             from (select connection_id, count(*) as n from messages where tenant_id = $1 and status = 'sent' group by 1) as m
             join tenant_channel_settings s on s.id = m.connection_id",
        )
        .await
}

#[tokio::test]
async fn the_numbers_of_a_registration_share_its_pace_whichever_sends() {
    let (world, provider) = two_numbers(Answers::calm(), 100).await;
    let four = Some(Pace::per_second(4, 16));
    set(&world, FIRST, PaceScope::Registration, four).await.unwrap();
    run_finely_for(&world, 10).await;
    // twelve at once, four are kept for replies; and four in each second: more than the two numbers' own rates, and no more
    let sent = provider.sent().len();
    assert!((50..=53).contains(&sent), "{sent}: {}", gone_by(&world).await);
    let mut tx = world.tx().await;
    let listed = pace::list(&mut tx).await.unwrap();
    drop(tx);
    let shown: Vec<(&str, &str)> = listed
        .iter()
        .filter(|one| one.scope == PaceScope::Registration)
        .map(|one| (one.connection.as_str(), one.of.as_str()))
        .collect();
    assert_eq!(shown, [("second", "CABC123"), (FIRST, "CABC123")]);
}

#[tokio::test]
async fn a_carriers_day_that_is_used_up_by_one_number_is_used_up_for_all_of_its_registration() {
    let cap = Outcome::Refused {
        code: "30023".to_owned(),
        detail: String::new(),
    };
    let (world, provider) = two_numbers(Answers::first(vec![cap]), 1).await;
    world
        .run("update messages set due_at = null where tenant_id = $1 and purpose = 'marketing'")
        .await;
    run_finely_for(&world, 0).await;
    assert_eq!(provider.sent().len(), 1);
    let marketing = "from messages where tenant_id = $1 and purpose = 'marketing'";
    world
        .run(&format!(
            "update recipients set carrier = 't-mobile' where tenant_id = $1 and address in (select their_address {marketing});
             update messages set due_at = first_due_at where tenant_id = $1 and purpose = 'marketing'"
        ))
        .await;
    run_finely_for(&world, 600).await;
    assert_eq!(provider.sent().len(), 1, "the other number is held as well");
    assert_eq!(
        world
            .text(&format!(
                "select error_code || ' ' || (due_at = '2026-03-03T08:00:00Z') {marketing}"
            ))
            .await,
        "paced true"
    );
    let gauges = server::reports::gauges::gauges(&world.app).await.unwrap();
    let blocked: Vec<(&str, f64)> = gauges
        .iter()
        .filter(|(series, value)| series.name == "courtesy_pace_blocked" && *value > 0.0)
        .filter_map(|(series, value)| Some((series.further.as_ref()?.1.as_str(), *value)))
        .collect();
    assert_eq!(
        blocked,
        [("carrier_day", 1.0)],
        "once, though two connections take from it"
    );
}

#[tokio::test]
async fn what_a_provider_says_that_a_carrier_takes_in_a_minute_is_kept_to_by_all_numbers_together() {
    let (world, provider) = two_numbers(Answers::calm(), 60).await;
    let mut tx = world.tx().await;
    let first = pace::list(&mut tx).await.unwrap();
    assert!(
        first.iter().all(|one| one.scope == PaceScope::Number),
        "{first:?}"
    );
    let connection = world
        .text(&format!(
            "select id from tenant_channel_settings where tenant_id = $1 and name = '{FIRST}'"
        ))
        .await;
    let fifteen = pacing::att_minute(0.25).unwrap();
    pace::tell_caps(&mut tx, connection.parse().unwrap(), &[fifteen])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world
        .run(
            "insert into recipients (tenant_id, channel, address, carrier, created_at, updated_at)
             select tenant_id, channel, their_address, 'at&t', now(), now() from messages where tenant_id = $1
             on conflict (tenant_id, channel, address) do update set carrier = excluded.carrier",
        )
        .await;
    run_finely_for(&world, 40).await;
    // twelve at once, three are kept for replies, and ten in forty seconds; by themselves the two numbers take a hundred
    let sent = provider.sent().len();
    assert!((20..=25).contains(&sent), "{sent}: {}", gone_by(&world).await);
}

#[tokio::test]
async fn a_registration_that_no_sender_is_under_any_more_leaves_no_bucket() {
    let (world, _) = two_numbers(Answers::calm(), 1).await;
    let two = Some(Pace::per_second(2, 4));
    set(&world, FIRST, PaceScope::Registration, two).await.unwrap();
    let buckets = "select coalesce(string_agg(scope || ' ' || key, ', '), 'none') from pace_buckets where tenant_id = $1";
    let none = server::connections::Changes {
        registration: Some(String::new()),
        ..Default::default()
    };
    for (name, left) in [(FIRST, "registration CABC123"), ("second", "none")] {
        server::connections::change(&world.app, world.tenant, name, &none)
            .await
            .unwrap();
        assert_eq!(world.text(buckets).await, left, "without {name}");
    }
    let error = set(&world, FIRST, PaceScope::Registration, two)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("--registration"), "{error}");
    let wrong = server::connections::Changes {
        registration: Some("C ABC".to_owned()),
        ..none
    };
    let error = server::connections::change(&world.app, world.tenant, FIRST, &wrong)
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("registration: "), "{error}");
    let mut tx = world.tx().await;
    let error = pace::set(&mut tx, FIRST, PaceScope::CarrierDay, Some("tmobile"), two)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "carrier: say which takes so much: t-mobile or at&t"
    );
    assert_eq!(world.app.clock.now(), moment(NOON));
}
