//! The SQL of customers.
use super::activity;
use crate::customers::{Address, Customer, Profile};
use crate::db::{TenantTx, Time};
use rules::lifecycle::CustomerStage;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A customer who has one of the addresses that were asked for.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: Uuid,
    pub profile: Profile,
}

pub async fn known_by(tx: &mut TenantTx, emails: &[String], phones: &[String]) -> sqlx::Result<Vec<Known>> {
    let tenant = tx.id();
    let ids = sqlx::query_scalar!(
        r#"select id as "id!" from customers where tenant_id = $1 and email_norm = any($2)
           union
           select id from customers where tenant_id = $1 and phone = any($3)"#,
        tenant,
        emails,
        phones,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(load(tx, &ids)
        .await?
        .into_iter()
        .map(|customer| Known {
            id: customer.id,
            profile: customer.profile,
        })
        .collect())
}

pub async fn known_by_id(
    tx: &mut TenantTx,
    external_ids: &[String],
    whatsapp_numbers: &[String],
) -> sqlx::Result<Vec<Known>> {
    let tenant = tx.id();
    let ids = sqlx::query_scalar!(
        r#"select id as "id!" from customers where tenant_id = $1 and external_id = any($2)
           union
           select id from customers where tenant_id = $1 and whatsapp_number = any($3)"#,
        tenant,
        external_ids,
        whatsapp_numbers,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(load(tx, &ids)
        .await?
        .into_iter()
        .map(|customer| Known {
            id: customer.id,
            profile: customer.profile,
        })
        .collect())
}

pub async fn newest(
    tx: &mut TenantTx,
    status: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select id from customers
           where tenant_id = $1 and ($2::text is null or status = $2) and ($3::uuid is null or id < $3)
           order by id desc limit $4"#,
        tenant,
        status,
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn load(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<Vec<Customer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.id();
    let rows = sqlx::query_file!("src/customers/load.sql", tenant, ids)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Customer {
            id: row.id,
            stage: row.stage,
            status: row.status,
            orders_total: row.orders_total,
            orders_completed: row.orders_completed,
            last_order_completed_at: row.last_order_completed_at.map(|at| at.0),
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            profile: Profile {
                first_name: row.first_name,
                last_name: row.last_name,
                company_name: row.company_name,
                contact_person: row.contact_person,
                email: row.email,
                phone_raw: row.phone_raw,
                phone: row.phone,
                whatsapp_number: row.whatsapp_number,
                postal_code: row.postal_code,
                state: row.state,
                explicit_zone: if row.zone_source == "explicit" {
                    row.zone
                } else {
                    None
                },
                source: Some(row.source),
                tags: serde_json::from_value(row.tags).unwrap_or_default(),
                metadata: match row.metadata {
                    Value::Object(metadata) => metadata,
                    _ => Map::new(),
                },
                notes: row.notes,
                external_id: row.external_id,
                address: row.country.map(|country| Address {
                    line1: row.line1,
                    line2: row.line2,
                    city: row.city,
                    country,
                }),
            },
        })
        .collect())
}

/// The columns of profiles, each a list.
struct Columns {
    text: [Vec<Option<String>>; 14],
    phone_status: Vec<String>,
    zone_source: Vec<String>,
    source: Vec<String>,
    tags: Vec<Value>,
    metadata: Vec<Value>,
}

fn columns<'a>(profiles: impl Iterator<Item = &'a Profile> + Clone) -> Columns {
    let text = |of: fn(&Profile) -> Option<String>| profiles.clone().map(of).collect::<Vec<_>>();
    Columns {
        text: [
            text(|p| p.first_name.clone()),
            text(|p| p.last_name.clone()),
            text(|p| p.company_name.clone()),
            text(|p| p.contact_person.clone()),
            text(|p| p.email.clone()),
            text(|p| p.phone_raw.clone()),
            text(|p| p.phone.clone()),
            text(|p| p.whatsapp_number.clone()),
            text(|p| p.zip().map(str::to_owned)),
            text(|p| p.us_state().map(str::to_owned)),
            text(|p| p.zone().0),
            text(|p| p.notes.clone()),
            text(|p| p.external_id.clone()),
            text(|p| p.explicit_zone.clone()),
        ],
        phone_status: profiles.clone().map(|p| p.phone_status().to_owned()).collect(),
        zone_source: profiles.clone().map(|p| p.zone().1.name().to_owned()).collect(),
        source: profiles
            .clone()
            .map(|p| p.source.clone().unwrap_or_else(|| "other".to_owned()))
            .collect(),
        tags: profiles.clone().map(|p| json!(p.tags)).collect(),
        metadata: profiles.map(|p| Value::Object(p.metadata.clone())).collect(),
    }
}

pub async fn insert(tx: &mut TenantTx, actor: &str, new: &[(Uuid, Profile)]) -> sqlx::Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = new.iter().map(|(id, _)| *id).collect();
    let c = columns(new.iter().map(|(_, profile)| profile));
    let [
        first,
        last,
        company,
        contact,
        email,
        raw,
        phone,
        whatsapp,
        postal,
        state,
        zone,
        notes,
        external,
        _,
    ] = &c.text;
    let done = sqlx::query_file!(
        "src/customers/insert.sql",
        tenant,
        at as Time,
        actor,
        &ids,
        first as &[Option<String>],
        last as &[Option<String>],
        company as &[Option<String>],
        contact as &[Option<String>],
        email as &[Option<String>],
        raw as &[Option<String>],
        phone as &[Option<String>],
        &c.phone_status,
        whatsapp as &[Option<String>],
        postal as &[Option<String>],
        state as &[Option<String>],
        zone as &[Option<String>],
        &c.zone_source,
        &c.source,
        &c.tags,
        &c.metadata,
        notes as &[Option<String>],
        external as &[Option<String>],
    )
    .fetch_all(tx.conn())
    .await?;
    debug_assert_eq!(done.len(), new.len());
    Ok(())
}

pub async fn update(
    tx: &mut TenantTx,
    actor: &str,
    changed: &[(Uuid, Profile, Map<String, Value>)],
) -> sqlx::Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let (tenant, at) = (tx.id(), tx.time());
    let ids: Vec<Uuid> = changed.iter().map(|(id, _, _)| *id).collect();
    let c = columns(changed.iter().map(|(_, profile, _)| profile));
    let [
        first,
        last,
        company,
        contact,
        email,
        raw,
        phone,
        whatsapp,
        postal,
        state,
        zone,
        notes,
        external,
        _,
    ] = &c.text;
    sqlx::query_file!(
        "src/customers/update.sql",
        tenant,
        at as Time,
        actor,
        &ids,
        first as &[Option<String>],
        last as &[Option<String>],
        company as &[Option<String>],
        contact as &[Option<String>],
        email as &[Option<String>],
        raw as &[Option<String>],
        phone as &[Option<String>],
        &c.phone_status,
        whatsapp as &[Option<String>],
        postal as &[Option<String>],
        state as &[Option<String>],
        zone as &[Option<String>],
        &c.zone_source,
        &c.source,
        &c.tags,
        &c.metadata,
        notes as &[Option<String>],
        external as &[Option<String>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Answers whose status changed.
pub async fn set_status(tx: &mut TenantTx, actor: &str, ids: &[Uuid], to: &str) -> sqlx::Result<Vec<Uuid>> {
    let (tenant, at) = (tx.id(), tx.time());
    sqlx::query_scalar!(
        r#"update customers set status = $3, updated_by = $4, updated_at = $5
           where tenant_id = $1 and id = any($2) and status <> $3 returning id"#,
        tenant,
        ids,
        to,
        actor,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await
}

/// Moves those that are in one of the stages `from`, with the time of it and an activity.
pub async fn move_stage(
    tx: &mut TenantTx,
    actor: &str,
    ids: &[Uuid],
    from: &[String],
    to: CustomerStage,
) -> sqlx::Result<()> {
    let (tenant, at) = (tx.id(), tx.time());
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let moved = sqlx::query_scalar!(
        r#"update customers
           set stage = $4, updated_by = $5, updated_at = $6,
               lead_at = case when $4 = 'lead' then $6 else lead_at end,
               marketing_at = case when $4 = 'marketing' then $6 else marketing_at end,
               trial_at = case when $4 = 'trial' then $6 else trial_at end,
               active_at = case when $4 = 'active' then $6 else active_at end,
               churned_at = case when $4 = 'churned' then $6 else churned_at end,
               dormant_at = case when $4 = 'dormant' then $6 else dormant_at end
           where tenant_id = $1 and id = any($2) and stage = any($3) and stage <> $4
           returning id"#,
        tenant,
        &sorted,
        from,
        to.name(),
        actor,
        at as Time,
    )
    .fetch_all(tx.conn())
    .await?;
    let changes = json!({ "stage": { "to": to.name() } });
    activity::insert_with(
        tx,
        actor,
        "StageChanged",
        moved.into_iter().map(|id| (id, changes.clone())),
    )
    .await
}

/// What a change of work orders adds to a customer's counts.
#[derive(Debug, Clone)]
pub struct Counted {
    pub customer: Uuid,
    pub total: i32,
    pub completed: i32,
    pub completed_at: Option<jiff::Timestamp>,
}

pub async fn count_orders(tx: &mut TenantTx, counted: &[Counted]) -> sqlx::Result<()> {
    let tenant = tx.id();
    let customers: Vec<Uuid> = counted.iter().map(|one| one.customer).collect();
    let totals: Vec<i32> = counted.iter().map(|one| one.total).collect();
    let completed: Vec<i32> = counted.iter().map(|one| one.completed).collect();
    let last: Vec<Option<Time>> = counted.iter().map(|one| one.completed_at.map(Time)).collect();
    sqlx::query!(
        r#"update customers c
           set orders_total = c.orders_total + n.total, orders_completed = c.orders_completed + n.completed,
               last_order_completed_at = greatest(c.last_order_completed_at, n.last)
           from (select customer_id, sum(total)::int as total, sum(completed)::int as completed, max(last) as last
                 from unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[]) as one (customer_id, total, completed, last)
                 group by customer_id) as n
           where c.tenant_id = $1 and c.id = n.customer_id"#,
        tenant,
        &customers,
        &totals,
        &completed,
        &last as &[Option<Time>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
