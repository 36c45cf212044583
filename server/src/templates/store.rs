//! The SQL of templates.
use super::{NewTemplate, Template};
use crate::db::{TenantTx, Time};
use rules::channel::Channel;
use rules::lifecycle::ServiceType;
use rules::purpose::Purpose;
use uuid::Uuid;

/// None when the name is taken.
pub(super) async fn insert(tx: &mut TenantTx, new: &NewTemplate) -> sqlx::Result<Option<Uuid>> {
    let (tenant, id, at) = (tx.id(), tx.new_id(), tx.time());
    sqlx::query_scalar!(
        r#"insert into message_templates (tenant_id, id, name, channel, purpose, service_type, subject, body, copied_from,
                                          created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
           on conflict do nothing returning id"#,
        tenant,
        id,
        new.name,
        new.channel.name(),
        new.purpose.name(),
        new.service_type.map(ServiceType::name),
        new.subject,
        new.body,
        new.copied_from,
        at as Time,
    )
    .fetch_optional(tx.conn())
    .await
}

pub(super) async fn set_text(
    tx: &mut TenantTx,
    id: Uuid,
    subject: Option<&str>,
    body: &str,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update message_templates
           set subject = $3, body = $4, updated_at = $5,
               approved_name = case when body = $4 then approved_name end,
               approved_language = case when body = $4 then approved_language end
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        subject,
        body,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn approve(tx: &mut TenantTx, id: Uuid, name: &str, language: &str) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query!(
        r#"update message_templates set approved_name = $3, approved_language = $4, updated_at = $5
           where tenant_id = $1 and id = $2"#,
        tenant,
        id,
        name,
        language,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn copy_of(tx: &mut TenantTx, key: &str) -> sqlx::Result<Option<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        "select id from message_templates where tenant_id = $1 and copied_from = $2 order by id limit 1",
        tenant,
        key
    )
    .fetch_optional(tx.conn())
    .await
}

pub(super) async fn list(tx: &mut TenantTx) -> sqlx::Result<Vec<Template>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select id, name, channel, purpose, service_type, subject, body, copied_from, approved_name, approved_language, is_active
           from message_templates where tenant_id = $1 order by name"#,
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Template {
                id: row.id,
                name: row.name,
                channel: Channel::parse(&row.channel)?,
                purpose: Purpose::parse(&row.purpose)?,
                service_type: row.service_type,
                subject: row.subject,
                body: row.body,
                copied_from: row.copied_from,
                approved_name: row.approved_name,
                approved_language: row.approved_language,
                is_active: row.is_active,
            })
        })
        .collect())
}
