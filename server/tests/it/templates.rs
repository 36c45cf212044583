//! The templates that ship with the product: each can be rendered, names its sender, is short, and asks everybody for a review.
use rules::channel::Channel;
use rules::segments;
use rules::template::{self, VARIABLES};
use server::templates::presets;
use std::collections::{BTreeMap, BTreeSet};

fn values(names: &[&str]) -> BTreeMap<String, String> {
    let all = [
        ("first_name", "Maximiliane"),
        ("sender_name", "Harbor Home Services"),
        ("work_order_title", "Water heater replacement"),
        ("completed_on", "March 4"),
        ("review_link", "https://harbor.example/review"),
        ("sender_phone", "+15045230100"),
        ("postal_address", "12 Harbor Street, New Orleans, LA 70116"),
    ];
    all.into_iter()
        .filter(|(name, _)| !names.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn each_preset_is_rendered_with_and_without_a_name_names_its_sender_and_offers_the_review_to_everyone() {
    let known: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        presets::all().len(),
        32,
        "8 service types, texts and e-mails, the first and the last"
    );
    for preset in presets::all() {
        template::check(
            preset.subject.as_deref(),
            preset.body.trim(),
            preset.channel,
            &known,
        )
        .expect(&preset.key);
        for missing in [
            &[][..],
            &["first_name"],
            &["first_name", "work_order_title", "completed_on", "sender_phone"],
        ] {
            let text =
                template::render(preset.body.trim(), preset.channel, &values(missing)).expect(&preset.key);
            assert!(
                template::names_sender(&text, "Harbor Home Services"),
                "{}",
                preset.key
            );
            assert!(text.contains("https://harbor.example/review"), "{}", preset.key);
            if preset.channel == Channel::Sms {
                let with_wording = template::stop_wording(&text, None);
                assert!(
                    segments::count(&with_wording).count <= 2,
                    "{}: {}",
                    preset.key,
                    with_wording
                );
            } else {
                assert!(text.contains("12 Harbor Street"), "{}", preset.key);
            }
        }
    }
    let keys: BTreeSet<&str> = presets::all().iter().map(|preset| preset.key.as_str()).collect();
    assert_eq!(keys.len(), 32);
}

#[test]
fn no_preset_asks_how_it_was_before_it_offers_the_review() {
    for preset in presets::all() {
        let has_condition = preset.body.contains("rating")
            || preset.body.contains("if you were happy")
            || preset.body.contains("if you liked");
        assert!(!has_condition, "{}", preset.key);
    }
}
