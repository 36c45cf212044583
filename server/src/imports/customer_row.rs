//! One row of a list of customers: its fields into a profile.
use super::columns::Columns;
use super::customer_consent::{Said, texts};
use super::table::Row;
use super::{Note, Refusal};
use crate::customers::{Address, Profile, profile::Fault};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A row that can land.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub line: u64,
    pub cells: Vec<String>,
    pub profile: Profile,
    /// The country is written in the row, not taken from the region.
    pub says_country: bool,
    pub texts: Said,
    pub notes: Vec<Note>,
}

/// Where and when a list is read.
pub(super) struct Context {
    pub region: String,
    pub zone: TimeZone,
    pub now: Timestamp,
}

/// Reads a row, or says what is wrong with it.
pub(super) fn read(row: Row, columns: &Columns, context: &Context) -> Result<Read, Refusal> {
    let mut notes = Vec::new();
    let says_country = !columns.cell(&row.cells, "country").is_empty();
    let outcome = fill(&row, columns, context, &mut notes);
    match outcome {
        Ok((profile, texts)) => Ok(Read {
            line: row.line,
            cells: row.cells,
            profile,
            says_country,
            texts,
            notes,
        }),
        Err((column, reason)) => Err(Refusal {
            line: row.line,
            column,
            reason,
            cells: row.cells,
        }),
    }
}

/// The column that is wrong, and why.
pub(super) type Wrong = (String, String);

fn fill(
    row: &Row,
    columns: &Columns,
    context: &Context,
    notes: &mut Vec<Note>,
) -> Result<(Profile, Said), Wrong> {
    let cell = |field: &str| columns.cell(&row.cells, field);
    let text = |field: &str| Some(cell(field).to_owned()).filter(|text| !text.is_empty());
    let wrong = |field: &'static str, fault: &Fault| (columns.header(field), fault.why.clone());
    if let Some((field, most)) = too_long(columns, &row.cells) {
        let why = format!("it is longer than {most} characters");
        return Err((columns.header(field), why));
    }
    let country =
        country(cell("country"), &context.region).map_err(|why| (columns.header("country"), why))?;
    let mut profile = Profile {
        first_name: text("first_name"),
        last_name: text("last_name"),
        company_name: text("company_name"),
        contact_person: text("contact_person"),
        notes: text("notes"),
        external_id: text("external_id"),
        ..Profile::default()
    };
    if let Some(name) = text("name")
        && profile.first_name.is_none()
        && profile.last_name.is_none()
    {
        let (first, last) = name
            .split_once(' ')
            .map_or((name.as_str(), ""), |(first, last)| (first, last.trim()));
        profile.first_name = Some(first.to_owned());
        profile.last_name = Some(last.to_owned()).filter(|last| !last.is_empty());
    }
    let no_email = profile.set_email(cell("email")).err();
    profile
        .set_zone(cell("zone"))
        .map_err(|fault| wrong("zone", &fault))?;
    profile
        .set_tags(cell("tags").split([',', ';', '|']))
        .map_err(|fault| wrong("tags", &fault))?;
    if !cell("source").is_empty() && profile.set_source(cell("source")).is_err() {
        profile
            .metadata
            .insert("source".to_owned(), Value::String(cell("source").to_owned()));
    }
    profile.set_postal_code(whole(cell("postal_code")), &country);
    profile.state = text("state").map(|name| state(&name));
    let address = Address {
        line1: text("line1"),
        line2: text("line2"),
        city: text("city"),
        country: country.clone(),
    };
    if address.line1.is_some()
        || address.city.is_some()
        || profile.postal_code.is_some()
        || profile.state.is_some()
    {
        profile.address = Some(address);
    }
    let is_second = phones(
        &mut profile,
        whole(cell("phone")),
        whole(cell("phone2")),
        &country,
        row.line,
        notes,
    );
    if !cell("whatsapp_number").is_empty() {
        profile
            .set_whatsapp_number(cell("whatsapp_number"), &country)
            .map_err(|fault| wrong("whatsapp_number", &fault))?;
    }
    if let Some(fault) = no_email {
        if profile.phone.is_none() {
            return Err(wrong("email", &fault));
        }
        profile.metadata.insert(
            "invalid_email".to_owned(),
            Value::String(cell("email").to_owned()),
        );
        notes.push(Note {
            line: row.line,
            said: format!("email {}: landed without it", fault.why),
        });
    }
    if profile.email.is_none() && profile.phone.is_none() {
        let why = match &profile.phone_raw {
            Some(raw) => format!(
                "`{raw}` is no phone number and there is no e-mail address: the customer can't be reached"
            ),
            None => "there is neither a phone number nor an e-mail address: the customer can't be reached"
                .to_owned(),
        };
        return Err((columns.header("phone"), why));
    }
    let mut texts = texts(columns, row, context, notes)?;
    if is_second && matches!(texts, Said::Yes { .. }) {
        texts = Said::Unproven;
        let said =
            "consent: it was given for the first phone, which is none; unknown for the second".to_owned();
        notes.push(Note { line: row.line, said });
    }
    Ok((profile, texts))
}

/// The longest cell of a field, in characters: no name is longer, and what is searched for must fit an index.
const LONGEST: usize = 200;
/// The longest notes and wordings.
const LONGEST_TEXT: usize = 20_000;

fn too_long(columns: &Columns, cells: &[String]) -> Option<(&'static str, usize)> {
    columns
        .fields()
        .map(|field| {
            let is_text = matches!(field, "notes" | "disclosure" | "tags" | "consent_source");
            (field, if is_text { LONGEST_TEXT } else { LONGEST })
        })
        .find(|(field, most)| columns.cell(cells, field).chars().nth(*most).is_some())
}

/// A number as a spreadsheet that took it for one writes it: without the `.0`.
pub(super) fn whole(cell: &str) -> &str {
    match cell.strip_suffix(".0") {
        Some(digits) if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) => digits,
        _ => cell,
    }
}

/// The second phone stands in when the first is missing or none; else it is kept beside it. Answers whether it stands in for one that
/// is written but none.
fn phones(
    profile: &mut Profile,
    first: &str,
    second: &str,
    country: &str,
    line: u64,
    notes: &mut Vec<Note>,
) -> bool {
    let fault = profile.set_phone(first, country).err();
    let mut other = (!second.is_empty()).then(|| second.to_owned());
    if profile.phone.is_none() && !second.is_empty() {
        let mut aside = profile.clone();
        if aside.set_phone(second, country).is_ok() {
            *profile = aside;
            other = (!first.is_empty()).then(|| first.to_owned());
        }
    }
    let is_second = fault.is_some() && profile.phone.is_some();
    if let Some(fault) = fault {
        let instead = if profile.phone.is_some() {
            "the second phone was taken"
        } else {
            "landed without a phone"
        };
        notes.push(Note {
            line,
            said: format!("phone {}: {instead}", fault.why),
        });
    }
    if let Some(extension) = profile.metadata.get("phone_extension").and_then(Value::as_str) {
        notes.push(Note {
            line,
            said: format!("phone: texts go to the main line, not to extension {extension}"),
        });
    }
    if let Some(other) = other {
        profile
            .metadata
            .insert("other_phone".to_owned(), Value::String(other));
    }
    is_second
}

static STATES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("states.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// A US state's name as its two letters; anything else as it stands.
fn state(cell: &str) -> String {
    let plain: String = cell
        .chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    match STATES.get(plain.as_str()) {
        Some(code) => (*code).to_owned(),
        None if cell.len() == 2 => cell.to_uppercase(),
        None => cell.to_owned(),
    }
}

/// The two-letter code of a country's name or code; the default region when the cell is empty.
pub(super) fn country(cell: &str, region: &str) -> Result<String, String> {
    if cell.is_empty() {
        return Ok(region.to_owned());
    }
    super::country_code(cell).map(str::to_owned).ok_or_else(|| {
        format!("`{cell}` is no country that we know; write its English name or its two-letter code")
    })
}
