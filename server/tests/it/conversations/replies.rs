//! A person's reply: goes as every message does, and whoever writes it is told what the gate would say.
use super::{ANN, NOBODYS, all, hear, ours, threads_are_true, told, writes};
use crate::support::people::{customer, live, receipts};
use crate::support::{World, moment, world};
use providers::Inbound;
use rules::channel::Channel;
use rules::purpose::Purpose;
use rules::verdict::{HoldReason, StopReason, Verdict};
use server::conversations::canned;
use server::messages::reply::{self, NewReply, Replied, ReplyError};
use server::messages::{self, NewMessage};
use uuid::Uuid;

fn text(body: &str) -> NewReply {
    NewReply {
        body: body.to_owned(),
        media_urls: Vec::new(),
        at: None,
    }
}

/// The reply, committed where it is taken.
async fn replies(world: &World, to: Uuid, new: &NewReply) -> Result<Replied, ReplyError> {
    let mut tx = world.tx().await;
    let replied = reply::reply(&mut tx, to, new).await?;
    tx.commit().await.unwrap();
    Ok(replied)
}

/// Ann writes; answers her conversation.
async fn ann_writes(world: &World) -> Uuid {
    customer(world, "Ann", ANN).await;
    writes(world, "1", ANN, "Can you come on Friday?").await;
    all(world).await[0].conversation.id
}

#[tokio::test]
async fn a_reply_goes_from_the_address_they_wrote_to_and_reads_the_conversation() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let other = "+18880001234";
    world
        .run(&format!(
            "insert into number_routes (channel, address, routed_tenant_id) values ('sms', '{other}', $1);
             insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, purpose, verified_at, created_at, updated_at)
             values ($1, md5('other')::uuid, 'other', 'sms', 'sandbox', '{other}', 'marketing', now(), now(), now())"
        ))
        .await;
    let said = Inbound::text("1", Channel::Sms, (ANN, other), "Can you come on Friday?");
    hear(&world, &[told(&world, &said)]).await;
    let id = all(&world).await[0].conversation.id;
    let replied = replies(&world, id, &text("Yes, at nine.")).await.unwrap();
    assert!(matches!(replied.foretold.decision.verdict, Verdict::Send { .. }));
    assert!(replied.foretold.first_hold.is_none());
    assert_eq!(all(&world).await[0].conversation.unread, 0);
    live(&world, "2026-03-02T15:30:00Z").await;
    let sent = receipts(&world);
    assert_eq!((sent.len(), sent[0].body.as_str()), (1, "Yes, at nine."));
    assert_eq!(
        world.text("select our_address from messages where tenant_id = $1 and purpose = 'reply' and direction = 'outbound'").await,
        other
    );
    let one = all(&world).await[0].conversation.clone();
    assert_eq!((one.inbound_count, one.outbound_count), (1, 1));
    threads_are_true(&world).await;
}

#[tokio::test]
async fn a_reply_at_night_is_held_and_says_until_when_and_why() {
    let world = world().await;
    let id = ann_writes(&world).await;
    // 22:30 in New Orleans
    world.at("2026-03-03T04:30:00Z");
    let replied = replies(&world, id, &text("Yes, at nine.")).await.unwrap();
    assert_eq!(replied.foretold.at, moment("2026-03-03T14:00:00Z"));
    assert!(matches!(replied.foretold.decision.verdict, Verdict::Send { .. }));
    let first = replied.foretold.first_hold.unwrap();
    assert_eq!(
        first.verdict,
        Verdict::Hold {
            until: Some(moment("2026-03-03T14:00:00Z")),
            why: HoldReason::QuietHours
        }
    );
    live(&world, "2026-03-03T13:59:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    live(&world, "2026-03-03T14:01:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
}

#[tokio::test]
async fn a_reply_after_an_opt_out_is_refused_and_nothing_is_queued() {
    let world = world().await;
    let id = ann_writes(&world).await;
    writes(&world, "2", ANN, "STOP").await;
    let refused = replies(&world, id, &text("Yes, at nine.")).await;
    assert!(
        matches!(
            refused,
            Err(ReplyError::Stopped {
                why: StopReason::OptedOut,
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(
        world.text("select count(*) from messages where tenant_id = $1 and purpose = 'reply' and direction = 'outbound'").await,
        "0"
    );
    assert_eq!(all(&world).await[0].conversation.unread, 2);
}

#[tokio::test]
async fn a_reply_that_was_queued_before_an_opt_out_does_not_go() {
    let world = world().await;
    let id = ann_writes(&world).await;
    let later = NewReply {
        at: Some(moment("2026-03-02T17:00:00Z")),
        ..text("Yes, at nine.")
    };
    replies(&world, id, &later).await.unwrap();
    writes(&world, "2", ANN, "please stop texting me").await;
    live(&world, "2026-03-02T18:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    assert_eq!(
        world.text("select status || ' ' || error_code from messages where tenant_id = $1 and direction = 'outbound'").await,
        "cancelled opted_out"
    );
}

#[tokio::test]
async fn a_scheduled_reply_waits_for_its_time_and_can_be_cancelled_until_it_goes() {
    let world = world().await;
    let id = ann_writes(&world).await;
    let at = |time: &str| NewReply {
        at: Some(moment(time)),
        ..text("See you tomorrow.")
    };
    let first = replies(&world, id, &at("2026-03-02T17:00:00Z")).await.unwrap();
    let second = replies(&world, id, &at("2026-03-02T18:00:00Z")).await.unwrap();
    assert_eq!(first.foretold.at, moment("2026-03-02T17:00:00Z"));
    let mut tx = world.tx().await;
    let shown = server::conversations::show(&mut tx, id, None, 10).await.unwrap();
    assert_eq!(shown.waiting.len(), 2);
    drop(tx);
    live(&world, "2026-03-02T16:59:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    live(&world, "2026-03-02T17:01:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
    let mut tx = world.tx().await;
    let gone = reply::cancel(&mut tx, first.message).await;
    assert!(matches!(gone, Err(ReplyError::NotQueued(_))), "{gone:?}");
    reply::cancel(&mut tx, second.message).await.unwrap();
    let nobodys = reply::cancel(&mut tx, Uuid::from_u128(1)).await;
    assert!(matches!(nobodys, Err(ReplyError::UnknownReply)), "{nobodys:?}");
    tx.commit().await.unwrap();
    live(&world, "2026-03-02T19:00:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
    threads_are_true(&world).await;
    let past = replies(&world, id, &at("2026-03-02T18:00:00Z")).await;
    assert!(matches!(past, Err(ReplyError::At)), "{past:?}");
}

#[tokio::test]
async fn what_no_channel_could_carry_is_refused() {
    let world = world().await;
    let id = ann_writes(&world).await;
    let long = "x".repeat(1601);
    let with = |url: &str| NewReply {
        media_urls: vec![url.to_owned()],
        ..text("look")
    };
    type Is = fn(&ReplyError) -> bool;
    let cases: Vec<(NewReply, Is)> = vec![
        (text("  \n "), |error| matches!(error, ReplyError::Empty)),
        (text(&long), |error| {
            matches!(error, ReplyError::TooLong { is: 1601, most: 1600 })
        }),
        (text("see BIT.LY/x"), |error| {
            matches!(error, ReplyError::PublicShortener("bit.ly"))
        }),
        (with("http://example.com/a.png"), |error| {
            matches!(error, ReplyError::Media { .. })
        }),
        (with("https://192.168.1.1/a.png"), |error| {
            matches!(error, ReplyError::Media { .. })
        }),
        (with("https://localhost/a.png"), |error| {
            matches!(error, ReplyError::Media { .. })
        }),
        (
            NewReply {
                media_urls: vec!["https://example.com/a.png".to_owned(); 11],
                ..text("look")
            },
            |error| matches!(error, ReplyError::TooManyMedia(11)),
        ),
    ];
    for (new, is) in cases {
        let refused = replies(&world, id, &new).await.unwrap_err();
        assert!(is(&refused), "{refused:?}");
    }
    assert_eq!(
        world
            .text("select count(*) from messages where tenant_id = $1 and direction = 'outbound'")
            .await,
        "0"
    );
    replies(&world, id, &with("https://example.com/a.png"))
        .await
        .unwrap();
    assert_eq!(
        world
            .text("select media_urls ->> 0 from messages where tenant_id = $1 and direction = 'outbound'")
            .await,
        "https://example.com/a.png"
    );
}

#[tokio::test]
async fn an_e_mail_is_answered_under_its_subject() {
    let world = world().await;
    let to = ours(&world, Channel::Email).await;
    let said = Inbound {
        subject: Some("Re: Friday?".to_owned()),
        ..Inbound::text("1", Channel::Email, ("ann@example.com", &to), "Can you come?")
    };
    hear(&world, &[told(&world, &said)]).await;
    let id = all(&world).await[0].conversation.id;
    replies(&world, id, &text("Yes, at nine.")).await.unwrap();
    assert_eq!(
        world
            .text("select subject from messages where tenant_id = $1 and direction = 'outbound'")
            .await,
        "Re: Friday?"
    );
    let with_media = NewReply {
        media_urls: vec!["https://example.com/a.png".to_owned()],
        ..text("look")
    };
    let refused = replies(&world, id, &with_media).await;
    assert!(matches!(refused, Err(ReplyError::MediaByEmail)), "{refused:?}");
}

#[tokio::test]
async fn a_link_of_a_public_shortener_does_not_pass_the_gate_whoever_queued_it() {
    let world = world().await;
    ann_writes(&world).await;
    let mut tx = world.tx().await;
    let message = NewMessage {
        id: Uuid::from_u128(5),
        channel: Channel::Sms,
        purpose: Purpose::Reply,
        customer: None,
        from: None,
        to: ANN.to_owned(),
        subject: None,
        body: "Look: tinyurl.com/pipes".to_owned(),
        media_urls: Vec::new(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: None,
        due_at: tx.now(),
    };
    messages::queue(&mut tx, &[message]).await.unwrap();
    tx.commit().await.unwrap();
    live(&world, "2026-03-02T16:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    assert_eq!(
        world.text("select status || ' ' || error_code from messages where tenant_id = $1 and direction = 'outbound'").await,
        "stopped public_shortener"
    );
}

#[tokio::test]
async fn canned_replies_are_found_by_name_on_their_channel() {
    let world = world().await;
    let mut tx = world.tx().await;
    canned::put(&mut tx, "hours", Some(Channel::Sms), "We are open from 8 to 5.")
        .await
        .unwrap();
    canned::put(&mut tx, "hours", Some(Channel::Sms), "We are open from 8 to 6.")
        .await
        .unwrap();
    canned::put(&mut tx, "thanks", None, "Thank you!").await.unwrap();
    canned::put(&mut tx, "Hours", None, "By appointment.")
        .await
        .unwrap();
    for (name, body) in [
        ("hours", "We are open from 8 to 6."),
        (" Hours ", "By appointment."),
    ] {
        assert_eq!(canned::get(&mut tx, name, Channel::Sms).await.unwrap().body, body);
    }
    assert!(canned::get(&mut tx, "HOURS", Channel::Sms).await.is_err());
    assert!(canned::get(&mut tx, "hours", Channel::Email).await.is_err());
    assert!(canned::get(&mut tx, "thanks", Channel::Email).await.is_ok());
    assert!(canned::put(&mut tx, "short", None, "see bit.ly/x").await.is_err());
    assert!(
        canned::put(&mut tx, "long", None, &"x".repeat(1601))
            .await
            .is_err()
    );
    canned::remove(&mut tx, "hours").await.unwrap();
    assert!(canned::get(&mut tx, "hours", Channel::Sms).await.is_err());
    assert!(canned::remove(&mut tx, "hours").await.is_err());
}

#[tokio::test]
async fn while_a_message_of_theirs_is_unread_by_the_engine_a_reply_is_refused() {
    let world = world().await;
    let id = ann_writes(&world).await;
    let to = ours(&world, Channel::Sms).await;
    let stop = Inbound::text("2", Channel::Sms, (ANN, &to), "STOP");
    server::inbound::keep(&world.app, "sandbox", &[told(&world, &stop)])
        .await
        .unwrap();
    let refused = replies(&world, id, &text("Yes, at nine.")).await;
    assert!(matches!(refused, Err(ReplyError::Unheard)), "{refused:?}");
    // another's message is no reason to wait
    writes(&world, "3", NOBODYS, "Hi").await;
    let refused = replies(&world, id, &text("Yes, at nine.")).await;
    assert!(
        matches!(
            refused,
            Err(ReplyError::Stopped {
                why: StopReason::OptedOut,
                ..
            })
        ),
        "{refused:?}"
    );
}
