//! The statements on recipients that recording consent needs, in batches: lock in the order of addresses, suppress, re-open.
use crate::db::{TenantTx, Time};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::Scope;
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// An address that must not be messaged.
pub(in crate::consents) struct Suppress {
    pub channel: Channel,
    pub address: String,
    pub scope: Scope,
    pub reason: SuppressionReason,
    pub at: Timestamp,
}

/// Makes rows for addresses seen for the first time, and locks all in the order in which everybody does.
pub(in crate::consents) async fn lock(
    tx: &mut TenantTx,
    wanted: &[(Channel, String, Option<Uuid>)],
) -> sqlx::Result<()> {
    let (tenant, now) = (tx.id(), tx.time());
    let channels: Vec<String> = wanted
        .iter()
        .map(|(channel, ..)| channel.name().to_owned())
        .collect();
    let addresses: Vec<String> = wanted.iter().map(|(_, address, _)| address.clone()).collect();
    let customers: Vec<Option<Uuid>> = wanted.iter().map(|(.., customer)| *customer).collect();
    sqlx::query!(
        r#"insert into recipients (tenant_id, channel, address, customer_id, created_at, updated_at)
           select $1, w.channel, w.address, w.customer_id, $5, $5
           from (select distinct on (channel, address) channel, address, customer_id
                 from unnest($2::text[], $3::text[], $4::uuid[]) as given (channel, address, customer_id)
                 order by channel, address) as w
           on conflict (tenant_id, channel, address) do nothing"#,
        tenant,
        &channels,
        &addresses,
        &customers as &[Option<Uuid>],
        now as Time,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        r#"select r.address from recipients r
           join unnest($2::text[], $3::text[]) as w (channel, address) on r.channel = w.channel and r.address = w.address
           where r.tenant_id = $1 order by r.channel, r.address for update of r"#,
        tenant,
        &channels,
        &addresses,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

/// Suppresses addresses. What is in force stays, unless the new one covers more or is an opt-out where delivery had failed.
pub(in crate::consents) async fn suppress(tx: &mut TenantTx, addresses: &[Suppress]) -> sqlx::Result<()> {
    // A refusal of transactional messages alone is the consent's to know: the address goes on for the rest.
    let wanted: Vec<&Suppress> = addresses
        .iter()
        .filter(|one| one.scope != Scope::Transactional)
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.id(), tx.time());
    let column = |of: fn(&Suppress) -> &str| {
        wanted
            .iter()
            .map(|one| of(one).to_owned())
            .collect::<Vec<String>>()
    };
    let times: Vec<Time> = wanted.iter().map(|one| Time(one.at)).collect();
    sqlx::query!(
        r#"update recipients r
           set suppressed_scope = w.scope, suppressed_reason = w.reason, suppressed_at = w.at, updated_at = $7
           from (select distinct on (channel, address) channel, address, scope, reason, at
                 from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
                      as given (channel, address, scope, reason, at)
                 order by channel, address, scope = 'all' desc, at desc) as w
           where r.tenant_id = $1 and r.channel = w.channel and r.address = w.address
             and (r.suppressed_scope is null
                  or (r.suppressed_scope = 'marketing' and w.scope = 'all')
                  or (r.suppressed_reason in ('hard_bounce', 'invalid_address')
                      and w.scope = 'all' and w.reason not in ('hard_bounce', 'invalid_address')))"#,
        tenant,
        &column(|one| one.channel.name()),
        &column(|one| &one.address),
        &column(|one| one.scope.name()),
        &column(|one| one.reason.name()),
        &times as &[Time],
        now as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Re-opens addresses that were suppressed before the consumer's act at that time.
pub(in crate::consents) async fn reopen(
    tx: &mut TenantTx,
    addresses: &[(Channel, String, Timestamp)],
) -> sqlx::Result<()> {
    if addresses.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.id(), tx.time());
    let channels: Vec<String> = addresses
        .iter()
        .map(|(channel, ..)| channel.name().to_owned())
        .collect();
    let names: Vec<String> = addresses.iter().map(|(_, address, _)| address.clone()).collect();
    let times: Vec<Time> = addresses.iter().map(|(.., at)| Time(*at)).collect();
    sqlx::query!(
        r#"update recipients r
           set suppressed_scope = null, suppressed_reason = null, suppressed_at = null, updated_at = $5
           from unnest($2::text[], $3::text[], $4::timestamptz[]) as w (channel, address, at)
           where r.tenant_id = $1 and r.channel = w.channel and r.address = w.address and r.suppressed_at < w.at"#,
        tenant,
        &channels,
        &names,
        &times as &[Time],
        now as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which customers have these addresses on a channel, now or when the address was first seen.
pub(in crate::consents) async fn customers_of(
    tx: &mut TenantTx,
    channel: Channel,
    addresses: &[String],
) -> sqlx::Result<Vec<(String, Uuid)>> {
    let tenant = tx.id();
    let rows = sqlx::query_file!("src/consents/customers_of.sql", tenant, channel.name(), addresses)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.address, row.customer_id))
        .collect())
}
