//! What a customer's message asks for: to stop, to start again, help, or none of these.
mod email;
mod languages;
mod normalise;
mod phrases;
mod revocation;
mod words;

pub use email::classify_email;
pub(crate) use normalise::words as plain_words;
pub use words::{Asks, KEYWORDS, Keyword, List};

/// What an inbound message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intention {
    /// The whole message is an opt-out word (rules K1, K2): suppress, confirm once.
    Stop { keyword: &'static str },
    /// The whole message is an opt-in word (rule K9): texts may go again to this address.
    Start { keyword: &'static str },
    /// The whole message asks for help (rule K11): answer with name and contact.
    Help { keyword: &'static str },
    /// A sentence in which a reasonable person understands a revocation (rule K3): suppress marketing at once and have
    /// a person look. `phrase` is the part that says so.
    Revocation { phrase: String },
    /// Nothing of these: a message for a person to read.
    None,
}

/// What a message asks for. `start_prompt_open`: we asked this address whether texts may go again and it has not
/// answered yet; only then does a bare "yes" count (rule K9).
pub fn classify(body: &str, start_prompt_open: bool) -> Intention {
    let words = normalise::words(body);
    if let Some(keyword) = words::whole_message(&words) {
        match keyword.asks {
            Asks::Stop => {
                return Intention::Stop {
                    keyword: keyword.word,
                };
            }
            Asks::Help => {
                return Intention::Help {
                    keyword: keyword.word,
                };
            }
            Asks::Start => {
                return Intention::Start {
                    keyword: keyword.word,
                };
            }
            Asks::StartIfPrompted if start_prompt_open => {
                return Intention::Start {
                    keyword: keyword.word,
                };
            }
            Asks::StartIfPrompted => return Intention::None,
        }
    }
    match revocation::phrase_in(body) {
        Some(phrase) => Intention::Revocation { phrase },
        None => Intention::None,
    }
}

#[cfg(test)]
#[path = "keywords/tests.rs"]
mod tests;
