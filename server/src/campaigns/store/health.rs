//! The SQL of how carriers take a campaign.
use crate::db::{TenantTx, Time};
use uuid::Uuid;

/// A campaign that goes on.
pub struct Active {
    pub id: Uuid,
    pub name: String,
}

/// What was sent of a campaign, and how much of it was filtered.
pub struct Counted {
    pub filtered: i64,
    pub sent: i64,
}

/// The campaign of an enrollment; none when it is paused or gone.
pub async fn active_campaign_of(tx: &mut TenantTx, enrollment: Uuid) -> sqlx::Result<Option<Active>> {
    let tenant = tx.id();
    sqlx::query_as!(
        Active,
        r#"select c.id, c.name from campaign_enrollments e
           join campaigns c on c.tenant_id = $1 and c.id = e.campaign_id
           where e.tenant_id = $1 and e.id = $2 and c.status = 'active' and c.deleted_at is null"#,
        tenant,
        enrollment,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Messages of a campaign that a provider took since then. `codes` are provider and code with a space between them.
pub async fn filtered_since(
    tx: &mut TenantTx,
    campaign: Uuid,
    codes: &[String],
    since: Time,
) -> sqlx::Result<Counted> {
    let tenant = tx.id();
    sqlx::query_as!(
        Counted,
        r#"select count(*) filter (where m.error_code is not null and m.provider || ' ' || m.error_code = any($3)) as "filtered!",
                  count(*) as "sent!"
           from campaign_enrollments e
           join messages m on m.tenant_id = $1 and m.enrollment_id = e.id
           where e.tenant_id = $1 and e.campaign_id = $2 and m.sent_at >= $4"#,
        tenant,
        campaign,
        codes,
        since as Time,
    )
    .fetch_one(tx.conn())
    .await
}
