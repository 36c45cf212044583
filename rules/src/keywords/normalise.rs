//! A message as words that can be compared: one form of each letter, no case, no accents, no punctuation or emoji.
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest part of a message that is looked at. A text has at most 1,600 characters; an e-mail's first page does.
const MOST_CHARACTERS: usize = 4000;

/// The words of a whole message. Apostrophes vanish ("don't" is "dont"); what is no letter or digit divides words.
/// A word that was typed letter by letter ("s t o p", "S.T.O.P.") is one word.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words: Vec<String> = folded
        .split(|each: char| !each.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.len() > 2 && words.iter().all(|word| word.chars().count() == 1) {
        return vec![words.concat()];
    }
    words
}

/// The sentences of a message, each as its words. Emoji and line ends divide sentences as full stops do.
pub fn sentences(text: &str) -> Vec<Vec<String>> {
    fold(text)
        .split(|each: char| ".!?;\n\r".contains(each) || !(each.is_ascii() || each.is_alphanumeric()))
        .map(words)
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

/// The words before the first comma, dash, colon or end of a sentence.
pub fn first_clause(text: &str) -> Vec<String> {
    let clause = text.split(" - ").next().unwrap_or(text);
    sentences(clause.split([',', ':']).next().unwrap_or(clause))
        .into_iter()
        .next()
        .unwrap_or_default()
}

/// NFKC and lower case (rule K2), and beyond that without accents, so that "no más" is "no mas".
fn fold(text: &str) -> String {
    text.chars()
        .take(MOST_CHARACTERS)
        .nfkd()
        .filter(|each| !is_combining_mark(*each) && !is_ignored(*each))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Apostrophes of every kind, and characters that have no width.
fn is_ignored(character: char) -> bool {
    matches!(
        character,
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}
