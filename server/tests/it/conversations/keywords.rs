//! What a message asks for: the provider's own reading decides, e-mail has a subject, WhatsApp has ids.
use super::{ANN, NOBODYS, all, all_is_sound, hear, ours, told, writes};
use crate::support::people::{customer, live, receipts};
use crate::support::{World, world};
use providers::{Inbound, OptOutType, Verdict, Verdicts};
use rules::channel::Channel;
use rules::purpose::Purpose;

async fn suppressed(world: &World, address: &str) -> String {
    let sql = format!(
        "select string_agg(channel || ':' || coalesce(suppressed_scope, '-'), ',' order by channel) from recipients
         where tenant_id = $1 and address = '{address}'"
    );
    world.text(&sql).await
}

#[tokio::test]
async fn the_provider_s_reading_decides_whatever_the_words_and_is_not_confirmed_a_second_time() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let to = ours(&world, Channel::Sms).await;
    let read_as = |key: &str, body: &str, asks| Inbound {
        opt_out_type: Some(asks),
        answered_by_provider: true,
        ..Inbound::text(key, Channel::Sms, (ANN, &to), body)
    };
    hear(&world, &[told(&world, &read_as("1", "ADIOS", OptOutType::Stop))]).await;
    assert_eq!(suppressed(&world, ANN).await, "sms:all");
    let one = all(&world).await[0].conversation.clone();
    assert!(one.opted_out_at.is_some() && one.opt_out_reason.as_deref() == Some("keyword"));
    hear(
        &world,
        &[told(&world, &read_as("2", "INFORMACION", OptOutType::Help))],
    )
    .await;
    assert_eq!(suppressed(&world, ANN).await, "sms:all");
    // who says both at one moment is out
    hear(&world, &[told(&world, &read_as("3", "HOLA", OptOutType::Start))]).await;
    assert_eq!(suppressed(&world, ANN).await, "sms:all");
    assert!(all(&world).await[0].conversation.opted_out_at.is_some());
    world.at("2026-03-02T15:01:00Z");
    hear(&world, &[told(&world, &read_as("4", "HOLA", OptOutType::Start))]).await;
    assert_eq!(suppressed(&world, ANN).await, "sms:-");
    assert_eq!(all(&world).await[0].conversation.opted_out_at, None);
    assert_eq!(
        world
            .text(
                "select string_agg(outcome, ',' order by event_key) from provider_events where tenant_id = $1"
            )
            .await,
        "opted_out,help,opted_in,opted_in"
    );
    live(&world, "2026-03-02T16:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
}

#[tokio::test]
async fn a_yes_that_the_provider_takes_for_start_opens_nothing_and_is_a_reply() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let to = ours(&world, Channel::Sms).await;
    for (minute, body, outcome, scope) in [
        (1, "STOP", "opted_out", "sms:all"),
        (2, "YES", "replied", "sms:all"),
        (3, "Sí", "replied", "sms:all"),
        // a word of ours for another thing, whatever was set there
        (4, "Stop texting me", "revoked_in_words", "sms:all"),
        (5, "Start", "opted_in", "sms:-"),
        (6, "Yes", "replied", "sms:-"),
    ] {
        world.at(&format!("2026-03-02T15:0{minute}:00Z"));
        let said = Inbound {
            opt_out_type: (body != "STOP").then_some(OptOutType::Start),
            answered_by_provider: true,
            ..Inbound::text(&minute.to_string(), Channel::Sms, (ANN, &to), body)
        };
        hear(&world, &[told(&world, &said)]).await;
        let sql =
            format!("select outcome from provider_events where tenant_id = $1 and event_key = '{minute}'");
        assert_eq!(world.text(&sql).await, outcome, "{body}");
        assert_eq!(suppressed(&world, ANN).await, scope, "{body}");
    }
    let given = "select count(*) from consent_events where tenant_id = $1 and kind = 'opted_in' and source = 'consumer'";
    assert_eq!(world.text(given).await, "1");
    live(&world, "2026-03-02T16:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
}

#[tokio::test]
async fn without_the_provider_s_answer_a_stop_is_confirmed_from_the_address_it_came_to() {
    let world = world().await;
    writes(&world, "1", ANN, "Stop!").await;
    live(&world, "2026-03-02T16:00:00Z").await;
    let sent = receipts(&world);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].purpose, Purpose::OptOutConfirmation);
    let one = all(&world).await[0].conversation.clone();
    assert_eq!((one.inbound_count, one.outbound_count), (1, 1));
}

#[tokio::test]
async fn start_from_another_address_opens_nothing() {
    let world = world().await;
    writes(&world, "1", ANN, "STOP").await;
    writes(&world, "2", NOBODYS, "START").await;
    assert_eq!(suppressed(&world, ANN).await, "sms:all");
    let found = all(&world).await;
    let anns = found
        .iter()
        .find(|one| one.conversation.their_address == ANN)
        .unwrap();
    assert!(anns.conversation.opted_out_at.is_some());
}

#[tokio::test]
async fn an_e_mail_opts_out_by_its_subject_or_its_first_line_and_not_by_what_it_quotes() {
    for (subject, body, outcome, scope) in [
        (Some("unsubscribe"), "", "opted_out", "email:all"),
        (
            Some("Re: How did we do?"),
            "STOP\n\n> Hi Ann",
            "opted_out",
            "email:all",
        ),
        (
            Some("Re: How did we do?"),
            "All good.\n> Reply \"unsubscribe\" and we will stop.",
            "replied",
            "email:-",
        ),
    ] {
        let world = world().await;
        let to = ours(&world, Channel::Email).await;
        let said = Inbound {
            subject: subject.map(str::to_owned),
            ..Inbound::text("1", Channel::Email, ("Ann@Example.com", &to), body)
        };
        hear(&world, &[told(&world, &said)]).await;
        assert_eq!(
            world
                .text("select outcome from provider_events where tenant_id = $1")
                .await,
            outcome,
            "{subject:?} {body:?}"
        );
        assert_eq!(suppressed(&world, "ann@example.com").await, scope);
        assert_eq!(
            world
                .text("select subject from messages where tenant_id = $1 and direction = 'inbound'")
                .await,
            subject.unwrap_or_default()
        );
    }
}

#[tokio::test]
async fn an_e_mail_opts_in_only_when_it_proves_whose_it_is_and_opts_out_always() {
    let passed = Verdicts {
        spf: Verdict::Pass,
        dkim: Verdict::Pass,
        dmarc: Verdict::Pass,
        ..Verdicts::default()
    };
    let forged = Verdicts {
        dmarc: Verdict::Fail,
        ..passed
    };
    let no_policy = Verdicts {
        dmarc: Verdict::Unknown,
        ..passed
    };
    for (verdicts, start, stop) in [
        (Some(passed), "opted_in email:-", "opted_out email:all"),
        (Some(forged), "replied email:all", "opted_out email:all"),
        (Some(no_policy), "replied email:all", "opted_out email:all"),
        (None, "replied email:all", "opted_out email:all"),
    ] {
        let world = world().await;
        let to = ours(&world, Channel::Email).await;
        for (key, body, verdicts, expected) in [
            ("1", "STOP", None, "opted_out email:all"),
            ("2", "START", verdicts, start),
            ("3", "STOP", verdicts, stop),
        ] {
            world.at(&format!("2026-03-02T15:0{key}:00Z"));
            let said = Inbound {
                verdicts,
                ..Inbound::text(key, Channel::Email, ("jane@mail.example", &to), body)
            };
            hear(&world, &[told(&world, &said)]).await;
            let sql =
                format!("select outcome from provider_events where tenant_id = $1 and event_key = '{key}'");
            let came = format!(
                "{} {}",
                world.text(&sql).await,
                suppressed(&world, "jane@mail.example").await
            );
            assert_eq!(came, expected, "{verdicts:?} {body}");
        }
        let given = "select count(*) from consent_events where tenant_id = $1 and kind = 'opted_in'";
        let expected = if verdicts == Some(passed) { "1" } else { "0" };
        assert_eq!(world.text(given).await, expected);
    }
}

#[tokio::test]
async fn an_e_mail_with_a_virus_is_put_before_nobody_but_opts_out() {
    let world = world().await;
    let to = ours(&world, Channel::Email).await;
    let outcome = async |key: &str, body: &str| {
        let said = Inbound {
            verdicts: Some(Verdicts {
                dmarc: Verdict::Pass,
                virus: Verdict::Fail,
                ..Verdicts::default()
            }),
            ..Inbound::text(key, Channel::Email, ("jane@mail.example", &to), body)
        };
        hear(&world, &[told(&world, &said)]).await;
        let sql = format!("select outcome from provider_events where tenant_id = $1 and event_key = '{key}'");
        world.text(&sql).await
    };
    for (key, body) in [("1", "See the picture"), ("2", "START"), ("3", "HELP")] {
        assert_eq!(outcome(key, body).await, "infected", "{body}");
    }
    let rows = "select (select count(*) from messages where tenant_id = $1) || ' ' ||
                       (select count(*) from customers where tenant_id = $1) || ' ' ||
                       (select count(*) from provider_events where tenant_id = $1)";
    assert_eq!(world.text(rows).await, "0 0 3");
    assert_eq!(outcome("4", "STOP").await, "opted_out");
    assert_eq!(suppressed(&world, "jane@mail.example").await, "email:all");
    // nor does the doctor ask where they are
    all_is_sound(&world).await;
}

#[tokio::test]
async fn pictures_are_kept_by_reference() {
    let world = world().await;
    let to = ours(&world, Channel::Sms).await;
    let said = Inbound {
        media_urls: vec!["https://media.example/1".to_owned()],
        ..Inbound::text("1", Channel::Sms, (ANN, &to), "look")
    };
    hear(&world, &[told(&world, &said)]).await;
    assert_eq!(
        world
            .text("select media_urls ->> 0 from messages where tenant_id = $1")
            .await,
        "https://media.example/1"
    );
}

#[tokio::test]
async fn whatsapp_s_id_of_a_person_leads_to_their_number() {
    let world = world().await;
    let to = ours(&world, Channel::Whatsapp).await;
    let with_number = Inbound {
        user_id: Some("US.abc".to_owned()),
        ..Inbound::text("1", Channel::Whatsapp, (ANN, &to), "Hi")
    };
    hear(&world, &[told(&world, &with_number)]).await;
    let by_id = Inbound::text("2", Channel::Whatsapp, ("US.abc", &to), "STOP");
    hear(&world, &[told(&world, &by_id)]).await;
    assert_eq!(suppressed(&world, ANN).await, "whatsapp:all");
    let found = all(&world).await;
    assert_eq!((found.len(), found[0].conversation.inbound_count), (1, 2));
    // of somebody whose number was never told, the id is the address
    let unknown = Inbound::text("3", Channel::Whatsapp, ("US.xyz", &to), "STOP");
    hear(&world, &[told(&world, &unknown)]).await;
    assert_eq!(suppressed(&world, "US.xyz").await, "whatsapp:all");
    // their number becomes known, and is closed as the id was
    let with_number = Inbound {
        user_id: Some("US.xyz".to_owned()),
        ..Inbound::text("4", Channel::Whatsapp, (NOBODYS, &to), "Hello")
    };
    hear(&world, &[told(&world, &with_number)]).await;
    assert_eq!(suppressed(&world, NOBODYS).await, "whatsapp:all");
    // START opens the number, though it is what makes the number known, and what is known already closes it no more
    world.at("2026-03-02T15:01:00Z");
    for (key, body) in [("5", "START"), ("6", "Hello again")] {
        let said = Inbound {
            body: body.to_owned(),
            external_id: key.to_owned(),
            ..with_number.clone()
        };
        hear(&world, &[told(&world, &said)]).await;
    }
    assert_eq!(suppressed(&world, NOBODYS).await, "whatsapp:-");
}
