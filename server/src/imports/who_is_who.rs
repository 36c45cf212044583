//! Who is who: finds the customer that each row of a list speaks of, among those who are there and the rows before it.
use super::customer_row::Read;
use super::{Note, Refusal};
use crate::customers::{self, Profile};
use crate::db::TenantTx;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// One customer of a slice: known or new, as the rows so far make it.
pub(super) struct Slot {
    pub id: Option<Uuid>,
    pub profile: Profile,
    /// Where it stands first in this file; 0 while it has not.
    pub first_line: u64,
    pub reads: Vec<Read>,
}

/// Everybody of a slice, found by address and id.
#[derive(Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    by_email: HashMap<String, usize>,
    by_phone: HashMap<String, usize>,
    by_whatsapp: HashMap<String, usize>,
    by_external_id: HashMap<String, usize>,
}

impl Slots {
    /// Those who are known by an address or id of these rows; `met` are those who stood in the file before, with their lines.
    pub async fn load(tx: &mut TenantTx, reads: &[Read], met: &HashMap<Uuid, u64>) -> sqlx::Result<Self> {
        let emails: Vec<String> = reads.iter().filter_map(|read| email(&read.profile)).collect();
        let phones: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.phone.clone())
            .collect();
        let whatsapps: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.whatsapp_number.clone())
            .collect();
        let externals: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.external_id.clone())
            .collect();
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

    /// Those of whom a row spoke.
    pub fn taken(self) -> Vec<Slot> {
        self.all
            .into_iter()
            .filter(|slot| !slot.reads.is_empty())
            .collect()
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
    pub fn take(&mut self, mut read: Read) -> Result<Vec<Note>, Refusal> {
        let row = &read.profile;
        let at =
            |all: &HashMap<String, usize>, key: Option<String>| key.and_then(|key| all.get(&key).copied());
        let by_email = at(&self.by_email, email(row));
        let by_phone = at(&self.by_phone, row.phone.clone());
        let by_external_id = at(&self.by_external_id, row.external_id.clone());
        let by_whatsapp = at(&self.by_whatsapp, row.whatsapp_number.clone());
        let is_same = |at: &usize| {
            self.get(*at)
                .is_some_and(|slot| is_same_person(&slot.profile, row))
        };
        let target = by_email
            .or(by_phone.filter(is_same))
            .or(by_external_id.filter(is_same));
        let of_another = |owner: Option<usize>| {
            owner
                .filter(|owner| Some(*owner) != target)
                .and_then(|owner| self.get(owner))
                .map(Slot::whose)
        };
        let mut notes = Vec::new();
        let mut note = |said| {
            notes.push(Note {
                line: read.line,
                said,
            })
        };
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
            read.profile
                .metadata
                .insert("shared_phone".to_owned(), Value::String(raw));
            note(format!("phone: it belongs to {whose}; landed without it"));
        }
        if let Some(whose) = of_another(by_external_id) {
            read.profile.external_id = None;
            note(format!("external_id: it belongs to {whose}; landed without it"));
        }
        if let Some(whose) = of_another(by_whatsapp) {
            read.profile.whatsapp_number = None;
            note(format!(
                "whatsapp_number: it belongs to {whose}; landed without it"
            ));
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
            let how = if by_email == target {
                "the same e-mail address"
            } else if by_phone == target {
                "the same phone and name"
            } else {
                "the same id and name"
            };
            let other =
                email(&read.profile).filter(|other| email(&slot.profile).is_some_and(|own| own != *other));
            let lost = other.as_ref().map_or_else(String::new, |other| {
                format!("; its other e-mail address {other} was not kept")
            });
            let name = if is_same_person(&slot.profile, &read.profile) {
                ""
            } else {
                ", though of another name"
            };
            note(format!("merged into line {}: {how}{name}{lost}", slot.first_line));
        } else {
            slot.first_line = read.line;
        }
        merge(&mut slot.profile, &read.profile, read.says_country, stands_before);
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
fn merge(known: &mut Profile, row: &Profile, says_country: bool, only_fill: bool) {
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
    let is_news = row.phone.is_some() && row.phone != known.phone;
    if is_news && !(only_fill && known.phone.is_some()) {
        known.phone.clone_from(&row.phone);
        known.phone_raw.clone_from(&row.phone_raw);
    } else if known.phone.is_none() && known.phone_raw.is_none() {
        known.phone_raw.clone_from(&row.phone_raw);
    }
    match (&mut known.address, &row.address) {
        (Some(known), Some(row)) => {
            if row.line1.is_some() && row.line1 != known.line1 && !(only_fill && known.line1.is_some()) {
                // another street has other flats
                known.line1.clone_from(&row.line1);
                known.line2.clone_from(&row.line2);
            }
            put(&mut known.line2, &row.line2);
            put(&mut known.city, &row.city);
            if says_country && !only_fill {
                known.country.clone_from(&row.country);
            }
        }
        (None, Some(row)) => known.address = Some(row.clone()),
        (_, None) => {}
    }
    if !row.tags.is_empty() && (!only_fill || known.tags.is_empty()) {
        known.tags.clone_from(&row.tags);
    }
    for (key, value) in &row.metadata {
        if !(only_fill && known.metadata.contains_key(key)) {
            known.metadata.insert(key.clone(), value.clone());
        }
    }
}
