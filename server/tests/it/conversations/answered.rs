//! An opt-out is confirmed once: who is out already, and who is in already, is not told so again, so that two machines do not talk for ever.
use super::{ANN, hear, ours, told};
use crate::support::people::{customer, live, receipts};
use crate::support::{World, moment, world};
use providers::{Inbound, Verdict, Verdicts};
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::customers::recipients;
use server::inbound;

/// What Ann was answered when she said these, each at its moment.
async fn answers(said: &[(&str, &str)]) -> (World, Vec<Purpose>) {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    for (key, (at, body)) in said.iter().enumerate() {
        world.at(at);
        let text = Inbound::text(
            &key.to_string(),
            Channel::Sms,
            (ANN, &ours(&world, Channel::Sms).await),
            body,
        );
        hear(&world, &[told(&world, &text)]).await;
        live(&world, at).await;
    }
    live(&world, "2026-03-02T20:00:00Z").await;
    let purposes = receipts(&world).iter().map(|one| one.purpose).collect();
    (world, purposes)
}

#[tokio::test]
async fn a_second_stop_gets_no_second_confirmation() {
    let (_, answers) = answers(&[
        ("2026-03-02T15:10:00Z", "Stop."),
        ("2026-03-02T15:11:00Z", "STOP"),
        ("2026-03-02T18:00:00Z", "unsubscribe"),
    ])
    .await;
    assert_eq!(answers, [Purpose::OptOutConfirmation]);
}

#[tokio::test]
async fn a_stop_after_a_start_is_an_opt_out_again_and_a_start_that_changes_nothing_is_silent() {
    let (_, answers) = answers(&[
        ("2026-03-02T15:10:00Z", "STOP"),
        ("2026-03-02T15:20:00Z", "START"),
        ("2026-03-02T15:30:00Z", "START"),
        ("2026-03-02T15:40:00Z", "STOP"),
    ])
    .await;
    assert_eq!(
        answers,
        [
            Purpose::OptOutConfirmation,
            Purpose::OptInConfirmation,
            Purpose::OptOutConfirmation
        ]
    );
}

#[tokio::test]
async fn an_opt_out_that_is_taken_back_before_its_answer_goes_is_not_confirmed() {
    for (said, expected) in [
        (&["STOP", "START"][..], Purpose::OptInConfirmation),
        (&["STOP", "START", "STOP"], Purpose::OptOutConfirmation),
    ] {
        let world = world().await;
        customer(&world, "Ann", ANN).await;
        let to = ours(&world, Channel::Sms).await;
        for (second, body) in said.iter().enumerate() {
            world.at(&format!("2026-03-02T15:10:0{second}Z"));
            let text = Inbound::text(&second.to_string(), Channel::Sms, (ANN, &to), body);
            hear(&world, &[told(&world, &text)]).await;
        }
        live(&world, "2026-03-02T16:00:00Z").await;
        let answers: Vec<Purpose> = receipts(&world).iter().map(|one| one.purpose).collect();
        assert_eq!(answers, [expected], "{said:?}");
        let stopped = "select count(*) from send_logs where tenant_id = $1 and reason = 'taken_back'";
        assert_eq!(world.text(stopped).await, "1");
    }
}

#[tokio::test]
async fn a_stop_after_words_that_revoked_is_silent_and_nobody_takes_it_back_for_them() {
    let (world, answers) = answers(&[
        ("2026-03-02T15:10:00Z", "please stop texting me"),
        ("2026-03-02T15:11:00Z", "STOP"),
        ("2026-03-02T15:12:00Z", "please stop texting me"),
    ])
    .await;
    assert_eq!(answers, []);
    let why = "select suppressed_scope || ' ' || suppressed_reason from recipients where tenant_id = $1 and channel = 'sms'";
    assert_eq!(world.text(why).await, "all keyword");
}

#[tokio::test]
async fn who_was_opted_out_by_somebody_else_is_answered_once() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let mut tx = world.tx().await;
    server::consents::opt_out_address(
        &mut tx,
        Channel::Sms,
        ANN,
        rules::suppression::SuppressionReason::Staff,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    for (key, at) in ["2026-03-02T15:10:00Z", "2026-03-02T15:11:00Z"]
        .into_iter()
        .enumerate()
    {
        world.at(at);
        super::writes(&world, &key.to_string(), ANN, "STOP").await;
        live(&world, at).await;
    }
    live(&world, "2026-03-02T16:00:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
}

#[tokio::test]
async fn stops_that_are_applied_side_by_side_are_confirmed_once() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let to = ours(&world, Channel::Sms).await;
    let stops: Vec<_> = (0..8)
        .map(|key| {
            told(
                &world,
                &Inbound::text(&key.to_string(), Channel::Sms, (ANN, &to), "STOP"),
            )
        })
        .collect();
    inbound::keep(&world.app, "sandbox", &stops).await.unwrap();
    let apply = || inbound::apply::apply(&world.app, world.tenant, 100);
    let (one, two, three) = tokio::join!(apply(), apply(), apply());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    live(&world, "2026-03-02T16:00:00Z").await;
    let outcomes = "select string_agg(distinct outcome, ',') from provider_events where tenant_id = $1 and kind = 'inbound'";
    assert_eq!(world.text(outcomes).await, "opted_out");
    assert_eq!(receipts(&world).len(), 1);
}

#[tokio::test]
async fn a_number_that_writes_takes_texts_whatever_was_said_of_it_and_an_e_mail_proves_nothing_of_its_address()
 {
    for (status, channel, address, after) in [
        ("invalid", Channel::Sms, ANN, "valid 0"),
        ("landline", Channel::Sms, ANN, "valid 0"),
        ("invalid", Channel::Whatsapp, ANN, "valid 0"),
        ("invalid", Channel::Email, "ann@example.com", "invalid 1"),
    ] {
        let world = world().await;
        customer(&world, "Ann", ANN).await;
        let mut tx = world.tx().await;
        recipients::unreachable(&mut tx, channel, address).await.unwrap();
        if status == "landline" {
            recipients::mark_landline(&mut tx, channel, address)
                .await
                .unwrap();
        } else {
            recipients::mark_invalid(&mut tx, channel, address).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut said = Inbound::text("1", channel, (address, &ours(&world, channel).await), "HELP");
        said.verdicts = Some(Verdicts {
            dmarc: Verdict::Pass,
            ..Verdicts::default()
        });
        hear(&world, &[told(&world, &said)]).await;
        let known = format!(
            "select address_status || ' ' || unreachable_count from recipients
             where tenant_id = $1 and channel = '{}' and address = '{address}'",
            channel.name()
        );
        assert_eq!(world.text(&known).await, after, "{status} {}", channel.name());
        live(&world, "2026-03-02T15:20:00Z").await;
        let answers: Vec<Purpose> = receipts(&world).iter().map(|one| one.purpose).collect();
        let wanted = if after == "valid 0" {
            vec![Purpose::HelpAnswer]
        } else {
            vec![]
        };
        assert_eq!(answers, wanted, "{status} {}", channel.name());
    }
}

#[tokio::test]
async fn help_and_start_that_are_heard_or_let_go_hours_later_act_and_are_not_answered() {
    // written, heard and let go at these minutes past 15:20
    for (written, heard, went, is_answered) in [
        (0, 14, 14, true),
        (0, 0, 14, true),
        (0, 0, 16, false),
        (0, 40, 40, false),
    ] {
        let world = world().await;
        customer(&world, "Ann", ANN).await;
        super::writes(&world, "out", ANN, "STOP").await;
        let at = |minute: i64| moment("2026-03-02T15:20:00Z") + jiff::SignedDuration::from_mins(minute);
        world.at(&at(heard).to_string());
        let to = ours(&world, Channel::Sms).await;
        for (key, body) in ["START", "HELP"].into_iter().enumerate() {
            let mut event = told(
                &world,
                &Inbound::text(&key.to_string(), Channel::Sms, (ANN, &to), body),
            );
            event.occurred_at = at(written);
            hear(&world, &[event]).await;
        }
        world.at(&at(went).to_string());
        live(&world, "2026-03-02T18:00:00Z").await;
        let answers: Vec<Purpose> = receipts(&world).iter().map(|one| one.purpose).collect();
        let status = world
            .text("select status from consents where tenant_id = $1 and channel = 'sms'")
            .await;
        assert_eq!(status, "opted_in");
        let stopped = world
            .text("select count(*) from send_logs where tenant_id = $1 and reason = 'too_late' and purpose <> 'opt_out_confirmation'")
            .await;
        if is_answered {
            assert!(
                answers.contains(&Purpose::OptInConfirmation) && answers.contains(&Purpose::HelpAnswer),
                "{answers:?}"
            );
            assert_eq!(stopped, "0");
        } else {
            assert_eq!(answers, [], "{heard} {went}");
            assert_eq!(stopped, "2", "{heard} {went}");
        }
    }
}
