//! Which rule of law or carrier is kept where, and by which test it is shown; and which is not yet, and why.
//! docs/COMPLIANCE.md is printed from this list and compared by a test.

/// Where a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// By a function or a data row, shown by a test.
    By { place: &'static str, test: &'static str },
    /// Not yet, for this reason.
    NotYet(&'static str),
}

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub id: &'static str,
    pub says: &'static str,
    pub source: &'static str,
    pub kept: Kept,
}

const fn by(
    id: &'static str,
    says: &'static str,
    source: &'static str,
    place: &'static str,
    test: &'static str,
) -> Rule {
    Rule {
        id,
        says,
        source,
        kept: Kept::By { place, test },
    }
}

const fn later(id: &'static str, says: &'static str, source: &'static str, why: &'static str) -> Rule {
    Rule {
        id,
        says,
        source,
        kept: Kept::NotYet(why),
    }
}

/// How many rules may be listed as not yet kept. It may only shrink.
pub const MOST_NOT_YET: usize = 22;

/// Every rule, in the order of its id.
pub const RULES: &[Rule] = &[
    by(
        "C1",
        "Marketing by phone needs prior express written consent: wording, seller, an affirmative act in writing.",
        "47 CFR 64.1200(f)(9)",
        "rules::may_send::look (needs_written_consent)",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "C2",
        "Informational and transactional messages by phone need prior express consent; consent has a scope.",
        "47 CFR 64.1200(a)(1)",
        "rules::may_send::look (needs_opt_in)",
        "may_send::tests::without_consent_no_follow_up_goes_to_a_phone",
    ),
    by(
        "C3",
        "Consent is given to one business and never shared or sold.",
        "TCR decline 708; carriers' codes",
        "row security on consents; composite keys",
        "tests/it/tenancy.rs",
    ),
    by(
        "C4",
        "Keep of each consent: who, number, the request as shown, purpose, copy, date.",
        "16 CFR 310.5(a)(8)",
        "consent_events, consent_event_details",
        "tests/it/consents.rs",
    ),
    later(
        "C5",
        "Scrub against the Do Not Call registry, 31 days old at most.",
        "47 CFR 64.1200(c)(2),(d)",
        "import of scrub files comes with registrations",
    ),
    later(
        "C6",
        "Process deactivated and reassigned numbers daily.",
        "CTIA 5.1.5",
        "needs a provider's feed",
    ),
    by(
        "C7",
        "Code the strictest plausible reading: $500 to $1,500 for each message.",
        "47 USC 227(b)(3)",
        "rules::jurisdiction (strictest defaults)",
        "jurisdiction::tests::each_state_stands_once_and_is_no_looser_than_the_federal_rule",
    ),
    by(
        "K1",
        "stop, quit, end, revoke, opt out, cancel, unsubscribe revoke consent.",
        "47 CFR 64.1200(a)(10)",
        "rules::keywords::classify",
        "keywords::tests",
    ),
    by(
        "K2",
        "The carriers' further words act on an exact match, normalised.",
        "Twilio, Telnyx, AWS lists",
        "rules::keywords::KEYWORDS",
        "keywords::tests",
    ),
    by(
        "K3",
        "Other words that a reasonable person understands suppress at once and a person looks.",
        "FCC 24-24",
        "rules::keywords::classify (Revocation); inbound::texts",
        "keywords::tests; tests/it/inbound.rs",
    ),
    by(
        "K4",
        "Sentences that hold a keyword but do not revoke must not act.",
        "good sense; peers' failures",
        "rules::keywords::classify",
        "keywords::tests (corpus)",
    ),
    by(
        "K5",
        "Honour a revocation within ten business days; here before the next message.",
        "47 CFR 64.1200(a)(10); Va. SB 1339",
        "the gate's lock on the recipient; suppressions never expire",
        "tests/it/inbound.rs",
    ),
    by(
        "K6",
        "A revocation by any other way counts: by phone, in person, by letter.",
        "47 CFR 64.1200(a)(11)",
        "consents::record (staff)",
        "tests/it/consents.rs",
    ),
    by(
        "K7",
        "One confirmation, within five minutes, without marketing.",
        "47 CFR 64.1200(a)(12)",
        "rules::may_send::look (at_keyword_answers); message_answers_an_event_once",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "K8",
        "Until 2027 a revocation may be for a scope; by default it is for everything.",
        "DA 26-12",
        "rules::may_send::look (at_the_recipient)",
        "may_send::tests::after_an_opt_out_of_marketing_a_follow_up_still_goes",
    ),
    by(
        "K9",
        "Only the consumer's own act, from the same address, re-opens.",
        "FCC 24-24",
        "consents (consumer acts)",
        "tests/it/consents.rs",
    ),
    by(
        "K10",
        "A suppression is of tenant, address, channel and scope.",
        "Twilio, Telnyx scoping",
        "recipients; rules::may_send::look (at_the_recipient)",
        "may_send::tests::after_an_opt_out_nothing_but_an_answer_to_a_keyword_goes",
    ),
    by(
        "K11",
        "HELP is answered whatever the subscription, at any hour, not in a loop.",
        "CTIA 5.1.3; Twilio 14107",
        "rules::may_send::look (at_keyword_answers)",
        "may_send::tests::the_confirmation_and_help_go_at_night_after_an_opt_out",
    ),
    by(
        "Q1",
        "No solicitation before 8 or after 21 o'clock where the called party is.",
        "47 CFR 64.1200(c)(1)",
        "rules::jurisdiction::FEDERAL",
        "may_send::tests::nothing_is_sent_to_a_phone_at_night",
    ),
    by(
        "Q2",
        "The states' own hours; the strictest where sources conflict.",
        "the rows' sources",
        "rules::jurisdiction::STATES",
        "quiet_hours::tests::every_state_opens_and_closes_at_its_minutes",
    ),
    by(
        "Q3",
        "Address, then zone, then area code; inside in all zones and states that the evidence allows.",
        "Fla. Stat. 501.059; OR HB 3865",
        "rules::place::Place::from_evidence",
        "place::tests",
    ),
    by(
        "Q4",
        "Windows are half open, with ten minutes' margin and an expiry at the provider.",
        "Twilio ValidityPeriod",
        "rules::quiet_hours::window (closes_at); messages.expires_at",
        "quiet_hours::tests",
    ),
    by(
        "Q5",
        "Changes of clocks, split states, legal days.",
        "IANA",
        "rules::quiet_hours (wall clock per day)",
        "quiet_hours::tests",
    ),
    by(
        "Q6",
        "At most three in 24 hours to one recipient, counted under a lock.",
        "Fla. Stat. 501.616(6)(b); 15 O.S. 775C",
        "rules::frequency_cap; recipients.recent_sends",
        "frequency_cap::tests",
    ),
    by(
        "T1",
        "The confirmation of an opt-in names program, help, opt-out, fees.",
        "CTIA 5.1.3",
        "inbound::texts (answer)",
        "tests/it/inbound.rs",
    ),
    by(
        "T2",
        "Every message names the sender; the first and one in 30 days tell how to opt out.",
        "CTIA 5.1.3",
        "rules::may_send::look (at_the_text, needs_stop_wording)",
        "may_send::tests::a_follow_up_by_text_at_noon_with_consent_goes_with_the_opt_out_wording_and_expires_with_the_window",
    ),
    by(
        "T3",
        "No public link shorteners.",
        "AT&T code 2021; CTIA 5.3.2",
        "rules::template::check",
        "template::tests",
    ),
    later(
        "T4",
        "No spreading over numbers for speed; failover for outage only.",
        "CTIA 5.3.1; AT&T",
        "there is one connection per channel until failover comes",
    ),
    by(
        "T5",
        "No wording that STOP is the only way.",
        "FCC 24-24",
        "rules::template::check",
        "template::tests",
    ),
    later(
        "T6",
        "Fines pass to the business; each registers under its own EIN.",
        "T-Mobile code",
        "registrations",
    ),
    later(
        "W1",
        "Twilio's default keywords and OptOutType.",
        "Twilio advanced opt-out",
        "the Twilio adapter; `answered_by_provider` is there",
    ),
    by(
        "W2",
        "A provider's code says what may be done next.",
        "Twilio, Telnyx, Vonage error pages",
        "rules::retry::after",
        "retry::tests",
    ),
    by(
        "W3",
        "Statuses only move up, in any order, doubled or late.",
        "Twilio statuses",
        "rules::status::merge",
        "status::tests",
    ),
    later(
        "W4",
        "Bodies of 1,600 characters, ten media.",
        "Twilio",
        "the Twilio adapter; templates are capped",
    ),
    later(
        "W5",
        "Webhooks are signed by the owning account.",
        "Twilio",
        "webhooks",
    ),
    by(
        "A1",
        "WhatsApp: free text within 24 hours of the customer's message.",
        "Twilio 63016",
        "rules::may_send::look (needs_to_have_written)",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    later(
        "A2",
        "WhatsApp: no marketing templates to +1.",
        "Meta, April 2025",
        "the WhatsApp adapter: presets have no WhatsApp touch",
    ),
    later(
        "A3",
        "WhatsApp: user_preferences is a revocation of marketing.",
        "Meta 2026-05",
        "webhooks",
    ),
    later(
        "A4",
        "WhatsApp: people are ids, not numbers.",
        "Meta 2026-05",
        "the WhatsApp adapter; the column is there",
    ),
    by(
        "E1",
        "E-mail: postal address, a working opt-out, honest headers.",
        "15 USC 7704",
        "rules::may_send::look (at_the_text, at_consent)",
        "may_send::tests::e_mail_about_a_job_goes_without_consent_but_never_after_an_opt_out",
    ),
    later(
        "E2",
        "Mailbox providers' rules for bulk senders.",
        "Google, Yahoo, Outlook",
        "the e-mail adapters",
    ),
    later(
        "E3",
        "One-click unsubscribe.",
        "RFC 8058",
        "the e-mail adapters and webhooks",
    ),
    later(
        "E4",
        "Hard bounces suppress, five soft ones too, complaints suppress marketing.",
        "SES",
        "hard bounces act by rules::retry; counting comes with the adapters",
    ),
    later("R1", "Brands, campaigns, numbers.", "TCR", "registrations"),
    later("R2", "Brand identity states.", "TCR, Twilio", "registrations"),
    later("R3", "Campaign fields.", "Twilio", "registrations"),
    later(
        "R4",
        "What was approved never changes.",
        "Twilio 60723",
        "registrations",
    ),
    later("R5", "Auth+ and sole proprietors.", "TCR", "registrations"),
    later(
        "R6",
        "Throughput as the provider returns it.",
        "AT&T, T-Mobile",
        "pacing",
    ),
    later("R7", "Fees.", "TCR", "registrations"),
    later("R8", "Preflight checks.", "Telnyx decline codes", "registrations"),
    by(
        "S1",
        "Segments as carriers count them.",
        "3GPP 23.038; Twilio",
        "rules::segments::count",
        "segments::tests (204 cases of the reference calculator)",
    ),
    by(
        "S2",
        "E.164; numbers that exist.",
        "ITU-T E.164",
        "rules::address::E164",
        "address::tests",
    ),
    later(
        "D1",
        "Keep evidence five years, revocations ten; erase the rest.",
        "16 CFR 310.5; GDPR 17",
        "erasure; details stand apart so that they can be erased",
    ),
    by(
        "D2",
        "The public review link is for everyone, whatever they rate.",
        "16 CFR 465; Google policy",
        "presets; reviews::feedback",
        "tests/it/templates.rs",
    ),
    by(
        "H1",
        "E-mail goes from 8 to 20 o'clock.",
        "house rule",
        "rules::quiet_hours",
        "quiet_hours::tests::answers_to_keywords_go_at_night_and_email_waits_for_the_morning",
    ),
    by(
        "H2",
        "A known state without a row: 9 to 20, Sundays 12 to 20.",
        "house rule",
        "rules::jurisdiction::OTHER_STATE",
        "quiet_hours::tests::every_state_opens_and_closes_at_its_minutes",
    ),
    by(
        "H3",
        "Nothing goes that was held for more than 14 days.",
        "house rule",
        "rules::may_send::look::HELD_TOO_LONG",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "H4",
        "A suspended tenant sends nothing.",
        "house rule",
        "rules::may_send::look (at_the_sender)",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "H5",
        "No connection, or one that is unavailable.",
        "house rule",
        "rules::may_send::look (at_the_sender)",
        "may_send::tests::every_reason_to_hold_is_reached",
    ),
    by(
        "H6",
        "A demo tenant reaches the sandbox only.",
        "house rule",
        "rules::may_send::look (at_the_sender)",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "H7",
        "The campaign and the enrollment are active.",
        "house rule",
        "rules::may_send::look (at_the_campaign)",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "H8",
        "Nothing goes to an archived customer.",
        "house rule",
        "rules::may_send::look (at_the_campaign)",
        "may_send::tests::every_reason_to_stop_is_reached",
    ),
    by(
        "H9",
        "Marketing e-mail by the tenant's policy.",
        "house rule",
        "rules::may_send::look (at_consent)",
        "may_send::tests::e_mail_about_a_job_goes_without_consent_but_never_after_an_opt_out",
    ),
    by(
        "H10",
        "The month's quota.",
        "house rule",
        "rules::may_send::look (at_limits)",
        "may_send::tests::every_reason_to_hold_is_reached",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::path::PathBuf;

    fn document() -> String {
        let mut out = String::from(
            "# Rules and where they are kept\n\nNot legal advice. Printed from `rules/src/coverage.rs` by its test (`COURTESY_WRITE_DOCS=1 cargo \
             test -p rules coverage`); do not edit. The states' hours with their sources are rows of `rules/src/jurisdiction.rs`.\n\n\
             | rule | says | source | kept by | shown by |\n|---|---|---|---|---|\n",
        );
        for rule in RULES {
            let (place, test) = match rule.kept {
                Kept::By { place, test } => (place.to_owned(), test.to_owned()),
                Kept::NotYet(why) => (format!("not yet: {why}"), "–".to_owned()),
            };
            writeln!(
                out,
                "| {} | {} | {} | {place} | {test} |",
                rule.id, rule.says, rule.source
            )
            .unwrap();
        }
        out
    }

    #[test]
    fn the_document_says_what_the_list_says() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/COMPLIANCE.md");
        if is_writing() {
            std::fs::write(&path, document()).unwrap();
        }
        assert!(
            std::fs::read_to_string(&path).unwrap_or_default() == document(),
            "docs/COMPLIANCE.md is out of date"
        );
    }

    #[expect(clippy::disallowed_methods, reason = "a test has no settings")]
    fn is_writing() -> bool {
        std::env::var("COURTESY_WRITE_DOCS").is_ok()
    }

    #[test]
    fn every_rule_stands_once_and_what_is_not_yet_kept_only_shrinks() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        let open = RULES
            .iter()
            .filter(|rule| matches!(rule.kept, Kept::NotYet(_)))
            .count();
        // lower MOST_NOT_YET when a rule is kept; never raise it
        assert!(open <= MOST_NOT_YET, "{open} rules are not kept");
        for (letter, last) in [
            ("C", 7),
            ("K", 11),
            ("Q", 6),
            ("T", 6),
            ("W", 5),
            ("A", 4),
            ("E", 4),
            ("R", 8),
            ("S", 2),
            ("D", 2),
        ] {
            for number in 1..=last {
                assert!(
                    ids.contains(format!("{letter}{number}").as_str()),
                    "{letter}{number} is not listed"
                );
            }
        }
    }

    #[test]
    fn every_rule_that_the_gate_names_is_listed() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        for quoted in include_str!("may_send/look.rs").split('"').skip(1).step_by(2) {
            let looks_like_an_id = quoted.len() <= 3
                && quoted.starts_with(|c: char| c.is_ascii_uppercase())
                && quoted.chars().skip(1).all(|c| c.is_ascii_digit())
                && quoted.len() > 1;
            assert!(!looks_like_an_id || ids.contains(quoted), "{quoted}");
        }
    }
}
