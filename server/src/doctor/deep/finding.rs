//! What a check found: how many rows it looked at, and those that offend, as people see them and without personal data.
use super::SHOWN;
use super::store::Row;
use crate::ids::Noun;
use crate::reports::mask::Addresses;
use serde::Serialize;
use uuid::Uuid;

/// A row that must not be so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offence {
    pub table: String,
    /// Its id as people see it, or what tells it apart; an address is masked.
    pub id: String,
    pub what: String,
}

/// What one check comes to.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub looked_at: u64,
    pub offences: u64,
    pub rows: Vec<Offence>,
}

impl Findings {
    pub fn look(&mut self, rows: u64) {
        self.looked_at += rows;
    }

    /// Counts a row, and names it if not too many are named.
    pub fn blame(&mut self, table: &str, id: String, what: String) {
        self.offences += 1;
        if self.rows.len() < usize::try_from(SHOWN).unwrap_or(0) {
            self.rows.push(Offence {
                table: table.to_owned(),
                id,
                what,
            });
        }
    }
}

/// The rows of a statement. It answers one row at least, with what it looked at.
pub(super) fn from_rows(rows: Vec<Row>) -> Findings {
    let count = |rows: i64| u64::try_from(rows).unwrap_or(0);
    let mut found = Findings::default();
    for row in rows {
        found.looked_at = count(row.looked_at);
        found.offences = count(row.offences.unwrap_or(0));
        if let (Some(table), Some(what)) = (row.place, row.what) {
            let address = row.address.map(|address| Addresses::Masked.show(&address));
            let id = row.id.map(|id| shown(row.noun.as_deref(), id));
            let id = [id, row.part, address]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            found.rows.push(Offence { table, id, what });
        }
    }
    found
}

fn shown(noun: Option<&str>, id: Uuid) -> String {
    let noun = match noun {
        Some("tenant") => Noun::Tenant,
        Some("customer") => Noun::Customer,
        Some("work order") => Noun::WorkOrder,
        Some("template") => Noun::Template,
        Some("campaign") => Noun::Campaign,
        Some("enrollment") => Noun::Enrollment,
        Some("message") => Noun::Message,
        Some("connection") => Noun::Connection,
        Some("conversation") => Noun::Conversation,
        _ => return id.to_string(),
    };
    noun.show(id)
}
