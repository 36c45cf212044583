//! Words that people write behind a phone number to say whose or which it is.
//!
//! The list is closed: words that are not on it may say that the number is not to be used, and letters in the place of digits would
//! name another number.

#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    // which of their phones
    "cell", "cellphone", "cellular", "mobile", "mobil", "mob", "movil", "celular", "handy", "portable", "iphone", "phone", "number", "num",
    "home", "house", "casa", "work", "wk", "office", "job", "shop", "business", "biz", "personal", "private", "privat",
    "main", "primary", "principal", "preferred", "best", "first", "second", "secondary", "alternate", "alt", "direct", "new",
    "day", "days", "daytime", "evening", "evenings", "night", "nights",
    // whose it is
    "wife", "wifes", "husband", "husbands", "hubby", "spouse", "partner", "fiance", "fiancee", "girlfriend", "boyfriend",
    "mom", "moms", "mother", "mothers", "mum", "dad", "dads", "father", "fathers", "parent", "parents", "grandma", "grandpa",
    "son", "sons", "daughter", "daughters", "sister", "sisters", "brother", "brothers", "aunt", "uncle", "roommate", "neighbor",
    "neighbour", "friend", "owner", "owners", "landlord", "landlady", "tenant", "tenants", "renter", "manager", "super",
    "assistant", "secretary", "customer", "client", "contact", "his", "hers", "her", "him", "my", "mine", "their",
    "esposa", "esposo", "marido", "mama", "papa", "madre", "padre", "hijo", "hija", "hermano", "hermana", "trabajo", "oficina",
    // how it is best used
    "text", "texts", "sms", "ok", "okay",
    "c", "m", "h", "w", "o",
];

/// Is all that is written here a remark that changes nothing? Digits are never one.
pub(super) fn is_harmless(text: &str) -> bool {
    let plain = crate::keywords::plain_words(text);
    !text.chars().any(char::is_numeric) && plain.iter().all(|word| HARMLESS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_says_whose_number_it_is_and_nothing_else() {
        for text in [
            "cell",
            " (wife)",
            "(Wife’s cell)",
            "- Cell Phone",
            " móvil",
            "text ok",
            "M",
        ] {
            assert!(is_harmless(text), "{text}");
        }
        for text in [
            "do not text",
            "(no texts)",
            "fax",
            "old",
            "landline",
            "STOP",
            "Ann",
            "cell 2",
            "ext",
            "not hers",
            "call only",
        ] {
            assert!(!is_harmless(text), "{text}");
        }
    }
}
