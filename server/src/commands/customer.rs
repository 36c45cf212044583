//! `courtesy customer`: list, show, add, tag, set the zone, archive, reactivate.
use super::report::addresses;
use super::screen;
use super::session::Session;
use crate::customers::{self, Filter, Profile};
use crate::ids::Noun;
use crate::tenants;
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Customer {
    /// Find customers, newest first.
    List(List),
    /// Show one customer and what was done to their record.
    Show(Show),
    /// Add a customer.
    Add(Add),
    /// Set a customer's tags; those that were there go.
    Tag(Tag),
    /// Say in which time zone a customer is.
    SetZone(SetZone),
    /// Archive a customer: nothing is sent any more, follow-ups end.
    Archive(One),
    /// Take an archived customer back.
    Reactivate(One),
}

#[derive(Debug, Args)]
pub struct List {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Beginnings of words of the name or company, or a whole e-mail address or phone number.
    #[arg(long)]
    search: Option<String>,
    /// With one of these tags at least; may be given several times.
    #[arg(long, value_name = "TAG")]
    any_tag: Vec<String>,
    /// With all of these tags; may be given several times.
    #[arg(long, value_name = "TAG")]
    all_tags: Vec<String>,
    /// active or archived.
    #[arg(long, value_parser = ["active", "archived"])]
    status: Option<String>,
    /// Those after this id (cus_…): the next page.
    #[arg(long, value_name = "cus_…")]
    after: Option<String>,
    /// 1 to 100.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100))]
    limit: i64,
    /// Show phone numbers and e-mail addresses whole.
    #[arg(long)]
    show_addresses: bool,
}

#[derive(Debug, Args)]
pub struct One {
    /// Id (cus_…), e-mail address, phone or WhatsApp number.
    customer: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    one: One,
    /// Show phone numbers and e-mail addresses whole.
    #[arg(long)]
    show_addresses: bool,
}

#[derive(Debug, Args)]
pub struct Add {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// The first name, as texts address them.
    #[arg(long)]
    first_name: Option<String>,
    /// The last name.
    #[arg(long)]
    last_name: Option<String>,
    /// The company's name.
    #[arg(long)]
    company: Option<String>,
    /// In any writing.
    #[arg(long, default_value = "", hide_default_value = true)]
    phone: String,
    /// The number that they have at WhatsApp, written as --phone; it may be the same.
    #[arg(long, value_name = "PHONE", default_value = "", hide_default_value = true)]
    whatsapp: String,
    /// Where a number without a country code is dialled: two letters. The tenant's own when not given.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// The e-mail address.
    #[arg(long, default_value = "", hide_default_value = true)]
    email: String,
    /// The ZIP code: it says where the customer is.
    #[arg(long, default_value = "", hide_default_value = true)]
    zip: String,
    /// An IANA zone such as America/Chicago, when there is no ZIP code.
    #[arg(long, default_value = "", hide_default_value = true)]
    zone: String,
}

#[derive(Debug, Args)]
pub struct Tag {
    #[command(flatten)]
    one: One,
    /// The tags, with commas between them; five at most.
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SetZone {
    #[command(flatten)]
    one: One,
    /// An IANA zone such as America/Chicago; empty to take it back.
    zone: String,
}

const ACTOR: &str = "operator";

impl Customer {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let one = match &self {
            Self::List(list) => return list.run(&session).await,
            Self::Add(add) => return add.run(&session).await,
            Self::Archive(one) | Self::Reactivate(one) => one,
            Self::Show(show) => &show.one,
            Self::Tag(tag) => &tag.one,
            Self::SetZone(set) => &set.one,
        };
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &one.tenant).await?).await?;
        let customer = customers::find(&mut tx, &one.customer).await?;
        let shown = Noun::Customer.show(customer.id);
        let mut profile = customer.profile.clone();
        let said = match &self {
            Self::Archive(_) => match customers::archive(&mut tx, ACTOR, &[customer.id]).await? {
                1 => format!("{shown} is archived"),
                _ => format!("{shown} was archived already"),
            },
            Self::Reactivate(_) => match customers::reactivate(&mut tx, ACTOR, &[customer.id]).await? {
                1 => format!("{shown} is active again"),
                _ => format!("{shown} was not archived"),
            },
            Self::Tag(tag) => {
                profile.set_tags(tag.tags.iter().map(String::as_str))?;
                let has_tags = !profile.tags.is_empty();
                customers::update(&mut tx, ACTOR, customer.id, profile).await?;
                if has_tags {
                    format!("{shown} is tagged")
                } else {
                    format!("{shown} has no tags any more")
                }
            }
            Self::SetZone(set) => {
                profile.set_zone(&set.zone)?;
                customers::update(&mut tx, ACTOR, customer.id, profile).await?;
                format!("the zone of {shown} is set")
            }
            Self::Show(show) => {
                let activities = customers::activities(&mut tx, customer.id).await?;
                let ids = customers::recipients::user_ids(&mut tx, customer.id).await?;
                if session.settings.json {
                    return screen::json(
                        &json!({ "customer": customer, "whatsapp_user_ids": ids, "activities": activities }),
                    );
                }
                let masked = addresses(show.show_addresses);
                let (zone, source) = profile.zone();
                let mut table = screen::table(["field", "is"]);
                for (field, value) in [
                    ("id", Some(shown)),
                    ("name", Some(profile.name())),
                    ("phone", profile.phone.as_deref().map(|phone| masked.show(phone))),
                    ("phone status", Some(profile.phone_status().to_owned())),
                    (
                        "WhatsApp",
                        profile
                            .whatsapp_number
                            .as_deref()
                            .map(|number| masked.show(number)),
                    ),
                    (
                        "WhatsApp id",
                        ids.first().map(|_| {
                            let shown: Vec<String> = ids.iter().map(|id| masked.show(id)).collect();
                            shown.join(", ")
                        }),
                    ),
                    ("e-mail", profile.email.as_deref().map(|email| masked.show(email))),
                    ("ZIP", profile.postal_code.clone()),
                    (
                        "zone",
                        Some(format!(
                            "{} ({})",
                            zone.unwrap_or_else(|| "not known".to_owned()),
                            source.name()
                        )),
                    ),
                    ("stage", Some(customer.stage)),
                    ("status", Some(customer.status)),
                    ("tags", Some(profile.tags.join(", "))),
                    (
                        "jobs",
                        Some(format!(
                            "{} of {} done",
                            customer.orders_completed, customer.orders_total
                        )),
                    ),
                ] {
                    table.add_row([field.to_owned(), value.unwrap_or_default()]);
                }
                screen::say(table);
                for activity in activities {
                    screen::say(format!(
                        "  {}  {} by {}",
                        activity.at.strftime("%Y-%m-%d %H:%M UTC"),
                        activity.kind,
                        activity.actor
                    ));
                }
                return Ok(());
            }
            Self::List(_) | Self::Add(_) => return Ok(()),
        };
        tx.commit().await?;
        if session.settings.json {
            return screen::json(&json!({ "customer": shown, "says": said }));
        }
        screen::say(said);
        Ok(())
    }
}

impl List {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let after = self
            .after
            .as_deref()
            .map(|shown| Noun::Customer.read(shown))
            .transpose()
            .map_err(|error| anyhow::anyhow!("--after: {error}"))?;
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &self.tenant).await?).await?;
        let filter = Filter {
            search: self.search.clone(),
            tags_any: self.any_tag.clone(),
            tags_all: self.all_tags.clone(),
            status: self.status.clone(),
            after,
            limit: self.limit,
        };
        let page = customers::list(&mut tx, &filter).await?;
        if session.settings.json {
            return screen::json(&page);
        }
        if page.customers.is_empty() {
            let is_all = (&filter.search, &filter.status, filter.after) == (&None, &None, None)
                && filter.tags_any.is_empty()
                && filter.tags_all.is_empty();
            screen::say(if is_all {
                "Nobody. Import customers: courtesy import customers FILE --tenant SLUG"
            } else {
                "Nobody is found by that."
            });
            return Ok(());
        }
        let masked = addresses(self.show_addresses);
        let mut table = screen::table(["name", "phone", "e-mail", "stage", "tags", "id"]);
        for customer in page.customers {
            table.add_row([
                customer.profile.name(),
                customer
                    .profile
                    .phone
                    .as_deref()
                    .map(|phone| masked.show(phone))
                    .unwrap_or_default(),
                customer
                    .profile
                    .email
                    .as_deref()
                    .map(|email| masked.show(email))
                    .unwrap_or_default(),
                customer.stage,
                customer.profile.tags.join(", "),
                Noun::Customer.show(customer.id),
            ]);
        }
        screen::say(table);
        if let Some(next) = page.next {
            screen::say(format!("more: --after {}", Noun::Customer.show(next)));
        }
        Ok(())
    }
}

impl Add {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &self.tenant).await?).await?;
        let region = match &self.region {
            Some(region) => region.to_uppercase(),
            None => tenants::region(&mut tx).await?,
        };
        let mut profile = Profile {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            company_name: self.company.clone(),
            ..Profile::default()
        };
        profile.set_phone(&self.phone, &region)?;
        profile
            .set_whatsapp_number(&self.whatsapp, &region)
            .map_err(|fault| anyhow::anyhow!("whatsapp: {}", fault.why))?;
        profile.set_email(&self.email)?;
        profile.set_postal_code(&self.zip, "US");
        profile.set_zone(&self.zone)?;
        if profile.phone.is_none() && profile.whatsapp_number.is_none() && profile.email.is_none() {
            anyhow::bail!("--phone, --whatsapp, --email: a customer should have one of them");
        }
        let id = customers::create(&mut tx, ACTOR, profile).await?;
        tx.commit().await?;
        let shown = Noun::Customer.show(id);
        if session.settings.json {
            return screen::json(&json!({ "customer": shown }));
        }
        screen::say(shown);
        Ok(())
    }
}
