//! What a template may be, what it becomes, and what it can't be made to do.
use super::*;
use crate::channel::Channel::{Email, Sms, Whatsapp};
use proptest::prelude::*;

fn known() -> Vec<&'static str> {
    VARIABLES.iter().map(|(name, _)| *name).collect()
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn refusal(body: &str) -> TemplateError {
    check(None, body, Sms, &known()).unwrap_err()
}

const FOLLOW_UP: &str = "Hi {{ first_name | default(\"there\") }}, {{ sender_name }} here. \
    {% if work_order_title %}How was {{ work_order_title | lower }}?{% else %}How did we do?{% endif %} {{ review_link }}";

#[test]
fn a_follow_up_renders_with_and_without_what_may_be_missing() {
    check(None, FOLLOW_UP, Sms, &known()).unwrap();
    let mut given = values(&[
        ("first_name", "Zoe"),
        ("sender_name", "Joe's Plumbing & Sons"),
        ("work_order_title", "The Sink"),
        ("review_link", "https://go.example.com/r/1"),
    ]);
    assert_eq!(
        render(FOLLOW_UP, Sms, &given).unwrap(),
        "Hi Zoe, Joe's Plumbing & Sons here. How was the sink? https://go.example.com/r/1"
    );
    given.insert("first_name".to_owned(), "  ".to_owned());
    given.remove("work_order_title");
    assert_eq!(
        render(FOLLOW_UP, Sms, &given).unwrap(),
        "Hi there, Joe's Plumbing & Sons here. How did we do? https://go.example.com/r/1"
    );
}

#[test]
fn a_missing_value_without_a_default_is_named_and_leaves_no_gap() {
    let error = render("Hi {{ first_name }}", Sms, &values(&[("first_name", "")])).unwrap_err();
    assert_eq!(
        error,
        TemplateError::MissingValue {
            names: vec!["first_name".to_owned()]
        }
    );
    assert!(
        error
            .to_string()
            .contains("{{ first_name | default(\"there\") }}"),
        "{error}"
    );
    let upper = render("Hi {{ first_name | upper }}", Sms, &values(&[])).unwrap_err();
    assert_eq!(
        upper,
        TemplateError::MissingValue {
            names: vec!["first_name".to_owned()]
        }
    );
}

#[test]
fn an_unknown_variable_is_named_also_in_a_branch_that_is_not_taken() {
    let name = "frist_name".to_owned();
    assert_eq!(
        refusal("Hi {{ frist_name }}"),
        TemplateError::UnknownVariable { name: name.clone() }
    );
    let hidden = "{% if first_name %}Hi{% else %}{{ frist_name | default('you') }}{% endif %}";
    assert_eq!(refusal(hidden), TemplateError::UnknownVariable { name });
}

#[test]
fn broken_syntax_names_its_line() {
    for broken in [
        "Hi\n{{ first_name",
        "Hi\n{% if first_name %}x",
        "Hi\n{{ first_name | default( }}",
    ] {
        assert!(
            matches!(refusal(broken), TemplateError::Syntax { line: 2, .. }),
            "{:?}",
            refusal(broken)
        );
    }
}

#[test]
fn only_if_and_its_kin_are_tags() {
    for tag in [
        "for", "set", "include", "macro", "block", "raw", "with", "filter", "import", "extends", "do", "call",
    ] {
        for source in [
            format!("{{% {tag} x in y %}}"),
            format!("{{%- {tag} x %}}"),
            format!("{{%+{tag} %}}"),
            format!("{{{{ '%}}' }}}}{{%\n{tag} %}}"),
        ] {
            assert_eq!(
                refusal(&source),
                TemplateError::TagNotAllowed { tag: tag.to_owned() },
                "{source}"
            );
        }
    }
}

#[test]
fn nothing_that_repeats_calls_or_reaches_inside_is_available() {
    for source in [
        "{{ 'x' * 1000000000 }}",
        "{{ [1,2] }}",
        "{{ {'a': 1} }}",
        "{{ 2 ** 99999 }}",
        "{{ first_name.upper }}",
        "{{ first_name[0] }}",
        "{{ 1 / 0 }}",
        "{{ first_name is defined }}",
        "{{ 1 in first_name }}",
        "{{ first_name + last_name }}",
        "{{ 7 % 2 }}",
    ] {
        assert!(
            matches!(refusal(source), TemplateError::WordNotAllowed { .. }),
            "{source}: {:?}",
            refusal(source)
        );
        assert!(
            render(source, Sms, &values(&[("first_name", "x")])).is_err(),
            "{source}"
        );
    }
    assert_eq!(
        refusal("{{ range(9) }}"),
        TemplateError::UnknownVariable {
            name: "range".to_owned()
        }
    );
    for name in ["replace", "format", "safe", "tojson", "map", "pprint"] {
        let name = name.to_owned();
        assert_eq!(
            refusal(&format!("{{{{ first_name | {name} }}}}")),
            TemplateError::UnknownFilter { name }
        );
    }
}

#[test]
fn the_filters_do_what_their_names_say() {
    let given = values(&[("first_name", "ann MARIE smith")]);
    for (filter, want) in [
        ("upper", "ANN MARIE SMITH"),
        ("lower", "ann marie smith"),
        ("title", "Ann Marie Smith"),
        ("capitalize", "Ann marie smith"),
        ("trim", "ann MARIE smith"),
        ("truncate(4)", "ann..."),
        ("truncate(99)", "ann MARIE smith"),
        ("default('you')", "ann MARIE smith"),
        ("title | truncate(3)", "Ann..."),
    ] {
        let source = format!("{{{{ first_name | {filter} }}}}");
        check(None, &source, Sms, &known()).unwrap();
        assert_eq!(render(&source, Sms, &given).unwrap(), want, "{filter}");
    }
    assert_eq!(FILTERS.len(), 7);
    assert!(matches!(
        refusal("{{ first_name | truncate('x') }}"),
        TemplateError::NotRendered { .. }
    ));
}

#[test]
fn source_value_and_text_are_capped() {
    assert_eq!(
        refusal(&"x".repeat(3201)),
        TemplateError::TooLong { is: 3201, most: 3200 }
    );
    assert_eq!(
        render(&"x".repeat(1601), Sms, &values(&[])),
        Err(TemplateError::TooLong { is: 1601, most: 1600 })
    );
    let long = values(&[("first_name", &"y".repeat(50_000))]);
    assert_eq!(
        render("{{ first_name }}", Sms, &long).unwrap().len(),
        LONGEST_VALUE
    );
    let many = "{{ first_name }}".repeat(100);
    assert!(matches!(
        render(&many, Email, &long),
        Err(TemplateError::TooLong { .. })
    ));
    assert_eq!(refusal(" \n"), TemplateError::Empty);
    assert_eq!(
        render("{% if first_name %}x{% endif %}", Sms, &values(&[])),
        Err(TemplateError::Empty)
    );
}

#[test]
fn an_email_has_a_subject_in_one_line_and_a_text_has_none() {
    let body = "Dear {{ last_name | default('customer') }}, thanks. {{ sender_name }}";
    assert_eq!(
        check(None, body, Email, &known()),
        Err(TemplateError::SubjectMissing)
    );
    assert_eq!(
        check(Some("Hi"), body, Whatsapp, &known()),
        Err(TemplateError::SubjectNotAllowed)
    );
    check(Some("Thanks from {{ sender_name }}"), body, Email, &known()).unwrap();
    let given = values(&[("sender_name", "Joe\r\nBcc: everyone@example.com")]);
    assert_eq!(
        render_subject("Thanks from {{ sender_name }}", &given).unwrap(),
        "Thanks from Joe Bcc: everyone@example.com"
    );
}

#[test]
fn control_and_direction_characters_are_removed_and_texts_lose_double_spaces() {
    let given = values(&[("first_name", "A\u{0}n\u{202e}n\u{7}")]);
    let source = "  Hi  {{ first_name }},\t\r\n\nthanks  ";
    assert_eq!(render(source, Sms, &given).unwrap(), "Hi Ann,\n\nthanks");
    assert_eq!(render(source, Email, &given).unwrap(), "  Hi  Ann, \n\nthanks  ");
}

#[test]
fn a_value_is_text_and_never_a_template() {
    let given = values(&[("first_name", "{{ sender_name }}{% for %}<b>&")]);
    assert_eq!(
        render("{{ first_name }}", Sms, &given).unwrap(),
        "{{ sender_name }}{% for %}<b>&"
    );
}

#[test]
fn links_of_public_shorteners_are_refused_in_source_and_in_values() {
    for body in [
        "Go to bit.ly/abc",
        "https://BIT.LY/abc",
        "see www.tinyurl.com/x.",
        "http://t.co",
        "(ow.ly/1)",
        "t.ly",
    ] {
        assert!(
            matches!(refusal(body), TemplateError::PublicShortener { .. }),
            "{body}"
        );
    }
    for body in [
        "follow.ly/x",
        "https://bit.ly.example.com/x",
        "rabbit.ly/x",
        "x-t.co/1",
        "not.com",
        "at.company",
    ] {
        assert_eq!(check(None, body, Sms, &known()), Ok(()), "{body}");
    }
    let given = values(&[("review_link", "https://bit.ly/review")]);
    let host = "bit.ly".to_owned();
    assert_eq!(
        render("{{ review_link }}", Sms, &given),
        Err(TemplateError::PublicShortener { host })
    );
}

#[test]
fn copy_that_names_one_exclusive_or_odd_way_to_opt_out_is_refused() {
    for body in [
        "STOP is the only way to opt out.",
        "The only way to unsubscribe is STOP",
        "You can only opt out by texting STOP",
        "You must reply STOP.",
        "Reply 2 to unsubscribe",
        "Text 9 to opt out",
        "Reply 4 to STOP",
    ] {
        assert!(
            matches!(refusal(body), TemplateError::ExclusiveOptOut { .. }),
            "{body}"
        );
    }
    for body in [
        "Reply STOP to opt out.",
        "Reply 5 to rate us",
        "Reply 1 to 5",
        "The only way to fix a roof is well",
    ] {
        assert_eq!(check(None, body, Sms, &known()), Ok(()), "{body}");
    }
}

#[test]
fn the_stop_wording_is_added_once_and_costs_no_encoding() {
    assert_eq!(
        stop_wording("Thanks from Joe. ", None),
        "Thanks from Joe. Reply STOP to opt out."
    );
    let spanish = stop_wording("Gracias de Joe.", Some("es"));
    assert_eq!(
        crate::segments::count(&spanish).encoding,
        crate::segments::Encoding::Gsm7
    );
    for body in [
        spanish.as_str(),
        "Reply STOP to opt out.",
        "Text stop to end",
        "STOP to quit",
        "Stop=end",
    ] {
        assert!(has_stop_wording(body), "{body}");
        assert_eq!(stop_wording(body, None), body);
    }
    for body in [
        "We stop by tomorrow",
        "Non-stop service",
        "STOP",
        "Reply to us. We never stop",
        "We stop to help you",
        "Text us and stop by",
    ] {
        assert!(!has_stop_wording(body), "{body}");
    }
    assert!(has_stop_wording("Reply with \"STOP\" to leave"));
}

#[test]
fn a_text_names_its_sender_word_by_word_in_any_case() {
    assert!(names_sender("hi, JOE’S  PLUMBING here", "Joe's Plumbing"));
    assert!(!names_sender("hi, Joes Plumbingworks here", "Joe's Plumbing"));
    assert!(!names_sender("hi", ""));
    assert!(!names_sender("hi", " & "));
}

#[test]
fn every_variable_has_a_meaning_and_a_name_of_its_own() {
    for (index, (name, meaning)) in VARIABLES.iter().enumerate() {
        assert!(meaning.ends_with('.'));
        assert!(!VARIABLES[index + 1..].iter().any(|(other, _)| other == name));
    }
}

proptest! {
    #[test]
    fn no_source_and_no_value_panics_and_nothing_grows_past_its_cap(
        source in "(\\{\\{|\\}\\}|\\{%|%\\}|[a-z_ |'\"()~,.*0-9]|if|endif|first_name|default|upper|\\PC){0,60}",
        value in "\\PC{0,40}",
    ) {
        let given = values(&[("first_name", &value)]);
        let saved = check(None, &source, Sms, &known());
        if let Ok(text) = render(&source, Sms, &given) {
            prop_assert!(text.chars().count() <= longest(Sms));
        }
        if saved.is_ok() {
            let all = known().iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
            prop_assert!(render(&source, Sms, &all).is_ok() || render(&source, Sms, &all) == Err(TemplateError::Empty));
        }
    }
}

#[test]
fn the_values_that_a_text_shows_are_those_that_it_was_rendered_with() {
    let source = "Hi {{ first_name | default(\"there\") }}, {% if company_name %}we{% endif %} thank you: {{ sender_name }}, {{ sender_name | upper }}";
    let shown = |given: &[(&str, &str)]| shown_values(source, &values(given)).unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        shown(&[("first_name", "Ann"), ("sender_name", "Pipes")]),
        [pair("first_name", "Ann"), pair("sender_name", "Pipes")]
    );
    assert_eq!(
        shown(&[("sender_name", "Pipes")]),
        [pair("first_name", "there"), pair("sender_name", "Pipes")]
    );
    assert!(matches!(
        shown_values(source, &values(&[])),
        Err(TemplateError::MissingValue { .. })
    ));
}
