//! Links of public shorteners in a text (rule T3): carriers block them, since nobody can tell whose they are. The list is
//! data/shorteners.tsv.
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// The hosts of public shorteners, in lower case. Source: AT&T's code of conduct (2021), CTIA 5.3.2; each row says why it is there.
pub static HOSTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("data/shorteners.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .collect()
});

/// The first public shortener that the text has a link of: with a scheme or without, in any case, also by a subdomain. A host that only
/// looks like one (`bit.ly.example.com`, `habit.ly`) is none.
pub fn public_shortener(text: &str) -> Option<&'static str> {
    // phones read wide letters and the ideographic full stop as plain ones
    let text: String = text.nfkc().collect::<String>().replace('。', ".").to_lowercase();
    HOSTS
        .iter()
        .copied()
        .filter_map(|host| Some((first_link(&text, host)?, host)))
        .min()
        .map(|(_, host)| host)
}

/// Where the host stands as the end of a host name.
fn first_link(text: &str, host: &str) -> Option<usize> {
    text.match_indices(host).map(|(start, _)| start).find(|start| {
        let before = text[..*start].chars().next_back();
        let mut after = text[start + host.len()..].chars();
        let (next, second) = (after.next(), after.next());
        let begins = !before.is_some_and(|each| each.is_alphanumeric() || each == '-');
        let goes_on = match next {
            Some('.') => second.is_some_and(char::is_alphanumeric),
            Some(each) => each.is_alphanumeric() || each == '-' || each == '@',
            None => false,
        };
        begins && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_are_found_however_they_are_written() {
        for (text, host) in [
            ("Go to bit.ly/abc", "bit.ly"),
            ("https://BIT.LY/abc", "bit.ly"),
            ("see www.tinyurl.com/x.", "tinyurl.com"),
            ("http://t.co", "t.co"),
            ("(ow.ly/1)", "ow.ly"),
            ("t.ly", "t.ly"),
            ("look: go.rebrand.ly/x", "rebrand.ly"),
            ("https://user@bit.ly/x", "bit.ly"),
            ("bit.ly:443/x", "bit.ly"),
            ("bit.ly./x", "bit.ly"),
            ("ｂｉｔ。ｌｙ/x", "bit.ly"),
            ("Thanks!is.gd/y", "is.gd"),
            ("first cutt.ly/a, then bit.ly/b", "cutt.ly"),
        ] {
            assert_eq!(public_shortener(text), Some(host), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "https://bit.ly.example.com/x",
            "https://bitly.com.example.org/x",
            "habit.ly",
            "rabbit.ly/x",
            "x-t.co/1",
            "not.com",
            "at.company",
            "bit.lyon.example",
            "follow.ly/x",
            "bit ly",
            "bit.ly-shop.example",
            "",
        ] {
            assert_eq!(public_shortener(text), None, "{text}");
        }
    }

    #[test]
    fn the_list_is_of_hosts_in_lower_case_each_once_and_says_why() {
        let mut seen = std::collections::BTreeSet::new();
        for line in include_str!("data/shorteners.tsv").lines().skip(1) {
            let (host, why) = line.split_once('\t').unwrap();
            assert!(seen.insert(host) && !why.is_empty(), "{host}");
            assert!(host.contains('.') && host == host.to_lowercase(), "{host}");
        }
        assert!(seen.len() >= 28);
    }

    proptest! {
        #[test]
        fn every_host_is_found_in_any_case_between_any_words_and_not_inside_another_host(
            at in 0usize..1000,
            upper: bool,
            before in "[a-z ]{0,20} ",
            path in "(/[a-zA-Z0-9]{1,8})?",
            label in "[a-z0-9]{1,10}",
        ) {
            let host = HOSTS[at % HOSTS.len()];
            let written = if upper { host.to_uppercase() } else { host.to_owned() };
            let link = format!("{before}{written}{path} thanks");
            prop_assert_eq!(public_shortener(&link), Some(host));
            let linked = format!("{before}https://www.{written}{path}");
            prop_assert_eq!(public_shortener(&linked), Some(host));
            let other = format!("{before}{written}.{label}-shop.example/x");
            prop_assert_eq!(public_shortener(&other), None);
            let longer = format!("{before}my-{written}{path}");
            prop_assert_eq!(public_shortener(&longer), None);
        }
    }
}
