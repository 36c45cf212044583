//! Who plays in the demo: two tenants, their campaigns, customers, consent, and the jobs that arrive night by night.
use super::days::{self, Delivery};
use super::diary::Diary;
use crate::commands::import::say_report;
use crate::commands::screen;
use crate::commands::session::Open;
use crate::consents::{self, NewConsent, Source};
use crate::customers::{self, Filter};
use crate::db::TenantId;
use crate::imports::{self, Options};
use crate::tenants::{self, NewTenant};
use crate::{campaigns, consents::Recorded};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use std::path::{Path, PathBuf};

/// How many of the list's customers the neighbour knows as well.
const NEIGHBOURS: usize = 40;

/// The tenants and what arrives.
pub(super) struct Cast {
    pub tenant: TenantId,
    pub neighbour: TenantId,
    pub deliveries: Vec<Delivery>,
}

/// Makes or finds the tenants, imports the customers, and cuts the jobs into deliveries. Doing it again changes nothing.
pub(super) async fn gather(
    open: &Open,
    diary: &Diary,
    customers: &Path,
    work_orders: Option<&Path>,
    examples: &Path,
) -> anyhow::Result<Cast> {
    let own = diary.folder();
    let tenant = tenant(open, "harbor", "Harbor Home Services", true).await?;
    let neighbour = tenant_and_presets(open, "second-street", "Second Street Plumbing", false).await?;
    presets(open, tenant).await?;
    // the file is copied, so that refused rows land beside the copy and not in somebody's folder
    let list = own.join("customers.csv");
    std::fs::copy(customers, &list)?;
    let report = import(open, tenant, &list, "customers").await?;
    say_report("customers", &list, &report);
    if !report.speaks_of_consent {
        record_as_a_demo(open, tenant).await?;
    }
    let few = own.join("neighbours.csv");
    few_rows(customers, &few)?;
    import(open, neighbour, &few, "neighbours").await?;
    let jobs = match (work_orders, customers == examples.join("customers.csv")) {
        (Some(file), _) => file.to_owned(),
        (None, true) => examples.join("work-orders.csv"),
        (None, false) => make_jobs(open, tenant, &own).await?,
    };
    let deliveries = days::deliveries(&jobs, &own.join("deliveries"))?;
    Ok(Cast {
        tenant,
        neighbour,
        deliveries,
    })
}

async fn tenant_and_presets(open: &Open, slug: &str, name: &str, is_demo: bool) -> anyhow::Result<TenantId> {
    let tenant = tenant(open, slug, name, is_demo).await?;
    presets(open, tenant).await?;
    Ok(tenant)
}

async fn tenant(open: &Open, slug: &str, name: &str, is_demo: bool) -> anyhow::Result<TenantId> {
    if let Ok(tenant) = tenants::by_slug(open, slug).await {
        return Ok(tenant);
    }
    let new = NewTenant {
        slug: slug.to_owned(),
        name: name.to_owned(),
        sender_name: name.to_owned(),
        phone: Some("+15045230100".to_owned()),
        email: Some(format!("office@{slug}.example")),
        website: Some(format!("https://{slug}.example")),
        postal_address: Some("12 Harbor Street, New Orleans, LA 70116".to_owned()),
        review_url: Some(format!("https://{slug}.example/review")),
        default_region: None,
        zone: Some("America/Chicago".to_owned()),
        monthly_message_quota: None,
        demo_created_by: is_demo.then(|| "courtesy demo".to_owned()),
    };
    Ok(tenants::create(open, new).await?)
}

async fn presets(open: &Open, tenant: TenantId) -> anyhow::Result<()> {
    let mut tx = open.tenant(tenant).await?;
    for preset in campaigns::presets::all() {
        campaigns::presets::copy(&mut tx, "courtesy demo", &preset.key).await?;
    }
    tx.commit().await
}

fn bar(rows: u64, what: &str) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(rows).with_style(
        ProgressStyle::with_template("{prefix:>14} [{bar:40}] {pos}/{len}")?.progress_chars("=> "),
    );
    bar.set_prefix(what.to_owned());
    Ok(bar)
}

async fn import(open: &Open, tenant: TenantId, list: &Path, what: &str) -> anyhow::Result<imports::Report> {
    let lines = u64::try_from(std::fs::read(list)?.iter().filter(|byte| **byte == b'\n').count())?;
    let bar = bar(lines, what)?;
    let zone = TimeZone::get("America/Chicago")?;
    let report = imports::customers::import(open, tenant, zone, list, &Options::default(), &|done| {
        bar.set_position(done)
    })
    .await?;
    bar.finish_and_clear();
    Ok(report)
}

/// The first rows of a list, without what they say of consent: it was given to somebody else.
fn few_rows(list: &Path, to: &Path) -> anyhow::Result<()> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(list)?;
    let headers = reader.headers()?.clone();
    let kept: Vec<usize> = headers
        .iter()
        .enumerate()
        .filter(|(_, header)| {
            !header.to_lowercase().contains("consent") && !header.to_lowercase().contains("disclosure")
        })
        .map(|(at, _)| at)
        .collect();
    let mut writer = csv::Writer::from_path(to)?;
    let pick = |record: &csv::StringRecord| {
        kept.iter()
            .map(|at| record.get(*at).unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    writer.write_record(pick(&headers))?;
    for record in reader.records().take(NEIGHBOURS) {
        writer.write_record(pick(&record?))?;
    }
    writer.flush()?;
    Ok(())
}

/// The list says nothing of consent: the demo records it for four in five, and says so in the ledger and on the screen.
async fn record_as_a_demo(open: &Open, tenant: TenantId) -> anyhow::Result<()> {
    let mut tx = open.tenant(tenant).await?;
    let at = days::START.parse::<Timestamp>()? - SignedDuration::from_hours(24 * 90);
    let mut new = Vec::new();
    for (index, customer) in everybody(&mut tx).await?.into_iter().enumerate() {
        let Some(phone) = customer.profile.phone.filter(|_| index % 5 != 0) else {
            continue;
        };
        let proof = (Source::Staff, ConsentMethod::VerbalInPerson);
        let mut consent = NewConsent::new(
            customer.id,
            Channel::Sms,
            &phone,
            ConsentStatus::OptedIn,
            at,
            proof,
        );
        consent.notes = Some("recorded by the demo, which does so for four in five customers".to_owned());
        consent.captured_by = Some("courtesy demo".to_owned());
        new.push(consent);
    }
    let recorded = consents::record_batch(&mut tx, new).await?;
    tx.commit().await?;
    let applied = recorded
        .iter()
        .filter(|one| matches!(one, Recorded::Applied { .. }))
        .count();
    if applied > 0 {
        screen::say(format!(
            "The list says nothing of consent. AS A DEMO, consent to texts was recorded for {applied} customers, four in five; the ledger says so."
        ));
    }
    Ok(())
}

async fn everybody(tx: &mut crate::db::TenantTx) -> anyhow::Result<Vec<customers::Customer>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = customers::list(
            tx,
            &Filter {
                after,
                limit: 100,
                ..Filter::default()
            },
        )
        .await?;
        all.extend(page.customers);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// A job for each customer of a list that came without any.
async fn make_jobs(open: &Open, tenant: TenantId, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut tx = open.tenant(tenant).await?;
    let mut people = everybody(&mut tx).await?;
    drop(tx);
    people.sort_by(|one, other| {
        one.profile
            .email
            .cmp(&other.profile.email)
            .then(one.profile.phone.cmp(&other.profile.phone))
    });
    let file = folder.join("made-up-work-orders.csv");
    let mut writer = csv::Writer::from_path(&file)?;
    writer.write_record([
        "Job #",
        "Customer Email",
        "Customer Phone",
        "Service",
        "Status",
        "Completed",
    ])?;
    for (index, customer) in people.into_iter().enumerate() {
        let (service, completed) = days::made_up(index)?;
        writer.write_record([
            format!("D-{}", index + 1),
            customer.profile.email.unwrap_or_default(),
            customer.profile.phone.unwrap_or_default(),
            service.to_owned(),
            "completed".to_owned(),
            completed.to_string(),
        ])?;
    }
    writer.flush()?;
    Ok(file)
}

/// A night's jobs arrive, at both tenants.
pub(super) async fn deliver(open: &Open, cast: &Cast, delivery: &Delivery) -> anyhow::Result<()> {
    let zone = TimeZone::get("America/Chicago")?;
    for tenant in [cast.tenant, cast.neighbour] {
        imports::work_orders::import(
            open,
            tenant,
            zone.clone(),
            &delivery.file,
            &Options::default(),
            &|_| {},
        )
        .await?;
    }
    Ok(())
}
