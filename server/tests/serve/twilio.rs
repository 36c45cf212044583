//! Twilio: its API as its own OpenAPI document says, its calls signed by its own library; by a number, by a Messaging Service of a
//! sub-account, and by WhatsApp.
use self::account::{ACCOUNT, TOKEN, Twilio, Way};
use crate::business::{NAME, NUMBER, PHONE, SLUG};
use crate::calls::Caller;
use crate::day;
use crate::desk::Taken;
use crate::story::{CONNECTION, Carrier, Story};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

mod account;
mod clerk;

/// A number by itself.
struct Texts;

impl Way for Texts {
    const CHANNEL: &'static str = "sms";
    const PREFIX: &'static str = "";
    const OURS: &'static str = NUMBER;
    const NUMBERS: &'static [&'static str] = &[NUMBER];
    const KEY: Option<(&'static str, &'static str)> = None;
}

/// A sender of WhatsApp.
struct WhatsApp;

impl Way for WhatsApp {
    const CHANNEL: &'static str = "whatsapp";
    const PREFIX: &'static str = "whatsapp:";
    const OURS: &'static str = NUMBER;
    const NUMBERS: &'static [&'static str] = &[NUMBER];
    const KEY: Option<(&'static str, &'static str)> = None;
}

/// A Messaging Service of a sub-account, which a key of that sub-account sends through.
struct Service;

impl Way for Service {
    const CHANNEL: &'static str = "sms";
    const PREFIX: &'static str = "";
    const OURS: &'static str = "MG0123456789abcdef0123456789abcdef";
    const NUMBERS: &'static [&'static str] = &["+13125230043", "+13125230044"];
    const KEY: Option<(&'static str, &'static str)> = Some((
        "SK0123456789abcdef0123456789abcdef",
        "a secret that was shown once",
    ));
}

/// The account that the sub-account belongs to.
const PARENT: (&str, &str) = (
    "ACfedcba9876543210fedcba9876543210",
    "ffeeddccbbaa99887766554433221100",
);

/// The longest that Twilio keeps a message waiting.
const LONGEST: i64 = 36_000;

impl<W: Way> Story<Twilio<W>> {
    /// The last message, a follow-up, is one that Twilio gives up before it is night where the customer is.
    async fn ends_with_the_day(&self, taken: &Taken) {
        let posted = self.provider.posted();
        let seconds: i64 = posted.one("ValidityPeriod").unwrap().parse().unwrap();
        let end = posted.at + SignedDuration::from_secs(seconds);
        let zone = TimeZone::get(day::zone()).unwrap();
        let night = posted.at.to_zoned(zone).date().at(21, 0, 0, 0).in_tz(day::zone());
        assert!(end <= night.unwrap().timestamp(), "{end}");
        let closes: i64 = self
            .courtesy
            .text(&format!(
                "select extract(epoch from expires_at)::bigint from messages where id = '{}'",
                taken.message
            ))
            .await
            .parse()
            .unwrap();
        let closes = Timestamp::from_second(closes).unwrap();
        assert!(end <= closes, "{end} {closes}");
        // and no shorter than it has to be
        let left = closes.duration_since(posted.at).as_secs();
        assert!(seconds + 600 >= left.min(LONGEST), "{seconds} of {left}");
    }

    /// What was said in a conversation.
    async fn lines(&self, conversation: &str) -> Vec<Value> {
        let shown = self
            .courtesy
            .json(&["conversation", "show", conversation, "--tenant", SLUG])
            .await;
        shown["messages"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_go_and_come_by_twilio_and_a_stop_is_kept() {
    let mut story = Story::begin(Twilio::<Texts>::open().await).await;
    story.a_test_goes().await;
    story.activate().await;
    let taken = story.a_follow_up_goes().await;
    story.ends_with_the_day(&taken).await;
    story.arrives(&taken, "service").await;
    story.help_is_answered().await;
    story.a_reply_goes().await;
    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_twilio_whatsapp_messages_go_as_the_approved_content_until_the_customer_writes_and_a_stop_is_kept()
{
    let mut story = Story::begin(Twilio::<WhatsApp>::open().await).await;
    story.activate().await;
    let too_early = ["connection", "test", CONNECTION, "--tenant", SLUG, "--to", PHONE];
    let refused = story.courtesy.refuses(&too_early).await;
    assert!(refused.contains("the gate would stop it"), "{refused}");
    let taken = story.a_follow_up_goes().await;
    let posted = story.provider.posted();
    assert_eq!(posted.one("ContentSid"), Some(Twilio::<WhatsApp>::APPROVED));
    assert_eq!(posted.one("From"), Some(format!("whatsapp:{NUMBER}").as_str()));
    assert_eq!(posted.one("To"), Some(format!("whatsapp:{PHONE}").as_str()));
    let variables: Value = serde_json::from_str(posted.one("ContentVariables").unwrap()).unwrap();
    let wanted = json!({ "first_name": "Zoe", "sender_name": NAME, "review_link": variables["review_link"] });
    assert_eq!(variables, wanted);
    story.ends_with_the_day(&taken).await;
    story.arrives(&taken, "service").await;
    story.a_reply_goes().await;
    let posted = story.provider.posted();
    assert_eq!(
        (posted.one("ContentSid"), posted.one("From")),
        (None, Some(format!("whatsapp:{NUMBER}").as_str()))
    );
    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_service_of_a_sub_account_pictures_go_and_come_whichever_number_the_customer_writes_to() {
    let mut story = Story::begin(Twilio::<Service>::open().await).await;
    story.activate().await;
    let follow_up = story.a_follow_up_goes().await;
    let posted = story.provider.posted();
    assert_eq!(
        (posted.one("MessagingServiceSid"), posted.one("From")),
        (Some(Service::OURS), None),
        "Twilio picks the number"
    );
    story.ends_with_the_day(&follow_up).await;
    story.arrives(&follow_up, "service").await;

    // the account above has the same hook, by mistake: what its numbers hear is none of this business's
    let hook = story.hook.clone();
    let call = story.provider.wrote(&hook, 900, "Who is this?").await;
    for token in [PARENT.1, TOKEN] {
        let of_the_parent = story.provider.of_account(PARENT.0, token, &call).await;
        assert_eq!(story.courtesy.hear(&of_the_parent).await, (403, String::new()));
    }
    assert_eq!(story.courtesy.events("inbound").await, 0);

    let theirs = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1");
    story.provider.pictures = vec![theirs.clone()];
    let ours = [
        "https://river.example/tuesday.png",
        "https://river.example/nine.png",
    ];
    let conversation = story.a_reply_goes_with(&ours).await;
    assert_eq!(story.provider.posted().all("MediaUrl"), ours);
    // the next word comes to the other number of the pool
    story.stop_is_kept().await;
    let said: Vec<(Value, Value, Value)> = story
        .lines(&conversation)
        .await
        .into_iter()
        .map(|line| {
            (
                line["is_theirs"].clone(),
                line["purpose"].clone(),
                line["media_urls"].clone(),
            )
        })
        .collect();
    let line =
        |is_theirs: bool, purpose: &str, media: &[&str]| (json!(is_theirs), json!(purpose), json!(media));
    assert_eq!(
        said,
        [
            line(false, "service", &[]),
            line(true, "reply", &[&theirs]),
            line(false, "reply", &ours),
            line(true, "reply", &[]),
            line(false, "opt_out_confirmation", &[]),
        ]
    );
    let all = story
        .courtesy
        .json(&["conversation", "list", "--tenant", SLUG])
        .await;
    assert_eq!(all["conversations"].as_array().unwrap().len(), 1, "{all:#}");
    // the service's numbers are asked for, and what came to them
    let compared = story
        .courtesy
        .json(&["reconcile", "--tenant", SLUG, "--now"])
        .await;
    let of = &compared[0]["compared"];
    assert_eq!(
        (&of["missed"], &of["unheard"], &of["failed"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    story.end().await;
}
