//! The doctor: nothing is wrong with a world that was let live, and each check names the one row that was spoiled.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::World;
use healthy::{NOBODYS, PEOPLE, healthy, phone};
use plants::{Plant, all, written_out};
use server::commands::doctor::deep::{Examination, OfTenant, page};
use server::doctor::deep::{self, Check, Examined};
use std::collections::BTreeSet;

mod columns;
mod healthy;
mod plants;

/// Everything that the doctor says of a world: of its tenant, and of the installation.
async fn examine(world: &World) -> Vec<Examined> {
    let mut all = deep::tenant(&world.app, world.tenant).await.unwrap();
    all.extend(deep::installation(&world.app, &world.journal()).await.unwrap());
    all
}

fn broken(found: &[Examined]) -> BTreeSet<&'static str> {
    found
        .iter()
        .filter(|one| !one.holds())
        .map(|one| one.check)
        .collect()
}

/// Plants every violation of a check, each in a world of its own.
async fn catches(check: Check) {
    let plants: Vec<Plant> = all().into_iter().filter(|plant| plant.check == check).collect();
    assert!(!plants.is_empty(), "nothing is planted for {}", check.id());
    for plant in plants {
        let world = healthy().await;
        world.run(&written_out(plant.sql)).await;
        let id = world.text(&written_out(plant.id)).await;
        let found = examine(&world).await;
        let expected: BTreeSet<&str> = plant.besides.iter().chain([&check]).map(|one| one.id()).collect();
        assert_eq!(broken(&found), expected, "{}: {found:#?}", plant.sql);
        let one = found.iter().find(|one| one.check == check.id()).unwrap();
        let rows: Vec<(&str, &str)> = one
            .rows
            .iter()
            .map(|row| (row.table.as_str(), row.id.as_str()))
            .collect();
        assert_eq!(rows, [(plant.table, id.as_str())], "{}", plant.sql);
        assert_eq!(one.offences, 1, "{}", plant.sql);
        tells_nothing_personal(&found);
    }
}

/// No name, number or e-mail address of anybody.
fn tells_nothing_personal(found: &[Examined]) {
    let said = serde_json::to_string(found).unwrap().to_lowercase();
    for name in PEOPLE {
        let email = format!("{}@example", name.to_lowercase());
        assert!(!said.contains(&phone(name)) && !said.contains(&email), "{said}");
    }
    assert!(!said.contains(NOBODYS), "{said}");
}

macro_rules! each_check_catches_what_is_planted {
    ($($test:ident $check:ident;)+) => {
        $(#[tokio::test]
        async fn $test() {
            catches(Check::$check).await;
        })+

        const TESTED: &[Check] = &[$(Check::$check,)+];
    };
}

each_check_catches_what_is_planted! {
    a_message_that_was_taken_twice_is_named AcceptedOnce;
    a_second_message_of_a_touch_is_named OneMessagePerTouch;
    a_touch_that_contradicts_its_message_is_named TouchAndMessage;
    a_message_that_did_not_pass_the_gate_is_named PassedTheGate;
    a_message_let_go_after_an_opt_out_is_named OptOutRespected;
    a_message_let_go_at_night_is_named QuietHours;
    the_fourth_message_of_a_day_is_named FrequencyCap;
    a_month_that_is_counted_wrong_is_named Usage;
    a_demo_that_reached_a_real_provider_is_named DemoInTheSandbox;
    a_connection_that_can_not_be_opened_or_told_anything_is_named Connections;
    a_message_that_stands_nowhere_is_counted Counts;
    a_lease_that_ended_is_named Leases;
    a_message_that_nothing_moves_is_named QueuedOverdue;
    a_touch_that_nothing_moves_is_named TouchesOverdue;
    an_event_that_nobody_acted_on_is_named EventsApplied;
    an_unknown_outcome_without_a_task_is_named UnknownWithAPerson;
    an_event_that_is_kept_twice_is_named EventsOnce;
    a_status_that_moved_down_is_named StatusOnlyUp;
    a_ledger_that_was_changed_is_named Ledger;
    an_address_whose_suppression_the_ledger_denies_is_named Suppressions;
    a_second_active_enrollment_is_named OneActiveEnrollment;
    an_enrollment_that_contradicts_its_touches_is_named EnrollmentsAndTouches;
    a_customer_whose_jobs_are_counted_wrong_is_named OrderCounts;
    a_conversation_that_contradicts_its_messages_is_named Threads;
    a_customer_who_is_found_by_other_words_is_named Terms;
    a_reference_to_nothing_or_to_another_tenant_is_named References;
    a_word_that_nobody_knows_is_named Words;
    a_row_that_ended_before_it_began_is_named Times;
    an_address_of_ours_that_leads_nowhere_is_named Routes;
    a_message_that_a_restored_database_would_send_again_is_named Restored;
}

#[test]
fn every_check_has_a_test_that_it_can_fail() {
    for check in Check::OF_A_TENANT.into_iter().chain(Check::OF_THE_INSTALLATION) {
        // the journal's is below: no SQL writes a file
        assert!(
            TESTED.contains(&check) || check == Check::Journal,
            "{}",
            check.id()
        );
    }
    let ids: BTreeSet<&str> = TESTED.iter().map(|check| check.id()).collect();
    assert_eq!(ids.len(), TESTED.len());
}

#[tokio::test]
async fn nothing_is_wrong_with_a_world_that_was_let_live_and_every_check_has_looked_at_it() {
    let found = examine(&healthy().await).await;
    assert_eq!(broken(&found), BTreeSet::new(), "{found:#?}");
    let blind: BTreeSet<&str> = found
        .iter()
        .filter(|one| one.looked_at == 0)
        .map(|one| one.check)
        .collect();
    // nothing is in flight or unknown when an engine has come to rest, and the tenant is no demo
    assert_eq!(
        blind,
        BTreeSet::from(["demo_in_the_sandbox", "leases", "unknown_with_a_person"])
    );
    tells_nothing_personal(&found);
}

#[tokio::test]
async fn a_receipt_that_is_in_the_journal_twice_is_named() {
    let world = healthy().await;
    let journal = std::fs::read_to_string(world.journal()).unwrap();
    let receipt = journal
        .lines()
        .find(|line| line.contains("opt_in_confirmation"))
        .unwrap();
    std::fs::write(world.journal(), format!("{journal}{receipt}\n")).unwrap();
    let found = examine(&world).await;
    assert_eq!(broken(&found), BTreeSet::from(["journal"]));
    let one = found.iter().find(|one| one.check == "journal").unwrap();
    let lines = journal.lines().count();
    assert_eq!(one.rows.len(), 1);
    assert!(
        one.rows[0].id.starts_with(&format!("line {}: msg_", lines + 1)),
        "{one:?}"
    );
    tells_nothing_personal(&found);
}

#[tokio::test]
async fn twenty_rows_are_named_and_all_are_counted() {
    let world = healthy().await;
    world
        .run("update provider_events set applied_at = null, outcome = null where tenant_id = $1")
        .await;
    let events: u64 = world
        .text("select count(*) from provider_events where tenant_id = $1")
        .await
        .parse()
        .unwrap();
    let found = examine(&world).await;
    let one = found.iter().find(|one| one.check == "events_applied").unwrap();
    assert!(events > 20);
    assert_eq!((one.offences, one.rows.len()), (events, 20));
    let page = page(&Examination {
        at: world.app.clock.now(),
        offences: events,
        tenants: vec![OfTenant {
            slug: "test".to_owned(),
            checks: found,
        }],
        installation: None,
    });
    let text = page.to_string();
    assert!(
        text.contains(&format!("{events} of {events}"))
            && text.contains(&format!("and {} more", events - 20)),
        "{text}"
    );
}

#[tokio::test]
async fn a_neighbour_s_rows_are_the_neighbour_s_alone() {
    let world = healthy().await;
    world
        .run("update customers set orders_total = 7 where first_name = 'Zoe'")
        .await;
    assert_eq!(broken(&examine(&world).await), BTreeSet::new());
}

#[tokio::test]
async fn the_doctor_changes_nothing() {
    let world = healthy().await;
    let contents = "select md5(string_agg(t::text, '' order by t::text)) from (select seq::text || hash::text as t from consent_ledger_heads
                    union all select t::text from messages t union all select t::text from recipients t) as t";
    world
        .run("delete from consent_ledger_heads where tenant_id = $1")
        .await;
    let before = world.text(contents).await;
    let found = examine(&world).await;
    assert_eq!(broken(&found), BTreeSet::from(["ledger"]));
    assert_eq!(world.text(contents).await, before);
}

#[tokio::test]
async fn who_moved_or_opted_out_long_ago_on_paper_is_no_offence() {
    let world = healthy().await;
    // Ann lives in Hawaii now, where her texts of the mornings would have come at night
    world
        .run(&written_out(
            r#"update customers set postal_code = '96813' where tenant_id = $1 and id = {Ann};
               insert into customer_activities (tenant_id, id, customer_id, kind, at, actor, changes)
               values ($1, md5('moved')::uuid, {Ann}, 'CustomerUpdated', '2026-03-15T00:00:00Z', 'x', '{"postal_code": {}}')"#,
        ))
        .await;
    // Cat's opt-out of the 3rd reaches us on the 16th: the text in between was not to know
    let rows = [server::consents::opt_outs::OptOut {
        line: 2,
        channel: rules::channel::Channel::Sms,
        address: phone("Cat"),
        at: Some("2026-03-03T00:00:00Z".parse().unwrap()),
        reason: None,
    }];
    let mut tx = world.tx().await;
    server::consents::opt_outs::import(&mut tx, &rows, "list.csv")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let found = examine(&world).await;
    assert_eq!(broken(&found), BTreeSet::new(), "{found:#?}");
}
