//! Asks providers what became of messages: of those whose answer was lost, and of those that nobody reported on since they were taken.
//! Never sends anything again by itself.
use super::book::{Book, settled};
use super::status::{self, Applied, Report};
use super::store::{self, Unknown};
use crate::app::App;
use crate::connections;
use crate::db::{TenantId, Time};
use crate::happened::{Fate, Happened, Settled};
use fail::fail_point;
use providers::LookUp;
use rules::status::MessageStatus;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use uuid::Uuid;

/// How many look-ups run side by side.
const CONCURRENCY: usize = 16;
/// How long those of one round may take: a provider that is out must not hold up everything else.
const ALL_TOGETHER: Duration = Duration::from_secs(40);

/// Makes expired `sending` messages `unknown`, then asks providers about unknown ones. Never sends anything again by itself.
pub async fn rescue(app: &App, tenant: TenantId) -> anyhow::Result<usize> {
    let mut tx = app.tenant(tenant).await?;
    let expired = store::expire(&mut tx).await?;
    let settled: Vec<Settled> = expired
        .iter()
        .map(|carried| settled(carried, Fate::Unknown))
        .collect();
    let rescued = settled.len();
    if !settled.is_empty() {
        tx.happened(Happened::MessagesSettled(settled));
    }
    let asked = store::to_ask_about(&mut tx, 200).await?;
    fail_point!("rescue.before_commit", |_| Err(anyhow::anyhow!(
        "a drill says so"
    )));
    tx.commit().await?;
    fail_point!("rescue.before_asking");
    let looked_at = rescued + asked.len();
    let answers = ask(app, tenant, asked).await?;
    settle(app, tenant, answers).await?;
    Ok(looked_at)
}

/// What providers say of these, by message. Those that are not answered in time are left out, and asked about in the next round.
async fn ask(app: &App, tenant: TenantId, asked: Vec<Unknown>) -> anyhow::Result<HashMap<Uuid, LookUp>> {
    let through: BTreeSet<Uuid> = asked.iter().filter_map(|unknown| unknown.connection).collect();
    let through: Vec<Uuid> = through.into_iter().collect();
    let carriers = if through.is_empty() {
        BTreeMap::new()
    } else {
        let versions = connections::versions(app, tenant, &through).await?;
        connections::carriers(app, tenant, &versions).await?
    };
    let mut answers = HashMap::new();
    let all = async {
        let mut asking: JoinSet<(Uuid, LookUp)> = JoinSet::new();
        for unknown in asked {
            let provider = match unknown.connection {
                Some(connection) => carriers
                    .get(&connection)
                    .map(|carrier| Arc::clone(&carrier.provider)),
                None => app.provider(&unknown.provider),
            };
            let message = unknown.asked.message_id;
            let Some(provider) = provider else {
                answers.insert(message, LookUp::NotKnown);
                continue;
            };
            if asking.len() >= CONCURRENCY {
                answers.extend(asking.join_next().await.into_iter().flatten());
            }
            asking.spawn(async move { (message, provider.look_up(&unknown.asked).await) });
        }
        while let Some(landed) = asking.join_next().await {
            answers.extend(landed);
        }
    };
    let in_time = tokio::time::timeout(ALL_TOGETHER, all).await;
    if in_time.is_err() {
        tracing::warn!(tenant.id = %tenant.as_uuid(), "providers did not answer in time what became of messages");
    }
    Ok(answers)
}

async fn settle(app: &App, tenant: TenantId, mut answers: HashMap<Uuid, LookUp>) -> anyhow::Result<()> {
    if answers.is_empty() {
        return Ok(());
    }
    let mut tx = app.tenant(tenant).await?;
    let ids: Vec<Uuid> = answers.keys().copied().collect();
    let mut book = Book::default();
    let mut providers = HashMap::new();
    let locked = store::lock(&mut tx, &ids).await?;
    // who finds a message by its words can find one that somebody wrote again
    let found: Vec<(Uuid, String)> = answers
        .iter()
        .filter_map(|(message, answer)| match answer {
            LookUp::Accepted { external_id, .. } => Some((*message, external_id.clone())),
            LookUp::NeverAccepted | LookUp::NotKnown => None,
        })
        .collect();
    for message in store::claimed_by_others(&mut tx, &found).await? {
        answers.insert(message, LookUp::NotKnown);
    }
    for carried in locked {
        if carried.status != "unknown" {
            continue;
        }
        providers.insert(carried.id, carried.provider.clone());
        match answers.get(&carried.id) {
            Some(LookUp::Accepted { external_id, .. }) => book.sent(&carried, external_id.clone()),
            Some(LookUp::NeverAccepted) => book.failed(&carried, "never_accepted".to_owned(), false),
            Some(LookUp::NotKnown) | None => book.not_known(&tx, &carried),
        }
    }
    book.close(&mut tx).await?;
    fail_point!("settle.before_commit", |_| Err(anyhow::anyhow!(
        "a drill says so"
    )));
    tx.commit().await?;
    fail_point!("settle.after_commit");
    for (message, provider) in providers {
        if let Some(answer) = answers.get(&message) {
            move_up(app, tenant, message, &provider, answer).await?;
        }
    }
    Ok(())
}

/// A provider that has a message says how far it came: applied as its report would be, in a transaction of its own. Did it say more than
/// we knew?
async fn move_up(
    app: &App,
    tenant: TenantId,
    message: Uuid,
    provider: &str,
    answer: &LookUp,
) -> anyhow::Result<bool> {
    let LookUp::Accepted {
        external_id,
        status,
        code,
    } = answer
    else {
        return Ok(false);
    };
    if MessageStatus::parse(status).is_none_or(|status| status <= MessageStatus::Sent) {
        return Ok(false);
    }
    let mut tx = app.tenant(tenant).await?;
    let report = Report {
        message: Some(message),
        provider,
        external_id,
        status,
        code: code.as_deref(),
        // an answer to a question has no time of its own
        at: None,
    };
    let applied = status::apply(&mut tx, &report).await?;
    tx.commit().await?;
    Ok(applied == Applied::Moved)
}

/// Asks about messages that this connection's provider took between two moments and never reported on, at most so many. Answers how many
/// were asked about, and how many had moved on.
pub async fn ask_about_silent(
    app: &App,
    tenant: TenantId,
    connection: Uuid,
    between: (Time, Time),
    limit: i64,
) -> anyhow::Result<(usize, usize)> {
    let mut tx = app.tenant(tenant).await?;
    let silent = store::without_a_report(&mut tx, connection, between, limit).await?;
    drop(tx);
    if silent.is_empty() {
        return Ok((0, 0));
    }
    let of: HashMap<Uuid, String> = silent
        .iter()
        .map(|one| (one.asked.message_id, one.provider.clone()))
        .collect();
    let answers = ask(app, tenant, silent).await?;
    let mut moved = 0;
    for (message, answer) in &answers {
        let provider = of.get(message).map_or("", String::as_str);
        moved += usize::from(move_up(app, tenant, *message, provider, answer).await?);
    }
    let asked: Vec<Uuid> = answers.into_keys().collect();
    let mut tx = app.tenant(tenant).await?;
    store::count_lookups(&mut tx, &asked).await?;
    tx.commit().await?;
    Ok((asked.len(), moved))
}
