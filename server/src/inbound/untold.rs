//! A text of which a provider's list tells, and not what it says. It may be a STOP: while it is not applied the gate lets nothing go to whom
//! it is from, which ends when its call comes after all, or when a person has looked.
use super::apply::Came;
use super::store::{self, Waiting};
use super::{NewEvent, who};
use crate::app::App;
use crate::conversations;
use crate::customers::recipients;
use crate::db::{TenantId, TenantTx};
use crate::ids::Noun;
use crate::messages::tasks;
use jiff::{SignedDuration, Timestamp};
use providers::Inbound;
use providers::event::UNTOLD;

/// The kind of task about such a text.
const KIND: &str = "untold_text";
/// A call is as late as this at times, and nobody has to know.
const MAY_BE_LATE: SignedDuration = SignedDuration::from_mins(10);
/// How often it is looked whether its call came, or its task is closed: ever less often.
const OFTENEST: SignedDuration = SignedDuration::from_mins(1);
const SELDOMEST: SignedDuration = SignedDuration::from_mins(10);

/// The key of the call that would tell what it says.
fn call_of(key: &str) -> Option<&str> {
    key.strip_suffix(UNTOLD)
}

/// These events without the untold ones whose call came.
pub(super) async fn without_told(
    app: &App,
    tenant: TenantId,
    events: Vec<NewEvent>,
) -> sqlx::Result<Vec<NewEvent>> {
    let listed: Vec<(&NewEvent, &str)> = events
        .iter()
        .filter_map(|event| Some((event, call_of(&event.key)?)))
        .collect();
    let Some((first, _)) = listed.first() else {
        return Ok(events);
    };
    let mut tx = app.tenant(tenant).await?;
    let untold = store::untold(&mut tx, &first.provider, &listed).await?;
    drop(tx);
    let is_told = |event: &NewEvent| call_of(&event.key).is_some() && !untold.contains(&event.key);
    Ok(events.into_iter().filter(|event| !is_told(event)).collect())
}

/// Looks whether its call came, or a person closed its task; opens that when the call does not come.
pub(super) async fn look(
    tx: &mut TenantTx,
    waiting: &Waiting,
    said: &Inbound,
    wrote_at: Timestamp,
) -> anyhow::Result<Came> {
    let about = format!("{}: ", said.external_id);
    let task = tasks::about(tx, KIND, &about).await?;
    let call = [call_of(&waiting.event_key).unwrap_or_default().to_owned()];
    if !store::stored(tx, &waiting.provider, &call).await?.is_empty() {
        if let Some(task) = task.filter(|task| task.is_open) {
            tasks::close(tx, task.id, "courtesy", "Its call came after all.").await?;
        }
        return Ok(Came::Of("told_after_all"));
    }
    match task {
        Some(task) if !task.is_open => return Ok(Came::Of("looked_into")),
        Some(_) => {}
        None if tx.now() < wrote_at + MAY_BE_LATE => {}
        None => open(tx, waiting, said, wrote_at, &about).await?,
    }
    let next = (tx.now().duration_since(wrote_at) / 10).clamp(OFTENEST, SELDOMEST);
    Ok(Came::Waits(tx.now() + next))
}

async fn open(
    tx: &mut TenantTx,
    waiting: &Waiting,
    said: &Inbound,
    wrote_at: Timestamp,
    about: &str,
) -> anyhow::Result<()> {
    let theirs = conversations::address(said.channel, &said.from);
    let ours = who::ours(tx, said, waiting.connection_id).await?;
    let conversation = match conversations::between(tx, said.channel, &ours, &theirs).await? {
        Some(id) => format!(" Their conversation: {}.", Noun::Conversation.show(id)),
        None => String::new(),
    };
    let customers = recipients::customers_of(tx, said.channel, &theirs).await?;
    let said = format!(
        "{about}a text that {} lists as received at {}, of which no call told us, and whose words it does not keep. They may be a STOP: \
         nothing goes to whom it is from until this is closed, or its call comes after all.{conversation}",
        waiting.provider,
        wrote_at.strftime("%Y-%m-%d %H:%M UTC"),
    );
    Ok(tasks::open(tx, KIND, customers.first().copied(), None, &said).await?)
}
