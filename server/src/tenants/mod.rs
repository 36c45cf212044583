//! Tenants: one business each. Made and found by the operator.
use crate::app::App;
use crate::connections;
use crate::db::{TenantId, TenantTx};
use crate::ids;
use jiff::Timestamp;
use rules::lifecycle::TenantStatus;
use serde::Serialize;
use uuid::Uuid;

mod store;

/// A tenant as the operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Tenant {
    #[serde(serialize_with = "crate::ids::json::tenant")]
    pub tenant_id: Uuid,
    pub slug: String,
    pub name: String,
    pub status: String,
    pub default_region: String,
    pub zone: Option<String>,
    pub monthly_message_quota: Option<i32>,
    pub is_demo: bool,
    pub created_at: Timestamp,
}

/// What is said of a tenant when it is made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Names the tenant on the command line: lower-case letters, digits and dashes, unique in the installation.
    pub slug: String,
    pub name: String,
    /// What messages call the sender.
    pub sender_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub postal_address: Option<String>,
    pub review_url: Option<String>,
    /// Where its people dial a number without a country code: two letters of ISO 3166; US when it is not said.
    pub default_region: Option<String>,
    /// IANA name; none is better than a wrong one.
    pub zone: Option<String>,
    pub monthly_message_quota: Option<i32>,
    /// Who makes a demo tenant; such a tenant reaches the sandbox only.
    pub demo_created_by: Option<String>,
}

/// What changes of a tenant; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub sender_name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub postal_address: Option<String>,
    pub review_url: Option<String>,
    /// How numbers without a country code are read from now on; those that were read stay.
    pub default_region: Option<String>,
    pub zone: Option<String>,
    pub monthly_message_quota: Option<i32>,
    /// A suspended tenant sends nothing; what is queued waits.
    pub status: Option<TenantStatus>,
}

/// What a business says of itself to its customers.
#[derive(Debug, Clone, Serialize)]
pub struct BusinessInfo {
    pub sender_name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub postal_address: Option<String>,
    pub review_url: Option<String>,
}

/// Why a tenant can't be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    #[error(
        "slug: `{0}` should be 1 to 63 lower-case letters, digits and dashes, and begin with a letter or digit"
    )]
    Slug(String),
    #[error("slug: `{0}` is taken by another tenant; choose another")]
    SlugTaken(String),
    #[error("name: it should have 1 to 200 characters")]
    Name,
    #[error("sender_name: it should have 1 to 100 characters")]
    SenderName,
    #[error("default_region: `{0}` is not a country's two letters such as US or GB")]
    Region(String),
    #[error("zone: `{0}` is not an IANA time zone such as America/Chicago")]
    Zone(String),
    #[error("{field}: `{is}` should begin with https:// or http://")]
    Url { field: &'static str, is: String },
    #[error("quota: it can't be negative")]
    Quota,
    #[error("there is no tenant `{0}`; `courtesy tenant list` shows all")]
    Unknown(String),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<sqlx::Error> for TenantError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

/// Makes a tenant with sandbox connections for every channel. Answers its id.
pub async fn create(app: &App, new: NewTenant) -> Result<TenantId, TenantError> {
    check_slug(&new.slug)?;
    check(&Changes {
        name: Some(new.name.clone()),
        sender_name: Some(new.sender_name.clone()),
        website: new.website.clone(),
        review_url: new.review_url.clone(),
        default_region: new.default_region.clone(),
        zone: new.zone.clone(),
        monthly_message_quota: new.monthly_message_quota,
        ..Changes::default()
    })?;
    let tenant = TenantId::found(ids::new(app.clock.now()));
    let mut tx = app.tenant(tenant).await?;
    store::lock_slugs(&mut tx).await?;
    if find(app, &new.slug).await?.is_some() {
        return Err(TenantError::SlugTaken(new.slug));
    }
    store::insert(&mut tx, &new).await?;
    connections::open_sandbox(&mut tx, &new.slug).await?;
    tx.commit().await?;
    Ok(tenant)
}

/// Changes a tenant.
pub async fn edit(tx: &mut TenantTx, changes: &Changes) -> Result<(), TenantError> {
    check(changes)?;
    Ok(store::edit(tx, changes).await?)
}

/// Where the tenant's people dial a number without a country code: two letters of ISO 3166.
pub async fn region(tx: &mut TenantTx) -> sqlx::Result<String> {
    store::region(tx).await
}

/// What the tenant's business says of itself.
pub async fn business_info(tx: &mut TenantTx) -> Result<BusinessInfo, TenantError> {
    Ok(store::business_info(tx).await?)
}

/// The tenant of that slug.
pub async fn by_slug(app: &App, slug: &str) -> Result<TenantId, TenantError> {
    find(app, slug)
        .await?
        .ok_or_else(|| TenantError::Unknown(slug.to_owned()))
}

/// All tenants, in the order of their slugs.
pub async fn list(app: &App) -> Result<Vec<Tenant>, TenantError> {
    let mut tx = app.db.operator().await?;
    Ok(store::list(&mut tx).await?)
}

async fn find(app: &App, slug: &str) -> Result<Option<TenantId>, TenantError> {
    let mut tx = app.db.operator().await?;
    Ok(store::find(&mut tx, slug).await?.map(TenantId::found))
}

fn check_slug(slug: &str) -> Result<(), TenantError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || slug.len() > 63 || !slug.chars().all(plain) || slug.starts_with('-') {
        return Err(TenantError::Slug(slug.to_owned()));
    }
    Ok(())
}

fn check(said: &Changes) -> Result<(), TenantError> {
    let is_out = |text: &Option<String>, most| {
        text.as_ref()
            .is_some_and(|t| !(1..=most).contains(&t.chars().count()))
    };
    if is_out(&said.name, 200) {
        return Err(TenantError::Name);
    }
    if is_out(&said.sender_name, 100) {
        return Err(TenantError::SenderName);
    }
    for (field, url) in [("website", &said.website), ("review_url", &said.review_url)] {
        if let Some(url) = url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            return Err(TenantError::Url {
                field,
                is: url.clone(),
            });
        }
    }
    if let Some(region) = &said.default_region
        && !rules::address::is_region(region)
    {
        return Err(TenantError::Region(region.clone()));
    }
    if let Some(zone) = &said.zone
        && jiff::tz::TimeZone::get(zone).is_err()
    {
        return Err(TenantError::Zone(zone.clone()));
    }
    if said.monthly_message_quota.is_some_and(|quota| quota < 0) {
        return Err(TenantError::Quota);
    }
    Ok(())
}
