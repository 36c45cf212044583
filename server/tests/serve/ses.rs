//! Amazon SES: mails that Moto takes, and what its topic tells of them.
use crate::amazon::{Amazon, KEY, SECRET, SET, TOPIC};
use crate::business::{EMAIL, MAILBOX, NAME, SLUG};
use crate::calls::Caller;
use crate::courtesy::{Call, soon};
use crate::day;
use crate::desk::Taken;
use crate::story::{CONNECTION, Carrier, Entered, Story, plain, secret};
use serde_json::{Value, json};

impl Carrier for Amazon {
    const PROVIDER: &'static str = "ses";
    const CHANNEL: &'static str = "email";
    const OURS: &'static str = MAILBOX;
    const THEIRS: &'static str = EMAIL;

    fn entered(&self) -> Vec<Entered> {
        vec![
            plain("region", "us-east-1"),
            plain("access_key_id", KEY),
            secret("secret_access_key", SECRET),
            plain("configuration_set", SET),
            plain("from_name", NAME),
            plain("topic_arn", TOPIC),
            plain("api_url", &self.desk.url),
        ]
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        (
            secret("secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEX"),
            "secret_access_key",
        )
    }

    fn taken(&self) -> Vec<Taken> {
        self.clerk.book.all()
    }
}

impl Caller for Amazon {
    async fn delivered(&mut self, hook: &str, message: &Taken) -> Call {
        let told = json!({
            "timestamp": day::now(), "processingTimeMillis": 546, "recipients": [message.to], "smtpResponse": "250 2.6.0 Message received",
        });
        let event = event("Delivery", message, ("delivery", told));
        called(hook, self.published(&event).await)
    }

    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call {
        let letter = format!(
            "From: Zoe <{EMAIL}>\r\nTo: {MAILBOX}\r\nSubject: Re: Your Spring cleaning\r\n\r\n{body}\r\n"
        );
        let event = json!({
            "notificationType": "Received",
            "mail": {
                "timestamp": day::now(), "source": EMAIL, "messageId": format!("o3vrnil0e2ic28tr{number:03}"), "destination": [MAILBOX],
                "commonHeaders": { "from": [format!("Zoe <{EMAIL}>")], "to": [MAILBOX], "subject": "Re: Your Spring cleaning" },
            },
            "receipt": {
                "timestamp": day::now(), "recipients": [MAILBOX], "dmarcVerdict": { "status": "PASS" }, "action": { "type": "SNS", "topicArn": TOPIC, "encoding": "UTF8" },
            },
            "content": letter,
        });
        called(hook, self.published(&event).await)
    }

    /// Of somebody else, under the same signature.
    async fn forged(&mut self, call: &Call) -> Call {
        let body = call.body.replace("zoe@", "zed@");
        assert_ne!(body, call.body);
        Call { body, ..call.clone() }
    }
}

/// As SNS calls.
fn called(hook: &str, body: String) -> Call {
    Call {
        url: hook.to_owned(),
        headers: vec![("content-type", "text/plain; charset=UTF-8".to_owned())],
        body,
    }
}

/// An event of the configuration set about a message.
fn event(kind: &str, message: &Taken, (name, told): (&str, Value)) -> Value {
    let mut event = json!({
        "eventType": kind,
        "mail": { "timestamp": day::now(), "source": MAILBOX, "messageId": message.name, "destination": [message.to],
            "tags": { "message": [message.message] } },
    });
    event[name] = told;
    event
}

impl Story<Amazon> {
    /// A customer with this address gets a test, and this is what SES tells of it. Answers what is known of the address then.
    async fn of_another(&mut self, address: &str, kind: &str, told: (&str, Value)) -> Value {
        let add = [
            "customer",
            "add",
            "--tenant",
            SLUG,
            "--email",
            address,
            "--zone",
            day::zone(),
        ];
        self.courtesy.says(&add).await;
        let test = [
            "connection",
            "test",
            CONNECTION,
            "--tenant",
            SLUG,
            "--to",
            address,
        ];
        assert_eq!(self.courtesy.json(&test).await["status"], "sent");
        let taken = self.taken_for(address).await;
        let call = called(
            &self.hook,
            self.provider.published(&event(kind, &taken, told)).await,
        );
        assert_eq!(self.courtesy.hear(&call).await.0, 200);
        soon("it is applied", async || {
            let status = ["consent", "status", "--tenant", SLUG, "--customer", address];
            let known = self.courtesy.json(&status).await["addresses"][0].clone();
            (!known["suppressed_reason"].is_null()).then_some(known)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_go_by_ses_and_its_topic_tells_of_deliveries_answers_bounces_and_complaints() {
    let mut story = Story::begin(Amazon::open().await).await;
    // the topic asks first whether we want what it says
    let desk = &story.provider.desk.url;
    let confirm = format!("{desk}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t0ken");
    let asked = json!({
        "Type": "SubscriptionConfirmation", "MessageId": "c-1", "TopicArn": TOPIC, "Message": "You have chosen to subscribe",
        "Token": "t0ken", "SubscribeURL": confirm, "Timestamp": day::now(),
    });
    let call = called(&story.hook, story.provider.signed(asked).await);
    assert_eq!(story.courtesy.hear(&call).await.0, 200);
    assert_eq!(*story.provider.clerk.confirmed.lock().unwrap(), 1);

    story.a_test_goes().await;
    story.activate().await;
    story.a_follow_up_goes_and_arrives().await;
    story.help_is_answered().await;
    story.a_reply_goes().await;

    let nobody = "nobody@mail.example";
    let bounce = json!({
        "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f-1", "timestamp": day::now(),
        "bouncedRecipients": [{ "emailAddress": nobody, "status": "5.1.1" }],
    });
    let known = story.of_another(nobody, "Bounce", ("bounce", bounce)).await;
    assert_eq!(known["suppressed_reason"], "hard_bounce", "{known}");
    let again = ["connection", "test", CONNECTION, "--tenant", SLUG, "--to", nobody];
    let refused = story.courtesy.refuses(&again).await;
    assert!(refused.contains("the gate would stop it"), "{refused}");

    let annoyed = "annoyed@mail.example";
    let complaint = json!({
        "feedbackId": "f-2", "timestamp": day::now(), "complaintFeedbackType": "abuse",
        "complainedRecipients": [{ "emailAddress": annoyed }],
    });
    let known = story
        .of_another(annoyed, "Complaint", ("complaint", complaint))
        .await;
    assert_eq!(
        (&known["suppressed_reason"], &known["suppressed_scope"]),
        (&json!("complaint"), &json!("marketing")),
        "{known}"
    );

    story.stop_is_kept().await;
    story.a_later_follow_up_is_stopped().await;
    story.end().await;
}
