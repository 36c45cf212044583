//! Imports customers: reads, finds who is who, saves, and records what the rows prove of consent.
use super::customer_row::{self, Context, Read, Said};
use super::{
    Consents, ImportError, Note, Options, Progress, Refusal, Report, SLICE, columns, count, refused, table,
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

/// A list of customers without any of these is none that we can use.
const REACHED_BY: [(&[&str], &str); 1] =
    [(&["email", "phone", "phone2"], "a column with e-mail addresses or phone numbers")];

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
        for row in slice.rows {
            match customer_row::read(row, &table.columns, &context) {
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

/// One customer of a slice: known or new, as the rows so far make it.
struct Slot {
    id: Option<Uuid>,
    profile: Profile,
    first_line: u64,
    reads: Vec<Read>,
}

/// Everybody of a slice, found by address and id.
#[derive(Default)]
struct Slots {
    all: Vec<Slot>,
    by_email: HashMap<String, usize>,
    by_phone: HashMap<String, usize>,
    by_whatsapp: HashMap<String, usize>,
    by_external_id: HashMap<String, usize>,
}

impl Slots {
    async fn load(tx: &mut TenantTx, reads: &[Read], met: &HashMap<Uuid, u64>) -> sqlx::Result<Self> {
        let emails: Vec<String> = reads.iter().filter_map(|read| email(&read.profile)).collect();
        let phones: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.phone.clone())
            .collect();
        let whatsapps: Vec<String> = reads.iter().filter_map(|read| read.profile.whatsapp_number.clone()).collect();
        let externals: Vec<String> = reads.iter().filter_map(|read| read.profile.external_id.clone()).collect();
        let mut slots = Self::default();
        let mut all = customers::known_by(tx, &emails, &phones).await?;
        all.extend(customers::known_by_id(tx, &externals, &whatsapps).await?);
        let mut seen = BTreeSet::new();
        for known in all {
            if !seen.insert(known.id) {
                continue;
            }
            let first_line = met.get(&known.id).copied().unwrap_or(0);
            slots.add(Slot {
                id: Some(known.id),
                profile: known.profile,
                first_line,
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
            if let Some(number) = slot.profile.whatsapp_number.clone() {
                self.by_whatsapp.insert(number, at);
            }
            if let Some(id) = slot.profile.external_id.clone() {
                self.by_external_id.insert(id, at);
            }
        }
    }

    fn get(&self, at: usize) -> Option<&Slot> {
        self.all.get(at)
    }

    /// Takes a row in: into the slot of the same person, or as somebody new. An error is a refusal.
    fn take(&mut self, mut read: Read) -> Result<Vec<Note>, Refusal> {
        let row = &read.profile;
        let at = |all: &HashMap<String, usize>, key: Option<String>| key.and_then(|key| all.get(&key).copied());
        let by_email = at(&self.by_email, email(row));
        let by_phone = at(&self.by_phone, row.phone.clone());
        let by_external_id = at(&self.by_external_id, row.external_id.clone());
        let by_whatsapp = at(&self.by_whatsapp, row.whatsapp_number.clone());
        let is_same = |at: &usize| self.get(*at).is_some_and(|slot| is_same_person(&slot.profile, row));
        let target = by_email
            .or(by_phone.filter(is_same))
            .or(by_external_id.filter(is_same));
        let of_another = |owner: Option<usize>| owner.filter(|owner| Some(*owner) != target).and_then(|owner| self.get(owner)).map(Slot::whose);
        let mut notes = Vec::new();
        let mut note = |said| notes.push(Note { line: read.line, said });
        if let Some(whose) = of_another(by_phone) {
            if read.profile.email.is_none() {
                return Err(Refusal {
                    line: read.line,
                    column: "phone".to_owned(),
                    reason: format!(
                        "the number belongs to {whose}, and there is no e-mail address: a household's phone is one customer's"
                    ),
                    cells: read.cells,
                });
            }
            let raw = read.profile.phone_raw.take().unwrap_or_default();
            read.profile.phone = None;
            read.profile.metadata.insert("shared_phone".to_owned(), Value::String(raw));
            note(format!("phone: it belongs to {whose}; landed without it"));
        }
        if let Some(whose) = of_another(by_external_id) {
            read.profile.external_id = None;
            note(format!("external_id: it belongs to {whose}; landed without it"));
        }
        if let Some(whose) = of_another(by_whatsapp) {
            read.profile.whatsapp_number = None;
            note(format!("whatsapp_number: it belongs to {whose}; landed without it"));
        }
        let Some(at) = target else {
            let (profile, first_line) = (read.profile.clone(), read.line);
            self.add(Slot {
                id: None,
                profile,
                first_line,
                reads: vec![read],
            });
            return Ok(notes);
        };
        let Some(slot) = self.all.get_mut(at) else {
            return Ok(notes);
        };
        let stands_before = slot.first_line > 0;
        if stands_before {
            let how = if by_email == target { "the same e-mail address" } else if by_phone == target { "the same phone and name" } else { "the same id and name" };
            let other = email(&read.profile).filter(|other| email(&slot.profile).is_some_and(|own| own != *other));
            let lost = other.as_ref().map_or_else(String::new, |other| format!("; its other e-mail address {other} was not kept"));
            let name = if is_same_person(&slot.profile, &read.profile) { "" } else { ", though of another name" };
            note(format!("merged into line {}: {how}{name}{lost}", slot.first_line));
        } else {
            slot.first_line = read.line;
        }
        merge(&mut slot.profile, &read.profile, stands_before);
        slot.reads.push(read);
        self.index(at);
        Ok(notes)
    }
}

impl Slot {
    fn whose(&self) -> String {
        match self.first_line {
            0 => "another customer who is there already".to_owned(),
            line => format!("another customer, of line {line}"),
        }
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
    let mut outs = Vec::new();
    for mut read in reads {
        // an opt-out counts for the address, whoever has it and whatever becomes of the row
        outs.extend(opt_outs_of(&read));
        let mut notes = std::mem::take(&mut read.notes);
        match slots.take(read) {
            Ok(mut more) => {
                report.notes.append(&mut notes);
                report.notes.append(&mut more);
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
