//! Addresses in one form: E.164 phone numbers and e-mail addresses, each with a plain reason when it is none.
mod remark;
mod spellings;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
pub use spellings::spellings;
use std::fmt;
use std::str::FromStr;

/// A valid phone number in the form `+15045230001` (ITU-T E.164).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(String);

/// A phone number and what stood behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedPhone {
    pub e164: E164,
    /// Digits after `x` or `ext.`. A text can't be sent to an extension: it would reach the main line.
    pub extension: Option<String>,
}

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("has no digits")]
    NoDigits,
    #[error("has too few digits")]
    TooShort,
    #[error("has too many digits")]
    TooLong,
    #[error("has a country code that does not exist")]
    CountryCode,
    #[error("is not a number in use in its country")]
    NotInUse,
    #[error("is one of the numbers 555-0100 to 555-0199, which are for fiction and tests")]
    TestOnly,
    #[error("has letters after its first digit: write the number alone, in digits")]
    Letters,
    #[error("can not be read: the default region is not a two-letter country code such as US")]
    Region,
}

impl E164 {
    /// The number in any writing: national as dialled in `default_region` (two letters, e.g. `US`), or international. A word behind
    /// it that tells whose number it is ("cell", "(wife)") is left aside; letters are never read as digits.
    pub fn parse(raw: &str, default_region: &str) -> Result<ParsedPhone, PhoneError> {
        parse_beside(raw, default_region, remark::is_harmless)
    }

    /// The number in a list of opt-outs: beside it anything may be said without a digit, "do not text" above all.
    pub fn parse_opted_out(raw: &str, default_region: &str) -> Result<ParsedPhone, PhoneError> {
        parse_beside(raw, default_region, |words| !words.contains(char::is_numeric))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The three digits after +1, for a number of the North American plan.
    pub fn area_code(&self) -> Option<&str> {
        area_code(&self.0)
    }
}

/// Is that a country whose numbers can be read: two letters of ISO 3166?
pub fn is_region(region: &str) -> bool {
    Region::from_str(region).is_ok()
}

/// Reads a number with words behind it that may be left aside.
fn parse_beside(
    raw: &str,
    default_region: &str,
    is_remark: fn(&str) -> bool,
) -> Result<ParsedPhone, PhoneError> {
    let region = Region::from_str(default_region).map_err(|_| PhoneError::Region);
    let Some((digits, words)) = at_first_letter(raw) else {
        return read(raw, region);
    };
    let alone = read(digits, region).map_err(|why| match why {
        PhoneError::NoDigits | PhoneError::TooShort => PhoneError::Letters,
        PhoneError::TooLong
        | PhoneError::CountryCode
        | PhoneError::NotInUse
        | PhoneError::TestOnly
        | PhoneError::Letters
        | PhoneError::Region => why,
    })?;
    match read(raw, region) {
        // the letters announced an extension, or were too few to be anything
        Ok(whole) if whole.e164 == alone.e164 => Ok(whole),
        // as digits they would name another number
        Ok(_) => Err(PhoneError::Letters),
        Err(_) if is_remark(words) => Ok(alone),
        Err(_) => Err(PhoneError::Letters),
    }
}

/// The text before and from the first letter that stands after a digit.
fn at_first_letter(raw: &str) -> Option<(&str, &str)> {
    let first_digit = raw.find(char::is_numeric)?;
    let letter = raw[first_digit..].find(char::is_alphabetic)?;
    Some(raw.split_at(first_digit + letter))
}

/// Reads digits and what stands between them.
fn read(raw: &str, region: Result<Region, PhoneError>) -> Result<ParsedPhone, PhoneError> {
    let digits = raw.chars().filter(|each| each.is_numeric()).count();
    if digits == 0 {
        return Err(PhoneError::NoDigits);
    }
    if digits < 6 {
        return Err(PhoneError::TooShort);
    }
    let number = PHONE_NUMBER_UTIL
        .parse(raw.trim(), Some(region?))
        .map_err(|error| match error {
            rlibphonenumber::ParseError::InvalidCountryCode => PhoneError::CountryCode,
            rlibphonenumber::ParseError::TooLongNsn => PhoneError::TooLong,
            rlibphonenumber::ParseError::NotANumber(_)
            | rlibphonenumber::ParseError::TooShortAfterIdd
            | rlibphonenumber::ParseError::TooShortNsn => PhoneError::TooShort,
        })?;
    let e164 = PHONE_NUMBER_UTIL
        .format(&number, PhoneNumberFormat::E164)
        .into_owned();
    let exchange = e164
        .strip_prefix("+1")
        .filter(|national| national.len() == 10)
        .and_then(|national| national.get(3..8));
    if exchange == Some("55501") {
        return Err(PhoneError::TestOnly);
    }
    let is_service_code = exchange.is_some_and(|digits| digits.get(1..3) == Some("11"));
    if is_service_code || !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return Err(PhoneError::NotInUse);
    }
    let extension = Some(number.extension().to_owned()).filter(|extension| !extension.is_empty());
    Ok(ParsedPhone {
        e164: E164(e164),
        extension,
    })
}

impl fmt::Display for E164 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The area code of a stored E.164 number of the North American plan.
pub fn area_code(e164: &str) -> Option<&str> {
    let national = e164.strip_prefix("+1")?;
    if national.len() == 10 {
        national.get(..3)
    } else {
        None
    }
}

/// The longest address that RFC 5321 (4.5.3.1) lets travel.
const LONGEST_EMAIL: usize = 254;

/// An e-mail address: the local part as written, the domain in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// Why a text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("should have one @ with something before and after it")]
    At,
    #[error("should have a domain such as example.com after the @")]
    Domain,
    #[error(
        "has a space, a control or invisible character, or one of the characters < > ( ) , ; : \\ \" [ ]"
    )]
    Character,
    #[error("is longer than 254 characters")]
    TooLong,
}

impl Email {
    /// The address without spaces around it. One address only: no display name, no list, no quoted local part.
    pub fn parse(raw: &str) -> Result<Self, EmailError> {
        let text = raw.trim();
        if text.len() > LONGEST_EMAIL {
            return Err(EmailError::TooLong);
        }
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || is_invisible(c) || "<>(),;:\\\"[]".contains(c))
        {
            return Err(EmailError::Character);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::At)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(EmailError::At);
        }
        let labels_are_whole = domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        // a last label of digits is an IP address
        let ends_in_letters = domain
            .rsplit('.')
            .next()
            .is_some_and(|last| !last.chars().all(|c| c.is_ascii_digit()));
        if !domain.contains('.') || !labels_are_whole || !ends_in_letters {
            return Err(EmailError::Domain);
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    /// The address: the local part as it was written, the domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case: two addresses that differ in case only are the same mailbox to us.
    pub fn norm(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Characters that spreadsheets and web pages leave in what is copied: nobody sees that the address is another one, and an opt-out
/// of the one would not stop the other.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod phones;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn e164(raw: &str) -> Result<String, PhoneError> {
        E164::parse(raw, "US").map(|parsed| parsed.e164.to_string())
    }

    #[test]
    fn one_number_in_many_writings_is_one_number() {
        for raw in [
            "504-621-8927",
            "(504) 621.8927",
            "+1 504 621 8927",
            "1-504-621-8927",
            " 5046218927 ",
            "504 621 8927 x12",
        ] {
            assert_eq!(e164(raw).as_deref(), Ok("+15046218927"), "{raw}");
        }
        assert_eq!(
            E164::parse("504-621-8927x4715", "US")
                .unwrap()
                .extension
                .as_deref(),
            Some("4715")
        );
        assert_eq!(
            E164::parse("020 7946 0018", "GB").unwrap().e164.as_str(),
            "+442079460018"
        );
        assert_eq!(e164("+44 20 7946 0018").as_deref(), Ok("+442079460018"));
    }

    #[test]
    fn words_behind_a_number_are_a_remark_or_refused_and_never_digits() {
        for raw in [
            "504-621-8927 cell",
            "504-621-8927 (wife)",
            "+1 504 621 8927 - Mom’s cell",
            "(504) 621-8927 móvil",
        ] {
            assert_eq!(e164(raw).as_deref(), Ok("+15046218927"), "{raw}");
        }
        for raw in [
            "504-621-8927 do not text",
            "504-621-8927 (Ann)",
            "504-621-8927 or 504-523-1234 cell",
            "504-621-8927 cell 2",
            "504-621 CELL",
            "1-800-FLOWERS",
            "5O4-621-8927",
        ] {
            let said = e164(raw);
            assert!(
                matches!(said, Err(PhoneError::Letters | PhoneError::NotInUse)),
                "{raw} {said:?}"
            );
        }
        assert_eq!(
            E164::parse_opted_out("504-621-8927 DO NOT TEXT", "US").map(|phone| phone.e164.to_string()),
            Ok("+15046218927".to_owned())
        );
        assert_eq!(
            E164::parse_opted_out("504-621 CELL 8927", "US"),
            Err(PhoneError::NotInUse)
        );
        // there such letters would make a longer number of Berlin
        assert_eq!(E164::parse("030 123456 Handy", "DE"), Err(PhoneError::Letters));
        assert_eq!(e164("212-555-0100 cell"), Err(PhoneError::TestOnly));
    }

    #[test]
    fn what_is_no_number_says_why() {
        assert_eq!(e164("n/a"), Err(PhoneError::NoDigits));
        assert_eq!(e164("911"), Err(PhoneError::TooShort));
        assert_eq!(e164("000-000-0000"), Err(PhoneError::NotInUse));
        assert_eq!(
            e164("504-911-8927"),
            Err(PhoneError::NotInUse),
            "N11 is no exchange"
        );
        assert_eq!(
            e164("411-621-8927"),
            Err(PhoneError::NotInUse),
            "nor an area code"
        );
        assert_eq!(e164("504-621-892"), Err(PhoneError::NotInUse));
        assert_eq!(e164("+1 504 621 89271"), Err(PhoneError::NotInUse));
        assert_eq!(e164("+1 212 555 0100"), Err(PhoneError::TestOnly));
        assert_eq!(e164("+1 212 555 0199"), Err(PhoneError::TestOnly));
        assert!(e164("212-555-0200") != Err(PhoneError::TestOnly));
        assert_eq!(e164("212-555-0142"), Err(PhoneError::TestOnly));
        assert_eq!(e164("+999 123 456 789"), Err(PhoneError::CountryCode));
        assert_eq!(e164("12345678901234567890123"), Err(PhoneError::TooLong));
        assert_eq!(E164::parse("504-621-8927", "Atlantis"), Err(PhoneError::Region));
    }

    #[test]
    fn an_address_has_one_at_and_a_domain() {
        assert_eq!(
            Email::parse(" Ann.Lee@Example.COM ").unwrap().as_str(),
            "Ann.Lee@example.com"
        );
        assert_eq!(Email::parse("Ann@Example.com").unwrap().norm(), "ann@example.com");
        for (raw, why) in [
            ("ann", EmailError::At),
            ("@example.com", EmailError::At),
            ("a@b@c.com", EmailError::At),
            ("ann@example", EmailError::Domain),
            ("ann@.com", EmailError::Domain),
            ("ann@exa mple.com", EmailError::Character),
            ("Ann <ann@example.com>", EmailError::Character),
            ("ann@example.com\r\nBcc: all@example.com", EmailError::Character),
            ("ann\u{200b}@example.com", EmailError::Character),
            ("ann@127.0.0.1", EmailError::Domain),
            ("ann@-example.com", EmailError::Domain),
        ] {
            assert_eq!(Email::parse(raw), Err(why), "{raw}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn no_text_panics(raw in "\\PC{0,40}") {
            let _ = E164::parse(&raw, "US");
            let _ = Email::parse(&raw);
        }

        #[test]
        fn what_is_accepted_has_the_form(digits in "[2-9][0-9]{2}[2-9][0-9]{6}") {
            if let Ok(parsed) = E164::parse(&digits, "US") {
                prop_assert_eq!(parsed.e164.as_str(), format!("+1{digits}"));
                prop_assert_eq!(parsed.e164.area_code(), digits.get(..3));
            }
        }
    }
}
