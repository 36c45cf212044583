//! Asks a connection's provider whether its credentials work, with no transaction open.
use super::error::ConnectionError;
use super::{NotConnected, carriers, check, circuit, find, open, proved, sandbox, store, versions};
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use crate::happened::Happened;
use providers::{CheckFailed, Checked, Provider, Registered};
use rules::channel::Channel;
use std::time::Duration;
use uuid::Uuid;

/// How long a provider may take when nobody waits for it.
const ASKED_WITHIN: Duration = Duration::from_secs(60);

/// Asks the provider, and keeps what it said: a connection that works is verified from now on, and available again if its account or
/// an outage was the reason why it wasn't; one that is refused is not verified any more, unless it is in use (its messages would be stopped for good: they
/// are better refused by the provider and looked at). One whose address a verified connection of another tenant has is refused alike.
pub async fn verify(app: &App, tenant: TenantId, name: &str) -> Result<Checked, ConnectionError> {
    let mut tx = app.tenant(tenant).await?;
    let connection = find(&mut tx, name).await?;
    if connection.provider == sandbox::SANDBOX {
        return Err(ConnectionError::Sandbox);
    }
    let opened = open(app, &mut tx, connection.id).await.map_err(named)?;
    drop(tx);
    let (channel, sender) = (connection.channel.as_str(), connection.sender.as_str());
    let said = match ask(&*opened.provider, channel, sender).await {
        Ok(said) => proved::look_into_pool(app, tenant, &*opened.provider, channel, sender)
            .await
            .map(|()| said),
        Err(error) => Err(error.into()),
    };
    let channel = Channel::parse(channel);
    if let (Ok(_), Some(channel)) = (&said, channel) {
        proved::make_room(app, tenant, channel, sender).await?;
    }
    let mut tx = app.tenant(tenant).await?;
    store::lock_all(&mut tx).await?;
    if find(&mut tx, name).await?.updated_at != connection.updated_at {
        return Err(ConnectionError::ChangedMeanwhile);
    }
    let said = match (said, channel) {
        (Ok(_), Some(channel)) if !store::take_address(&mut tx, channel, sender).await? => {
            Err(ConnectionError::SenderTaken)
        }
        (said, _) => said,
    };
    match &said {
        Ok(said) => {
            store::verified(&mut tx, connection.id).await?;
            learn(&mut tx, connection.id, said).await?;
            circuit::close(&mut tx, connection.id).await?;
        }
        Err(error) if is_refused(error) && !connection.is_active => {
            store::not_verified(&mut tx, connection.id).await?;
        }
        Err(_) => {}
    }
    tx.commit().await?;
    Ok(said?.account)
}

/// Is it refused as it stands, and not only today?
fn is_refused(error: &ConnectionError) -> bool {
    matches!(
        error,
        ConnectionError::Check(CheckFailed::Refused(_))
            | ConnectionError::SenderTaken
            | ConnectionError::PoolOfOthers(_)
    )
}

/// Asks the provider of a connection how the account stands, and keeps what it says; whether it is verified stays as it is. Nothing is kept
/// when it can't be asked.
pub async fn ask_account(app: &App, tenant: TenantId, connection: Uuid) -> anyhow::Result<()> {
    let versions = versions(app, tenant, &[connection]).await?;
    let Some(opened) = carriers(app, tenant, &versions).await?.remove(&connection) else {
        return Ok(());
    };
    let mut tx = app.tenant(tenant).await?;
    let all = store::all(&mut tx).await?;
    drop(tx);
    let Some(own) = all.into_iter().find(|one| one.id == connection) else {
        return Ok(());
    };
    let asked = tokio::time::timeout(ASKED_WITHIN, ask(&*opened.provider, &own.channel, &own.sender)).await;
    let said = match asked {
        Ok(Ok(said)) => said,
        Ok(Err(error)) => {
            tracing::warn!(tenant.id = %tenant.as_uuid(), connection.id = %connection, %error, "the account can't be asked after");
            return Ok(());
        }
        Err(_) => return Ok(()),
    };
    let mut tx = app.tenant(tenant).await?;
    store::lock_all(&mut tx).await?;
    let now = store::all(&mut tx).await?;
    // of another sender or account something else is so
    if now
        .iter()
        .any(|one| one.id == own.id && one.updated_at == own.updated_at)
    {
        learn(&mut tx, connection, &said).await?;
    }
    tx.commit().await
}

/// What a provider says of an account, and of the registration that a sender of it is under.
pub(super) struct Said {
    pub account: Checked,
    registered: Option<Registered>,
}

/// Asks a provider of the account and of the sender's registration. Credentials that may not see the registration may send all the same.
pub(super) async fn ask(provider: &dyn Provider, channel: &str, sender: &str) -> Result<Said, CheckFailed> {
    let mut account = provider.check().await?;
    if let Some(number) = &account.number
        && !rules::address::spellings(sender).contains(number)
    {
        return Err(CheckFailed::Refused(format!(
            "sender: it is {sender}, and phone_number_id is that of {number}; correct the one that is wrong"
        )));
    }
    let registered = match Channel::parse(channel) {
        Some(channel) => provider.registered(channel, sender).await,
        None => Ok(None),
    };
    match &registered {
        Ok(None) => {}
        Ok(Some(registered)) => account.summary = format!("{}; {}", account.summary, registered.summary),
        Err(error) => account.summary = format!("{}; of its registration: {error}", account.summary),
    }
    Ok(Said {
        account,
        registered: registered.unwrap_or_default(),
    })
}

/// Keeps what a provider said. Its name of the registration is the sender's where no person gave it one.
pub(super) async fn learn(tx: &mut TenantTx, connection: Uuid, said: &Said) -> sqlx::Result<()> {
    store::account_says(tx, connection, &said.account.summary).await?;
    if let Some(pace) = said.account.pace {
        tx.happened(Happened::PaceTold { connection, pace });
    }
    if let Some(registered) = &said.registered {
        let is_fit = check::registration(&registered.id).is_ok();
        if is_fit && store::name_registration(tx, connection, &registered.id).await? {
            tx.happened(Happened::SendersChanged);
        }
        tx.happened(Happened::CapsTold {
            connection,
            caps: registered.caps.clone(),
        });
    }
    Ok(())
}

/// The same error in the words of the verbs.
pub(super) fn named(error: NotConnected) -> ConnectionError {
    match error {
        NotConnected::Sealed(error) => error.into(),
        NotConnected::Field(error) => error.into(),
        NotConnected::Database(error) => error.into(),
        NotConnected::NoClient => ConnectionError::NoClient,
        NotConnected::Gone => ConnectionError::ChangedMeanwhile,
        NotConnected::UnknownProvider(_) => ConnectionError::Other(error.into()),
    }
}
