//! Adds a connection: looked at, sealed, its address and its hook routed to the tenant. It carries nothing until it is verified and activated.
use super::error::ConnectionError;
use super::secrets::{Secrets, digest, new_token, part, seal};
use super::store::{self, Row};
use super::{Carries, check, keys, proved, stand_in};
use crate::app::App;
use crate::db::TenantTx;
use providers::Values;
use rules::channel::Channel;
use uuid::Uuid;

/// What is said of a connection when it is added.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// How the operator calls it; unique in the tenant.
    pub name: String,
    pub provider: String,
    pub channel: Channel,
    /// Our address.
    pub sender: String,
    pub carries: Carries,
    /// The name of a connection for which it carries while that one's provider is out.
    pub stands_in_for: Option<String>,
    /// The carrier registration that its sender is under, such as a 10DLC campaign's id.
    pub registration: Option<String>,
    /// The provider's fields, plain and secret.
    pub values: Values,
}

/// Adds a connection. Speaks to nobody: `verify` does. Answers its id; the caller commits.
pub async fn add(app: &App, tx: &mut TenantTx, new: &NewConnection) -> Result<Uuid, ConnectionError> {
    check::name(&new.name)?;
    let described = check::provider(app, &new.provider, new.channel)?;
    let sender = check::sender(described, new.channel, &new.sender)?;
    check::connect(app, described, &new.values)?;
    if let Some(registration) = &new.registration {
        check::registration(registration)?;
    }
    if store::is_demo(tx).await? {
        return Err(ConnectionError::Demo);
    }
    proved::make_room(app, tx.tenant(), new.channel, &sender).await?;
    let keys = keys::for_sealing(app, tx).await?;
    store::lock_all(tx).await?;
    let others = store::all(tx).await?;
    if others.iter().any(|one| one.name == new.name) {
        return Err(ConnectionError::NameTaken(new.name.clone()));
    }
    let stands_in_for = match &new.stands_in_for {
        None => None,
        Some(name) => Some(stand_in::target(&others, name, new.channel)?),
    };
    let id = tx.new_id();
    let (settings, fields) = part(described, &new.values);
    let secrets = Secrets {
        fields,
        hook_token: new_token(),
    };
    let row = Row {
        id,
        name: &new.name,
        channel: new.channel,
        provider: described.name,
        sender: &sender,
        registration: new.registration.as_deref(),
        carries: new.carries,
        settings,
        credentials: Some(seal(&keys, tx.tenant(), id, &secrets)?),
        is_active: false,
        verified_at: None,
        stands_in_for,
    };
    store::insert(tx, &row).await?;
    if !store::take_address(tx, new.channel, &sender).await? {
        return Err(ConnectionError::SenderTaken);
    }
    if described.hooks.is_some() {
        store::add_hook(tx, &digest(&secrets.hook_token), described.name, id).await?;
    }
    Ok(id)
}
