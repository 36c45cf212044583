//! Customers: who a tenant serves, how they can be reached, where they are, and what was done to their record.
use crate::db::TenantTx;
use crate::happened::Happened;
use crate::tenants;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::lifecycle::CustomerStage;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

mod list;
pub mod profile;
pub mod recipients;
mod save;
mod store;

pub use list::{Filter, Page, list};
pub use profile::{Address, Profile};
pub use save::{Save, Saved, save_batch};
pub use store::customer::{Counted, Known};

/// A customer as its tenant sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Customer {
    #[serde(serialize_with = "crate::ids::json::customer")]
    pub id: Uuid,
    pub profile: Profile,
    pub stage: String,
    pub status: String,
    pub orders_total: i32,
    pub orders_completed: i32,
    pub last_order_completed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One thing that was done to a customer's record.
#[derive(Debug, Clone, Serialize)]
pub struct Activity {
    pub kind: String,
    pub at: Timestamp,
    pub actor: String,
    pub changes: Value,
}

/// Why a customer can't be found or changed so.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    #[error("customer: there is none with the id, e-mail address or phone number `{0}`")]
    Unknown(String),
    #[error("email: another customer of this tenant has it")]
    EmailTaken,
    #[error("phone: another customer of this tenant has it")]
    PhoneTaken,
    #[error("whatsapp: another customer of this tenant has it")]
    WhatsappTaken,
    #[error("stage: a customer can't go from {from} to {to}")]
    Stage { from: String, to: String },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Makes a customer. Answers its id.
pub async fn create(tx: &mut TenantTx, actor: &str, profile: Profile) -> Result<Uuid, CustomerError> {
    one(tx, actor, Save { id: None, profile })
        .await
        .map(|saved| saved.id())
}

/// Changes a customer to this profile; what changed is kept as an activity. Answers whether anything did.
pub async fn update(
    tx: &mut TenantTx,
    actor: &str,
    id: Uuid,
    profile: Profile,
) -> Result<bool, CustomerError> {
    one(
        tx,
        actor,
        Save {
            id: Some(id),
            profile,
        },
    )
    .await
    .map(|saved| matches!(saved, Saved::Updated { .. }))
}

async fn one(tx: &mut TenantTx, actor: &str, save: Save) -> Result<Saved, CustomerError> {
    let email = save.profile.email.as_deref().map(str::to_lowercase);
    let known = store::customer::known_by(
        tx,
        &email.clone().into_iter().collect::<Vec<_>>(),
        &save.profile.phone.clone().into_iter().collect::<Vec<_>>(),
    )
    .await?;
    if let Some(other) = known.iter().find(|known| Some(known.id) != save.id) {
        let same_email = email.is_some() && other.profile.email.as_deref().map(str::to_lowercase) == email;
        return Err(if same_email {
            CustomerError::EmailTaken
        } else {
            CustomerError::PhoneTaken
        });
    }
    if let Some(number) = save.profile.whatsapp_number.clone() {
        let known = store::customer::known_by_id(tx, &[], &[number]).await?;
        if known.iter().any(|known| Some(known.id) != save.id) {
            return Err(CustomerError::WhatsappTaken);
        }
    }
    let mut saved = save_batch(tx, actor, vec![save]).await?;
    saved
        .pop()
        .ok_or_else(|| CustomerError::Database(sqlx::Error::RowNotFound))
}

/// The customer of that id.
pub async fn get(tx: &mut TenantTx, id: Uuid) -> Result<Customer, CustomerError> {
    store::customer::load(tx, &[id])
        .await?
        .pop()
        .ok_or_else(|| CustomerError::Unknown(id.to_string()))
}

/// The customer that an operator names: by id (`cus_…`), e-mail address, phone or WhatsApp number in any writing, or WhatsApp's id (`US.…`).
pub async fn find(tx: &mut TenantTx, named: &str) -> Result<Customer, CustomerError> {
    let unknown = || CustomerError::Unknown(named.to_owned());
    if let Ok(id) = crate::ids::Noun::Customer.read(named.trim()) {
        return get(tx, id).await.map_err(|_| unknown());
    }
    let email = named.trim().to_lowercase();
    let phone = rules::address::E164::parse(named, &tenants::region(tx).await?)
        .map(|parsed| parsed.e164.to_string())
        .unwrap_or_default();
    let mut known = store::customer::known_by(tx, &[email], std::slice::from_ref(&phone)).await?;
    if known.is_empty() {
        known = store::customer::known_by_id(tx, &[], &[phone]).await?;
    }
    let id = match known.first() {
        Some(known) => known.id,
        None => {
            let named = recipients::customers_of(tx, Channel::Whatsapp, named.trim()).await?;
            *named.first().ok_or_else(unknown)?
        }
    };
    get(tx, id).await
}

/// Customers who have one of these e-mail addresses (lower case) or phone numbers (E.164).
pub async fn known_by(tx: &mut TenantTx, emails: &[String], phones: &[String]) -> sqlx::Result<Vec<Known>> {
    store::customer::known_by(tx, emails, phones).await
}

/// Customers who have one of these ids in another tool, or one of these WhatsApp numbers (E.164).
pub async fn known_by_id(
    tx: &mut TenantTx,
    external_ids: &[String],
    whatsapp_numbers: &[String],
) -> sqlx::Result<Vec<Known>> {
    store::customer::known_by_id(tx, external_ids, whatsapp_numbers).await
}

/// Did that actor make this customer's record?
pub async fn was_made_by(tx: &mut TenantTx, id: Uuid, actor: &str) -> sqlx::Result<bool> {
    store::made::was_made_by(tx, id, actor).await
}

/// How many customers' records that actor made since then.
pub async fn made_by(tx: &mut TenantTx, actor: &str, since: Timestamp) -> sqlx::Result<i64> {
    store::made::made_by(tx, actor, since).await
}

/// What was done to a customer's record, the oldest first.
pub async fn activities(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<Vec<Activity>> {
    store::activity::of(tx, id).await
}

/// Archives customers: they are not messaged, their enrollments end. Answers how many were active.
pub async fn archive(tx: &mut TenantTx, actor: &str, ids: &[Uuid]) -> sqlx::Result<usize> {
    let archived = store::customer::set_status(tx, actor, ids, "archived").await?;
    store::activity::insert(tx, actor, "CustomerArchived", &archived).await?;
    if !archived.is_empty() {
        tx.happened(Happened::CustomersArchived(archived.clone()));
    }
    Ok(archived.len())
}

/// Takes archived customers back. Their ended enrollments stay ended. Answers how many were archived.
pub async fn reactivate(tx: &mut TenantTx, actor: &str, ids: &[Uuid]) -> sqlx::Result<usize> {
    let back = store::customer::set_status(tx, actor, ids, "active").await?;
    store::activity::insert(tx, actor, "CustomerReactivated", &back).await?;
    Ok(back.len())
}

/// Moves a customer to another stage, by hand.
pub async fn set_stage(
    tx: &mut TenantTx,
    actor: &str,
    id: Uuid,
    to: CustomerStage,
) -> Result<(), CustomerError> {
    let from = get(tx, id).await?.stage;
    let may = CustomerStage::parse(&from).is_some_and(|from| from == to || from.can_move(to));
    if !may {
        return Err(CustomerError::Stage {
            from,
            to: to.name().to_owned(),
        });
    }
    store::customer::move_stage(tx, actor, &[id], &[from], to).await?;
    Ok(())
}

/// A first message makes a lead one that is marketed to.
pub async fn first_message_sent(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let from = [CustomerStage::Lead.name().to_owned()];
    store::customer::move_stage(tx, "courtesy", ids, &from, CustomerStage::Marketing).await
}

/// A first work order makes a customer active.
pub async fn first_work_order(tx: &mut TenantTx, ids: &[Uuid]) -> sqlx::Result<()> {
    let from = [
        CustomerStage::Lead,
        CustomerStage::Marketing,
        CustomerStage::Trial,
    ]
    .map(|stage| stage.name().to_owned());
    store::customer::move_stage(tx, "courtesy", ids, &from, CustomerStage::Active).await
}

/// Adds to the counts of work orders, in the transaction that changes these.
pub async fn count_orders(tx: &mut TenantTx, counted: &[Counted]) -> sqlx::Result<()> {
    store::customer::count_orders(tx, counted).await
}
