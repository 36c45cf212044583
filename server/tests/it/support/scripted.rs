//! A provider that answers as a test says and keeps what reached it, and many messages for it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::{World, moment};
use jiff::{SignedDuration, Timestamp};
use providers::{Asked, CheckFailed, Checked, KnownOptOut, LookUp, Outcome, Provider, Request};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use rules::purpose::Purpose;
use server::consents::{self, NewConsent, Source};
use server::customers::{self, Profile, Save};
use server::db::{TenantId, TenantTx};
use server::doctor::deep;
use server::messages::{self, NewMessage};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What the provider answers, in turn; afterwards it takes everything and can't tell anything.
#[derive(Default)]
pub struct Answers {
    sends: VecDeque<Outcome>,
    /// Answers every send while there is one.
    always: Option<Outcome>,
    look_ups: VecDeque<LookUp>,
    /// Answers every look-up while there is one.
    finds: Option<LookUp>,
    opt_outs: Option<Vec<KnownOptOut>>,
    cannot_be_asked: bool,
}

impl Answers {
    pub fn calm() -> Self {
        Self::default()
    }

    pub fn first(sends: Vec<Outcome>) -> Self {
        Self {
            sends: sends.into(),
            ..Self::default()
        }
    }
}

/// What reached it: when, and to whom.
pub struct Scripted {
    name: &'static str,
    answers: Mutex<Answers>,
    sent: Mutex<Vec<(Timestamp, String)>>,
    asked: Mutex<Vec<Asked>>,
}

impl Scripted {
    pub fn sent(&self) -> Vec<(Timestamp, String)> {
        self.sent.lock().unwrap().clone()
    }

    pub fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// From now on every send is answered so, or all is well again.
    pub fn always(&self, outcome: Option<Outcome>) {
        self.answers.lock().unwrap().always = outcome;
    }

    pub fn tells(&self, look_ups: Vec<LookUp>) {
        self.answers.lock().unwrap().look_ups = look_ups.into();
    }

    /// From now on every look-up finds this message.
    pub fn finds(&self, external_id: &str, status: &str) {
        self.answers.lock().unwrap().finds = Some(LookUp::Accepted {
            external_id: external_id.to_owned(),
            status: status.to_owned(),
            code: None,
        });
    }

    /// From now on it has no question for what became of a message.
    pub fn cannot_be_asked(&self) {
        self.answers.lock().unwrap().cannot_be_asked = true;
    }

    pub fn knows_opt_outs(&self, list: Vec<KnownOptOut>) {
        self.answers.lock().unwrap().opt_outs = Some(list);
    }
}

#[async_trait::async_trait]
impl Provider for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn send(&self, request: &Request) -> Outcome {
        self.sent.lock().unwrap().push((request.now, request.to.clone()));
        let mut answers = self.answers.lock().unwrap();
        let always = answers.always.clone();
        always
            .or_else(|| answers.sends.pop_front())
            .unwrap_or_else(|| Outcome::Accepted {
                external_id: format!("x-{}", request.message_id),
            })
    }

    fn can_be_asked(&self) -> bool {
        !self.answers.lock().unwrap().cannot_be_asked
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        self.asked.lock().unwrap().push(asked.clone());
        let mut answers = self.answers.lock().unwrap();
        let next = answers.look_ups.pop_front();
        next.or_else(|| answers.finds.clone()).unwrap_or(LookUp::NotKnown)
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Ok(Checked::says("as scripted"))
    }

    async fn opt_outs(&self) -> Result<Option<Vec<KnownOptOut>>, CheckFailed> {
        Ok(self.answers.lock().unwrap().opt_outs.clone())
    }
}

/// The world with its texts by this provider.
pub async fn of_provider(world: World, name: &'static str, answers: Answers) -> (World, Arc<Scripted>) {
    of_provider_for(world, name, Channel::Sms, answers).await
}

/// The world with its messages on this channel by this provider.
pub async fn of_provider_for(
    mut world: World,
    name: &'static str,
    channel: Channel,
    answers: Answers,
) -> (World, Arc<Scripted>) {
    let provider = Arc::new(Scripted {
        name,
        answers: Mutex::new(answers),
        sent: Mutex::default(),
        asked: Mutex::default(),
    });
    world.app = world
        .app
        .clone()
        .with_provider(Arc::clone(&provider) as Arc<dyn Provider>);
    world
        .run(&format!(
            "update tenant_channel_settings set provider = '{name}' where tenant_id = $1 and channel = '{}'",
            channel.name()
        ))
        .await;
    (world, provider)
}

/// The same, from a name for many numbers, which has no pace of ours; at that moment.
pub async fn of_a_pool(name: &'static str, answers: Answers, at: &str) -> (World, Arc<Scripted>) {
    let (world, provider) = of_provider(super::world().await, name, answers).await;
    world
        .run("update tenant_channel_settings set sender_address = 'MG0123' where tenant_id = $1 and channel = 'sms'")
        .await;
    world.at(at);
    (world, provider)
}

/// Lets the engine live for so many seconds, in steps of one at least.
pub async fn run_for(world: &World, seconds: i64) {
    run_in_steps(world, seconds, SignedDuration::from_secs(1)).await;
}

/// The same in steps of a millisecond: who shares a pace goes at fractions of a second.
pub async fn run_finely_for(world: &World, seconds: i64) {
    run_in_steps(world, seconds, SignedDuration::from_millis(1)).await;
}

async fn run_in_steps(world: &World, seconds: i64, step: SignedDuration) {
    let end = world.app.clock.now() + SignedDuration::from_secs(seconds);
    world.engine().run_until(end, step, |_, _| {}).await.unwrap();
}

/// The doctor finds nothing, but for the connection's: a scripted provider has neither credentials nor a hook.
pub async fn assert_sound(world: &World) {
    for found in deep::tenant(&world.app, world.tenant).await.unwrap() {
        let is_sound = found.rows.is_empty() || found.check == "connections";
        assert!(is_sound, "{}: {:?}", found.check, found.rows);
    }
}

/// A plain text to somebody, due now.
pub fn queued(tx: &TenantTx, to: &str, now: Timestamp) -> NewMessage {
    NewMessage {
        id: server::ids::new(tx.now()),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        customer: None,
        from: None,
        to: to.to_owned(),
        subject: None,
        body: "Test Plumbing: thank you. Reply STOP to opt out.".to_owned(),
        media_urls: Vec::new(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: None,
        due_at: now,
    }
}

/// What becomes of this message in one round: its status and, if there is one, the reason.
pub async fn becomes(world: &World, message: impl FnOnce(&TenantTx) -> NewMessage) -> String {
    let mut tx = world.tx().await;
    let message = message(&tx);
    let id = message.id;
    messages::queue(&mut tx, &[message]).await.unwrap();
    tx.commit().await.unwrap();
    world.engine().round().await.unwrap();
    let sql = format!(
        "select concat_ws(' ', status, error_code) from messages where tenant_id = $1 and id = '{id}'"
    );
    world.text(&sql).await
}

/// So many messages of a campaign's kind, one segment each, to as many customers in New Orleans who agreed, all due now. The neighbour's
/// numbers begin with +1504524.
pub async fn bulk(world: &World, tenant: TenantId, count: usize) {
    let exchange = if tenant == world.tenant { "523" } else { "524" };
    let mut tx = world.app.tenant(tenant).await.unwrap();
    let made: usize = world
        .text(&format!(
            "select count(*) from customers where tenant_id = '{}'",
            tenant.as_uuid()
        ))
        .await
        .parse()
        .unwrap();
    let phones: Vec<String> = (made..made + count)
        .map(|n| format!("+1504{exchange}{n:04}"))
        .collect();
    let saves = phones
        .iter()
        .map(|phone| {
            let mut profile = Profile::default();
            profile.set_phone(phone, "US").unwrap();
            profile.set_postal_code("70116", "US");
            Save { id: None, profile }
        })
        .collect();
    let saved = customers::save_batch(&mut tx, "test", saves).await.unwrap();
    let at = moment("2026-02-01T18:00:00Z");
    let proof = (Source::Staff, ConsentMethod::ServiceAgreement);
    let consents = saved
        .iter()
        .zip(&phones)
        .map(|(saved, phone)| {
            NewConsent::new(saved.id(), Channel::Sms, phone, ConsentStatus::OptedIn, at, proof)
        })
        .collect();
    consents::record_batch(&mut tx, consents).await.unwrap();
    let now = tx.now();
    let all: Vec<NewMessage> = saved
        .iter()
        .zip(&phones)
        .zip(0..)
        .map(|((saved, phone), index)| NewMessage {
            customer: Some(saved.id()),
            // one after the other
            ..queued(
                &tx,
                phone,
                now - SignedDuration::from_secs(60) + SignedDuration::from_millis(index),
            )
        })
        .collect();
    messages::queue(&mut tx, &all).await.unwrap();
    tx.commit().await.unwrap();
}
