//! Keywords and revocations against the two corpora, and the properties of the table.
use super::*;
use proptest::prelude::*;

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
    assert!(corpus.len() >= 60);
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
    assert!(corpus.len() >= 150);
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

#[test]
fn the_seven_words_of_the_law_are_in_the_table() {
    for word in [
        "stop",
        "quit",
        "end",
        "revoke",
        "opt out",
        "cancel",
        "unsubscribe",
    ] {
        let row = KEYWORDS.iter().find(|row| row.word == word).unwrap();
        assert!(row.asks == Asks::Stop && row.lists.contains(&List::Fcc), "{word}");
    }
    assert_eq!(
        KEYWORDS
            .iter()
            .filter(|row| row.lists.contains(&List::Fcc))
            .count(),
        7
    );
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
    #[test]
    fn every_opt_out_word_acts_in_any_case_and_dress(
        index in 0..KEYWORDS.len(),
        upper in proptest::collection::vec(any::<bool>(), 16),
        before in "[ .!*\"'🛑😡“(]{0,4}",
        after in "[ .!?*\"'🛑😡”)]{0,4}",
        manners in prop_oneof![Just(""), Just(" please"), Just(" thanks"), Just(" now"), Just(" ALL")],
    ) {
        let row = &KEYWORDS[index];
        prop_assume!(row.asks == Asks::Stop);
        let word: String = row.word.chars().zip(upper.iter().cycle())
            .map(|(each, upper)| if *upper { each.to_ascii_uppercase() } else { each }).collect();
        let said = classify(&format!("{before}{word}{manners}{after}"), false);
        prop_assert!(matches!(said, Intention::Stop { .. }), "{:?}", said);
    }

    #[test]
    fn no_message_panics(body in "\\PC{0,200}", prompted in any::<bool>()) {
        classify(&body, prompted);
    }
}
