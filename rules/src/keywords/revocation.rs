//! Sentences in which a reasonable person understands a revocation, though no keyword is the whole message (K3).
//! Where law and kindness pull apart, it errs towards silence: a person can reverse a suppression, not a lawsuit.
use super::languages;
use super::normalise::{first_clause, sentences, words};
use super::phrases::*;

/// The words that revoke, if there are any.
pub fn phrase_in(body: &str) -> Option<String> {
    let words = words(body);
    let is_thanks = |at: usize| words[at..].starts_with(&["thank".to_owned(), "you".to_owned()]);
    let whole: Vec<String> = (0..words.len())
        .filter(|at| !(is_thanks(*at) || *at > 0 && is_thanks(at - 1)))
        .map(|at| words[at].clone())
        .filter(|word| !is_in(MANNERS, word))
        .collect();
    let text = whole.join(" ");
    if is_in(WHOLE, &text) || is_in(languages::WHOLE, &text) || is_drawn_out_stop(&text) {
        return Some(text);
    }
    let first = first_clause(body);
    let sentences = sentences(body);
    bare_keyword(&whole)
        .or_else(|| bare_keyword(&first))
        .or_else(|| not_me(&first))
        .or_else(|| bare_keyword(sentences.last()?))
        .or_else(|| sentences.iter().find_map(|sentence| in_sentence(sentence)))
}

/// "stoppp", "STOOOOP"; a stoop is a part of a house.
fn is_drawn_out_stop(text: &str) -> bool {
    let mut letters: Vec<char> = text.chars().collect();
    letters.dedup();
    letters.iter().eq(&['s', 't', 'o', 'p']) && text != "stoop"
}

/// "wrong number, Bob doesn't live here".
fn not_me(clause: &[String]) -> Option<String> {
    let said: Vec<&str> = clause
        .iter()
        .map(String::as_str)
        .filter(|word| !is_in(MANNERS, word) && !is_in(FILLERS, word))
        .collect();
    is_in(NOT_ME, &said.join(" ")).then(|| said.join(" "))
}

/// "ok stop", and "STOP. I never asked for this": a clause that is only the word, of the words that mean little else.
fn bare_keyword(clause: &[String]) -> Option<String> {
    let mut rest = clause
        .iter()
        .filter(|word| !is_in(MANNERS, word) && !is_in(FILLERS, word));
    let first = rest.next()?;
    let is_only = is_in(BARE, first) && rest.all(|word| word == first);
    is_only.then(|| first.clone())
}

fn in_sentence(sentence: &[String]) -> Option<String> {
    if let Some(length) = begins_with(BEGINNINGS, sentence) {
        return Some(sentence[..length].join(" "));
    }
    (0..sentence.len()).find_map(|start| {
        if is_negated(&sentence[..start]) {
            return None;
        }
        let rest = &sentence[start..];
        let is_asked = start > 0 && sentence[start - 1] == "why";
        let length = starts_with_phrase(rest)
            .or_else(|| ends_messages(rest))
            .or_else(|| if is_asked { None } else { forbids(rest) })
            .or_else(|| no_more_messages(rest))
            .or_else(|| begs(rest))
            .or_else(|| swears(sentence, start))?;
        Some(rest[..length].join(" "))
    })
}

/// Do the words before a phrase turn it round: "don't stop texting", "I did not mean to unsubscribe"? Not "you don't want to stop
/// texting me, do you".
fn is_negated(before: &[String]) -> bool {
    match before {
        [rest @ .., negation, verb, to]
            if to == "to" && is_in(INTENDING, verb) && is_in(NEGATIONS, negation) =>
        {
            !rest.iter().any(|word| word == "you")
        }
        [.., last] => is_in(NEGATIONS, last),
        [] => false,
    }
}

/// How many words the first of these phrases has with which the words begin.
fn begins_with(phrases: &[&str], rest: &[String]) -> Option<usize> {
    phrases.iter().map(|phrase| phrase.split(' ')).find_map(|phrase| {
        let length = phrase.clone().count();
        (length <= rest.len() && phrase.zip(rest).all(|(part, word)| part == word)).then_some(length)
    })
}

fn starts_with_phrase(rest: &[String]) -> Option<usize> {
    let is_the_end = |length: &usize| {
        let after = &rest[*length..];
        let at = after
            .iter()
            .position(|word| !is_in(&["of", "for", "from", "to"], word));
        let Some(at) = at else { return true };
        // "stop it from leaking", "stop this leak"
        let is_about_a_thing = is_in(&["it", "this", "these"], &after[at])
            && after
                .get(at + 1)
                .is_some_and(|word| is_in(THINGS_THAT_STOP, word));
        is_in(AFTER_ENDINGS, &after[at]) && !is_about_a_thing
    };
    let is_about_us = |length: &usize| {
        let list = rest[*length..]
            .iter()
            .take(7)
            .find(|word| is_in(LISTS_OF_WORK, word) || is_in(OUR_LISTS, word));
        list.is_none_or(|word| is_in(OUR_LISTS, word))
    };
    if begins_with(NOT_PHRASES, rest).is_some() {
        return None;
    }
    begins_with(PHRASES, rest)
        .or_else(|| begins_with(languages::SPANISH, rest))
        .or_else(|| begins_with(languages::FRENCH, rest))
        .or_else(|| begins_with(ENDINGS, rest).filter(is_the_end))
        .or_else(|| begins_with(FROM_A_LIST, rest).filter(is_about_us))
}

/// "stop texting", "quit sending me these messages", "cancel all texts"; "end" only where it is no noun.
fn ends_messages(rest: &[String]) -> Option<usize> {
    let (verb, after) = rest.split_first()?;
    let next = after.first()?;
    if !is_in(ENDING, verb) {
        return None;
    }
    if is_in(BOTHERING, next) && verb != "end" && verb != "cancel" {
        return Some(2);
    }
    if next == "sending"
        && after
            .get(1)
            .is_some_and(|word| is_in(&["me", "us", "these", "this", "them"], word))
    {
        return Some(3);
    }
    if next == "sending" {
        let what = 1 + between(&after[1..]);
        if after.get(what).is_some_and(|word| is_in(SENT, word)) {
            return Some(what + 2);
        }
    }
    if verb == "end" && !is_in(&["these", "all", "those", "texts", "messages", "texting"], next) {
        return None;
    }
    let between = between(after);
    // A panel and a thermostat have alerts too.
    let is_ours = |word: &&String| {
        !is_in(&["alerts", "notifications"], word)
            || after[..between]
                .iter()
                .any(|word| is_in(&["your", "these", "those", "sending", "me"], word))
    };
    after
        .get(between)
        .filter(|word| is_in(MESSAGES, word))
        .filter(is_ours)
        .map(|_| between + 2)
}

/// "don't text me", "do not ever message us again", "I don't want your texts"; not "don't text me before 9".
fn forbids(rest: &[String]) -> Option<usize> {
    let negation = match rest {
        [first, second, ..] if first == "do" && second == "not" => 2,
        [first, second, ..] if first == "no" && second == "longer" => 2,
        [first, second, third, ..] if first == "dont" && second == "you" && third == "ever" => 2,
        [first, ..] if is_in(&["dont", "never", "donot"], first) => 1,
        _ => return None,
    };
    let verb = negation + usize::from(rest.get(negation).is_some_and(|word| word == "ever"));
    let mut object = verb + 1;
    if rest
        .get(verb)
        .is_some_and(|word| is_in(&["send", "want", "need", "wanna"], word))
    {
        // "I don't want to get these texts"
        object += usize::from(rest.get(object).is_some_and(|word| word == "to"));
        object += usize::from(
            rest.get(object)
                .is_some_and(|word| is_in(&["get", "receive", "see"], word)),
        );
        let between = between(&rest[object..]);
        let what = rest.get(object + between);
        return what
            .filter(|word| is_in(MESSAGES, word) || *word == "anymore")
            .map(|_| object + between + 1);
    }
    // "don't call me, text me" asks for the opposite.
    if rest.get(verb).is_some_and(|word| word == "call")
        && rest[object..].iter().any(|word| is_in(MESSAGES, word))
    {
        return None;
    }
    let reaches = rest.get(verb).is_some_and(|word| is_in(REACHING, word));
    let is_writer = rest.get(object).is_some_and(|word| is_in(WRITER, word));
    let is_about_a_time = rest.get(object + 1).is_some_and(|word| is_in(ABOUT_A_TIME, word));
    (reaches && is_writer && !is_about_a_time).then_some(object + 1)
}

/// "no more texts", "no more of these messages".
fn no_more_messages(rest: &[String]) -> Option<usize> {
    let after = match rest {
        [first, second, after @ ..] if first == "no" && (second == "more" || second == "mas") => after,
        _ => return None,
    };
    let between = between(after);
    after
        .get(between)
        .filter(|word| is_in(MESSAGES, word))
        .map(|_| between + 3)
}

/// "… so please stop": at the end of a sentence only; "please stop by" is an invitation.
fn begs(rest: &[String]) -> Option<usize> {
    match rest {
        [first, second] if is_in(&["please", "pls", "plz"], first) && second == "stop" => Some(2),
        _ => None,
    }
}

/// "fucking stop", "stop this shit": a curse right before, or in a short sentence that begins with it.
fn swears(sentence: &[String], start: usize) -> Option<usize> {
    let is_curse = |word: &String| is_in(PROFANITY, word);
    let is_about_a_thing = sentence.iter().any(|word| is_in(THINGS_THAT_STOP, word));
    let is_cursed = (start > 0 && is_curse(&sentence[start - 1]))
        || (start == 0 && sentence.len() <= 5 && sentence.iter().any(is_curse));
    (sentence[start] == "stop" && is_cursed && !is_about_a_thing).then_some(1)
}

/// How many words stand before the object without changing who is meant.
fn between(words: &[String]) -> usize {
    words
        .iter()
        .take(5)
        .take_while(|word| is_in(BETWEEN, word))
        .count()
}

fn is_in(list: &[&str], word: &str) -> bool {
    list.contains(&word)
}
