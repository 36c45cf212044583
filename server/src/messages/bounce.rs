//! What a mail that was refused or came back says of its address: hard ends it, five soft ones in a row do too (rule E4).
use crate::consents;
use crate::customers::recipients;
use crate::db::TenantTx;
use rules::channel::Channel;
use rules::suppression::SuppressionReason;

/// How many soft bounces in a row, without a delivery between them, are as good as a hard one.
const MOST_SOFT: i32 = 5;

/// The address takes no mail, and will take none: invalid, and suppressed. Nothing of it is consent.
pub async fn hard(tx: &mut TenantTx, address: &str) -> anyhow::Result<()> {
    recipients::mark_invalid(tx, Channel::Email, address).await?;
    consents::opt_out_address(tx, Channel::Email, address, SuppressionReason::HardBounce)
        .await
        .map_err(consents::ConsentError::beneath)?;
    Ok(())
}

/// The address could not be reached this time.
pub async fn soft(tx: &mut TenantTx, address: &str) -> anyhow::Result<()> {
    if recipients::unreachable(tx, Channel::Email, address).await? >= MOST_SOFT {
        hard(tx, address).await?;
    }
    Ok(())
}
