//! What is known of a customer, in the form in which it is stored.
use rules::address::{E164, Email};
use rules::lifecycle::CustomerSource;
use rules::place::{Evidence, Place, ZoneSource, is_zone, normal_zip};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most tags of a customer.
pub const MOST_TAGS: usize = 5;
/// The longest tag, in characters.
pub const LONGEST_TAG: usize = 50;

/// A customer's fields. Every address and number in it is valid: `set_…` refuses what is not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_name: Option<String>,
    pub contact_person: Option<String>,
    pub email: Option<String>,
    /// As it was written, also when it is no number.
    pub phone_raw: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// E.164; may differ from the phone.
    pub whatsapp_number: Option<String>,
    /// Five digits, or as written abroad.
    pub postal_code: Option<String>,
    /// Two letters.
    pub state: Option<String>,
    /// An IANA zone that somebody said.
    pub explicit_zone: Option<String>,
    pub source: Option<String>,
    /// Lower case, sorted, five at most.
    pub tags: Vec<String>,
    pub metadata: Map<String, Value>,
    pub notes: Option<String>,
    /// The id in the tool it came from.
    pub external_id: Option<String>,
    pub address: Option<Address>,
}

/// A primary address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    /// Two letters of an ISO 3166 country code.
    pub country: String,
}

/// A field that can't be taken, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Fault {
    pub field: &'static str,
    pub why: String,
}

impl Profile {
    /// Sets the e-mail address; empty text clears it.
    pub fn set_email(&mut self, raw: &str) -> Result<(), Fault> {
        let text = raw.trim();
        self.email = if text.is_empty() {
            None
        } else {
            let email = Email::parse(text).map_err(|error| Fault {
                field: "email",
                why: format!("`{text}` {error}"),
            })?;
            Some(email.as_str().to_owned())
        };
        Ok(())
    }

    /// Sets the phone, written as in `region`. What is no number is kept as written and refused: the phone is invalid then.
    pub fn set_phone(&mut self, raw: &str, region: &str) -> Result<(), Fault> {
        let text = raw.trim();
        self.phone = None;
        self.phone_raw = (!text.is_empty()).then(|| text.to_owned());
        self.metadata.remove("phone_extension");
        if text.is_empty() {
            return Ok(());
        }
        let parsed = E164::parse(text, region).map_err(|error| Fault {
            field: "phone",
            why: format!("`{text}` {error}"),
        })?;
        self.phone = Some(parsed.e164.to_string());
        if let Some(extension) = parsed.extension {
            self.metadata
                .insert("phone_extension".to_owned(), Value::String(extension));
        }
        Ok(())
    }

    /// Sets the WhatsApp number, written as in `region`; empty text clears it.
    pub fn set_whatsapp_number(&mut self, raw: &str, region: &str) -> Result<(), Fault> {
        let text = raw.trim();
        self.whatsapp_number = None;
        if text.is_empty() {
            return Ok(());
        }
        let parsed = E164::parse(text, region).map_err(|error| Fault {
            field: "whatsapp_number",
            why: format!("`{text}` {error}"),
        })?;
        self.whatsapp_number = Some(parsed.e164.to_string());
        Ok(())
    }

    /// Sets the zone that somebody said; empty text clears it.
    pub fn set_zone(&mut self, raw: &str) -> Result<(), Fault> {
        let text = raw.trim();
        if !text.is_empty() && !is_zone(text) {
            return Err(Fault {
                field: "zone",
                why: format!("`{text}` is not an IANA time zone such as America/Chicago"),
            });
        }
        self.explicit_zone = (!text.is_empty()).then(|| text.to_owned());
        Ok(())
    }

    /// Sets the tags: lower case, without doubles.
    pub fn set_tags<'a>(&mut self, raw: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
        let mut tags: Vec<String> = raw
            .map(|tag| tag.trim().to_lowercase())
            .filter(|tag| !tag.is_empty())
            .collect();
        tags.sort_unstable();
        tags.dedup();
        if tags.len() > MOST_TAGS {
            return Err(Fault {
                field: "tags",
                why: format!("{} tags are too many; {MOST_TAGS} at most", tags.len()),
            });
        }
        if let Some(long) = tags.iter().find(|tag| tag.chars().count() > LONGEST_TAG) {
            return Err(Fault {
                field: "tags",
                why: format!("`{long}` is longer than {LONGEST_TAG} characters"),
            });
        }
        self.tags = tags;
        Ok(())
    }

    /// Sets where the customer came from.
    pub fn set_source(&mut self, raw: &str) -> Result<(), Fault> {
        let text = raw.trim().to_lowercase().replace([' ', '-'], "_");
        let known = CustomerSource::parse(&text).ok_or_else(|| Fault {
            field: "source",
            why: format!(
                "`{text}` should be one of {}",
                CustomerSource::ALL
                    .iter()
                    .map(|one| one.name())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        })?;
        self.source = Some(known.name().to_owned());
        Ok(())
    }

    /// Sets the postal code; a US ZIP code gets back its leading zero.
    pub fn set_postal_code(&mut self, raw: &str, country: &str) {
        let text = raw.trim();
        self.postal_code = match normal_zip(text) {
            Some(zip) if country == "US" => Some(zip),
            _ => (!text.is_empty()).then(|| text.to_owned()),
        };
    }

    /// valid, invalid or missing.
    pub fn phone_status(&self) -> &'static str {
        match (&self.phone, &self.phone_raw) {
            (Some(_), _) => "valid",
            (None, Some(_)) => "invalid",
            (None, None) => "missing",
        }
    }

    /// The ZIP code, when the address is one of the United States: a postal code of another country looks like one and is none.
    pub fn zip(&self) -> Option<&str> {
        self.postal_code.as_deref().filter(|_| self.is_in_the_us())
    }

    /// The state, when the address is one of the United States.
    pub fn us_state(&self) -> Option<&str> {
        self.state.as_deref().filter(|_| self.is_in_the_us())
    }

    fn is_in_the_us(&self) -> bool {
        let country = self
            .address
            .as_ref()
            .map_or("US", |address| address.country.as_str());
        ["US", "PR", "GU", "VI", "AS", "MP", "UM"].contains(&country)
    }

    /// Forgets a zone that somebody said where a ZIP code says better: only the zone in force is kept.
    pub fn drop_outdone_zone(&mut self) {
        if self.zone().1 != ZoneSource::Explicit {
            self.explicit_zone = None;
        }
    }

    /// The zone that the evidence gives, if it is one, and where it comes from.
    pub fn zone(&self) -> (Option<String>, ZoneSource) {
        Place::home_zone(&Evidence {
            postal_code: self.zip(),
            state: self.us_state(),
            explicit_zone: self.explicit_zone.as_deref(),
            phone: self.phone.as_deref(),
        })
    }

    /// The name to show: the person's, else the company's.
    pub fn name(&self) -> String {
        let person = [self.first_name.as_deref(), self.last_name.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        if person.is_empty() {
            self.company_name.clone().unwrap_or_default()
        } else {
            person
        }
    }

    /// The words by which the customer is found: of the names and the company, in lower case.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = [
            &self.first_name,
            &self.last_name,
            &self.company_name,
            &self.contact_person,
        ]
        .into_iter()
        .flatten()
        .flat_map(|text| split_words(text))
        .collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// The words of a text, in lower case.
pub fn split_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
