//! Reports: counts that add up, one customer's story, one message's record, and what the journal proves.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, moment, world};
use fortnight::{
    ANN, BEN, CAT, DAN, EVE, Fortnight, GUS, campaign, complete_jobs, customer, fortnight, run_until,
};
use jiff::tz::TimeZone;
use providers::sandbox::{Script, journal};
use rules::channel::Channel;
use server::commands::report::page::{Page, WIDTH};
use server::commands::{report, why};
use server::reports::mask::Addresses;
use server::reports::{self, Check, Counts, Mark, Proof};
use uuid::Uuid;

mod fortnight;

async fn prove(world: &World) -> Proof {
    let zones = reports::zones(&world.app).await.unwrap();
    let lines = journal::read(&world.journal()).unwrap();
    Proof::from_journal(&lines, |ours, theirs, channel| zones.of(ours, theirs, channel))
}

async fn broken(world: &World) -> Vec<Check> {
    let mut checks = reports::conserves(&mut world.tx().await).await.unwrap();
    checks.retain(|check| !check.holds());
    checks
}

#[tokio::test]
async fn a_tenant_without_anything_has_an_empty_report_that_holds() {
    let world = world().await;
    let overview = reports::overview(&mut world.tx().await, None).await.unwrap();
    assert!(overview.touches.is_empty() && overview.waiting.is_empty() && overview.reasons.is_empty());
    assert_eq!(overview.funnel.enrolled, 0);
    assert!(overview.checks.iter().all(Check::holds));
    let nobody = reports::interesting_customer(&mut world.tx().await)
        .await
        .unwrap();
    assert_eq!(nobody, None);
}

#[tokio::test]
async fn every_touch_is_counted_once_and_the_counts_add_up() {
    let Fortnight { world, .. } = fortnight().await;
    let mut tx = world.tx().await;
    let touches = reports::touches(&mut tx, None).await.unwrap();
    assert_eq!(touches.len(), 2);
    let first = touches[0].counts;
    // Dan's is refused, Gus's is stopped; Cat's is taken and then lost; all six were due at night
    let expected = Counts {
        planned: 6,
        sent: 4,
        delivered: 3,
        undelivered: 1,
        held: 5,
        stopped: 1,
        failed: 1,
        ..Counts::default()
    };
    assert_eq!(first, expected);
    for row in &touches {
        assert!(row.counts.conserve(), "{row:?}");
        assert_eq!((row.campaign.as_str(), row.counts.planned), ("After the job", 6));
    }
    assert_eq!(broken(&world).await, []);
    let reasons = reports::reasons(&mut tx, None).await.unwrap();
    let of = |fate: &str, reason: &str| {
        reasons
            .iter()
            .find(|row| row.fate == fate && row.reason == reason)
            .map(|row| row.count)
    };
    // five first touches, and Eve's second, three days later at the same hour
    assert_eq!(of("held", "quiet_hours"), Some(6), "{reasons:#?}");
    assert_eq!(of("undelivered", "30006"), Some(1));
    assert_eq!(of("failed", "21610"), Some(1));
    let another = Some(Uuid::nil());
    assert!(reports::touches(&mut tx, another).await.unwrap().is_empty());
}

#[tokio::test]
async fn sends_and_holds_stand_at_the_recipients_own_hour() {
    let Fortnight { world, .. } = fortnight().await;
    let mut tx = world.tx().await;
    let holds = reports::holds_by_local_hour(&mut tx, None).await.unwrap();
    let at_night: u64 = holds
        .iter()
        .filter(|row| row.from_hour == 21)
        .map(|row| row.count)
        .sum();
    assert!(at_night >= 5, "{holds:?}");
    let sends = reports::sends_by_local_hour(&mut tx, None).await.unwrap();
    assert!(sends.texts[8..21].iter().sum::<u64>() >= 5, "{sends:?}");
    assert_eq!(
        sends.texts[..8].iter().sum::<u64>() + sends.texts[21..].iter().sum::<u64>(),
        0
    );
    assert_eq!(sends.emails, [0; 24]);
}

#[tokio::test]
async fn the_funnel_and_the_consent_tell_what_people_did() {
    let Fortnight { world, .. } = fortnight().await;
    let mut tx = world.tx().await;
    let funnel = reports::funnel(&mut tx, None).await.unwrap();
    assert_eq!(
        (funnel.enrolled, funnel.first_sent, funnel.delivered),
        (6, 4, 3),
        "{funnel:?}"
    );
    assert_eq!((funnel.clicked, funnel.feedback, funnel.replied), (1, 0, 0));
    assert_eq!(funnel.active + funnel.completed + funnel.stopped, funnel.enrolled);
    assert_eq!(
        funnel.stop_reasons.iter().map(|row| row.count).sum::<u64>(),
        funnel.stopped
    );
    let consent = reports::consent(&mut tx).await.unwrap();
    let sms = consent.channels.iter().find(|row| row.channel == "sms").unwrap();
    assert_eq!(sms.opted_in + sms.opted_out + sms.unknown, 6, "{consent:#?}");
    assert_eq!(sms.unknown, 1);
    assert!(
        consent.suppressions.iter().any(|row| row.reason == "carrier"),
        "{consent:#?}"
    );
}

#[tokio::test]
async fn the_story_of_one_who_stopped_and_started_is_told_in_order_and_masked() {
    let Fortnight { world, ann, .. } = fortnight().await;
    let mut tx = world.tx().await;
    assert_eq!(reports::interesting_customer(&mut tx).await.unwrap(), Some(ann));
    let story = reports::timeline(&mut tx, ann, Addresses::Masked)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (story.name.as_str(), story.zone.as_str()),
        ("Ann", "America/Chicago")
    );
    assert_eq!(story.addresses, ["+1 504 •••• 0001"]);
    assert!(story.entries.is_sorted_by_key(|entry| entry.at));
    let place = |mark: Mark, words: &str| {
        story
            .entries
            .iter()
            .position(|entry| entry.mark == mark && entry.says.contains(words))
            .unwrap_or_else(|| panic!("no {words:?} in {:#?}", story.entries))
    };
    let told = [
        place(Mark::Consent, "opted in"),
        place(Mark::Fact, "job 0001 was completed"),
        place(Mark::Hold, "until Tue 3 Mar"),
        place(Mark::Send, "how was it?"),
        place(Mark::Arrived, "delivered"),
        place(Mark::Answer, "STOP"),
        place(Mark::Answer, "START"),
    ];
    assert!(told.is_sorted(), "{told:?} {:#?}", story.entries);
    place(Mark::Stop, "opted out");
    assert!(!format!("{story:?}").contains(ANN));
    let whole = reports::timeline(&mut tx, ann, Addresses::Whole)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(whole.addresses, [ANN]);
    let nobody = reports::timeline(&mut tx, Uuid::nil(), Addresses::Masked).await;
    assert_eq!(nobody.unwrap(), None);
}

#[tokio::test]
async fn the_record_of_a_message_names_every_look_and_report() {
    let Fortnight { world, ben, .. } = fortnight().await;
    let message: Uuid = world
        .text(&format!(
            "select id from messages where tenant_id = $1 and customer_id = '{ben}' and touch_number = 1"
        ))
        .await
        .parse()
        .unwrap();
    let slug = reports::tenant_of(&world.app, message).await.unwrap();
    assert_eq!(slug.as_deref(), Some(world.slug.as_str()));
    let mut tx = world.tx().await;
    let why = reports::why(&mut tx, message, Addresses::Masked)
        .await
        .unwrap()
        .unwrap();
    let verdicts: Vec<&str> = why.looks.iter().map(|look| look.verdict.as_str()).collect();
    assert_eq!(verdicts, ["hold", "send"]);
    assert_eq!(why.looks[0].reason.as_deref(), Some("quiet_hours"));
    assert!(why.looks[0].findings.iter().any(|finding| !finding.passed));
    assert!(why.looks[1].findings.iter().all(|finding| finding.passed));
    assert_eq!(why.to, "+1 504 •••• 0002");
    assert_eq!(
        (why.status.as_str(), why.end.as_str()),
        ("delivered", "it arrived")
    );
    assert!(
        why.reports
            .iter()
            .any(|report| report.says == "the review link was opened")
    );
    // another tenant does not see it
    let neighbour = world.neighbour().await;
    let mut theirs = world.app.tenant(neighbour).await.unwrap();
    let hidden = reports::why(&mut theirs, message, Addresses::Whole)
        .await
        .unwrap();
    assert_eq!(hidden, None);
}

#[tokio::test]
async fn the_journal_of_a_fortnight_proves_every_promise() {
    let Fortnight { world, .. } = fortnight().await;
    let proof = prove(&world).await;
    assert!(proof.holds(), "{proof:#?}");
    assert_eq!(proof.opt_outs, 1);
    assert_eq!(proof.confirmations.checked, 1);
    assert!(proof.taken >= 5 && proof.taken == proof.distinct_messages);
}

#[tokio::test]
async fn a_printed_report_fits_the_page_and_shows_no_address() {
    let Fortnight { world, ann, ben, .. } = fortnight().await;
    let mut tx = world.tx().await;
    let mut page = Page::default();
    page.title("Test Plumbing");
    let zone = TimeZone::get("America/Chicago").unwrap();
    let overview = reports::overview(&mut tx, None).await.unwrap();
    report::show(&mut page, &overview, &zone, &world.slug);
    for customer in [ann, ben] {
        let story = reports::timeline(&mut tx, customer, Addresses::Masked).await;
        report::show_story(&mut page, &story.unwrap().unwrap());
    }
    report::show_proof(&mut page, &prove(&world).await);
    let messages = world
        .text("select string_agg(id::text, ',') from messages where tenant_id = $1")
        .await;
    for message in messages.split(',') {
        let record = reports::why(&mut tx, message.parse().unwrap(), Addresses::Masked).await;
        why::show(&mut page, &record.unwrap().unwrap());
    }
    let text = page.to_string();
    for expected in [
        "After the job",
        "opened the review link",
        "✓ no message was sent twice",
        "hold until",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= usize::from(WIDTH), "too wide: {line}");
        for address in [ANN, BEN, CAT, DAN, EVE, GUS] {
            assert!(!line.contains(address), "an address: {line}");
        }
    }
}

#[tokio::test]
async fn the_proof_knows_everybodys_zone() {
    let Fortnight { world, .. } = fortnight().await;
    let zones = reports::zones(&world.app).await.unwrap();
    let ours = world
        .text("select sender_address from tenant_channel_settings where tenant_id = $1 and channel = 'sms'")
        .await;
    assert_eq!(zones.of(&ours, EVE, Channel::Sms), ["America/Chicago"]);
    assert!(zones.of(&ours, "+15045239999", Channel::Sms).is_empty());
}

#[tokio::test]
async fn what_waits_is_told_with_its_time_and_reason() {
    let world = world().await;
    campaign(&world).await;
    customer(&world, "Eve", EVE).await;
    complete_jobs(&world).await;
    run_until(&world, "2026-03-03T06:00:00Z").await;
    let waiting = reports::waiting(&mut world.tx().await, None).await.unwrap();
    let held = waiting.iter().find(|row| row.what == "message").unwrap();
    assert_eq!((held.reason.as_str(), held.count), ("quiet_hours", 1));
    assert!(held.first_until.unwrap() >= moment("2026-03-03T14:00:00Z"));
    let touch = waiting.iter().find(|row| row.what == "touch").unwrap();
    assert_eq!((touch.reason.as_str(), touch.count), ("scheduled", 1));
    assert_eq!(broken(&world).await, []);
}

#[tokio::test]
async fn what_hangs_is_found() {
    let Fortnight { world, .. } = fortnight().await;
    for (plant, found) in [
        (
            "update messages set status = 'queued', due_at = null
             where tenant_id = $1 and id = (select id from messages where tenant_id = $1 and status = 'delivered' limit 1)",
            "every queued message has a time, or a campaign to be resumed",
        ),
        (
            "delete from send_logs where tenant_id = $1 and verdict = 'send'",
            "every message that was handed over has a recorded decision to send",
        ),
        (
            "update provider_events set applied_at = null, outcome = null where tenant_id = $1",
            "everything that providers told us was applied",
        ),
        (
            "update enrollment_touches set status = 'queued', sent_at = null where tenant_id = $1",
            "no touch waits for a message that has ended",
        ),
    ] {
        assert!(
            !broken(&world).await.iter().any(|check| check.says == found),
            "{found} was broken before"
        );
        world.run(plant).await;
        assert!(
            broken(&world).await.iter().any(|check| check.says == found),
            "{found} was not found"
        );
    }
}

#[tokio::test]
async fn a_fortnight_of_many_customers_keeps_every_promise() {
    let world = crate::support::world_with(Script::demo(7)).await;
    campaign(&world).await;
    for number in 0..120 {
        // New Orleans, New York, Los Angeles, Honolulu
        let area = ["504", "212", "213", "808"][number % 4];
        customer(
            &world,
            &format!("Customer {number}"),
            &format!("+1{area}523{number:04}"),
        )
        .await;
    }
    complete_jobs(&world).await;
    run_until(&world, "2026-03-17T12:00:00Z").await;
    let proof = prove(&world).await;
    assert!(proof.holds(), "{proof:#?}");
    assert!(proof.opt_outs > 0 && proof.confirmations.checked > 0);
    assert!(proof.in_quiet_hours.checked > 150, "{proof:?}");
    assert_eq!(broken(&world).await, []);
    let mut tx = world.tx().await;
    let overview = reports::overview(&mut tx, None).await.unwrap();
    let planned: u64 = overview.touches.iter().map(|row| row.counts.planned).sum();
    let sends = &overview.sends_by_local_hour;
    let sent: u64 = overview.touches.iter().map(|row| row.counts.sent).sum();
    assert_eq!((planned, sends.texts.iter().sum::<u64>()), (240, sent));
    assert_eq!(sends.texts[..8].iter().chain(&sends.texts[21..]).sum::<u64>(), 0);
    let mut page = Page::default();
    let zone = TimeZone::get("America/Chicago").unwrap();
    report::show(&mut page, &overview, &zone, &world.slug);
    let chosen = reports::interesting_customer(&mut tx).await.unwrap().unwrap();
    let story = reports::timeline(&mut tx, chosen, Addresses::Masked)
        .await
        .unwrap()
        .unwrap();
    report::show_story(&mut page, &story);
    report::show_proof(&mut page, &proof);
    let text = page.to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= usize::from(WIDTH), "too wide: {line}");
    }
}
