//! `courtesy customer`: find, show and change customers by hand.
use super::screen;
use super::session::{Open, Session};
use crate::customers::{self, Customer as One, Filter, Page};
use crate::ids::Noun;
use crate::tenants;
use clap::{Args, Subcommand};
use serde_json::json;

/// Who did it, in the customer's activities.
const ACTOR: &str = "operator";

#[derive(Debug, Subcommand)]
pub enum Customer {
    /// List customers, newest first, page by page.
    List(List),
    /// Find customers by the beginnings of words of their names, or by a whole e-mail address or phone number.
    Search(Search),
    /// Show a customer with what was done to the record.
    Show(Named),
    /// Archive a customer: no more messages, running campaigns end for it.
    Archive(Named),
    /// Take an archived customer back.
    Reactivate(Named),
    /// Set a customer's tags; those it had are replaced.
    Tag(Tag),
    /// Say where a customer is, when the ZIP code does not; without a zone, forget it.
    SetZone(SetZone),
}

#[derive(Debug, Args)]
pub struct Of {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Named {
    /// The customer's id (cus_…), e-mail address or phone number.
    customer: String,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct Which {
    #[command(flatten)]
    of: Of,
    /// Customers with this tag; of several, one is enough.
    #[arg(long = "tag", value_name = "TAG")]
    any: Vec<String>,
    /// Customers with this tag as well; of several, all.
    #[arg(long = "and-tag", value_name = "TAG")]
    all: Vec<String>,
    /// active or archived; both when not given.
    #[arg(long, value_parser = ["active", "archived"])]
    status: Option<String>,
    /// The id that the page before ended with.
    #[arg(long, value_name = "ID", value_parser = |text: &str| Noun::Customer.read(text))]
    after: Option<uuid::Uuid>,
    /// Customers on a page, 1 to 100.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100))]
    limit: i64,
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
pub struct Search {
    /// What to look for.
    words: String,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
pub struct Tag {
    #[command(flatten)]
    named: Named,
    /// Five at most; none takes all away.
    tags: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SetZone {
    #[command(flatten)]
    named: Named,
    /// An IANA zone such as America/Chicago.
    zone: Option<String>,
}

impl Customer {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let is_json = session.settings.json;
        let open = session.open().await?;
        match self {
            Self::List(List { which }) => page(&open, None, which, is_json).await?,
            Self::Search(Search { words, which }) => page(&open, Some(words), which, is_json).await?,
            Self::Show(named) => show(&open, &named, is_json).await?,
            Self::Archive(named) => {
                let mut tx = open
                    .tenant(tenants::by_slug(&open, &named.of.tenant).await?)
                    .await?;
                let one = customers::find(&mut tx, &named.customer).await?;
                let changed = customers::archive(&mut tx, ACTOR, &[one.id]).await?;
                tx.commit().await?;
                say_changed(&one, changed > 0, "archived");
            }
            Self::Reactivate(named) => {
                let mut tx = open
                    .tenant(tenants::by_slug(&open, &named.of.tenant).await?)
                    .await?;
                let one = customers::find(&mut tx, &named.customer).await?;
                let changed = customers::reactivate(&mut tx, ACTOR, &[one.id]).await?;
                tx.commit().await?;
                say_changed(&one, changed > 0, "active");
            }
            Self::Tag(Tag { named, tags }) => {
                let mut tx = open
                    .tenant(tenants::by_slug(&open, &named.of.tenant).await?)
                    .await?;
                let one = customers::find(&mut tx, &named.customer).await?;
                let mut profile = one.profile.clone();
                profile.set_tags(tags.iter().map(String::as_str))?;
                let shown = profile.tags.join(", ");
                let changed = customers::update(&mut tx, ACTOR, one.id, profile).await?;
                tx.commit().await?;
                let now = if shown.is_empty() {
                    "without tags".to_owned()
                } else {
                    format!("tagged {shown}")
                };
                say_changed(&one, changed, &now);
            }
            Self::SetZone(SetZone { named, zone }) => {
                let mut tx = open
                    .tenant(tenants::by_slug(&open, &named.of.tenant).await?)
                    .await?;
                let one = customers::find(&mut tx, &named.customer).await?;
                let mut profile = one.profile.clone();
                profile.set_zone(zone.as_deref().unwrap_or_default())?;
                let (zone, source) = profile.zone();
                let now = format!(
                    "in {} ({})",
                    zone.as_deref().unwrap_or("no known zone"),
                    source.name()
                );
                let changed = customers::update(&mut tx, ACTOR, one.id, profile).await?;
                tx.commit().await?;
                say_changed(&one, changed, &now);
            }
        }
        open.close().await
    }
}

fn say_changed(one: &One, changed: bool, now: &str) {
    let how = if changed { "is now" } else { "was already" };
    screen::say(format!("{} {how} {now}", shown_name(one)));
}

async fn page(open: &Open, search: Option<String>, which: Which, is_json: bool) -> anyhow::Result<()> {
    let mut tx = open
        .tenant(tenants::by_slug(open, &which.of.tenant).await?)
        .await?;
    let filter = Filter {
        search,
        tags_any: which.any,
        tags_all: which.all,
        status: which.status,
        after: which.after,
        limit: which.limit,
    };
    let Page { customers, next } = customers::list(&mut tx, &filter).await?;
    if is_json {
        return screen::json(&json!({ "customers": customers, "next": next }));
    }
    if customers.is_empty() {
        screen::say("No customers.");
        return Ok(());
    }
    let mut table = screen::table(["name", "phone", "e-mail", "zone", "stage", "tags", "jobs", "id"]);
    for one in customers {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        table.add_row([
            shown_name(&one),
            text(&one.profile.phone),
            text(&one.profile.email),
            one.profile.zone().0.unwrap_or_else(|| "unknown".to_owned()),
            if one.status == "active" {
                one.stage
            } else {
                one.status
            },
            one.profile.tags.join(", "),
            format!("{}/{}", one.orders_completed, one.orders_total),
            Noun::Customer.show(one.id),
        ]);
    }
    screen::say(table);
    if let Some(next) = next {
        screen::say(format!("There are more: --after {}", Noun::Customer.show(next)));
    }
    Ok(())
}

async fn show(open: &Open, named: &Named, is_json: bool) -> anyhow::Result<()> {
    let mut tx = open
        .tenant(tenants::by_slug(open, &named.of.tenant).await?)
        .await?;
    let one = customers::find(&mut tx, &named.customer).await?;
    let activities = customers::activities(&mut tx, one.id).await?;
    if is_json {
        return screen::json(&json!({ "customer": one, "activities": activities }));
    }
    let (zone, source) = one.profile.zone();
    let address = one.profile.address.as_ref();
    let place = [
        address.and_then(|address| address.line1.clone()),
        address.and_then(|address| address.line2.clone()),
        address.and_then(|address| address.city.clone()),
        one.profile.state.clone(),
        one.profile.postal_code.clone(),
        address.map(|address| address.country.clone()),
    ];
    let mut table = screen::table(["field", "value"]);
    for (field, value) in [
        ("id", Some(Noun::Customer.show(one.id))),
        ("name", Some(shown_name(&one))),
        ("company", one.profile.company_name.clone()),
        ("e-mail", one.profile.email.clone()),
        ("phone", one.profile.phone.clone()),
        ("phone as written", one.profile.phone_raw.clone()),
        ("phone is", Some(one.profile.phone_status().to_owned())),
        ("whatsapp", one.profile.whatsapp_number.clone()),
        (
            "address",
            Some(place.into_iter().flatten().collect::<Vec<_>>().join(", ")),
        ),
        (
            "zone",
            Some(format!(
                "{} ({})",
                zone.as_deref().unwrap_or("unknown"),
                source.name()
            )),
        ),
        ("stage", Some(one.stage.clone())),
        ("status", Some(one.status.clone())),
        ("tags", Some(one.profile.tags.join(", "))),
        (
            "jobs",
            Some(format!(
                "{} completed of {}",
                one.orders_completed, one.orders_total
            )),
        ),
        ("notes", one.profile.notes.clone()),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            table.add_row([field.to_owned(), value]);
        }
    }
    screen::say(table);
    for activity in activities {
        let changed: Vec<&str> = activity
            .changes
            .as_object()
            .map(|changes| changes.keys().map(String::as_str).collect())
            .unwrap_or_default();
        screen::say(format!(
            "{}  {} by {}  {}",
            activity.at,
            activity.kind,
            activity.actor,
            changed.join(", ")
        ));
    }
    Ok(())
}

/// The name, or the address when there is none.
fn shown_name(one: &One) -> String {
    let name = one.profile.name();
    let address = || {
        one.profile
            .email
            .clone()
            .or(one.profile.phone.clone())
            .unwrap_or_default()
    };
    if name.is_empty() { address() } else { name }
}
