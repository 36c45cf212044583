//! `courtesy consent record` and `courtesy consent revoke`: what staff know of a customer's consent.
use crate::commands::screen;
use crate::commands::session::{Open, Session};
use crate::consents::{self, NewConsent, Recorded, Source};
use crate::customers::{self, Profile};
use crate::dates::{self, Day};
use crate::tenants;
use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::address::{E164, Email};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};

/// How it was said, when and by whom it was written down.
#[derive(Debug, Args)]
struct How {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// The address that it is for; the customer's own on that channel when not given.
    #[arg(long)]
    address: Option<String>,
    /// all, marketing or transactional.
    #[arg(long, default_value = "all", value_parser = scope)]
    scope: Scope,
    /// When it was said, e.g. 2025-03-31T14:05:00Z or "2025-03-31 14:05" in the tenant's zone; now when not given.
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// Anything that helps to prove it later; 2,000 characters at most.
    #[arg(long)]
    notes: Option<String>,
    /// Who took it down.
    #[arg(long, value_name = "NAME")]
    captured_by: Option<String>,
}

#[derive(Debug, Args)]
pub struct Record {
    #[command(flatten)]
    how: How,
    /// The customer's id, e-mail address or phone number.
    #[arg(long)]
    customer: String,
    /// sms, whatsapp or email.
    #[arg(long, value_parser = channel)]
    channel: Channel,
    /// opted_in, opted_out or unknown.
    #[arg(long, default_value = "opted_in", value_parser = status)]
    status: ConsentStatus,
    /// verbal_in_person, phone_call, service_agreement, website_form, keyword, import or other.
    #[arg(long, value_parser = method)]
    method: ConsentMethod,
    /// Who knows it: staff, import or migration. None of them re-opens after an opt-out; only the consumer's START does.
    #[arg(long, default_value = "staff", value_parser = source)]
    source: Source,
    /// The wording that the customer was shown.
    #[arg(long, value_name = "TEXT")]
    disclosure: Option<String>,
    /// The customer did something to agree, such as ticking an empty box.
    #[arg(long)]
    affirmative_act: bool,
    /// The IP address that a form was sent from.
    #[arg(long)]
    ip: Option<String>,
}

#[derive(Debug, Args)]
pub struct Revoke {
    #[command(flatten)]
    how: How,
    /// The customer's id, e-mail address or phone number; without it, whoever has --address.
    #[arg(long, required_unless_present = "address")]
    customer: Option<String>,
    /// sms, whatsapp or email; every channel on which the customer has an address when not given.
    #[arg(long, value_parser = channel, required_unless_present = "customer")]
    channel: Option<Channel>,
    /// verbal_in_person, phone_call, service_agreement, website_form, keyword, import or other.
    #[arg(long, default_value = "other", value_parser = method)]
    method: ConsentMethod,
}

impl Record {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let place = Place::of(&open, &self.how.tenant).await?;
        let tenant = tenants::by_slug(&open, &self.how.tenant).await?;
        let mut tx = open.app.tenant(tenant).await?;
        let customer = customers::find(&mut tx, &self.customer).await?;
        let address = place.address(&self.how, self.channel, Some(&customer.profile))?;
        // what is in force is of one address: that of somebody else would take the place of their own
        let own = own_address(&customer.profile, self.channel);
        if let Some(own) = own.filter(|own| *own != address && self.status != ConsentStatus::OptedOut) {
            anyhow::bail!(
                "address: the customer has {own} on {}; if that is not so any more, import the new one first",
                self.channel.name()
            );
        }
        let new = NewConsent {
            scope: self.how.scope,
            notes: self.how.notes.clone(),
            captured_by: self.how.captured_by.clone(),
            ip: self.ip,
            disclosure_text: self.disclosure,
            affirmative_act: self.affirmative_act.then_some(true),
            ..NewConsent::new(
                customer.id,
                self.channel,
                &address,
                self.status,
                place.moment(&self.how, self.status, tx.now())?,
                (self.source, self.method),
            )
        };
        let recorded = consents::record(&mut tx, new).await?;
        tx.commit().await?;
        tell(&session, &[recorded])
    }
}

impl Revoke {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let open = session.open().await?;
        let place = Place::of(&open, &self.how.tenant).await?;
        let tenant = tenants::by_slug(&open, &self.how.tenant).await?;
        let mut tx = open.app.tenant(tenant).await?;
        let customer = match &self.customer {
            Some(named) => Some(customers::find(&mut tx, named).await?),
            None => None,
        };
        let profile = customer.as_ref().map(|customer| &customer.profile);
        let at = place.moment(&self.how, ConsentStatus::OptedOut, tx.now())?;
        let channels: Vec<Channel> = match self.channel {
            Some(channel) => vec![channel],
            None => Channel::ALL
                .into_iter()
                .filter(|channel| profile.is_some_and(|profile| own_address(profile, *channel).is_some()))
                .collect(),
        };
        anyhow::ensure!(
            !channels.is_empty(),
            "channel: the customer has no address on any; name --channel and --address"
        );
        anyhow::ensure!(
            self.how.address.is_none() || channels.len() == 1,
            "channel: name the one that --address belongs to"
        );
        let mut new = Vec::new();
        for channel in channels {
            let address = place.address(&self.how, channel, profile)?;
            let whose = match &customer {
                Some(customer) => vec![Some(customer.id)],
                None => {
                    let found = customers::recipients::customers_of(&mut tx, channel, &address).await?;
                    if found.is_empty() {
                        vec![None]
                    } else {
                        found.into_iter().map(Some).collect()
                    }
                }
            };
            new.extend(whose.into_iter().map(|customer| NewConsent {
                customer,
                channel,
                address: address.clone(),
                kind: ConsentStatus::OptedOut,
                scope: self.how.scope,
                occurred_at: at,
                source: Source::Staff,
                method: self.method,
                notes: self.how.notes.clone(),
                ip: None,
                captured_by: self.how.captured_by.clone(),
                disclosure_text: None,
                affirmative_act: None,
                message: None,
            }));
        }
        let recorded = consents::record_batch(&mut tx, new).await?;
        tx.commit().await?;
        tell(&session, &recorded)
    }
}

/// Where a tenant is, for reading numbers and times as its people write them.
pub(super) struct Place {
    pub region: String,
    pub zone: TimeZone,
}

impl Place {
    pub(super) async fn of(open: &Open, slug: &str) -> anyhow::Result<Self> {
        let all = tenants::list(open).await?;
        let tenant = all
            .into_iter()
            .find(|tenant| tenant.slug == slug)
            .ok_or_else(|| tenants::TenantError::Unknown(slug.to_owned()))?;
        let zone = match &tenant.zone {
            Some(zone) => {
                TimeZone::get(zone).with_context(|| format!("the tenant's zone {zone} is unknown"))?
            }
            None => TimeZone::UTC,
        };
        Ok(Self {
            region: tenant.default_region,
            zone,
        })
    }

    fn moment(&self, how: &How, kind: ConsentStatus, now: Timestamp) -> anyhow::Result<Timestamp> {
        let Some(text) = &how.at else { return Ok(now) };
        // a day without a time: a consent is never taken for newer than it is, nor an opt-out for older
        let day = match kind {
            ConsentStatus::OptedOut => Day::Ends,
            ConsentStatus::OptedIn | ConsentStatus::Unknown => Day::Begins,
        };
        let at = dates::read(text, &self.zone, self.region == "US", day)
            .map_err(|why| anyhow::anyhow!("at: {why}"))?;
        // today has not ended
        let is_today = at.to_zoned(self.zone.clone()).date() == now.to_zoned(self.zone.clone()).date();
        Ok(if is_today && !text.contains(':') {
            at.min(now)
        } else {
            at
        })
    }

    fn address(&self, how: &How, channel: Channel, profile: Option<&Profile>) -> anyhow::Result<String> {
        match &how.address {
            None => profile
                .and_then(|profile| own_address(profile, channel))
                .with_context(|| {
                    format!(
                        "address: the customer has none on {}; give --address",
                        channel.name()
                    )
                }),
            Some(text) => match channel {
                Channel::Sms | Channel::Whatsapp => E164::parse(text, &self.region)
                    .map(|phone| phone.e164.to_string())
                    .map_err(|why| {
                        anyhow::anyhow!("address: `{text}` {why}; it should look like +1 504 523 0001")
                    }),
                Channel::Email => Email::parse(text)
                    .map(|email| email.norm())
                    .map_err(|why| anyhow::anyhow!("address: `{text}` {why}")),
            },
        }
    }
}

fn own_address(profile: &Profile, channel: Channel) -> Option<String> {
    match channel {
        Channel::Sms => profile.phone.clone(),
        Channel::Whatsapp => profile.whatsapp_number.clone(),
        Channel::Email => profile.email.as_deref().map(str::to_lowercase),
    }
}

fn tell(session: &Session, recorded: &[Recorded]) -> anyhow::Result<()> {
    if session.settings.json {
        return screen::json(&recorded);
    }
    for one in recorded {
        screen::say(match one {
            Recorded::Applied { seq } => format!("Recorded as event {seq}; it is in force."),
            Recorded::Unchanged => "The ledger has this already; nothing was written.".to_owned(),
            Recorded::Outdated { seq } => {
                format!(
                    "Kept as event {seq}, as evidence; what is in force is newer, or allows no less without it."
                )
            }
            Recorded::NotReopened { seq } => {
                format!(
                    "Kept as event {seq}, as evidence; after an opt-out only the customer's own START re-opens."
                )
            }
        });
    }
    Ok(())
}

fn one_of<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let wanted = text.to_lowercase().replace('-', "_");
    all.iter()
        .copied()
        .find(|one| name(*one) == wanted)
        .ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
            format!("it should be one of {}", names.join(", "))
        })
}

fn channel(text: &str) -> Result<Channel, String> {
    one_of(text, &Channel::ALL, Channel::name)
}

fn scope(text: &str) -> Result<Scope, String> {
    one_of(text, &Scope::ALL, Scope::name)
}

fn status(text: &str) -> Result<ConsentStatus, String> {
    one_of(text, &ConsentStatus::ALL, ConsentStatus::name)
}

fn method(text: &str) -> Result<ConsentMethod, String> {
    if text.to_lowercase().replace('-', "_") == ConsentMethod::OwnAddress.name() {
        return Err(
            "it is for an operator's own address, and for tests alone: `courtesy connection test … --mine \"YOUR NAME\"` takes it down; a \
             customer's consent has another method"
                .to_owned(),
        );
    }
    let all: Vec<ConsentMethod> = ConsentMethod::ALL
        .into_iter()
        .filter(|one| *one != ConsentMethod::OwnAddress)
        .collect();
    one_of(text, &all, ConsentMethod::name)
}

/// Nobody can speak as the consumer or the carrier on the command line: their acts arrive by themselves.
fn source(text: &str) -> Result<Source, String> {
    one_of(
        text,
        &[Source::Staff, Source::Import, Source::Migration],
        Source::name,
    )
}
