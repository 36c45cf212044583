//! What every provider has to show, told once: from `connection add` to the follow-up that is stopped after a STOP.
use crate::business::{NAME, SLUG};
use crate::courtesy::{Courtesy, PUBLIC_URL, soon};
use crate::desk::Taken;
use jiff::SignedDuration;
use serde_json::{Value, json};

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

/// A provider, from outside.
pub trait Carrier {
    /// As it is stored.
    const PROVIDER: &'static str;
    const CHANNEL: &'static str;
    /// The business's address there, and the customer's.
    const OURS: &'static str;
    const THEIRS: &'static str;
    /// As it calls the template of the business's own, where it has to approve it.
    const APPROVED: &'static str = "after_a_job";

    /// What its connection is told.
    fn entered(&self) -> Vec<Entered>;
    /// One of the fields as somebody mistypes it, and what `verify` says of that.
    fn mistaken(&self) -> (Entered, &'static str);
    /// What it took until now, in turn.
    fn taken(&self) -> Vec<Taken>;
}

/// A story that goes on.
pub struct Story<P> {
    pub courtesy: Courtesy,
    pub provider: P,
    /// The public address of the connection's hook; empty where there is none.
    pub hook: String,
    /// How many messages the provider should have by now.
    taken: usize,
    /// How many texts the customer wrote.
    pub written: u32,
}

impl<P: Carrier> Story<P> {
    /// A business with a campaign and a customer who agreed to be written to, and a connection that is mistyped, refused, put right, verified, and not in use yet.
    pub async fn begin(provider: P) -> Self {
        let courtesy = Courtesy::start().await;
        courtesy.business().await;
        courtesy.campaign(P::CHANNEL, P::APPROVED).await;
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
        let hook = shown["hook"]["url"].as_str().unwrap_or_default().to_owned();
        assert!(hook.is_empty() || hook.starts_with(&format!("{PUBLIC_URL}/hooks/{}/", P::PROVIDER)));
        let said = shown.to_string();
        for secret in provider.entered().iter().filter(|one| one.is_secret) {
            assert!(!said.contains(&secret.value), "{} is shown", secret.name);
        }
        assert_eq!(provider.taken().len(), 0);
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
            .json(&[
                "connection",
                "test",
                CONNECTION,
                "--tenant",
                SLUG,
                "--to",
                P::THEIRS,
            ])
            .await;
        let taken = self.taken().await;
        assert_eq!(tested["status"], "sent", "{tested:#}");
        assert!(
            tested["says"].as_str().unwrap().contains(&taken.name),
            "{tested:#}"
        );
        assert!(
            taken.body.contains("this is a test")
                && (taken.body.contains("STOP") || taken.body.contains("\"unsubscribe\"")),
            "{taken:?}"
        );
    }

    /// A job is entered that was done five hours ago: the follow-up leaves. The test before it said how to stop, as the first text of a
    /// month does.
    pub async fn a_follow_up_goes(&mut self) -> Taken {
        self.courtesy.job("J-1", SignedDuration::from_hours(5)).await;
        let taken = self.taken().await;
        assert!(
            taken.body.starts_with(&format!("Hi Zoe, this is {NAME}.")),
            "{taken:?}"
        );
        taken
    }

    /// Waits until this message is recorded as sent, with all that is known of it. Answers its id.
    pub async fn is_sent(&self, taken: &Taken, purpose: &str) -> String {
        let id = format!("msg_{}", taken.message.replace('-', ""));
        soon("the message is sent", async || {
            (self.courtesy.status(&id).await == "sent").then_some(())
        })
        .await;
        let message = self.courtesy.why(&id).await;
        assert_eq!(message["purpose"], purpose);
        assert_eq!(message["provider"], P::PROVIDER);
        assert_eq!(message["external_id"], taken.name);
        assert_eq!(message["body"], taken.body);
        id
    }

    /// After the STOP another job is entered: its follow-up is stopped by the gate, and `why` says why.
    pub async fn a_later_follow_up_is_stopped(&mut self) {
        self.courtesy.job("J-2", SignedDuration::from_hours(5)).await;
        let stopped = soon("the gate stops the follow-up", async || {
            let sql = "select count(*) from messages where status = 'stopped'";
            (self.courtesy.text(sql).await == "1").then_some(())
        });
        stopped.await;
        let stopped = self.courtesy.why(&self.courtesy.stopped().await).await;
        assert_eq!(
            (&stopped["purpose"], &stopped["status"]),
            (&json!("service"), &json!("stopped"))
        );
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
        let all = self.provider.taken();
        assert_eq!(all.len(), self.taken, "{all:#?}");
        for kind in ["status", "inbound"] {
            assert_eq!(
                self.courtesy.listed_events(kind).await,
                self.courtesy.events(kind).await
            );
        }
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

    /// The next message that the provider takes: from us, to the customer.
    pub async fn taken(&mut self) -> Taken {
        self.taken_for(P::THEIRS).await
    }

    /// The next message that the provider takes: from us, to this address.
    pub async fn taken_for(&mut self, to: &str) -> Taken {
        let number = self.taken;
        let taken = soon("the next message", async || {
            self.provider.taken().get(number).cloned()
        })
        .await;
        self.taken += 1;
        assert_eq!((taken.from.as_str(), taken.to.as_str()), (P::OURS, to));
        taken
    }
}

/// Adds the connection, with one field mistyped.
async fn add<P: Carrier>(courtesy: &Courtesy, provider: &P, mistaken: &Entered) {
    let mut arguments = vec![
        "connection",
        "add",
        CONNECTION,
        "--tenant",
        SLUG,
        "--provider",
        P::PROVIDER,
    ];
    arguments.extend(["--channel", P::CHANNEL, "--sender", P::OURS]);
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
