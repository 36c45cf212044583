//! What every provider that calls us has to show: its reports and the customer's words count, and nobody else's.
use crate::business::{NAME, SLUG};
use crate::courtesy::{Call, soon};
use crate::day;
use crate::desk::Taken;
use crate::story::{CONNECTION, Carrier, Story};
use jiff::SignedDuration;

/// One that tells by webhook what happens.
pub trait Caller: Carrier {
    /// Its genuine call that a message was delivered.
    async fn delivered(&mut self, hook: &str, message: &Taken) -> Call;
    /// Its genuine call that the customer wrote this, as the message of that number.
    async fn wrote(&mut self, hook: &str, number: u32, body: &str) -> Call;
    /// The same call by somebody who has the address of the hook and not what the provider proves itself with.
    async fn forged(&mut self, call: &Call) -> Call;
}

impl<P: Caller> Story<P> {
    /// What a call is answered that proves nothing: Vonage repeats what is answered 5xx alone, as it should one that it could not sign.
    fn not_believed(&self) -> u16 {
        let repeats = providers::described(P::PROVIDER).is_some_and(|one| one.repeats_5xx_alone);
        if repeats { 503 } else { 403 }
    }

    /// The follow-up of a job leaves, and the provider tells that it arrived.
    pub async fn a_follow_up_goes_and_arrives(&mut self) {
        let taken = self.a_follow_up_goes().await;
        self.arrives(&taken, "service").await;
    }

    /// The provider tells that this message arrived, after somebody else did.
    pub async fn arrives(&mut self, taken: &Taken, purpose: &str) {
        let id = &self.is_sent(taken, purpose).await;
        let call = self.provider.delivered(&self.hook, taken).await;
        let before = self.courtesy.events("status").await;
        let forged = self.provider.forged(&call).await;
        assert_eq!(
            self.courtesy.hear(&forged).await,
            (self.not_believed(), String::new())
        );
        let elsewhere = Call {
            url: call.url.replacen(&self.hook, &format!("{}x", self.hook), 1),
            ..call.clone()
        };
        assert_ne!(elsewhere.url, call.url);
        assert_eq!(
            self.courtesy.hear(&elsewhere).await,
            (self.not_believed(), String::new())
        );
        assert_eq!(self.courtesy.events("status").await, before);
        assert_eq!(self.courtesy.status(id).await, "sent");
        // once more, as providers do
        for _ in 0..2 {
            assert_eq!(self.courtesy.hear(&call).await.0, 200);
        }
        soon("the report is applied", async || {
            (self.courtesy.status(id).await == "delivered").then_some(())
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

    /// The customer writes, and is answered in the conversation, with these pictures. Answers the conversation's id.
    pub async fn a_reply_goes_with(&mut self, pictures: &[&str]) -> String {
        self.tell("When can you come again?").await;
        // by times of whole seconds it may stand before what we said last
        soon("what they wrote is kept", async || {
            let sql = "select count(*) from messages where direction = 'inbound' and body = 'When can you come again?'";
            (self.courtesy.text(sql).await == "1").then_some(())
        })
        .await;
        let page = self
            .courtesy
            .json(&["conversation", "list", "--tenant", SLUG, "--unread"])
            .await;
        let conversation = &page["conversations"][0];
        assert_eq!(conversation["our_address"], P::OURS);
        assert_eq!(conversation["their_address"], P::THEIRS);
        let id = conversation["id"].as_str().unwrap().to_owned();
        let text = "On Tuesday at nine, if that suits you.";
        let mut reply = vec!["conversation", "reply", &id, "--tenant", SLUG, "--text", text];
        for picture in pictures {
            reply.extend(["--media", picture]);
        }
        self.courtesy.says(&reply).await;
        let taken = self.taken().await;
        assert_eq!(taken.body, text);
        self.arrives(&taken, "reply").await;
        id
    }

    /// The same without pictures.
    pub async fn a_reply_goes(&mut self) {
        self.a_reply_goes_with(&[]).await;
    }

    /// STOP: one confirmation, the address is suppressed, what is queued to it is taken back. Afterwards nothing goes.
    pub async fn stop_is_kept(&mut self) {
        let page = self
            .courtesy
            .json(&["conversation", "list", "--tenant", SLUG])
            .await;
        let all = page["conversations"].as_array().unwrap();
        let ours = all.iter().find(|one| one["their_address"] == P::THEIRS).unwrap();
        let conversation = ours["id"].as_str().unwrap().to_owned();
        let in_an_hour = (day::now() + SignedDuration::from_hours(1)).to_string();
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
            .json(&["consent", "status", "--tenant", SLUG, "--customer", P::THEIRS])
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
            .refuses(&[
                "connection",
                "test",
                CONNECTION,
                "--tenant",
                SLUG,
                "--to",
                P::THEIRS,
            ])
            .await;
        assert!(refused.contains("the gate would stop it"), "{refused}");
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
        assert_eq!(
            self.courtesy.hear(&forged).await,
            (self.not_believed(), String::new())
        );
        assert_eq!(self.courtesy.events("inbound").await, before);
        for _ in 0..2 {
            assert_eq!(self.courtesy.hear(&call).await.0, 200);
        }
        assert_eq!(self.courtesy.events("inbound").await, before + 1);
    }
}
