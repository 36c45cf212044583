//! The words that act when they are the whole message, and in whose list each stands.

/// What a word asks for when it is the whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asks {
    Stop,
    Start,
    /// Only in answer to our question whether texts may go again.
    StartIfPrompted,
    Help,
}

/// Who lists a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// 47 CFR 64.1200(a)(10): revokes by law, in force since 2025-04-11.
    Fcc,
    /// Twilio's default keywords on long codes.
    Twilio,
    /// Telnyx's default keywords.
    Telnyx,
    /// AWS End User Messaging's required keywords.
    Aws,
    /// CTIA Messaging Principles and Best Practices, May 2023.
    Ctia,
    /// Vonage's mandatory keywords (Opt-Out Assist).
    Vonage,
    /// The network of North American toll-free numbers, which no provider can change.
    TollFree,
    /// Nobody's list: what a reasonable person would understand, (a)(10) again; misspellings and Spanish.
    Own,
}

/// A word, or words, that act when they are the whole message. Written as `normalise` writes them.
#[derive(Debug, Clone, Copy)]
pub struct Keyword {
    pub word: &'static str,
    pub asks: Asks,
    pub lists: &'static [List],
}

const fn row(word: &'static str, asks: Asks, lists: &'static [List]) -> Keyword {
    Keyword { word, asks, lists }
}

/// Rules K1, K2, K9, K11. A new word or language is a row here.
#[rustfmt::skip]
pub const KEYWORDS: &[Keyword] = {
    use Asks::*;
    use List::*;
    &[
        row("stop", Stop, &[Fcc, Twilio, Telnyx, Aws, Ctia, Vonage, TollFree]),
        row("quit", Stop, &[Fcc, Twilio, Telnyx, Aws, Ctia, Vonage]),
        row("end", Stop, &[Fcc, Twilio, Telnyx, Aws, Ctia, Vonage]),
        row("revoke", Stop, &[Fcc, Twilio]),
        row("opt out", Stop, &[Fcc, Aws]),
        row("optout", Stop, &[Twilio, Aws]),
        row("cancel", Stop, &[Fcc, Twilio, Telnyx, Aws, Ctia, Vonage]),
        row("unsubscribe", Stop, &[Fcc, Twilio, Telnyx, Aws, Ctia, Vonage]),
        row("stopall", Stop, &[Twilio, Telnyx]),
        row("stop all", Stop, &[Telnyx]),
        row("arret", Stop, &[Twilio, Aws, TollFree]),
        row("arrete", Stop, &[Twilio]),
        row("arrett", Stop, &[Twilio]),
        row("td", Stop, &[Aws]),
        row("remove", Stop, &[Aws]),
        row("alto", Stop, &[Own]),
        row("baja", Stop, &[Own]),
        row("basta", Stop, &[Own]),
        row("cancelar", Stop, &[Own]),
        row("detener", Stop, &[Own]),
        row("parar", Stop, &[Own]),
        row("pare", Stop, &[Own]),
        row("salir", Stop, &[Own]),
        row("terminar", Stop, &[Own]),
        row("start", Start, &[Twilio, Telnyx, Vonage, TollFree]),
        row("unstop", Start, &[Twilio, Telnyx, TollFree]),
        row("nonarret", Start, &[TollFree]),
        row("empezar", Start, &[Own]),
        row("iniciar", Start, &[Own]),
        row("yes", StartIfPrompted, &[Twilio]),
        row("si", StartIfPrompted, &[Own]),
        row("help", Help, &[Twilio, Telnyx, Aws, Ctia, Vonage]),
        row("info", Help, &[Twilio, Ctia]),
        row("ayuda", Help, &[Own]),
    ]
};

/// What may stand beside a word without making it a sentence (rule K2): manners and haste.
const MANNERS: &[&str] = &[
    "please", "pls", "plz", "thanks", "thank", "you", "thx", "por", "favor", "gracias",
];
const HASTE: &[&str] = &["now", "all", "ya", "ahora"];

/// The keyword that the whole message is, perhaps said twice, with manners, or (to stop) with haste. A re-opt-in takes
/// no haste: "start now" is as likely about the job.
pub fn whole_message(words: &[String]) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| is_only(words, keyword))
}

fn is_only(words: &[String], keyword: &Keyword) -> bool {
    let parts: Vec<&str> = keyword.word.split(' ').collect();
    let mut rest = words;
    let mut found = false;
    while let Some(first) = rest.first() {
        if parts.len() <= rest.len() && parts.iter().zip(rest).all(|(part, word)| part == word) {
            found = true;
            rest = &rest[parts.len()..];
        } else if MANNERS.contains(&first.as_str())
            || (keyword.asks == Asks::Stop && HASTE.contains(&first.as_str()))
        {
            rest = &rest[1..];
        } else {
            return false;
        }
    }
    found
}
