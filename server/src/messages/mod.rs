//! Messages: queued by whoever wants something sent, decided by the gate, handed over, recorded. Each outbound message,
//! on every path, goes this way.
use crate::app::App;
use crate::conversations::{self, Heard};
use crate::db::{TenantId, TenantTx, Time};
use crate::happened::{Fate, Happened, Settled};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::Scope;
use rules::purpose::Purpose;
use uuid::Uuid;

mod aside;
mod book;
pub mod bounce;
mod counted;
pub mod facts;
pub mod foretell;
pub mod gate;
pub mod hand_over;
pub mod own_address;
mod ready;
pub mod reply;
pub mod rescue;
pub mod settle;
mod signs;
pub mod status;
mod store;
pub mod tasks;
pub mod try_out;
pub mod unsubscribe;
mod ways;

const OPTED_OUT: &str = "opted_out";

/// A message that somebody wants sent. The gate decides when, and whether.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub id: Uuid,
    pub channel: Channel,
    pub purpose: Purpose,
    pub customer: Option<Uuid>,
    /// The address of ours that it should come from: that to which the customer wrote. Else the connection says.
    pub from: Option<String>,
    /// The address it goes to; its recipient row is made when it is first seen.
    pub to: String,
    pub subject: Option<String>,
    pub body: String,
    /// Pictures and the like, which the provider fetches.
    pub media_urls: Vec<String>,
    pub template: Option<Uuid>,
    /// What the template's variables were replaced by, where the provider fills an approved one.
    pub variables: Vec<(String, String)>,
    /// The touch that it carries: campaign, enrollment, number.
    pub touch: Option<(Uuid, Uuid, i16)>,
    /// The provider event that it answers, which it does once, and since when that waits for it.
    pub answers: Option<(String, Timestamp)>,
    pub due_at: Timestamp,
}

/// Queues messages; one that was queued for the same touch or as answer to the same event is left as it is. Our address is that
/// of the tenant's connection for the channel, or empty when there is none (the gate says so). Answers how many were new.
pub async fn queue(tx: &mut TenantTx, messages: &[NewMessage]) -> sqlx::Result<u64> {
    store::insert(tx, messages).await
}

/// The queued messages of a paused campaign wait for its resumption. Answers how many.
pub async fn wait_for_campaign(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<u64> {
    store::wait_for_campaign(tx, campaign).await
}

/// The messages that waited for a campaign go before the gate now. Answers how many.
pub async fn release_for_campaign(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<u64> {
    store::release_for_campaign(tx, campaign).await
}

/// Cancels what is queued for enrollments that ended. What is in flight stays in flight. Answers how many.
pub async fn cancel_of_enrollments(tx: &mut TenantTx, enrollments: &[Uuid], why: &str) -> sqlx::Result<u64> {
    store::cancel_of_enrollments(tx, enrollments, why).await
}

/// Cancels what is queued to an address that opted out of `scope`. Answers to keywords stay: the law allows them. The touch of a
/// cancelled message ends too, also when its enrollment ended before (its message was in flight then, and came back to be tried again).
pub async fn cancel_to_address(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    scope: Scope,
) -> sqlx::Result<()> {
    let covered: Vec<String> = Purpose::ALL
        .into_iter()
        .filter(|purpose| scope.covers(*purpose) && !purpose.answers_a_keyword())
        .map(|purpose| purpose.name().to_owned())
        .collect();
    let cancelled = store::cancel_to_address(tx, channel.name(), address, &covered, OPTED_OUT).await?;
    let settled: Vec<Settled> = cancelled
        .iter()
        .map(|carried| {
            let fate = Fate::Stopped {
                why: OPTED_OUT.to_owned(),
                ends: None,
            };
            book::settled(carried, fate)
        })
        .collect();
    if !settled.is_empty() {
        tx.happened(Happened::MessagesSettled(settled));
    }
    Ok(())
}

/// What is queued for a campaign.
pub async fn queued_of_campaign(tx: &mut TenantTx, campaign: Uuid) -> sqlx::Result<Vec<Uuid>> {
    store::queued_of_campaign(tx, campaign).await
}

/// A message that somebody sent us.
#[derive(Debug, Clone)]
pub struct Incoming<'a> {
    pub channel: Channel,
    pub customer: Option<Uuid>,
    /// Our address, to which it came.
    pub ours: &'a str,
    pub theirs: &'a str,
    pub subject: Option<&'a str>,
    pub body: &'a str,
    /// Kept by reference, never fetched.
    pub media_urls: &'a [String],
    pub provider: &'a str,
    pub external_id: &'a str,
    /// When they wrote it: its place in the conversation, however late it is told.
    pub at: Timestamp,
}

/// Keeps a message that somebody sent us, in its conversation. Answers its id. The caller holds the recipient's lock.
pub async fn receive(tx: &mut TenantTx, incoming: &Incoming<'_>) -> sqlx::Result<Uuid> {
    let id = tx.new_id();
    let conversation = conversations::hear(
        tx,
        &Heard {
            channel: incoming.channel.name(),
            ours: &conversations::address(incoming.channel, incoming.ours),
            theirs: incoming.theirs,
            customer: incoming.customer,
            at: Time(incoming.at),
        },
    )
    .await?;
    store::insert_received(
        tx,
        &store::Received {
            id,
            channel: incoming.channel.name(),
            customer: incoming.customer,
            ours: incoming.ours,
            theirs: incoming.theirs,
            subject: incoming.subject,
            body: incoming.body,
            media_urls: incoming.media_urls,
            conversation,
            provider: incoming.provider,
            external_id: incoming.external_id,
            at: Time(incoming.at),
        },
    )
    .await?;
    Ok(id)
}

/// To whom a message of ours went or is to go.
pub async fn recipient_of(tx: &mut TenantTx, message: Uuid) -> sqlx::Result<Option<(Channel, String)>> {
    let found = store::recipient(tx, message).await?;
    Ok(found.and_then(|(channel, address)| Some((Channel::parse(&channel)?, address))))
}

/// Tenants whose messages want looking at now: due, with an expired lease, or of unknown outcome.
pub async fn tenants_with_work(app: &App, now: Timestamp) -> sqlx::Result<Vec<TenantId>> {
    let mut tx = app.db.engine().await?;
    store::tenants_with_work(&mut tx, Time(now)).await
}

/// When the next message is due after `now`, over all tenants.
pub async fn next_due(app: &App, now: Timestamp) -> sqlx::Result<Option<Timestamp>> {
    let mut tx = app.db.engine().await?;
    Ok(store::next_due(&mut tx, Time(now)).await?.map(|time| time.0))
}

/// Is anything in flight?
pub async fn any_in_flight(app: &App) -> sqlx::Result<bool> {
    let mut tx = app.db.engine().await?;
    store::any_sending(&mut tx).await
}
