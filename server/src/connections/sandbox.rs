//! The sandbox on every channel: what a new tenant begins with.
use super::Carries;
use super::store::{self, Row};
use crate::db::TenantTx;
use rules::channel::Channel;
use serde_json::json;

/// The stored name of the sandbox, which is no provider that one connects to.
pub(super) const SANDBOX: &str = "sandbox";

/// Gives a tenant the sandbox on every channel, each with an address of its own: the default until a real one is activated.
pub async fn open_sandbox(tx: &mut TenantTx, slug: &str) -> anyhow::Result<()> {
    // a reserved number per tenant: the last digits come from its id
    let number = tx.id().as_u128() % 10_000_000;
    for channel in Channel::ALL {
        let sender = match channel {
            Channel::Sms => format!("+1888{number:07}"),
            Channel::Whatsapp => format!("+1877{number:07}"),
            Channel::Email => format!("hello@{slug}.example"),
        };
        let row = Row {
            id: tx.new_id(),
            name: &format!("{} by sandbox", channel.name()),
            channel,
            provider: SANDBOX,
            registration: None,
            sender: &sender,
            carries: Carries::Any,
            settings: json!({}),
            credentials: None,
            is_active: true,
            verified_at: Some(tx.now()),
            stands_in_for: None,
        };
        store::insert(tx, &row).await?;
        anyhow::ensure!(
            store::take_address(tx, channel, &sender).await?,
            "the address {sender} is another tenant's already"
        );
    }
    Ok(())
}
