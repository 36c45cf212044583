//! Who is who in a list: rows of one person come together, whoever is known is found, and a household's phone stays with its first.
use super::customer_row::Read;
use super::{Note, Refusal};
use crate::customers::{self, Profile};
use crate::db::TenantTx;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// One customer of a slice: known or new, as the rows so far make it.
pub(super) struct Slot {
    pub id: Option<Uuid>,
    pub profile: Profile,
    pub first_line: u64,
    /// Stood in this file before.
    pub is_merged: bool,
    pub reads: Vec<Read>,
}

/// Everybody of a slice, found by address.
pub(super) struct Slots {
    pub all: Vec<Slot>,
    /// Whose each id of the other tool and each WhatsApp number is; both are one customer's.
    taken: HashMap<(&'static str, String), Option<Uuid>>,
    by_email: HashMap<String, usize>,
    by_phone: HashMap<String, usize>,
}

impl Slots {
    pub async fn load(tx: &mut TenantTx, reads: &[Read], met: &HashMap<Uuid, u64>) -> sqlx::Result<Self> {
        let emails: Vec<String> = reads.iter().filter_map(|read| email(&read.profile)).collect();
        let phones: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.phone.clone())
            .collect();
        let mut slots = Self {
            all: Vec::new(),
            taken: HashMap::new(),
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
        let ids: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.external_id.clone())
            .collect();
        let numbers: Vec<String> = reads
            .iter()
            .filter_map(|read| read.profile.whatsapp_number.clone())
            .collect();
        for (field, value, customer) in customers::taken(tx, &ids, &numbers).await? {
            slots.taken.insert((field, value), Some(customer));
        }
        Ok(slots)
    }

    /// Is a value that may be one customer's alone somebody else's?
    fn clash(&mut self, profile: &Profile, target: Option<Uuid>) -> Option<&'static str> {
        let wanted = [
            ("external_id", &profile.external_id),
            ("whatsapp_number", &profile.whatsapp_number),
        ];
        for (field, value) in wanted {
            let Some(value) = value else { continue };
            match self.taken.get(&(field, value.clone())) {
                Some(owner) if *owner != target || target.is_none() => return Some(field),
                Some(_) => {}
                None => {
                    self.taken.insert((field, value.clone()), target);
                }
            }
        }
        None
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
    pub fn take(&mut self, mut read: Read) -> Result<Option<Note>, Refusal> {
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
        let target_id = target.and_then(|at| self.get(at)).and_then(|slot| slot.id);
        let is_new_in_slice = target.is_some() && target_id.is_none();
        if !is_new_in_slice && let Some(field) = self.clash(&read.profile, target_id) {
            return Err(Refusal {
                line: read.line,
                column: field.to_owned(),
                reason: "another customer has it; it can be one customer's only".to_owned(),
                cells: read.cells,
            });
        }
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

pub(super) fn email(profile: &Profile) -> Option<String> {
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
    if !row.tags.is_empty() && (!only_fill || known.tags.is_empty()) {
        known.tags.clone_from(&row.tags);
    }
    for (key, value) in &row.metadata {
        if !(only_fill && known.metadata.contains_key(key)) {
            known.metadata.insert(key.clone(), value.clone());
        }
    }
}
