//! What an e-mail asks for: its first line and its subject say it; what it quotes of ours says nothing.
use super::{Asks, Intention, classify, normalise, words};

/// What mail programs put before the subject of an answer.
const ANSWERS: &[&str] = &["re", "fw", "fwd", "aw", "sv", "rv"];

/// What an e-mail asks for. A subject that has the word `unsubscribe` opts out, as does an opt-out word that is the whole subject or the
/// whole first line (rules K1, K6); a sentence that revokes is looked for in what the sender wrote, not in what is quoted.
pub fn classify_email(subject: Option<&str>, body: &str, start_prompt_open: bool) -> Intention {
    let subject: Vec<String> = normalise::words(subject.unwrap_or_default())
        .into_iter()
        .skip_while(|word| ANSWERS.contains(&word.as_str()))
        .collect();
    if let Some(keyword) = words::whole_message(&subject).filter(|keyword| keyword.asks == Asks::Stop) {
        return Intention::Stop {
            keyword: keyword.word,
        };
    }
    if subject.iter().any(|word| word == "unsubscribe") {
        return Intention::Stop {
            keyword: "unsubscribe",
        };
    }
    let written = written(body);
    let first = written.lines().find(|line| !line.trim().is_empty());
    match classify(first.unwrap_or_default(), start_prompt_open) {
        Intention::Revocation { .. } | Intention::None => {}
        asked @ (Intention::Stop { .. } | Intention::Start { .. } | Intention::Help { .. }) => return asked,
    }
    match classify(&written, start_prompt_open) {
        asked @ (Intention::Stop { .. } | Intention::Revocation { .. }) => asked,
        Intention::Start { .. } | Intention::Help { .. } | Intention::None => Intention::None,
    }
}

/// The part that the sender wrote: up to the first sign of a quoted mail.
fn written(body: &str) -> String {
    let lines: Vec<&str> = body.lines().collect();
    let end = lines
        .iter()
        .position(|line| begins_a_quote(line))
        .unwrap_or(lines.len());
    lines[..end].join("\n")
}

fn begins_a_quote(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('>')
        || line.starts_with("________")
        || line.starts_with("-----")
        || (line.starts_with("On ") && line.ends_with("wrote:"))
        || line.starts_with("From: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(subject: Option<&str>, body: &str) -> bool {
        matches!(classify_email(subject, body, false), Intention::Stop { .. })
    }

    #[test]
    fn a_stop_in_the_subject_or_the_first_line_opts_out() {
        for (subject, body) in [
            (Some("STOP"), "Sent from my phone"),
            (Some("Re: Unsubscribe"), ""),
            (Some("please unsubscribe me from this list"), "hello"),
            (
                Some("Re: How did we do?"),
                "Unsubscribe\n\n-- \nAnn\n> Thank you for having us",
            ),
            (
                Some("Re: How did we do?"),
                "\n\n  STOP.  \nOn Tue, Ann wrote:\n> Hi",
            ),
            (None, "unsubscribe"),
        ] {
            assert!(stops(subject, body), "{subject:?} {body:?}");
        }
    }

    #[test]
    fn what_is_quoted_of_ours_asks_for_nothing() {
        for body in [
            "Great job, thanks!\n\n> Reply \"unsubscribe\" and we will stop.\n> stop",
            "All fine\n-----Original Message-----\nPlease stop emailing me",
            "Good\nOn Tue, Pipes wrote:\nunsubscribe",
            "Good\nFrom: Pipes\nplease remove me from your list",
        ] {
            assert_eq!(
                classify_email(Some("Re: How did we do?"), body, false),
                Intention::None,
                "{body}"
            );
        }
    }

    #[test]
    fn a_sentence_that_revokes_is_found_in_what_was_written() {
        let said = classify_email(Some("Re: hi"), "Hello,\nplease stop emailing me.\nAnn", false);
        assert!(matches!(said, Intention::Revocation { .. }), "{said:?}");
    }

    #[test]
    fn help_and_start_are_whole_first_lines() {
        assert!(matches!(
            classify_email(Some("Re: hi"), "START\n> text", false),
            Intention::Start { .. }
        ));
        assert!(matches!(
            classify_email(None, "help", false),
            Intention::Help { .. }
        ));
        assert_eq!(
            classify_email(Some("help"), "the sink drips", false),
            Intention::None
        );
    }
}
