//! What a provider has to be told: its fields, and a connection's values for them.
use crate::egress::base_url;
use std::collections::BTreeMap;
use std::fmt;

/// One field of a provider's settings. The list drives the command line's help, the checks and the dashboard's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// What it is and where to find it at the provider.
    pub help: &'static str,
    pub example: &'static str,
    /// Sealed at rest, never shown again.
    pub is_secret: bool,
    pub is_required: bool,
}

/// A connection's values by field name. Prints names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What is wrong with a field, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadField {
    pub field: String,
    pub problem: String,
}

impl BadField {
    pub fn new(field: &str, problem: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            problem: problem.into(),
        }
    }
}

impl Values {
    /// The value of a field that must be there.
    pub fn required(&self, field: &str) -> Result<&str, BadField> {
        self.optional(field)
            .ok_or_else(|| BadField::new(field, "is missing"))
    }

    /// The value of a field, if it is there and not empty.
    pub fn optional(&self, field: &str) -> Option<&str> {
        self.0
            .get(field)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The URL in a field to which paths are added, without a slash at its end; `usual` when none is given.
    pub fn url(&self, field: &str, usual: &str) -> Result<String, BadField> {
        base_url(self.optional(field).unwrap_or(usual)).map_err(|why| BadField::new(field, why))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        self.0.insert(field.to_owned(), value.into());
    }
}

impl FromIterator<(String, String)> for Values {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Looks at the values before a provider is made of them: unknown fields, missing ones, control characters.
pub fn check(fields: &[Field], values: &Values) -> Result<(), BadField> {
    for (name, value) in values.iter() {
        if !fields.iter().any(|field| field.name == name) {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            return Err(BadField::new(
                name,
                format!("is not a field of this provider; it has {}", known.join(", ")),
            ));
        }
        // a PEM file is pasted with its line breaks
        let is_pem = value.starts_with("-----BEGIN ");
        if value
            .chars()
            .any(|c| c.is_control() && !(is_pem && matches!(c, '\n' | '\r')))
        {
            return Err(BadField::new(
                name,
                "has a line break or another control character in it",
            ));
        }
    }
    for field in fields.iter().filter(|field| field.is_required) {
        values.required(field.name).map_err(|_| {
            BadField::new(
                field.name,
                format!("is missing: {}, e.g. {}", field.help, field.example),
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Egress, Http};

    #[test]
    fn an_address_of_an_api_is_a_whole_url_for_every_provider_that_takes_one() {
        let http = Http::new(Egress::Public).unwrap();
        let takes_one = |one: &&crate::Description| one.fields.iter().any(|field| field.name == "api_url");
        let all: Vec<_> = crate::PROVIDERS.iter().filter(takes_one).collect();
        assert_eq!(all.len(), 5);
        for one in all {
            for url in ["api.example.com", "ftp:///x", "https://api.example.com/?q=1"] {
                let mut values: Values = one
                    .fields
                    .iter()
                    .map(|field| (field.name.to_owned(), field.example.to_owned()))
                    .collect();
                values.set("api_url", url);
                let refused = (one.connect)(http.clone(), &values).err().unwrap();
                assert_eq!(refused.field, "api_url", "{} {url}: {refused}", one.name);
            }
        }
    }

    #[test]
    fn a_line_break_is_for_keys_alone() {
        let fields = [Field {
            name: "key",
            help: "the key",
            example: "-----BEGIN PRIVATE KEY-----…",
            is_secret: true,
            is_required: true,
        }];
        let check = |value: &str| {
            check(
                &fields,
                &Values::from_iter([("key".to_owned(), value.to_owned())]),
            )
        };
        assert_eq!(check("-----BEGIN PRIVATE KEY-----\r\nMIIE\n"), Ok(()));
        assert!(check("-----BEGIN PRIVATE KEY-----\tMIIE").is_err());
        assert!(check("MIIE\nX-Header: 1").is_err());
    }
}
