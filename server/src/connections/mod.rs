//! Connections: which provider carries a tenant's channel, and from which address of ours.
use crate::app::App;
use crate::db::{TenantId, TenantTx};
use rules::channel::Channel;

mod store;

/// Gives a tenant the sandbox on every channel, each with an address of its own: the default until a real one is verified.
pub async fn open_sandbox(tx: &mut TenantTx, slug: &str) -> sqlx::Result<()> {
    // a reserved number per tenant: the last digits come from its id
    let number = tx.id().as_u128() % 10_000_000;
    for channel in Channel::ALL {
        let sender = match channel {
            Channel::Sms => format!("+1888{number:07}"),
            Channel::Whatsapp => format!("+1877{number:07}"),
            Channel::Email => format!("hello@{slug}.example"),
        };
        store::insert(tx, channel, "sandbox", &sender).await?;
    }
    Ok(())
}

/// Whose address of ours it is.
pub async fn whose(app: &App, our_address: &str) -> sqlx::Result<Option<TenantId>> {
    let mut tx = app.db.engine().await?;
    Ok(store::route(&mut tx, our_address).await?.map(TenantId::found))
}
