//! Message templates: refused when saved if they could go wrong, rendered without loops, calls or surprises.
mod scan;
mod wording;

use crate::channel::Channel;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;

pub use wording::{has_stop_wording, names_sender, stop_wording};

/// The variables that a template may use, and what each stands for.
pub const VARIABLES: &[(&str, &str)] = &[
    ("first_name", "The customer's first name; may be empty."),
    ("last_name", "The customer's last name; may be empty."),
    ("company_name", "The customer's company; may be empty."),
    (
        "sender_name",
        "The name of the business, as its customers know it.",
    ),
    ("sender_phone", "The number at which the business answers."),
    ("sender_email", "The address at which the business answers."),
    (
        "postal_address",
        "The postal address of the business, which marketing e-mail must carry.",
    ),
    ("service_type", "What kind of work was done, in words."),
    ("work_order_title", "What the job is called."),
    ("completed_on", "The day on which the job was completed."),
    ("review_link", "Where the customer can leave a review."),
    (
        "feedback_link",
        "Where the customer can tell the business something.",
    ),
    ("unsubscribe_hint", "How to stop e-mail."),
];

/// The filters that a template may use. `truncate(n)` keeps n characters and marks the cut.
pub const FILTERS: &[&str] = &[
    "default",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "truncate",
];

const LONGEST_SUBJECT: usize = 200;
const LONGEST_VALUE: usize = 1000;
const FUEL: u64 = 20_000;

/// Why a template is refused, or did not render.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("line {line}: {said}")]
    Syntax { line: usize, said: String },
    #[error("{{% {tag} %}} is not available; a template may use if, elif, else and endif")]
    TagNotAllowed { tag: String },
    #[error("'{word}' is not available inside {{{{ }}}} and {{% %}}")]
    WordNotAllowed { word: String },
    #[error("the filter '{name}' is not available; there are: {}", FILTERS.join(", "))]
    UnknownFilter { name: String },
    #[error("the variable '{name}' is not known")]
    UnknownVariable { name: String },
    #[error("no value for {}; write e.g. {{{{ {} | default(\"there\") }}}}", names.join(", "), names[0])]
    MissingValue { names: Vec<String> },
    #[error("it is empty")]
    Empty,
    #[error("{is} characters; at most {most}")]
    TooLong { is: usize, most: usize },
    #[error("an e-mail needs a subject")]
    SubjectMissing,
    #[error("a text has no subject")]
    SubjectNotAllowed,
    /// Rule T3.
    #[error("carriers block links of public shorteners such as {host}; use a domain of your own")]
    PublicShortener { host: String },
    /// Rule T5.
    #[error("'{phrase}': no copy may say that there is only one way, or an odd way, to opt out")]
    ExclusiveOptOut { phrase: String },
    #[error("{said}")]
    NotRendered { said: String },
}

/// The most characters that a channel carries: Twilio takes 1,600 (rule W4).
pub fn longest(channel: Channel) -> usize {
    match channel {
        Channel::Sms | Channel::Whatsapp => 1600,
        Channel::Email => 20_000,
    }
}

/// May the template be saved? `known` are the names of the variables that will be there when it is rendered. The
/// error names what to change.
pub fn check(
    subject: Option<&str>,
    body: &str,
    channel: Channel,
    known: &[&str],
) -> Result<(), TemplateError> {
    match (channel, subject) {
        (Channel::Email, None) => return Err(TemplateError::SubjectMissing),
        (Channel::Sms | Channel::Whatsapp, Some(_)) => return Err(TemplateError::SubjectNotAllowed),
        (Channel::Email, Some(subject)) => check_source(subject, LONGEST_SUBJECT, known)?,
        (Channel::Sms | Channel::Whatsapp, None) => {}
    }
    check_source(body, longest(channel), known)
}

fn check_source(source: &str, most: usize, known: &[&str]) -> Result<(), TemplateError> {
    if source.trim().is_empty() {
        return Err(TemplateError::Empty);
    }
    within(source, 2 * most)?;
    scan::check(source)?;
    let environment = sandbox();
    let template = environment.template_from_str(source).map_err(as_syntax)?;
    let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    used.sort();
    if let Some(name) = used.into_iter().find(|name| !known.contains(&name.as_str())) {
        return Err(TemplateError::UnknownVariable { name });
    }
    wording::check(source)?;
    let sample = known
        .iter()
        .map(|name| ((*name).to_owned(), "x".to_owned()))
        .collect();
    fill(source, &sample).map(drop)
}

/// The text of a body. Empty values count as missing, so that `{{ first_name | default("there") }}` works; a value
/// that is missing without a default is an error, never a gap. Bodies are plain text on every channel, so nothing is
/// escaped. Control and direction-changing characters are removed; texts to phones lose double and outer spaces.
pub fn render(
    source: &str,
    channel: Channel,
    values: &BTreeMap<String, String>,
) -> Result<String, TemplateError> {
    within(source, 2 * longest(channel))?;
    let text = clean(&fill(source, values)?);
    let text = if channel.reaches_a_phone() {
        collapse(&text)
    } else {
        text
    };
    finish(text, longest(channel))
}

/// What each variable that the text shows is replaced by, in the order of their names: what an approved template is filled with. A
/// variable that is only asked for (`if`) is not among them.
pub fn shown_values(
    source: &str,
    values: &BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, TemplateError> {
    let mut shown = BTreeMap::new();
    for piece in source.split("{{").skip(1) {
        let Some((inside, _)) = piece.split_once("}}") else {
            continue;
        };
        let expression = format!("{{{{{inside}}}}}");
        let mut names: Vec<String> = sandbox()
            .template_from_str(&expression)
            .map_err(as_syntax)?
            .undeclared_variables(false)
            .into_iter()
            .collect();
        names.sort();
        if let Some(name) = names.into_iter().next()
            && !shown.contains_key(&name)
        {
            shown.insert(name, clean(&fill(&expression, values)?));
        }
    }
    Ok(shown.into_iter().collect())
}

/// The subject of an e-mail: as `render`, in one line.
pub fn render_subject(source: &str, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    within(source, 2 * LONGEST_SUBJECT)?;
    let text = clean(&fill(source, values)?);
    finish(
        text.split_whitespace().collect::<Vec<_>>().join(" "),
        LONGEST_SUBJECT,
    )
}

fn fill(source: &str, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    scan::check(source)?;
    let given: BTreeMap<&str, String> = values
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| (name.as_str(), value.trim().chars().take(LONGEST_VALUE).collect()))
        .collect();
    let environment = sandbox();
    let template = environment.template_from_str(source).map_err(as_syntax)?;
    template.render(&given).map_err(|error| {
        let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        names.retain(|name| !given.contains_key(name.as_str()));
        names.sort();
        if error.kind() == ErrorKind::UndefinedError && !names.is_empty() {
            TemplateError::MissingValue { names }
        } else {
            TemplateError::NotRendered {
                said: error.to_string(),
            }
        }
    })
}

/// An `if` may ask for a variable that is not there; printing it is an error.
fn sandbox() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_filter("default", |value: &Value, other: &Value| {
        if value.is_undefined() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            other.clone()
        } else {
            value.clone()
        }
    });
    environment.add_filter("upper", |value: &Value| {
        text(value).map(|text| text.to_uppercase())
    });
    environment.add_filter("lower", |value: &Value| {
        text(value).map(|text| text.to_lowercase())
    });
    environment.add_filter("trim", |value: &Value| {
        text(value).map(|text| text.trim().to_owned())
    });
    environment.add_filter("capitalize", |value: &Value| {
        text(value).map(|text| capitalize(&text))
    });
    environment.add_filter("title", |value: &Value| {
        text(value).map(|text| text.split(' ').map(capitalize).collect::<Vec<_>>().join(" "))
    });
    environment.add_filter("truncate", |value: &Value, most: usize| {
        text(value).map(|text| match text.char_indices().nth(most) {
            Some((cut, _)) => format!("{}...", text[..cut].trim_end()),
            None => text,
        })
    });
    environment
}

fn text(value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        Err(Error::from(ErrorKind::UndefinedError))
    } else {
        Ok(value.to_string())
    }
}

fn capitalize(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first
            .to_uppercase()
            .chain(characters.flat_map(char::to_lowercase))
            .collect(),
        None => String::new(),
    }
}

fn as_syntax(error: Error) -> TemplateError {
    TemplateError::Syntax {
        line: error.line().unwrap_or(1),
        said: error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned),
    }
}

fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|each| if each == '\t' || each == '\r' { ' ' } else { each })
        .filter(|each| !each.is_control() || *each == '\n')
        .filter(|each| !matches!(each, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect()
}

fn collapse(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            line.split(' ')
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

fn finish(text: String, most: usize) -> Result<String, TemplateError> {
    if text.trim().is_empty() {
        return Err(TemplateError::Empty);
    }
    within(&text, most)?;
    wording::check(&text)?;
    Ok(text)
}

fn within(text: &str, most: usize) -> Result<(), TemplateError> {
    let is = text.chars().count();
    if is > most {
        Err(TemplateError::TooLong { is, most })
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[path = "template/tests.rs"]
mod tests;
