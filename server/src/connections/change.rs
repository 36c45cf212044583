//! Changes a connection: its name, its sender, its provider's fields.
use super::error::ConnectionError;
use super::secrets::{Secrets, part, seal, unseal, values};
use super::store::{self, Changed};
use super::verify::{ask, learn};
use super::{check, find, keys, proved, sandbox, stand_in};
use crate::app::App;
use crate::db::TenantId;
use crate::happened::Happened;
use providers::Values;
use rules::channel::Channel;

/// What changes of a connection; what is not given stays. A field with an empty value is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub name: Option<String>,
    pub sender: Option<String>,
    /// The carrier registration that its sender is under; none any more when it is empty.
    pub registration: Option<String>,
    pub values: Values,
    /// The name of the connection that it stands in for from now on; an inner none: it stands in for none any more.
    pub stands_in_for: Option<Option<String>>,
}

/// Changes a connection, in one transaction. One in use has to work with its new values or sender at once, so its provider is asked before
/// anything is stored, with no transaction open; any other must be verified again. Answers whether it is verified.
pub async fn change(
    app: &App,
    tenant: TenantId,
    name: &str,
    changes: &Changes,
) -> Result<bool, ConnectionError> {
    if *changes == Changes::default() {
        return Err(ConnectionError::NothingToChange);
    }
    if let Some(name) = &changes.name {
        check::name(name)?;
    }
    if let Some(registration) = changes.registration.as_deref().filter(|new| !new.is_empty()) {
        check::registration(registration)?;
    }
    let mut tx = app.tenant(tenant).await?;
    let own = find(&mut tx, name).await?;
    let has_values = changes.values.iter().next().is_some();
    if own.provider == sandbox::SANDBOX && (has_values || changes.sender.is_some()) {
        return Err(ConnectionError::Sandbox);
    }
    let channel = Channel::parse(&own.channel);
    let sender = match (&changes.sender, channel) {
        (Some(sender), Some(channel)) => {
            let described = app.described(&own.provider).ok_or(ConnectionError::NoClient)?;
            Some(check::sender(described, channel, sender)?)
        }
        _ => None,
    }
    .filter(|sender| *sender != own.sender);
    if let (Some(sender), Some(channel)) = (&sender, channel) {
        proved::make_room(app, tenant, channel, sender).await?;
    }
    let is_other = has_values || sender.is_some();
    let (mut new, mut said) = (None, None);
    if has_values || is_other && own.is_active {
        let ring = app.keys.as_ref().ok_or(ConnectionError::NoClient)?;
        let stored = store::stored(&mut tx, own.id)
            .await?
            .ok_or_else(|| ConnectionError::Unknown(name.to_owned()))?;
        let described = app.described(&own.provider).ok_or(ConnectionError::NoClient)?;
        let secrets = unseal(ring, tenant, &stored)?;
        let mut all = values(&stored.settings, &secrets);
        for (field, value) in changes.values.iter() {
            all.set(field, value);
        }
        let provider = check::connect(app, described, &all)?;
        drop(tx);
        if own.is_active {
            let sender = sender.as_ref().unwrap_or(&own.sender);
            said = Some(ask(&*provider, &own.channel, sender).await?);
            proved::look_into_pool(app, tenant, &*provider, &own.channel, sender).await?;
        }
        tx = app.tenant(tenant).await?;
        if has_values {
            let (settings, fields) = part(described, &all);
            let secrets = Secrets {
                fields,
                hook_token: secrets.hook_token,
            };
            let keys = keys::for_sealing(app, &mut tx).await?;
            new = Some((settings, seal(&keys, tenant, own.id, &secrets)?));
        }
    }
    store::lock_all(&mut tx).await?;
    let all = store::all(&mut tx).await?;
    if !all
        .iter()
        .any(|one| one.id == own.id && one.updated_at == own.updated_at)
    {
        return Err(ConnectionError::ChangedMeanwhile);
    }
    if let Some(new_name) = &changes.name
        && all.iter().any(|one| one.id != own.id && one.name == *new_name)
    {
        return Err(ConnectionError::NameTaken(new_name.clone()));
    }
    let stands_in_for = match &changes.stands_in_for {
        Some(other) => Some(stand_in::wanted(&all, &own, other.as_deref())?),
        None => None,
    };
    let is_verified = own.verified_at.is_some() && (own.is_active || !is_other);
    let verified_at = own.verified_at.filter(|_| is_verified);
    let (settings, credentials) = new.unzip();
    let changed = Changed {
        name: changes.name.as_deref(),
        sender: sender.as_deref(),
        registration: changes.registration.as_deref(),
        settings,
        credentials,
        verified_at,
    };
    store::change(&mut tx, own.id, &changed).await?;
    if let Some(other) = stands_in_for {
        store::set_stands_in_for(&mut tx, own.id, other).await?;
    }
    if is_verified && is_other {
        store::verified(&mut tx, own.id).await?;
    }
    if let Some(said) = &said {
        learn(&mut tx, own.id, said).await?;
    }
    if let (Some(sender), Some(channel)) = (&sender, channel) {
        if !store::take_address(&mut tx, channel, sender).await? {
            return Err(ConnectionError::SenderTaken);
        }
        store::release_address(&mut tx, &own.channel, &own.sender).await?;
    }
    if sender.is_some() || changes.registration.is_some() {
        tx.happened(Happened::SendersChanged);
    }
    tx.commit().await?;
    Ok(is_verified)
}
