//! `courtesy tenant`: make and list tenants.
use super::screen;
use super::session::Session;
use crate::ids::Noun;
use crate::tenants::{self, NewTenant};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Make a tenant with the sandbox on every channel.
    Create(Box<Create>),
    /// Show all tenants.
    List,
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
        }
        Ok(())
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
            zone: new.zone,
            monthly_message_quota: new.monthly_quota,
            demo_created_by: new.demo.then(|| "operator".to_owned()),
        }
    }
}
