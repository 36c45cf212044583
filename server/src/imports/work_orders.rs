//! Imports work orders: finds each one's customer, reads its times in the customer's zone, and puts it by its number.
use super::columns::{self, Columns};
use super::table::{self, Row};
use super::{ImportError, Note, Options, Progress, Refusal, Report, SLICE, count, refused};
use crate::app::App;
use crate::customers::{self, Profile};
use crate::dates::{self, Day};
use crate::db::{TenantId, TenantTx};
use crate::work_orders::{self, NewWorkOrder, Put};
use fail::fail_point;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rules::address::{E164, Email};
use rules::lifecycle::{ServiceType, WorkOrderStatus};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use uuid::Uuid;

/// How far ahead of us a completion may lie: clocks differ, jobs are not done tomorrow.
const LATEST_COMPLETION: SignedDuration = SignedDuration::from_hours(1);

/// A list of jobs must say whose each is, and what was done.
const NEEDED: [(&[&str], &str); 2] = [
    (
        &["customer_email", "customer_phone", "customer_external_id"],
        "a column that names the customer by e-mail address, phone number or id",
    ),
    (&["service"], "a column with the service"),
];

/// Imports the work orders of a file for a tenant, slice by slice, each in one transaction. A job whose number is known is changed where it
/// differs; completed ones are enrolled. Times without a zone are the customer's, else those of `zone`.
pub async fn import(
    app: &App,
    tenant: TenantId,
    zone: TimeZone,
    path: &Path,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Report, ImportError> {
    let mut table = table::open(path, columns::WORK_ORDER, &options.mapping, &NEEDED)?;
    let mut report = Report {
        ignored_columns: table.columns.ignored(),
        ..Report::default()
    };
    let context = Context {
        region: options.region()?,
        zone,
        now: app.clock.now(),
    };
    let mut numbers: HashMap<String, u64> = HashMap::new();
    let mut rehearsal = if options.dry_run {
        Some(app.tenant(tenant).await?)
    } else {
        None
    };
    while let Some(mut slice) = table.next_slice(SLICE)? {
        report.rows += count(slice.rows.len() + slice.refused.len());
        report.refused.append(&mut slice.refused);
        let rows = &slice.rows;
        if let Some(tx) = &mut rehearsal {
            put(tx, rows, &table.columns, &context, &mut numbers, &mut report).await?;
        } else {
            let mut tx = app.tenant(tenant).await?;
            put(&mut tx, rows, &table.columns, &context, &mut numbers, &mut report).await?;
            fail_point!("import.before_commit", |_| Err(anyhow::anyhow!(
                "a drill says so"
            )
            .into()));
            tx.commit().await?;
            fail_point!("import.after_commit");
        }
        progress(report.rows);
    }
    report.lines_of_another_encoding = table.of_another_encoding();
    report.refused.sort_by_key(|refusal| refusal.line);
    if !options.dry_run {
        report.refused_file = refused::write(path, &table.columns.headers, &report.refused)?;
    }
    Ok(report)
}

struct Context {
    region: String,
    zone: TimeZone,
    now: Timestamp,
}

/// Who has which address.
#[derive(Default)]
struct People {
    by_email: HashMap<String, (Uuid, Option<String>)>,
    by_phone: HashMap<String, (Uuid, Option<String>)>,
    by_external_id: HashMap<String, (Uuid, Option<String>)>,
}

impl People {
    async fn load(tx: &mut TenantTx, rows: &[Row], columns: &Columns, region: &str) -> sqlx::Result<Self> {
        let emails: Vec<String> = rows
            .iter()
            .filter_map(|row| {
                Some(
                    Email::parse(columns.cell(&row.cells, "customer_email"))
                        .ok()?
                        .norm(),
                )
            })
            .collect();
        let phones: Vec<String> = rows
            .iter()
            .filter_map(|row| phone(columns.cell(&row.cells, "customer_phone"), region))
            .collect();
        let ids: Vec<String> = rows
            .iter()
            .map(|row| columns.cell(&row.cells, "customer_external_id").to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        let mut people = Self::default();
        let mut all = customers::known_by(tx, &emails, &phones).await?;
        all.extend(customers::known_by_id(tx, &ids, &[]).await?);
        for known in all {
            let whose = |profile: &Profile| (known.id, profile.zone().0);
            if let Some(email) = &known.profile.email {
                people
                    .by_email
                    .insert(email.to_lowercase(), whose(&known.profile));
            }
            if let Some(phone) = &known.profile.phone {
                people.by_phone.insert(phone.clone(), whose(&known.profile));
            }
            if let Some(id) = &known.profile.external_id {
                people.by_external_id.insert(id.clone(), whose(&known.profile));
            }
        }
        Ok(people)
    }
}

fn phone(raw: &str, region: &str) -> Option<String> {
    E164::parse(raw, region)
        .ok()
        .map(|parsed| parsed.e164.to_string())
}

async fn put(
    tx: &mut TenantTx,
    rows: &[Row],
    columns: &Columns,
    context: &Context,
    numbers: &mut HashMap<String, u64>,
    report: &mut Report,
) -> Result<(), ImportError> {
    let people = People::load(tx, rows, columns, &context.region).await?;
    let (mut orders, mut taken) = (Vec::new(), Vec::new());
    for row in rows {
        match read(row, columns, &people, context) {
            Ok(order) => {
                let before = order
                    .number
                    .as_ref()
                    .and_then(|number| numbers.insert(number.clone(), row.line));
                if let Some(line) = before {
                    numbers.extend(order.number.clone().map(|number| (number, line)));
                    report.refused.push(refusal(
                        row,
                        columns.header("number"),
                        format!("the number stands on line {line} already"),
                    ));
                } else {
                    orders.push(order);
                    taken.push(row);
                }
            }
            Err((column, reason)) => report.refused.push(refusal(row, column, reason)),
        }
    }
    for (row, put) in taken
        .iter()
        .zip(work_orders::put_batch(tx, "import", orders).await?)
    {
        match put {
            Put::Created(_) => report.created += 1,
            Put::Updated(_) => report.updated += 1,
            Put::Unchanged(_) => report.unchanged += 1,
            Put::Refused { from, to, .. } => {
                let why = format!("the job is {} and can't become {}", from.name(), to.name());
                report.refused.push(refusal(row, columns.header("status"), why));
            }
        }
    }
    let without_number = taken
        .iter()
        .filter(|row| columns.cell(&row.cells, "number").is_empty())
        .count();
    if without_number > 0 && report.notes.is_empty() {
        let said = format!(
            "{without_number} rows have no job number: importing the file again would make them anew"
        );
        report.notes.push(Note { line: 1, said });
    }
    Ok(())
}

fn refusal(row: &Row, column: String, reason: String) -> Refusal {
    Refusal {
        line: row.line,
        column,
        reason,
        cells: row.cells.clone(),
    }
}

fn read(
    row: &Row,
    columns: &Columns,
    people: &People,
    context: &Context,
) -> Result<NewWorkOrder, (String, String)> {
    let cell = |field: &str| columns.cell(&row.cells, field);
    let wrong = |field: &'static str, why: String| (columns.header(field), why);
    let by_email = Email::parse(cell("customer_email"))
        .ok()
        .and_then(|email| people.by_email.get(&email.norm()));
    let by_phone =
        phone(cell("customer_phone"), &context.region).and_then(|phone| people.by_phone.get(&phone));
    let by_external_id = people.by_external_id.get(cell("customer_external_id"));
    let Some((customer, own_zone)) = by_external_id.or(by_email).or(by_phone) else {
        let said: BTreeSet<&str> = ["customer_external_id", "customer_email", "customer_phone"]
            .into_iter()
            .map(cell)
            .filter(|text| !text.is_empty())
            .collect();
        let why = if said.is_empty() {
            "the row names no customer by e-mail address, phone number or id".to_owned()
        } else {
            format!(
                "no customer has `{}`; import the customers first",
                said.into_iter().collect::<Vec<_>>().join("` or `")
            )
        };
        let named = ["customer_email", "customer_phone", "customer_external_id"];
        let field = named
            .into_iter()
            .find(|field| !cell(field).is_empty())
            .unwrap_or("customer_email");
        return Err(wrong(field, why));
    };
    let zone = own_zone
        .as_deref()
        .and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or_else(|| context.zone.clone());
    let moment = |field: &'static str| match cell(field) {
        "" => Ok(None),
        text => dates::read(text, &zone, context.region == "US", Day::AtNoon)
            .map(Some)
            .map_err(|why| wrong(field, why)),
    };
    let service_type = service(cell("service")).map_err(|why| wrong("service", why))?;
    let (scheduled_at, completed_at) = (moment("scheduled_at")?, moment("completed_at")?);
    let status = status(cell("status"), completed_at.is_some()).map_err(|why| wrong("status", why))?;
    let completed_at = if status == WorkOrderStatus::Completed {
        let at = completed_at.ok_or_else(|| {
            wrong(
                "completed_at",
                "a completed job should say when it was completed".to_owned(),
            )
        })?;
        if at > context.now + LATEST_COMPLETION {
            return Err(wrong(
                "completed_at",
                format!("`{}` lies in the future", cell("completed_at")),
            ));
        }
        Some(at)
    } else {
        None
    };
    if let Some((field, _)) = [("number", 200), ("title", 2_000)]
        .into_iter()
        .find(|(field, most)| cell(field).chars().nth(*most).is_some())
    {
        return Err(wrong(field, "it is too long".to_owned()));
    }
    let text = |field: &str| Some(cell(field).to_owned()).filter(|text| !text.is_empty());
    Ok(NewWorkOrder {
        customer: *customer,
        number: text("number"),
        service_type,
        title: text("title"),
        status,
        scheduled_at,
        completed_at,
        amount_cents: amount(cell("amount")).map_err(|why| wrong("amount", why))?,
    })
}

/// What people call their services; a word that is part of the cell decides, the first that fits.
const SERVICES: &[(&str, ServiceType)] = &[
    ("plumb", ServiceType::Plumbing),
    ("drain", ServiceType::Plumbing),
    ("water", ServiceType::Plumbing),
    ("hvac", ServiceType::Hvac),
    ("a/c", ServiceType::Hvac),
    ("air cond", ServiceType::Hvac),
    ("heat", ServiceType::Hvac),
    ("furnace", ServiceType::Hvac),
    ("cooling", ServiceType::Hvac),
    ("electric", ServiceType::Electrical),
    ("wiring", ServiceType::Electrical),
    ("clean", ServiceType::Cleaning),
    ("maid", ServiceType::Cleaning),
    ("roof", ServiceType::Roofing),
    ("gutter", ServiceType::Roofing),
    ("paint", ServiceType::Painting),
    ("handyman", ServiceType::Handyman),
    ("repair", ServiceType::Handyman),
    ("drywall", ServiceType::Handyman),
    ("other", ServiceType::Other),
    ("general", ServiceType::Other),
    ("misc", ServiceType::Other),
];

fn service(cell: &str) -> Result<ServiceType, String> {
    let text = cell.to_lowercase();
    if let Some(known) = ServiceType::parse(&text) {
        return Ok(known);
    }
    if text == "ac" || text.starts_with("ac ") {
        return Ok(ServiceType::Hvac);
    }
    SERVICES
        .iter()
        .find(|(word, _)| text.contains(word))
        .map(|(_, service)| *service)
        .ok_or_else(|| {
            let known = ServiceType::ALL
                .iter()
                .map(|one| one.name())
                .collect::<Vec<_>>()
                .join(", ");
            format!("`{cell}` is no service that we know; write one of {known}")
        })
}

fn status(cell: &str, has_completion: bool) -> Result<WorkOrderStatus, String> {
    let text = cell.to_lowercase().replace([' ', '-'], "_");
    match text.as_str() {
        "" if has_completion => Ok(WorkOrderStatus::Completed),
        "" | "new" | "booked" | "open" => Ok(WorkOrderStatus::Scheduled),
        "done" | "complete" | "finished" | "closed" | "paid" | "invoiced" => Ok(WorkOrderStatus::Completed),
        "started" | "on_site" | "working" => Ok(WorkOrderStatus::InProgress),
        "canceled" | "void" => Ok(WorkOrderStatus::Cancelled),
        "do_not_contact" | "no_follow_up" => Ok(WorkOrderStatus::DoNotSend),
        other => WorkOrderStatus::parse(other).ok_or_else(|| {
            let known = WorkOrderStatus::ALL
                .iter()
                .map(|one| one.name())
                .collect::<Vec<_>>()
                .join(", ");
            format!("`{cell}` is no status that we know; write one of {known}")
        }),
    }
}

/// `$1,234.50` in cents.
fn amount(cell: &str) -> Result<Option<i64>, String> {
    let plain: String = cell.chars().filter(|c| !matches!(c, '$' | ',' | ' ')).collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let wrong = || format!("`{cell}` is no amount; it should look like 1234.50");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > 2 {
        return Err(wrong());
    }
    let cents = format!("{whole}{part:0<2}").parse::<i64>().map_err(|_| wrong())?;
    Ok(Some(cents))
}
