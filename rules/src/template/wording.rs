//! What the copy of a message must say and must not say: who sends it, how to stop it, and no public short links.
use super::TemplateError;
use crate::short_links::public_shortener;

/// Rule T5: copy that names one exclusive way to opt out, or an odd one. Compared word by word, without case.
const EXCLUSIVE_WAYS: &[&str] = &[
    "stop is the only way",
    "only way to opt out",
    "only way to stop",
    "only way to unsubscribe",
    "only opt out by",
    "only unsubscribe by",
    "only be stopped by",
    "can only opt out",
    "can only unsubscribe",
    "must text stop",
    "must reply stop",
];

/// Words after "reply" that are no number, so that "reply 2 to unsubscribe" is found with any number.
const OPT_OUT_VERBS: &[&[&str]] = &[
    &["unsubscribe"],
    &["opt", "out"],
    &["stop"],
    &["cancel"],
    &["end"],
];

const ASKING: &[&str] = &[
    "reply", "text", "txt", "send", "responda", "responde", "envie", "envia", "envíe", "envía",
];
const ENDING: &[&str] = &["end", "opt", "unsubscribe", "cancel", "quit", "cancelar"];

/// Refuses copy that breaks T3 or T5.
pub(super) fn check(text: &str) -> Result<(), TemplateError> {
    if let Some(host) = public_shortener(text) {
        return Err(TemplateError::PublicShortener {
            host: host.to_owned(),
        });
    }
    match exclusive_opt_out(&words(text)) {
        Some(phrase) => Err(TemplateError::ExclusiveOptOut { phrase }),
        None => Ok(()),
    }
}

fn exclusive_opt_out(words: &[String]) -> Option<String> {
    let exclusive = EXCLUSIVE_WAYS.iter().find(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|window| window == phrase)
    });
    if let Some(phrase) = exclusive {
        return Some((*phrase).to_owned());
    }
    words.windows(4).enumerate().find_map(|(start, window)| {
        let asks = ["reply", "text", "send", "press"].contains(&window[0].as_str());
        let number = window[1].chars().all(|each| each.is_ascii_digit());
        let verb = OPT_OUT_VERBS
            .iter()
            .any(|verb| words[start + 3..].iter().take(verb.len()).eq(verb.iter()));
        (asks && number && window[2] == "to" && verb).then(|| window.join(" "))
    })
}

/// The body with the opt-out wording at its end, unless it has one (rule T2). `language` is a two-letter code; the
/// Spanish wording keeps to letters that a GSM-7 text can carry.
pub fn stop_wording(body: &str, language: Option<&str>) -> String {
    if has_stop_wording(body) {
        return body.to_owned();
    }
    let wording = match language {
        Some("es") => "Responda STOP para cancelar.",
        Some(_) | None => "Reply STOP to opt out.",
    };
    format!("{} {wording}", body.trim_end())
}

/// Does the body say how to stop? "Reply STOP", "Text back 'STOP'", "STOP to end", "Responda STOP".
pub fn has_stop_wording(body: &str) -> bool {
    let words = words(body);
    (0..words.len())
        .filter(|at| words[*at] == "stop")
        .any(|at| is_asked_for(&words[..at]) || ends_it(&words[at + 1..]))
}

fn is_asked_for(before: &[String]) -> bool {
    let last = before
        .iter()
        .rev()
        .find(|word| !["with", "back", "con"].contains(&word.as_str()));
    last.is_some_and(|word| ASKING.contains(&word.as_str()))
}

fn ends_it(after: &[String]) -> bool {
    let link = after
        .iter()
        .take_while(|word| ["to", "2", "para"].contains(&word.as_str()))
        .count();
    after
        .get(link)
        .is_some_and(|word| ENDING.contains(&word.as_str()) && (link > 0 || word == "end"))
}

/// Does the text name its sender (rule T2)? Compared word by word, without case.
pub fn names_sender(body: &str, sender_name: &str) -> bool {
    let (body, name) = (words(body), words(sender_name));
    !name.is_empty() && body.windows(name.len()).any(|window| window == name)
}

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace(['\'', '’'], "");
    text.split(|each: char| !each.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
