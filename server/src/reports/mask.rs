//! Addresses as they may be shown: enough to tell two apart, not enough to write to one.

/// Whether addresses are shown whole, as the operator may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    Masked,
    Whole,
}

impl Addresses {
    /// The address as it is shown: `+1 504 •••• 8927`, `j•••@example.com`, `US.••••4719`.
    pub fn show(self, address: &str) -> String {
        match self {
            Self::Whole => address.to_owned(),
            Self::Masked => mask(address),
        }
    }
}

fn mask(address: &str) -> String {
    if let Some((local, domain)) = address.rsplit_once('@') {
        let first: String = local.chars().take(1).collect();
        return format!("{first}•••@{domain}");
    }
    if let Some((country, id)) = address.split_once('.') {
        let last = id.char_indices().rev().nth(3).map_or("", |(at, _)| &id[at..]);
        return format!("{country}.••••{last}");
    }
    let digits: Vec<char> = address.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 8 {
        return "••••".to_owned();
    }
    let last: String = digits[digits.len() - 4..].iter().collect();
    let head: String = digits[..2].iter().collect();
    match digits.split_first() {
        Some(('1', rest)) if rest.len() == 10 => {
            let area: String = rest[..3].iter().collect();
            format!("+1 {area} •••• {last}")
        }
        _ => format!("+{head} •••• {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_masked_unless_it_is_asked_for() {
        for (address, shown) in [
            ("+15045238927", "+1 504 •••• 8927"),
            ("+442079460018", "+44 •••• 0018"),
            ("joe@example.com", "j•••@example.com"),
            ("@example.com", "•••@example.com"),
            ("12345", "••••"),
            ("US.13491208655302741918", "US.••••1918"),
            ("US.1", "US.••••"),
            ("", "••••"),
        ] {
            assert_eq!(Addresses::Masked.show(address), shown);
            assert_eq!(Addresses::Whole.show(address), address);
        }
    }
}
