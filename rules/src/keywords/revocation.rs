//! Sentences in which a reasonable person understands a revocation, though no keyword is the whole message (K3).
use super::normalise::sentences;

/// The words that revoke, if there are any.
pub fn phrase_in(body: &str) -> Option<String> {
    sentences(body).iter().find_map(|sentence| in_sentence(sentence))
}

fn in_sentence(words: &[String]) -> Option<String> {
    words
        .windows(2)
        .find(|pair| pair[0] == "stop" && pair[1] == "texting")
        .map(|pair| pair.join(" "))
}
