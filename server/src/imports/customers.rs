//! Imports customers: reads, finds who is who, saves, and records what the rows prove of consent.
use super::columns::Columns;
use super::customer_consent::{self, Said};
use super::customer_row::{self, Context, Read};
use super::who_is_who::Slots;
use super::{
    Consents, ImportError, Options, Progress, Refusal, Report, SLICE, columns, count, refused, table,
};
use crate::app::App;
use crate::consents::{self, Recorded, opt_outs};
use crate::customers::{self, Save, Saved};
use crate::db::{TenantId, TenantTx};
use fail::fail_point;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::consent::ConsentStatus;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use uuid::Uuid;

/// A list of customers without any of these is none that we can use.
const REACHED_BY: [(&[&str], &str); 1] = [(
    &["email", "phone", "phone2"],
    "a column with e-mail addresses or phone numbers",
)];

/// Imports the customers of a file for a tenant, slice by slice, each in one transaction: what was done before an interruption stays, and
/// importing again goes on from there. Two people may share a household's phone: the first who has it keeps it; the other lands
/// without it if there is an e-mail address, and is refused otherwise.
pub async fn import(
    app: &App,
    tenant: TenantId,
    zone: TimeZone,
    path: &Path,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Report, ImportError> {
    let mut table = table::open(path, columns::CUSTOMER, &options.mapping, &REACHED_BY)?;
    let mut report = Report {
        ignored_columns: table.columns.ignored(),
        speaks_of_consent: table.columns.has("consent"),
        ..Report::default()
    };
    let context = Context {
        region: options.region()?,
        zone,
        now: app.clock.now(),
    };
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    // who was met in this file, and on which line first
    let mut met: HashMap<Uuid, u64> = HashMap::new();
    let mut rehearsal = if options.dry_run {
        Some(app.tenant(tenant).await?)
    } else {
        None
    };
    while let Some(slice) = table.next_slice(SLICE)? {
        report.rows += count(slice.rows.len() + slice.refused.len());
        let (mut good, mut bad): (Vec<Read>, Vec<Refusal>) = (Vec::new(), slice.refused);
        let mut outs = Vec::new();
        for row in slice.rows {
            outs.extend(customer_consent::opt_outs(&table.columns, &row, &context));
            match customer_row::read(row, &table.columns, &context) {
                Ok(read) => good.push(read),
                Err(refusal) => bad.push(refusal),
            }
        }
        report.refused.append(&mut bad);
        if let Some(tx) = &mut rehearsal {
            save_slice(tx, good, &table.columns, &mut met, &mut report).await?;
            record_opt_outs(tx, outs, &file, &mut report.consents).await?;
        } else {
            let mut tx = app.tenant(tenant).await?;
            save_slice(&mut tx, good, &table.columns, &mut met, &mut report).await?;
            fail_point!("import.before_commit", |_| Err(anyhow::anyhow!(
                "a drill says so"
            )
            .into()));
            tx.commit().await?;
            fail_point!("import.after_commit");
            if !outs.is_empty() {
                let mut tx = app.tenant(tenant).await?;
                record_opt_outs(&mut tx, outs, &file, &mut report.consents).await?;
                tx.commit().await?;
            }
        }
        progress(report.rows);
    }
    report.lines_of_another_encoding = table.of_another_encoding();
    report.refused.sort_by_key(|refusal| refusal.line);
    report.notes.sort_by_key(|note| note.line);
    if !options.dry_run {
        report.refused_file = refused::write(path, &table.columns.headers, &report.refused)?;
    }
    Ok(report)
}

/// Saves a slice and records what it proves. Opt-outs are recorded after it, in a transaction of their own.
async fn save_slice(
    tx: &mut TenantTx,
    reads: Vec<Read>,
    columns: &Columns,
    met: &mut HashMap<Uuid, u64>,
    report: &mut Report,
) -> Result<(), ImportError> {
    let mut slots = Slots::load(tx, &reads, met).await?;
    for mut read in reads {
        let mut notes = std::mem::take(&mut read.notes);
        match slots.take(read) {
            Ok(mut more) => {
                report.notes.append(&mut notes);
                report.notes.append(&mut more);
            }
            Err(refusal) => report.refused.push(Refusal {
                column: columns.header("phone"),
                ..refusal
            }),
        }
    }
    let taken = slots.taken();
    let saves = taken
        .iter()
        .map(|slot| Save {
            id: slot.id,
            profile: slot.profile.clone(),
        })
        .collect();
    let saved = customers::save_batch(tx, "import", saves).await?;
    let now = tx.now();
    let mut proofs = Vec::new();
    for (slot, saved) in taken.iter().zip(&saved) {
        let mut others = count(slot.reads.len());
        if met.insert(saved.id(), slot.first_line).is_none() {
            others -= 1;
            match saved {
                Saved::Created { .. } => report.created += 1,
                Saved::Updated { .. } => report.updated += 1,
                Saved::Unchanged { .. } => report.unchanged += 1,
            }
        }
        report.merged += others;
        let is_new = matches!(saved, Saved::Created { .. });
        let mut is_claimed = false;
        for read in &slot.reads {
            let proves = matches!(read.texts, Said::Yes { .. });
            // who is claimed by one row is not unknown by another
            if let Some(consent) = read.consent(saved.id(), is_new && !is_claimed, now) {
                is_claimed = true;
                if proves
                    || slot.reads.len() == 1
                    || !slot
                        .reads
                        .iter()
                        .any(|read| matches!(read.texts, Said::Yes { .. }))
                {
                    proofs.push(consent);
                }
            }
        }
    }
    let kinds: Vec<ConsentStatus> = proofs.iter().map(|consent| consent.kind).collect();
    let recorded = consents::record_batch(tx, proofs)
        .await
        .map_err(|error| ImportError::Other(error.into()))?;
    for (kind, recorded) in kinds.into_iter().zip(recorded) {
        if recorded == Recorded::Unchanged {
            continue;
        }
        match kind {
            ConsentStatus::OptedIn => report.consents.opted_in += 1,
            ConsentStatus::OptedOut => report.consents.opted_out += 1,
            ConsentStatus::Unknown => report.consents.unknown += 1,
        }
    }
    Ok(())
}

async fn record_opt_outs(
    tx: &mut TenantTx,
    mut outs: Vec<opt_outs::OptOut>,
    file: &str,
    consents: &mut Consents,
) -> Result<(), ImportError> {
    if outs.is_empty() {
        return Ok(());
    }
    // one address, one opt-out: the newest, which is one without a date
    outs.sort_by_key(|out| Reverse(out.at.unwrap_or(Timestamp::MAX)));
    let mut seen = BTreeSet::new();
    let outs: Vec<_> = outs
        .into_iter()
        .filter(|out| seen.insert((out.channel, out.address.clone())))
        .collect();
    let imported = opt_outs::import(tx, &outs, file)
        .await
        .map_err(|error| ImportError::Other(error.into()))?;
    consents.opted_out += imported.applied;
    Ok(())
}
