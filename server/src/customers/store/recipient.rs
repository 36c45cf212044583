//! The SQL of recipients.
use crate::db::{TenantTx, Time};
use rules::channel::Channel;
use rules::consent::Scope;
use rules::suppression::SuppressionReason;
use uuid::Uuid;

pub async fn ensure(tx: &mut TenantTx, wanted: &[(&str, &str)]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let channels: Vec<String> = wanted.iter().map(|(channel, _)| (*channel).to_owned()).collect();
    let addresses: Vec<String> = wanted.iter().map(|(_, address)| (*address).to_owned()).collect();
    sqlx::query!(
        r#"insert into recipients (tenant_id, channel, address, created_at, updated_at)
           select $1, w.channel, w.address, $2, $2 from unnest($3::text[], $4::text[]) as w (channel, address)
           on conflict (tenant_id, channel, address) do nothing"#,
        tenant,
        at as Time,
        &channels,
        &addresses,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn lock(tx: &mut TenantTx, wanted: &[(&str, &str)]) -> sqlx::Result<()> {
    let tenant = tx.id();
    let channels: Vec<String> = wanted.iter().map(|(channel, _)| (*channel).to_owned()).collect();
    let addresses: Vec<String> = wanted.iter().map(|(_, address)| (*address).to_owned()).collect();
    sqlx::query!(
        r#"select r.address from recipients r
           join unnest($2::text[], $3::text[]) as w (channel, address) on r.channel = w.channel and r.address = w.address
           where r.tenant_id = $1
           order by r.channel, r.address
           for update of r"#,
        tenant,
        &channels,
        &addresses,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

pub async fn suppress(
    tx: &mut TenantTx,
    all: &[(Channel, String, Scope, SuppressionReason)],
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let channels: Vec<String> = all.iter().map(|one| one.0.name().to_owned()).collect();
    let addresses: Vec<String> = all.iter().map(|one| one.1.clone()).collect();
    let scopes: Vec<String> = all
        .iter()
        .map(|one| {
            if one.2 == Scope::Marketing {
                "marketing"
            } else {
                "all"
            }
            .to_owned()
        })
        .collect();
    let reasons: Vec<String> = all.iter().map(|one| one.3.name().to_owned()).collect();
    sqlx::query!(
        r#"update recipients r
           set suppressed_scope = s.scope, suppressed_reason = s.reason, updated_at = $2,
               -- another word for the same opt-out does not make it a later one
               suppressed_at = case when r.suppressed_scope = 'all' and r.suppressed_reason not in ('hard_bounce', 'invalid_address')
                                    then r.suppressed_at else $2 end
           from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as s (channel, address, scope, reason)
           where r.tenant_id = $1 and r.channel = s.channel and r.address = s.address
             and (r.suppressed_scope is null or (r.suppressed_scope = 'marketing' and s.scope = 'all')
                  -- who also said stop is not re-opened when the address works again
                  or (r.suppressed_reason in ('hard_bounce', 'invalid_address') and s.scope = 'all'
                      and s.reason not in ('hard_bounce', 'invalid_address'))
                  -- one's own word counts before what others wrote down
                  or (s.scope = 'all' and s.reason in ('keyword', 'free_text') and s.reason <> r.suppressed_reason))"#,
        tenant,
        at as Time,
        &channels,
        &addresses,
        &scopes,
        &reasons,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn reopen(tx: &mut TenantTx, all: &[(Channel, String)]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let channels: Vec<String> = all.iter().map(|(channel, _)| channel.name().to_owned()).collect();
    let addresses: Vec<String> = all.iter().map(|(_, address)| address.clone()).collect();
    sqlx::query!(
        r#"update recipients r
           set suppressed_scope = null, suppressed_reason = null, suppressed_at = null, updated_at = $4
           from unnest($2::text[], $3::text[]) as w (channel, address)
           where r.tenant_id = $1 and r.channel = w.channel and r.address = w.address and r.suppressed_scope is not null"#,
        tenant,
        &channels,
        &addresses,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn set_status(tx: &mut TenantTx, channel: &str, address: &str, status: &str) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update recipients set address_status = $4, updated_at = $5
           where tenant_id = $1 and channel = $2 and address = $3"#,
        tenant,
        channel,
        address,
        status,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn count_unreachable(tx: &mut TenantTx, channel: &str, address: &str) -> sqlx::Result<i32> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_scalar!(
        r#"update recipients set unreachable_count = unreachable_count + 1, updated_at = $4
           where tenant_id = $1 and channel = $2 and address = $3
           returning unreachable_count"#,
        tenant,
        channel,
        address,
        at as Time,
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn forget_unreachable(tx: &mut TenantTx, channel: &str, addresses: &[String]) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update recipients set unreachable_count = 0, updated_at = $4
           where tenant_id = $1 and channel = $2 and address = any($3) and unreachable_count > 0"#,
        tenant,
        channel,
        addresses,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn learn_carrier(
    tx: &mut TenantTx,
    channel: &str,
    address: &str,
    carrier: &str,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update recipients set carrier = $4, updated_at = $5
           where tenant_id = $1 and channel = $2 and address = $3 and carrier is distinct from $4"#,
        tenant,
        channel,
        address,
        carrier,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn heard_from(tx: &mut TenantTx, channel: &str, address: &str, wrote_at: Time) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update recipients
           set last_inbound_at = greatest(last_inbound_at, $4::timestamptz), updated_at = $5,
               -- a number from which a text came takes texts; above an e-mail anybody writes any address
               address_status = case when channel = 'email' then address_status else 'valid' end,
               unreachable_count = case when channel = 'email' then unreachable_count else 0 end
           where tenant_id = $1 and channel = $2 and address = $3"#,
        tenant,
        channel,
        address,
        wrote_at as Time,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn customers_of(
    tx: &mut TenantTx,
    channel: &str,
    addresses: &[String],
) -> sqlx::Result<Vec<(String, Uuid)>> {
    let tenant = tx.id();
    let lower: Vec<String> = addresses.iter().map(|address| address.to_lowercase()).collect();
    let rows = sqlx::query!(
        r#"select phone as "address!", id as "id!" from customers where tenant_id = $1 and $2 = 'sms' and phone = any($3)
           union select whatsapp_number, id from customers where tenant_id = $1 and $2 = 'whatsapp' and whatsapp_number = any($3)
           -- of whom WhatsApp tells an id alone, the recipient says whose it is
           union select address, customer_id from recipients
                 where tenant_id = $1 and $2 = 'whatsapp' and channel = 'whatsapp' and address = any($3) and customer_id is not null
                   and address not like '+%'
           union select email_norm, id from customers where tenant_id = $1 and $2 = 'email' and email_norm = any($4)
           order by 1, 2"#,
        tenant,
        channel,
        addresses,
        &lower,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.address, row.id)).collect())
}

pub async fn of_user_id(tx: &mut TenantTx, user_id: &str) -> sqlx::Result<Option<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select address from recipients
           where tenant_id = $1 and whatsapp_user_id = $2 and channel = 'whatsapp'
           order by last_inbound_at desc nulls last, address limit 1"#,
        tenant,
        user_id,
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn set_customer(tx: &mut TenantTx, user_id: &str, customer: Uuid) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update recipients set customer_id = $3, updated_at = $4
           where tenant_id = $1 and channel = 'whatsapp' and address = $2"#,
        tenant,
        user_id,
        customer,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn user_ids(tx: &mut TenantTx, customer: Uuid) -> sqlx::Result<Vec<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select address from recipients
           where tenant_id = $1 and customer_id = $2 and channel = 'whatsapp' and address not like '+%'
           order by address"#,
        tenant,
        customer,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn set_user_id(tx: &mut TenantTx, number: &str, user_id: &str) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        r#"update recipients set whatsapp_user_id = $3, updated_at = $4
           where tenant_id = $1 and channel = 'whatsapp' and address = $2 and whatsapp_user_id is distinct from $3"#,
        tenant,
        number,
        user_id,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn closed_by(tx: &mut TenantTx, channel: &str, address: &str) -> sqlx::Result<Option<String>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select suppressed_reason as "reason!" from recipients
           where tenant_id = $1 and channel = $2 and address = $3 and suppressed_scope = 'all'"#,
        tenant,
        channel,
        address,
    )
    .fetch_optional(tx.conn())
    .await
}
