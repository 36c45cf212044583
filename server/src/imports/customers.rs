//! Imports customers: reads, finds who is who, saves, and records what the rows prove of consent.
use super::customer_row::{self, Context, Read, Said};
use super::{
    Consents, ImportError, Note, Options, Progress, Refusal, Report, SLICE, columns, refused, table,
};
use crate::app::App;
use crate::consents::{self, Recorded, opt_outs};
use crate::customers::{self, Profile, Save, Saved};
use crate::db::{TenantId, TenantTx};
use jiff::tz::TimeZone;
use rules::channel::Channel;
use rules::consent::ConsentStatus;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use uuid::Uuid;

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
    let read = table::read(path, columns::CUSTOMER, &options.mapping)?;
    let mut report = Report {
        rows: count(read.rows.len()) + count(read.refused.len()),
        refused: read.refused,
        ignored_columns: read.columns.ignored(),
        lines_of_another_encoding: read.of_another_encoding,
        ..Report::default()
    };
    let context = Context {
        region: options.region.clone(),
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
    let mut done = 0;
    for slice in read.rows.chunks(SLICE) {
        let (mut good, mut bad): (Vec<Read>, Vec<Refusal>) = (Vec::new(), Vec::new());
        for row in slice {
            match customer_row::read(row.clone(), &read.columns, &context) {
                Ok(read) => good.push(read),
                Err(refusal) => bad.push(refusal),
            }
        }
        report.refused.append(&mut bad);
        if let Some(tx) = &mut rehearsal {
            let outs = save_slice(tx, good, &mut met, &mut report).await?;
            record_opt_outs(tx, outs, &file, &mut report.consents).await?;
        } else {
            let mut tx = app.tenant(tenant).await?;
            let outs = save_slice(&mut tx, good, &mut met, &mut report).await?;
            tx.commit().await?;
            if !outs.is_empty() {
                let mut tx = app.tenant(tenant).await?;
                record_opt_outs(&mut tx, outs, &file, &mut report.consents).await?;
                tx.commit().await?;
            }
        }
        done += count(slice.len());
        progress(done);
    }
    report.refused.sort_by_key(|refusal| refusal.line);
    report.notes.sort_by_key(|note| note.line);
    if !options.dry_run {
        report.refused_file = refused::write(path, &read.columns.headers, &report.refused)?;
    }
    Ok(report)
}

/// One customer of a slice: known or new, as the rows so far make it.
struct Slot {
    id: Option<Uuid>,
    profile: Profile,
    first_line: u64,
    /// Stood in this file before.
    is_merged: bool,
    reads: Vec<Read>,
}

/// Everybody of a slice, found by address.
struct Slots {
    all: Vec<Slot>,
    by_email: HashMap<String, usize>,
    by_phone: HashMap<String, usize>,
}

impl Slots {
    async fn load(tx: &mut TenantTx, reads: &[Read], met: &HashMap<Uuid, u64>) -> sqlx::Result<Self> {
        let emails: Vec<String> = reads.iter().filter_map(|read| email(&read.profile)).collect();
        let phones: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.phone.clone())
            .collect();
        let mut slots = Self {
            all: Vec::new(),
            by_email: HashMap::new(),
            by_phone: HashMap::new(),
        };
        for known in customers::known_by(tx, &emails, &phones).await? {
            let first_line = met.get(&known.id).copied().unwrap_or(0);
            slots.add(Slot {
                id: Some(known.id),
                profile: known.profile,
                first_line,
                is_merged: false,
                reads: Vec::new(),
            });
        }
        Ok(slots)
    }

    fn add(&mut self, slot: Slot) -> usize {
        let at = self.all.len();
        self.all.push(slot);
        self.index(at);
        at
    }

    fn index(&mut self, at: usize) {
        if let Some(slot) = self.all.get(at) {
            if let Some(email) = email(&slot.profile) {
                self.by_email.insert(email, at);
            }
            if let Some(phone) = slot.profile.phone.clone() {
                self.by_phone.insert(phone, at);
            }
        }
    }

    fn get(&self, at: usize) -> Option<&Slot> {
        self.all.get(at)
    }

    /// Takes a row in: into the slot of the same person, or as somebody new. An error is a refusal.
    fn take(&mut self, mut read: Read) -> Result<Option<Note>, Refusal> {
        let by_email = email(&read.profile).and_then(|email| self.by_email.get(&email).copied());
        let by_phone = read
            .profile
            .phone
            .as_ref()
            .and_then(|phone| self.by_phone.get(phone).copied());
        let same_by_phone = by_phone.filter(|at| {
            self.get(*at)
                .is_some_and(|slot| is_same_person(&slot.profile, &read.profile))
        });
        let target = by_email.or(same_by_phone);
        let mut note = None;
        if let Some(owner) = by_phone
            .filter(|owner| Some(*owner) != target)
            .and_then(|owner| self.get(owner))
        {
            let whose = if owner.first_line > 0 {
                format!("line {}", owner.first_line)
            } else {
                "a customer who is there already".to_owned()
            };
            if read.profile.email.is_none() {
                return Err(Refusal {
                    line: read.line,
                    column: "phone".to_owned(),
                    reason: format!(
                        "the number belongs to {whose}, of another name, and there is no e-mail address: a household's phone is one customer's"
                    ),
                    cells: read.cells,
                });
            }
            let raw = read.profile.phone_raw.take().unwrap_or_default();
            read.profile.phone = None;
            read.profile
                .metadata
                .insert("shared_phone".to_owned(), Value::String(raw));
            note = Some(Note {
                line: read.line,
                said: format!("phone: it belongs to {whose}, of another name; landed without it"),
            });
        }
        match target {
            Some(at) => {
                let Some(slot) = self.all.get_mut(at) else {
                    return Ok(note);
                };
                let stands_before = slot.first_line > 0;
                merge(&mut slot.profile, &read.profile, stands_before);
                slot.is_merged |= stands_before;
                if !stands_before {
                    slot.first_line = read.line;
                }
                slot.reads.push(read);
                self.index(at);
            }
            None => {
                let (profile, first_line) = (read.profile.clone(), read.line);
                self.add(Slot {
                    id: None,
                    profile,
                    first_line,
                    is_merged: false,
                    reads: vec![read],
                });
            }
        }
        Ok(note)
    }
}

fn email(profile: &Profile) -> Option<String> {
    profile.email.as_deref().map(str::to_lowercase)
}

/// Two rows with one phone are one person when their names agree, or one of them has none.
fn is_same_person(one: &Profile, other: &Profile) -> bool {
    let (one, other) = (one.name().to_lowercase(), other.name().to_lowercase());
    one.is_empty() || other.is_empty() || one == other
}

/// What a row says goes over what is known; an empty cell never clears. A second row of the same file only fills what is missing.
fn merge(known: &mut Profile, row: &Profile, only_fill: bool) {
    let put = |known: &mut Option<String>, row: &Option<String>| {
        if row.is_some() && !(only_fill && known.is_some()) {
            known.clone_from(row);
        }
    };
    put(&mut known.first_name, &row.first_name);
    put(&mut known.last_name, &row.last_name);
    put(&mut known.company_name, &row.company_name);
    put(&mut known.contact_person, &row.contact_person);
    put(&mut known.notes, &row.notes);
    put(&mut known.external_id, &row.external_id);
    put(&mut known.source, &row.source);
    put(&mut known.explicit_zone, &row.explicit_zone);
    put(&mut known.whatsapp_number, &row.whatsapp_number);
    put(&mut known.postal_code, &row.postal_code);
    put(&mut known.state, &row.state);
    let same_email = email(known).is_some() && email(known) == email(row);
    if !same_email {
        put(&mut known.email, &row.email);
    }
    if row.phone.is_some() && !(only_fill && known.phone.is_some()) {
        known.phone.clone_from(&row.phone);
        known.phone_raw.clone_from(&row.phone_raw);
    } else if known.phone.is_none() && known.phone_raw.is_none() {
        known.phone_raw.clone_from(&row.phone_raw);
    }
    if row.address.is_some() && !(only_fill && known.address.is_some()) {
        known.address.clone_from(&row.address);
    }
    if !row.tags.is_empty() && !(only_fill && !known.tags.is_empty()) {
        known.tags.clone_from(&row.tags);
    }
    for (key, value) in &row.metadata {
        if !(only_fill && known.metadata.contains_key(key)) {
            known.metadata.insert(key.clone(), value.clone());
        }
    }
}

/// Saves a slice and records what it proves. Answers the opt-outs, which are recorded in a transaction of their own.
async fn save_slice(
    tx: &mut TenantTx,
    reads: Vec<Read>,
    met: &mut HashMap<Uuid, u64>,
    report: &mut Report,
) -> Result<Vec<opt_outs::OptOut>, ImportError> {
    let mut slots = Slots::load(tx, &reads, met).await?;
    for mut read in reads {
        let mut notes = std::mem::take(&mut read.notes);
        match slots.take(read) {
            Ok(note) => {
                report.notes.append(&mut notes);
                report.notes.extend(note);
            }
            Err(refusal) => report.refused.push(refusal),
        }
    }
    let taken: Vec<Slot> = slots
        .all
        .into_iter()
        .filter(|slot| !slot.reads.is_empty())
        .collect();
    let saves = taken
        .iter()
        .map(|slot| Save {
            id: slot.id,
            profile: slot.profile.clone(),
        })
        .collect();
    let saved = customers::save_batch(tx, "import", saves).await?;
    let now = tx.now();
    let (mut proofs, mut outs) = (Vec::new(), Vec::new());
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
            outs.extend(opt_outs_of(read));
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
    Ok(outs)
}

fn opt_outs_of(read: &Read) -> Vec<opt_outs::OptOut> {
    let out = |channel, address: &str, at| opt_outs::OptOut {
        line: read.line,
        channel,
        address: address.to_owned(),
        at,
        reason: None,
    };
    let mut outs = Vec::new();
    if let (Said::No { at }, Some(phone)) = (&read.texts, &read.profile.phone) {
        outs.push(out(Channel::Sms, phone, *at));
    }
    if let (true, Some(email)) = (read.no_email, email(&read.profile)) {
        outs.push(out(Channel::Email, &email, None));
    }
    outs
}

async fn record_opt_outs(
    tx: &mut TenantTx,
    outs: Vec<opt_outs::OptOut>,
    file: &str,
    consents: &mut Consents,
) -> Result<(), ImportError> {
    if outs.is_empty() {
        return Ok(());
    }
    // one address, one opt-out
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

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
