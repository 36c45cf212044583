//! Other connections of a tenant that a genuine call tells of: an app of Meta's calls one address for all of its numbers. Each believes the
//! call by its own secret, or it is not heard there. Never another tenant's.
use super::NewEvent;
use super::hooks::{NotHeard, rows};
use crate::app::App;
use crate::connections;
use crate::db::TenantId;
use providers::{Heard, Hook, Others, Refusal};

/// What the tenant's other connections make of a call; and of whom it tells besides, of which no connection believed it.
///
/// # Errors
/// `NotOpened` or what a connection can't verify now: the call should come again.
pub(super) async fn hear(
    app: &App,
    tenant: TenantId,
    provider: &str,
    hook: &Hook<'_>,
    mut others: Others,
) -> Result<(Vec<NewEvent>, Others), NotHeard> {
    let values: Vec<String> = others.values.iter().cloned().collect();
    let mut events = Vec::new();
    for (connection, value) in connections::with_setting(app, tenant, provider, others.field, &values).await?
    {
        // one of them keeps it; of two with the same sender it is the one in use
        if !others.values.contains(&value) {
            continue;
        }
        let versions = connections::versions(app, tenant, &[connection]).await?;
        let opened = connections::carriers(app, tenant, &versions)
            .await?
            .remove(&connection)
            .ok_or(NotHeard::NotOpened)?;
        let pieces = match opened.provider.hear(hook).await {
            Ok(Heard::Pieces(pieces) | Heard::Shared { pieces, .. }) if !pieces.is_empty() => pieces,
            Err(Refusal::NotNow) => return Err(NotHeard::Refused(Refusal::NotNow)),
            Ok(_) | Err(_) => continue,
        };
        others.values.remove(&value);
        for piece in &pieces {
            events.extend(rows(opened.provider.as_ref(), connection, piece, hook.now));
        }
    }
    Ok((events, others))
}
