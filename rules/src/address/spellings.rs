//! Numbers that WhatsApp spells in another way than whoever dials them: it keeps the number under which an account began, though the country
//! has added or dropped a digit since.
use super::E164;

/// A country whose mobile numbers have two spellings: with a digit more, and without.
struct Country {
    /// With the plus.
    code: &'static str,
    /// So many digits stand between the country's code and the digit.
    area: usize,
    digit: char,
    /// What the digit may be followed by; what follows else is no mobile number.
    before: &'static str,
}

/// The digits after the country's code, in the shorter spelling: of each of these countries.
const SHORT: usize = 10;

/// Mexico and Brazil: https://help.zoho.com/portal/en/kb/marketing-automation-2-0/faqs/marketing-campaigns/whatsapp/articles/what-is-the-reason-for-inconsistencies-in-mobile-numbers-and-their-whatsapp-ids-in-brazil-and-mexico
/// (WhatsApp's ids keep the 1 that Mexico dropped, and lack the 9 that Brazil added). Argentina, and the others too:
/// https://support.whapi.cloud/help-desk/faq/specifics-of-sending-messages-to-numbers-of-different-countries.
const COUNTRIES: [Country; 3] = [
    Country {
        code: "+52",
        area: 0,
        digit: '1',
        before: "23456789",
    },
    Country {
        code: "+54",
        area: 0,
        digit: '9',
        before: "123456789",
    },
    // after two digits of the area; the numbers that begin with less are of fixed lines
    Country {
        code: "+55",
        area: 2,
        digit: '9',
        before: "6789",
    },
];

/// The other spelling of this number, where there may be one.
fn other(number: &str) -> Option<String> {
    COUNTRIES.iter().find_map(|country| {
        let national = number.strip_prefix(country.code)?;
        let (area, rest) = national.split_at_checked(country.area)?;
        let is_mobile = |rest: &str| rest.starts_with(|first| country.before.contains(first));
        match (national.len(), rest.strip_prefix(country.digit)) {
            (SHORT, _) if is_mobile(rest) => Some(format!("{}{area}{}{rest}", country.code, country.digit)),
            (length, Some(rest)) if length == SHORT + 1 && is_mobile(rest) => {
                Some(format!("{}{area}{rest}", country.code))
            }
            _ => None,
        }
    })
}

/// The spellings of a number that WhatsApp may mean by this one, the one to keep it under first: that of the number in use, where the two are
/// not equally good. One, where there is no other.
pub fn spellings(number: &str) -> Vec<String> {
    let Some(other) = other(number) else {
        return vec![number.to_owned()];
    };
    let read = |spelling: &str| E164::parse(spelling, "US").map(|parsed| parsed.e164.0);
    let is_kept = read(number).is_ok_and(|kept| kept == number);
    let is_better = read(&other).is_ok_and(|kept| kept == other);
    if is_better && !is_kept {
        vec![other, number.to_owned()]
    } else {
        vec![number.to_owned(), other]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_of_three_countries_has_two_spellings_and_the_one_in_use_comes_first() {
        for (one, two) in [
            ("+525512345678", "+5215512345678"),
            ("+5531987654321", "+553187654321"),
        ] {
            assert_eq!(spellings(one), [one, two]);
            assert_eq!(spellings(two), [one, two]);
        }
        // there both are numbers in use: the shorter may be a fixed line
        let (short, long) = ("+541123456789", "+5491123456789");
        assert_eq!(spellings(short), [short, long]);
        assert_eq!(spellings(long), [long, short]);
    }

    #[test]
    fn other_numbers_have_one() {
        for number in [
            "+15045230001",
            "+442079460018",
            "+553133334444",
            "+5211512345678",
            "+52155123456789",
            "+52551234567",
            "+55",
            "+5",
            "+55é9999999",
            "US.abc",
            "",
        ] {
            assert_eq!(spellings(number), [number]);
        }
    }
}
