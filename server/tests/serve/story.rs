//! What every carrier of texts has to show, told once: from `connection add` to the follow-up that is stopped after a STOP.
use crate::business::{NAME, NUMBER, PHONE, SLUG};
use crate::courtesy::{Call, Courtesy, PUBLIC_URL, soon};
use crate::desk::{Book, Taken};
use jiff::SignedDuration;
use serde_json::Value;

/// The connection's name in every story.
pub const CONNECTION: &str = "our texts";

/// A field of a connection.
pub struct Entered {
    pub name: &'static str,
    pub value: String,
    pub is_secret: bool,
}

/// A field that is no secret.
pub fn plain(name: &'static str, value: &str) -> Entered {
    Entered {
        name,
        value: value.to_owned(),
        is_secret: false,
    }
}

/// A field that is a secret.
pub fn secret(name: &'static str, value: &str) -> Entered {
    Entered {
        is_secret: true,
        ..plain(name, value)
    }
}

/// A provider of texts, from outside.
pub trait TextProvider {
    /// As it is stored.
    const PROVIDER: &'static str;
    const CHANNEL: &'static str;

    /// What its connection is told.
    fn entered(&self) -> Vec<Entered>;
    /// One of the fields as somebody mistypes it, and what `verify` says of that.
    fn mistaken(&self) -> (Entered, &'static str);
    /// What its desk took.
    fn book(&self) -> &Book;
    /// Its genuine call that a message was delivered.
    async fn delivered(&mut self, hook: &str, message: &Taken) -> Call;
    /// Its genuine call that the customer wrote this, as the message of that number.
    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call;
    /// The same call by somebody who has the address of the hook and not what the provider proves itself with.
    async fn forged(&mut self, call: &Call) -> Call;
}

/// A story that goes on.
pub struct Story<P> {
    pub courtesy: Courtesy,
    pub provider: P,
    /// The public address of the connection's hook.
    pub hook: String,
    /// How many messages the desk should have by now.
    taken: usize,
    /// How many texts the customer wrote.
    written: u32,
}

impl<P: TextProvider> Story<P> {
    /// A business with a customer who agreed to texts, and a connection that is mistyped, refused, put right, verified, and not in use yet.
    pub async fn begin(provider: P) -> Self {
        let courtesy = Courtesy::start(&[]).await;
        courtesy.business().await;
        courtesy.customer(&[P::CHANNEL]).await;
        let (mistaken, says) = provider.mistaken();
        add(&courtesy, &provider, &mistaken).await;
        let of = [CONNECTION, "--tenant", SLUG];
        let refused = courtesy
            .refuses(&[&["connection", "verify"], &of[..]].concat())
            .await;
        assert!(refused.contains(says), "{refused}");
        assert!(!refused.contains(&mistaken.value), "{refused}");
        let refused = courtesy
            .refuses(&[&["connection", "activate"], &of[..]].concat())
            .await;
        assert!(refused.contains("was never verified"), "{refused}");
        let right = provider
            .entered()
            .into_iter()
            .find(|one| one.name == mistaken.name)
            .unwrap();
        correct(&courtesy, &right).await;
        let verified = courtesy
            .json(&[&["connection", "verify"], &of[..]].concat())
            .await;
        assert_eq!(verified["verified"], true);
        let shown = courtesy
            .json(&[&["connection", "show"], &of[..], &["--show-hook-url"]].concat())
            .await;
        let hook = shown["hook"]["url"].as_str().unwrap().to_owned();
        assert!(hook.starts_with(&format!("{PUBLIC_URL}/hooks/{}/", P::PROVIDER)));
        let said = shown.to_string();
        for secret in provider.entered().iter().filter(|one| one.is_secret) {
            assert!(!said.contains(&secret.value), "{} is shown", secret.name);
        }
        assert_eq!(provider.book().len(), 0);
        Self {
            courtesy,
            provider,
            hook,
            taken: 0,
            written: 0,
        }
    }

    /// Takes the connection into use.
    pub async fn activate(&self) {
        let activated = self
            .courtesy
            .json(&["connection", "activate", CONNECTION, "--tenant", SLUG])
            .await;
        assert_eq!(activated["active"], true);
        assert!(activated["instead_of"].is_string(), "{activated}");
    }

    /// A test by `connection test`, beside `serve`.
    pub async fn a_test_goes(&mut self) {
        let tested = self
            .courtesy
            .json(&["connection", "test", CONNECTION, "--tenant", SLUG, "--to", PHONE])
            .await;
        let taken = self.taken().await;
        assert_eq!(tested["status"], "sent", "{tested:#}");
        assert!(
            tested["says"].as_str().unwrap().contains(&taken.name),
            "{tested:#}"
        );
        assert!(taken.body.contains("this is a test"), "{taken:?}");
    }

    /// A job is entered that was done five hours ago: the follow-up leaves, and the provider tells that it arrived.
    pub async fn a_follow_up_goes_and_arrives(&mut self) {
        self.courtesy.job("J-1", SignedDuration::from_hours(5)).await;
        let taken = self.taken().await;
        assert!(
            taken.body.starts_with(&format!("Hi Zoe, this is {NAME}.")) && taken.body.contains("STOP"),
            "{taken:?}"
        );
        self.arrives(&taken, "service").await;
    }

    /// The provider tells that this message arrived, after somebody else did.
    pub async fn arrives(&mut self, taken: &Taken, purpose: &str) {
        let id = &format!("msg_{}", taken.message.replace('-', ""));
        let message = soon("the message is sent", async || {
            let message = self.courtesy.why(id).await;
            (message["status"] == "sent").then_some(message)
        })
        .await;
        assert_eq!(message["purpose"], purpose);
        assert_eq!(message["provider"], P::PROVIDER);
        assert_eq!(message["external_id"], taken.name);
        assert_eq!(message["body"], taken.body);
        let call = self.provider.delivered(&self.hook, taken).await;
        let before = self.courtesy.events("status").await;
        let forged = self.provider.forged(&call).await;
        assert_eq!(self.courtesy.hear(&forged).await, (403, String::new()));
        let elsewhere = Call {
            url: call.url.replacen(&self.hook, &format!("{}x", self.hook), 1),
            ..call.clone()
        };
        assert_ne!(elsewhere.url, call.url);
        assert_eq!(self.courtesy.hear(&elsewhere).await, (403, String::new()));
        assert_eq!(self.courtesy.events("status").await, before);
        assert_eq!(self.courtesy.why(id).await["status"], "sent");
        // once more, as providers do
        for _ in 0..2 {
            assert_eq!(self.courtesy.hear(&call).await.0, 200);
        }
        soon("the report is applied", async || {
            (self.courtesy.why(id).await["status"] == "delivered").then_some(())
        })
        .await;
        assert_eq!(self.courtesy.events("status").await, before + 1);
    }

    /// HELP is answered; one that somebody made up is not.
    pub async fn help_is_answered(&mut self) {
        let help = self.write("HELP").await;
        assert!(help.body.contains(NAME), "{help:?}");
        self.arrives(&help, "help_answer").await;
    }

    /// The customer writes, and is answered in the conversation.
    pub async fn a_reply_goes(&mut self) {
        self.tell("When can you come again?").await;
        let conversation = soon("the conversation is unread", async || {
            let page = self
                .courtesy
                .json(&["conversation", "list", "--tenant", SLUG, "--unread"])
                .await;
            let one = page["conversations"][0].clone();
            (one["last_body"] == "When can you come again?").then_some(one)
        })
        .await;
        assert_eq!(conversation["our_address"], NUMBER);
        assert_eq!(conversation["their_address"], PHONE);
        let id = conversation["id"].as_str().unwrap();
        let text = "On Tuesday at nine, if that suits you.";
        self.courtesy
            .says(&["conversation", "reply", id, "--tenant", SLUG, "--text", text])
            .await;
        let taken = self.taken().await;
        assert_eq!(taken.body, text);
        self.arrives(&taken, "reply").await;
    }

    /// STOP: one confirmation, the address is suppressed, what is queued to it is taken back. Afterwards nothing goes.
    pub async fn stop_is_kept(&mut self) {
        let conversation = self
            .courtesy
            .json(&["conversation", "list", "--tenant", SLUG])
            .await;
        let conversation = conversation["conversations"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let in_an_hour = (crate::day::now() + SignedDuration::from_hours(1)).to_string();
        let waiting = self
            .courtesy
            .json(&[
                "conversation",
                "reply",
                &conversation,
                "--tenant",
                SLUG,
                "--text",
                "Until then.",
                "--at",
                &in_an_hour,
            ])
            .await;
        let confirmation = self.write("Stop").await;
        assert!(confirmation.body.contains("unsubscribed"), "{confirmation:?}");
        self.arrives(&confirmation, "opt_out_confirmation").await;
        let consent = self
            .courtesy
            .json(&["consent", "status", "--tenant", SLUG, "--customer", PHONE])
            .await;
        let of = |list: &str| {
            let list = consent[list].as_array().unwrap();
            list.iter()
                .find(|one| one["channel"] == P::CHANNEL)
                .unwrap()
                .clone()
        };
        assert_eq!(of("consents")["status"], "opted_out", "{consent:#}");
        assert_eq!(of("addresses")["suppressed_reason"], "keyword", "{consent:#}");
        let taken_back = self.courtesy.why(waiting["message"].as_str().unwrap()).await;
        assert_eq!(taken_back["status"], "cancelled", "{taken_back:#}");
        assert_eq!(taken_back["error_code"], "opted_out", "{taken_back:#}");
        let refused = self
            .courtesy
            .refuses(&[
                "conversation",
                "reply",
                &conversation,
                "--tenant",
                SLUG,
                "--text",
                "But…",
            ])
            .await;
        assert!(refused.contains("the gate would stop it"), "{refused}");
        let refused = self
            .courtesy
            .refuses(&["connection", "test", CONNECTION, "--tenant", SLUG, "--to", PHONE])
            .await;
        assert!(refused.contains("the gate would stop it"), "{refused}");
    }

    /// After the STOP another job is entered: its follow-up is stopped by the gate, and `why` says why.
    pub async fn a_later_follow_up_is_stopped(&mut self) {
        self.courtesy.job("J-2", SignedDuration::from_hours(5)).await;
        let stopped = soon("the gate stops the follow-up", async || {
            let messages = self.courtesy.messages().await;
            messages
                .into_iter()
                .find(|one| one["purpose"] == "service" && one["status"] == "stopped")
        })
        .await;
        let look = stopped["looks"].as_array().unwrap().last().unwrap();
        assert_eq!(look["verdict"], "stop", "{stopped:#}");
        assert_eq!(look["reason"], "opted_out", "{stopped:#}");
        let finding = look["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["rule"] == "K10")
            .unwrap();
        assert_eq!(finding["passed"], false);
        assert!(finding["said"].as_str().unwrap().contains("keyword"), "{finding}");
    }

    /// Nothing more left than was told, and the installation is sound.
    pub async fn end(self) {
        let all = self.provider.book().all();
        assert_eq!(all.len(), self.taken, "{all:#?}");
        let listed = self
            .courtesy
            .json(&["connection", "list", "--tenant", SLUG])
            .await;
        let ours = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == CONNECTION)
            .unwrap();
        assert_eq!(
            (&ours["is_active"], &ours["unavailable_reason"]),
            (&Value::Bool(true), &Value::Null)
        );
        self.courtesy.close().await;
    }

    /// The customer writes this, and what they are answered.
    async fn write(&mut self, body: &str) -> Taken {
        self.tell(body).await;
        self.taken().await
    }

    /// The customer writes this: somebody makes it up first, and the provider tells it twice.
    async fn tell(&mut self, body: &str) {
        self.written += 1;
        let call = self.provider.wrote(&self.hook, self.written, body).await;
        let before = self.courtesy.events("inbound").await;
        let forged = self.provider.forged(&call).await;
        assert_eq!(self.courtesy.hear(&forged).await, (403, String::new()));
        assert_eq!(self.courtesy.events("inbound").await, before);
        for _ in 0..2 {
            assert_eq!(self.courtesy.hear(&call).await.0, 200);
        }
        assert_eq!(self.courtesy.events("inbound").await, before + 1);
    }

    /// The next message that the desk takes: from us, to the customer.
    async fn taken(&mut self) -> Taken {
        let number = self.taken;
        let taken = soon("the next message", async || {
            self.provider.book().all().get(number).cloned()
        })
        .await;
        self.taken += 1;
        assert_eq!((taken.from.as_str(), taken.to.as_str()), (NUMBER, PHONE));
        taken
    }
}

/// Adds the connection, with one field mistyped.
async fn add<P: TextProvider>(courtesy: &Courtesy, provider: &P, mistaken: &Entered) {
    let mut arguments = vec![
        "connection",
        "add",
        CONNECTION,
        "--tenant",
        SLUG,
        "--provider",
        P::PROVIDER,
    ];
    arguments.extend(["--channel", P::CHANNEL, "--sender", NUMBER]);
    let entered: Vec<Entered> = provider
        .entered()
        .into_iter()
        .map(|one| {
            if one.name == mistaken.name {
                Entered {
                    value: mistaken.value.clone(),
                    ..one
                }
            } else {
                one
            }
        })
        .collect();
    let plain: Vec<String> = entered
        .iter()
        .filter(|one| !one.is_secret)
        .map(|one| format!("{}={}", one.name, one.value))
        .collect();
    for one in &plain {
        arguments.extend(["--set", one]);
    }
    let mut lines = String::new();
    for one in entered.iter().filter(|one| one.is_secret) {
        arguments.extend(["--secret", one.name]);
        lines += &format!("{}\n", one.value);
    }
    let said = courtesy.given(&lines, &arguments).await;
    assert!(said.contains("it carries nothing yet"), "{said}");
}

/// Puts a field right.
async fn correct(courtesy: &Courtesy, right: &Entered) {
    let set = format!("{}={}", right.name, right.value);
    let (flag, value, line) = if right.is_secret {
        ("--secret", right.name, format!("{}\n", right.value))
    } else {
        ("--set", set.as_str(), String::new())
    };
    courtesy
        .given(
            &line,
            &["connection", "set", CONNECTION, "--tenant", SLUG, flag, value],
        )
        .await;
}
