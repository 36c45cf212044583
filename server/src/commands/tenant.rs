//! `courtesy tenant`: make, list, show and change tenants.
use super::screen;
use super::session::Session;
use crate::app::App;
use crate::ids::Noun;
use crate::tenants::{self, Changes, NewTenant, TenantError};
use clap::{Args, Subcommand};
use rules::lifecycle::TenantStatus;

#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Make a tenant with the sandbox on every channel.
    Create(Box<Create>),
    /// Show all tenants.
    List,
    /// Show one tenant and what its business says of itself.
    Show {
        /// The tenant's slug.
        slug: String,
    },
    /// Change a tenant. What is not given stays as it is.
    Edit(Box<Edit>),
}

#[derive(Debug, Args)]
pub struct Create {
    /// Its name on the command line: lower-case letters, digits and dashes.
    slug: String,
    /// The business's name.
    #[arg(long)]
    name: String,
    /// What messages call the sender; the name when not given.
    #[arg(long)]
    sender_name: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    email: Option<String>,
    #[arg(long)]
    website: Option<String>,
    /// Marketing e-mail must carry it.
    #[arg(long)]
    postal_address: Option<String>,
    /// The public page where customers leave a review.
    #[arg(long)]
    review_url: Option<String>,
    /// Where its people dial numbers without a country code: two letters such as GB; US when not said.
    #[arg(long, value_name = "COUNTRY")]
    default_region: Option<String>,
    /// IANA zone of the business, e.g. America/Chicago.
    #[arg(long)]
    zone: Option<String>,
    /// Messages per calendar month at most.
    #[arg(long)]
    monthly_quota: Option<i32>,
    /// A demo tenant: it can only ever use the sandbox.
    #[arg(long)]
    demo: bool,
}

#[derive(Debug, Args)]
pub struct Edit {
    /// The tenant's slug.
    slug: String,
    /// The business's name.
    #[arg(long)]
    name: Option<String>,
    /// What messages call the sender.
    #[arg(long)]
    sender_name: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    email: Option<String>,
    #[arg(long)]
    website: Option<String>,
    /// Marketing e-mail must carry it.
    #[arg(long)]
    postal_address: Option<String>,
    /// The public page where customers leave a review.
    #[arg(long)]
    review_url: Option<String>,
    /// How numbers without a country code are read from now on: two letters such as GB.
    #[arg(long, value_name = "COUNTRY")]
    default_region: Option<String>,
    /// IANA zone of the business, e.g. America/Chicago.
    #[arg(long)]
    zone: Option<String>,
    /// Messages per calendar month at most.
    #[arg(long)]
    monthly_quota: Option<i32>,
    /// A suspended tenant sends nothing; what is queued waits.
    #[arg(long, value_parser = ["active", "suspended"])]
    status: Option<String>,
}

impl Tenant {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        match self {
            Self::Create(new) => {
                let slug = new.slug.clone();
                let id = tenants::create(&open, (*new).into()).await?;
                screen::say(format!("{slug} is {}", Noun::Tenant.show(id.as_uuid())));
            }
            Self::List => {
                let all = tenants::list(&open).await?;
                if session.settings.json {
                    return screen::json(&all);
                }
                if all.is_empty() {
                    screen::say("No tenants yet. Make one: courtesy tenant create SLUG --name NAME");
                    return Ok(());
                }
                let mut table = screen::table(["slug", "name", "status", "zone", "demo", "id"]);
                for tenant in all {
                    table.add_row([
                        tenant.slug,
                        tenant.name,
                        tenant.status,
                        tenant.zone.unwrap_or_else(|| "not said".to_owned()),
                        if tenant.is_demo { "yes" } else { "no" }.to_owned(),
                        Noun::Tenant.show(tenant.tenant_id),
                    ]);
                }
                screen::say(table);
            }
            Self::Show { slug } => return show(&open, &slug, session.settings.json).await,
            Self::Edit(edit) => {
                let mut tx = open.tenant(tenants::by_slug(&open, &edit.slug).await?).await?;
                let slug = edit.slug.clone();
                tenants::edit(&mut tx, &(*edit).into()).await?;
                tx.commit().await?;
                screen::say(format!("{slug} is changed"));
            }
        }
        Ok(())
    }
}

async fn show(app: &App, slug: &str, json: bool) -> anyhow::Result<()> {
    let mut tx = app.tenant(tenants::by_slug(app, slug).await?).await?;
    let business = tenants::business_info(&mut tx).await?;
    let all = tenants::list(app).await?;
    let Some(tenant) = all.into_iter().find(|tenant| tenant.slug == slug) else {
        return Err(TenantError::Unknown(slug.to_owned()).into());
    };
    if json {
        return screen::json(&serde_json::json!({ "tenant": tenant, "business": business }));
    }
    let mut table = screen::table(["field", "is"]);
    for (field, is) in [
        ("id", Some(Noun::Tenant.show(tenant.tenant_id))),
        ("name", Some(tenant.name)),
        ("status", Some(tenant.status)),
        ("default region", Some(tenant.default_region)),
        ("zone", tenant.zone),
        (
            "monthly quota",
            tenant.monthly_message_quota.map(|quota| quota.to_string()),
        ),
        ("sender name", Some(business.sender_name)),
        ("phone", business.phone),
        ("e-mail", business.email),
        ("website", business.website),
        ("postal address", business.postal_address),
        ("review URL", business.review_url),
    ] {
        table.add_row([field.to_owned(), is.unwrap_or_else(|| "not said".to_owned())]);
    }
    screen::say(table);
    Ok(())
}

impl From<Edit> for Changes {
    fn from(edit: Edit) -> Self {
        Self {
            name: edit.name,
            sender_name: edit.sender_name,
            phone: edit.phone,
            email: edit.email,
            website: edit.website,
            postal_address: edit.postal_address,
            review_url: edit.review_url,
            default_region: edit.default_region,
            zone: edit.zone,
            monthly_message_quota: edit.monthly_quota,
            status: edit.status.as_deref().and_then(TenantStatus::parse),
        }
    }
}

impl From<Create> for NewTenant {
    fn from(new: Create) -> Self {
        Self {
            slug: new.slug,
            sender_name: new.sender_name.unwrap_or_else(|| new.name.clone()),
            name: new.name,
            phone: new.phone,
            email: new.email,
            website: new.website,
            postal_address: new.postal_address,
            review_url: new.review_url,
            default_region: new.default_region,
            zone: new.zone,
            monthly_message_quota: new.monthly_quota,
            demo_created_by: new.demo.then(|| "operator".to_owned()),
        }
    }
}
