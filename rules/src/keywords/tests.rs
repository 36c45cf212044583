//! Keywords and revocations against the two corpora, and the properties of the table.
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const MUST_ACT: &str = include_str!("../data/must_act.txt");
const MUST_NOT_ACT: &str = include_str!("../data/must_not_act.txt");

fn lines(corpus: &'static str) -> Vec<&'static str> {
    corpus.lines().filter(|line| !line.starts_with('#')).collect()
}

fn name(intention: &Intention) -> &'static str {
    match intention {
        Intention::Stop { .. } => "stop",
        Intention::Start { .. } => "start",
        Intention::Help { .. } => "help",
        Intention::Revocation { .. } => "revocation",
        Intention::None => "none",
    }
}

#[test]
fn every_message_that_must_act_acts() {
    let corpus = lines(MUST_ACT);
    let revocations = corpus
        .iter()
        .filter(|line| line.starts_with("revocation"))
        .count();
    assert!(
        corpus.len() >= 370 && revocations >= 290,
        "{} {revocations}",
        corpus.len()
    );
    let wrong: Vec<_> = corpus
        .into_iter()
        .filter_map(|line| {
            let (wanted, message) = line.split_once('\t').unwrap();
            let prompted = wanted.ends_with('?');
            let said = classify(message, prompted);
            (name(&said) != wanted.trim_end_matches('?')).then_some((message, wanted, said))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_sentence_that_must_not_act_acts() {
    let corpus = lines(MUST_NOT_ACT);
    assert!(corpus.len() >= 480, "{}", corpus.len());
    let wrong: Vec<_> = corpus
        .into_iter()
        .map(|message| (message, classify(message, false)))
        .filter(|(_, said)| *said != Intention::None)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn yes_starts_only_when_we_had_asked() {
    assert_eq!(classify("Yes!", true), Intention::Start { keyword: "yes" });
    assert_eq!(classify("Yes!", false), Intention::None);
    assert_eq!(classify("yes that works", true), Intention::None);
}

#[test]
fn a_prompt_does_not_weaken_a_stop() {
    assert_eq!(classify("stop", true), Intention::Stop { keyword: "stop" });
}

/// The lists that others publish: who, what it asks for, the word.
fn published() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    lines(include_str!("../data/keyword_sources.tsv"))
        .into_iter()
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [list, asks, word, source] = cells[..] else {
                panic!("{line:?} has {} cells", cells.len())
            };
            assert!(source.len() > 10, "{line}");
            (list, asks, word)
        })
}

#[test]
fn every_word_that_a_source_lists_acts_in_any_case_and_dress() {
    let mut tried = 0;
    for (list, asks, word) in published() {
        let title: String = word[..1].to_uppercase() + &word[1..].to_lowercase();
        let odd: String = word
            .chars()
            .enumerate()
            .map(|(at, each)| {
                if at % 2 == 0 {
                    each.to_ascii_lowercase()
                } else {
                    each.to_ascii_uppercase()
                }
            })
            .collect();
        let wide: String = word
            .chars()
            .map(|each| {
                char::from_u32(u32::from(each) + 0xfee0)
                    .filter(|_| each.is_ascii_alphabetic())
                    .unwrap_or(each)
            })
            .collect();
        for written in [
            word.to_owned(),
            word.to_lowercase(),
            word.to_uppercase(),
            title,
            odd,
            wide,
        ] {
            for dressed in [
                written.clone(),
                format!(" {written}\n"),
                format!("{written}."),
                format!("{written}!!!"),
                format!("\"{written}\""),
                format!("“{written}”"),
                format!("({written})"),
                format!("*{written}*"),
                format!("{written} please"),
                format!("Please {written}"),
                format!("{written}, thank you"),
                format!("\u{200b}{written}\u{fe0f}"),
                format!("👍 {written} 🙏"),
                format!("{written} now please"),
            ] {
                // "start now" may be about the job, "help now" about the water
                if dressed.ends_with(" now please") && asks != "stop" {
                    continue;
                }
                tried += 1;
                let prompted = asks == "start when asked";
                let said = classify(&dressed, prompted);
                let wanted = asks.split(' ').next().unwrap();
                assert_eq!(name(&said), wanted, "{list}: {dressed:?} {said:?}");
            }
        }
    }
    assert!(tried >= 5_600, "{tried}");
}

#[test]
fn the_table_names_for_each_word_those_who_list_it_and_nobody_else() {
    let asks = |asks| match asks {
        Asks::Stop => "stop",
        Asks::Start => "start",
        Asks::StartIfPrompted => "start when asked",
        Asks::Help => "help",
    };
    let of_table: BTreeSet<(String, &str, String)> = KEYWORDS
        .iter()
        .flat_map(|row| {
            row.lists
                .iter()
                .map(move |list| (format!("{list:?}"), asks(row.asks), row.word.to_owned()))
        })
        .filter(|(list, _, _)| list != "Own")
        .collect();
    let of_sources: BTreeSet<(String, &str, String)> = published()
        .filter(|(list, _, _)| *list != "Whatsapp")
        .map(|(list, asks, word)| (list.to_owned(), asks, normalise::words(word).join(" ")))
        .collect();
    assert_eq!(of_table, of_sources);
    assert_eq!(of_sources.iter().filter(|(list, _, _)| list == "Fcc").count(), 7);
}

#[test]
fn a_word_stands_once_and_as_it_is_compared() {
    for (index, row) in KEYWORDS.iter().enumerate() {
        assert!(!row.lists.is_empty(), "{}", row.word);
        assert_eq!(normalise::words(row.word).join(" "), row.word);
        assert!(
            !KEYWORDS[index + 1..].iter().any(|other| other.word == row.word),
            "{}",
            row.word
        );
    }
}

#[test]
fn a_revocation_names_the_words_that_say_so() {
    let said = classify("Great work, but please stop texting me", false);
    assert_eq!(
        said,
        Intention::Revocation {
            phrase: "stop texting".to_owned()
        }
    );
}

#[test]
fn a_message_of_any_length_is_read_in_no_time() {
    assert_eq!(classify(&"stop by ".repeat(200_000), false), Intention::None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn every_opt_out_word_acts_in_any_case_and_dress(
        row in proptest::sample::select(KEYWORDS.iter().filter(|row| row.asks == Asks::Stop).collect::<Vec<_>>()),
        upper in proptest::collection::vec(any::<bool>(), 16),
        before in "[ .!*\"'🛑😡“(]{0,4}",
        after in "[ .!?*\"'🛑😡”)]{0,4}",
        manners in prop_oneof![Just(""), Just(" please"), Just(" thanks"), Just(" now"), Just(" ALL")],
    ) {
        let word: String = row.word.chars().zip(upper.iter().cycle())
            .map(|(each, upper)| if *upper { each.to_ascii_uppercase() } else { each }).collect();
        let said = classify(&format!("{before}{word}{manners}{after}"), false);
        prop_assert!(matches!(said, Intention::Stop { .. }), "{:?}", said);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn no_message_panics(body in "\\PC{0,200}", prompted in any::<bool>()) {
        classify(&body, prompted);
    }
}
