//! The mailbox for unsubscribing: offered once mail to it is heard, and who writes to it with a message's token is off the list.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{PUBLIC_URL, Side, event, side};
use crate::support::people::{customer, job, plumbing, stranger};
use crate::support::{moment, new_tenant};
use jiff::SignedDuration;
use providers::{EventKind, Inbound, Verdict, Verdicts};
use rules::channel::Channel;
use server::consents::links;
use server::engine::Engine;
use server::tenants;
use uuid::Uuid;

const MAILBOX: &str = "off@plumbing.example";

/// A mail to the mailbox, from whom and with what subject, stored and applied. Answers what came of it.
async fn mailed(side: &Side, key: &str, from: &str, subject: &str, body: &str) -> String {
    let said = Inbound {
        subject: Some(subject.to_owned()),
        verdicts: Some(Verdicts {
            dmarc: Verdict::Pass,
            ..Verdicts::default()
        }),
        ..Inbound::text(key, Channel::Email, (from, MAILBOX), body)
    };
    side.tell(&[event(key, EventKind::Inbound(said))]).await;
    side.apply().await;
    let outcome = format!("select outcome from provider_events where tenant_id = $1 and event_key = '{key}'");
    side.world.text(&outcome).await
}

/// The token of a message to Ann.
async fn token(side: &Side) -> String {
    side.sent("m1", "ann@example.com").await;
    let message: Uuid = side
        .world
        .text("select id from messages where tenant_id = $1 and external_id = 'm1'")
        .await
        .parse()
        .unwrap();
    let mut tx = side.world.tx().await;
    let token = links::key(&mut tx).await.unwrap().token(message);
    tx.commit().await.unwrap();
    token
}

async fn suppressed(side: &Side) -> String {
    side.world
        .text("select string_agg(address || ':' || suppressed_scope || ':' || suppressed_reason, ' ' order by address) from recipients
               where tenant_id = $1 and suppressed_scope is not null")
        .await
}

const LEDGER: &str =
    "select string_agg(kind || ':' || scope || ':' || method, ' ') from consent_events where tenant_id = $1";
const QUEUED: &str = "select count(*) from messages where tenant_id = $1 and status = 'queued'";

#[tokio::test]
async fn who_writes_with_the_token_takes_the_message_s_reader_off_the_list_once() {
    let side = side("ses").await;
    stranger(&side.world, "Ann", "+15045230001", "ann@example.com").await;
    let token = token(&side).await;
    // from another address of the reader's, with the words of a mail program
    let first = mailed(&side, "1", "Ann.Other@mail.example", &token, "sent by a program").await;
    assert_eq!(first, "unsubscribed");
    assert_eq!(suppressed(&side).await, "ann@example.com:all:keyword");
    let ledger = side.world.text(LEDGER).await;
    assert_eq!(ledger, "opted_out:all:other");
    for (key, subject) in [
        ("2", token.clone()),
        ("3", format!("Fwd: unsubscribe {token} please")),
    ] {
        assert_eq!(
            mailed(&side, key, "ann@example.com", &subject, "").await,
            "unsubscribed"
        );
    }
    assert_eq!(suppressed(&side).await, "ann@example.com:all:keyword");
    assert_eq!(
        side.world.text(LEDGER).await,
        ledger,
        "the second time adds nothing"
    );
    assert_eq!(
        side.world.text(QUEUED).await,
        "0",
        "like a click, it is not answered"
    );
    // the mails are kept as hers, from whichever address they came
    let kept = "select string_agg(concat_ws(' ', n.their_address, n.inbound_count, c.first_name), ',' order by n.their_address)
                from conversations n left join customers c on c.tenant_id = $1 and c.id = n.customer_id
                where n.tenant_id = $1 and n.inbound_count > 0";
    assert_eq!(
        side.world.text(kept).await,
        "ann.other@mail.example 1 Ann,ann@example.com 2 Ann"
    );
    assert_eq!(
        side.world
            .text("select count(*) from customers where tenant_id = $1")
            .await,
        "1"
    );
}

#[tokio::test]
async fn who_revokes_in_words_as_well_is_off_the_list_themselves() {
    let side = side("ses").await;
    let token = token(&side).await;
    assert_eq!(
        mailed(&side, "1", "ben@example.com", &token, "STOP").await,
        "opted_out"
    );
    assert_eq!(
        suppressed(&side).await,
        "ann@example.com:all:keyword ben@example.com:all:keyword"
    );
    assert_eq!(
        side.world.text(QUEUED).await,
        "1",
        "who said STOP is told so; the reader is not"
    );
}

#[tokio::test]
async fn a_token_that_is_not_this_tenant_s_is_an_ordinary_mail_and_changes_nothing() {
    let side = side("ses").await;
    let token = token(&side).await;
    let other = tenants::create(&side.app, new_tenant("other")).await.unwrap();
    let message: Uuid = side
        .world
        .text("select id from messages where tenant_id = $1 and external_id = 'm1'")
        .await
        .parse()
        .unwrap();
    let mut tx = side.app.tenant(other).await.unwrap();
    // another tenant's key over this tenant's message
    let foreign = links::key(&mut tx).await.unwrap().token(message);
    tx.commit().await.unwrap();
    let mut tx = side.world.tx().await;
    let of_nobody = links::key(&mut tx).await.unwrap().token(Uuid::from_u128(9));
    drop(tx);
    let mut forged = token.clone().into_bytes();
    forged[95] = if forged[95] == b'0' { b'1' } else { b'0' };
    let wrong = [
        foreign,
        of_nobody,
        String::from_utf8(forged).unwrap(),
        token.to_uppercase(),
        format!("x{token}"),
        String::new(),
    ];
    for (at, subject) in wrong.iter().enumerate() {
        let key = format!("wrong {at}");
        assert_eq!(
            mailed(&side, &key, "eve@example.com", subject, "hello").await,
            "replied",
            "{subject}"
        );
    }
    assert_eq!(suppressed(&side).await, "");
    assert_eq!(side.world.text(LEDGER).await, "");
    let kept = "select count(*) from messages where tenant_id = $1 and direction = 'inbound' and our_address = 'off@plumbing.example'";
    assert_eq!(side.world.text(kept).await, wrong.len().to_string());
    // by text message it is a text like any other
    let said = Inbound {
        subject: Some(token),
        ..Inbound::text("t", Channel::Sms, ("+15045230001", "ours"), "hello")
    };
    side.tell(&[event("t", EventKind::Inbound(said))]).await;
    side.apply().await;
    assert_eq!(suppressed(&side).await, "");
}

/// The reader of the last message that goes until then, and the token of the mailbox that it offers.
async fn offered(side: &Side, until: &str) -> Option<(String, String)> {
    let engine = Engine::new(side.app.clone());
    let before = side.provider.sent.lock().unwrap().len();
    engine
        .run_until(moment(until), SignedDuration::from_secs(1), |_, _| {})
        .await
        .unwrap();
    let sent = side.provider.sent.lock().unwrap().clone();
    assert!(sent.len() > before, "something goes until {until}");
    let last = sent.last().unwrap();
    let unsubscribe = last.unsubscribe.clone().unwrap();
    let token = unsubscribe
        .url
        .strip_prefix(PUBLIC_URL)
        .unwrap()
        .strip_prefix("/u/")
        .unwrap();
    let mailto = unsubscribe.mailto?;
    assert_eq!(mailto, format!("{MAILBOX}?subject={token}"));
    Some((last.to.clone(), token.to_owned()))
}

#[tokio::test]
async fn a_mailbox_is_offered_once_mail_to_it_is_heard_and_not_when_its_topic_falls_silent() {
    let side = side("ses").await;
    plumbing(&side.world).await;
    side.world
        .run(
            "update tenant_channel_settings set is_active = false where tenant_id = $1 and channel = 'email';
             update tenant_channel_settings set is_active = true, channel = 'email', sender_address = 'us@plumbing.example',
                    settings = '{\"unsubscribe_mailbox\": \"Off@Plumbing.example\"}'
             where tenant_id = $1 and id = $1;
             insert into number_routes (channel, address, routed_tenant_id) values ('email', 'us@plumbing.example', $1)",
        )
        .await;
    for (number, name) in ["Ann", "Ben", "Cat", "Dan"].into_iter().enumerate() {
        let one = customer(&side.world, name, &format!("+1504523000{number}")).await;
        let day = number * 7 + 2;
        job(
            &side.world,
            one,
            &format!("J-{number}"),
            Some(&format!("2026-03-{day:02}T14:00:00Z")),
        )
        .await;
    }
    assert_eq!(
        offered(&side, "2026-03-07T14:00:00Z").await,
        None,
        "nobody wrote to it yet"
    );
    assert_eq!(
        mailed(&side, "try", "owner@plumbing.example", "a try", "").await,
        "replied"
    );
    let (reader, token) = offered(&side, "2026-03-14T14:00:00Z").await.unwrap();
    // the mail to which the header leads
    assert_eq!(
        mailed(&side, "off", "ben@elsewhere.example", &token, "").await,
        "unsubscribed"
    );
    assert_eq!(suppressed(&side).await, format!("{reader}:all:keyword"));
    // Amazon says that the topic calls no more
    let silent = EventKind::Account {
        code: providers::ses::TOPIC_IS_SILENT.to_owned(),
        detail: "the topic".to_owned(),
    };
    side.tell(&[event("silent", silent)]).await;
    side.apply().await;
    assert_eq!(offered(&side, "2026-03-21T14:00:00Z").await, None);
    mailed(&side, "again", "owner@plumbing.example", "another try", "").await;
    // what is heard is one mailbox: another is not offered for it
    side.world
        .run("update tenant_channel_settings set settings = '{\"unsubscribe_mailbox\": \"other@plumbing.example\"}' where tenant_id = $1 and id = $1")
        .await;
    assert_eq!(offered(&side, "2026-03-28T14:00:00Z").await, None);
}
