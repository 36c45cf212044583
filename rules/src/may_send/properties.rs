//! No combination of facts lets through what the law forbids.
use super::tests::{facts, intent, now};
use super::*;
use crate::consent::{ConsentMethod, ConsentStatus, Scope};
use crate::suppression::SuppressionReason;
use crate::verdict::StopReason;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Facts about the address and the customer's word, any of them.
fn any_recipient() -> impl Strategy<Value = (RecipientFacts, Option<Consent>)> {
    let suppression = (
        proptest::sample::select(&Scope::ALL[..]),
        proptest::sample::select(&SuppressionReason::ALL[..]),
    );
    let consent = (
        proptest::sample::select(&ConsentStatus::ALL[..]),
        proptest::sample::select(&Scope::ALL[..]),
        proptest::option::of(proptest::sample::select(&ConsentMethod::ALL[..])),
        any::<(bool, bool)>(),
    );
    (
        prop_oneof![4 => Just(AddressStatus::Valid), 1 => proptest::sample::select(&AddressStatus::ALL[..])],
        any::<bool>(),
        proptest::option::of(suppression),
        proptest::collection::vec(0_i64..48, 0..5),
        proptest::option::of(0_i64..60),
        proptest::option::of(consent),
    )
        .prop_map(
            |(address_status, is_north_american, suppression, sent, wrote, consent)| {
                let ago = |hours| now() - SignedDuration::from_hours(hours);
                let recipient = RecipientFacts {
                    address_status,
                    is_north_american,
                    suppression: suppression.map(|(scope, reason)| Suppression {
                        scope,
                        reason,
                        at: now(),
                    }),
                    recent_sends: sent.into_iter().map(ago).collect(),
                    last_inbound_at: wrote.map(ago),
                    ..facts().recipient
                };
                let consent =
                    consent.map(
                        |(status, scope, method, (has_disclosure, names_seller))| Consent {
                            status,
                            at: None,
                            method,
                            scope,
                            has_disclosure,
                            names_seller,
                        },
                    );
                (recipient, consent)
            },
        )
}

/// Any intent, any facts, any moment of seven years; mostly of a tenant and a campaign in order.
fn any_facts() -> impl Strategy<Value = (Intent, Facts, Timestamp)> {
    let mostly = || proptest::bool::weighted(0.9);
    (
        proptest::sample::select(&Channel::ALL[..]),
        proptest::sample::select(&Purpose::ALL[..]),
        any_recipient(),
        (mostly(), mostly(), mostly(), mostly(), mostly(), any::<bool>()),
        1_704_067_200_i64..1_924_991_999,
        proptest::sample::subsequence(
            vec![
                "America/New_York",
                "America/Chicago",
                "Europe/London",
                "Pacific/Honolulu",
                "Pacific/Guam",
            ],
            1..3,
        ),
        proptest::sample::subsequence(vec!["FL", "AL", "TX", "GA", "PA"], 0..3),
        0_i64..24 * 20,
    )
        .prop_map(
            |(
                channel,
                purpose,
                (recipient, consent),
                (tenant, link, customer, campaign, text, policy),
                at,
                zones,
                states,
                due,
            )| {
                let at = Timestamp::from_second(at).unwrap();
                let moved = |time: Timestamp| at - now().duration_since(time);
                let mut intent = intent(channel, purpose);
                intent.first_due_at = at - SignedDuration::from_hours(due);
                intent.in_answer_to_at = Some(at - SignedDuration::from_mins(due));
                intent.names_sender = text;
                intent.has_approved_template = policy;
                intent.has_public_shortener = !text;
                let mut facts = facts();
                facts.recipient = RecipientFacts {
                    recent_sends: recipient.recent_sends.iter().copied().map(moved).collect(),
                    last_inbound_at: recipient.last_inbound_at.map(moved),
                    ..recipient
                };
                facts.consent = consent;
                facts.customer_archived = !customer;
                facts.campaign.as_mut().unwrap().paused = !campaign;
                facts.connection.as_mut().unwrap().is_sandbox = link;
                facts.tenant.is_demo = !tenant;
                facts.tenant.email_marketing_until_opt_out = policy;
                facts.place.zones = zones.into_iter().map(str::to_owned).collect();
                facts.place.states = states.into_iter().map(str::to_owned).collect();
                (intent, facts, at)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn after_an_opt_out_nothing_but_an_answer_to_stop_or_help_goes((intent, facts, at) in any_facts()) {
        let is_out = facts.recipient.suppression.as_ref().is_some_and(|suppression| suppression.scope == Scope::All)
            || facts.consent.as_ref().is_some_and(|consent| consent.status == ConsentStatus::OptedOut);
        if is_out && !matches!(intent.purpose, Purpose::OptOutConfirmation | Purpose::HelpAnswer) {
            let sent = matches!(may_send(&intent, &facts, at).verdict, Verdict::Send { .. });
            prop_assert!(!sent);
        }
    }

    #[test]
    fn nothing_is_sent_to_a_phone_at_night((intent, facts, at) in any_facts()) {
        if let Verdict::Send { expires_at, .. } = may_send(&intent, &facts, at).verdict
            && intent.channel.reaches_a_phone()
            && !intent.purpose.answers_a_keyword()
        {
            for zone in &facts.place.zones {
                let local = at.to_zoned(TimeZone::get(zone).unwrap());
                prop_assert!((8..21).contains(&local.hour()), "{local}");
            }
            prop_assert!(expires_at.is_some_and(|end| end > at));
        }
    }

    #[test]
    fn without_consent_no_follow_up_goes_to_a_phone((intent, facts, at) in any_facts()) {
        let is_in = facts.consent.as_ref().is_some_and(|consent| consent.status == ConsentStatus::OptedIn);
        let needs_it = matches!(intent.purpose, Purpose::Marketing | Purpose::Service | Purpose::Transactional);
        if !is_in && needs_it && intent.channel.reaches_a_phone() {
            let sent = matches!(may_send(&intent, &facts, at).verdict, Verdict::Send { .. });
            prop_assert!(!sent);
        }
    }

    #[test]
    fn a_decision_says_why_and_holds_into_the_future((intent, facts, at) in any_facts()) {
        let decision = may_send(&intent, &facts, at);
        let all_passed = decision.findings.iter().all(|finding| finding.passed);
        match decision.verdict {
            Verdict::Send { expires_at, .. } => {
                prop_assert!(all_passed);
                prop_assert!(expires_at.is_none_or(|end| end > at));
            }
            Verdict::Hold { until, .. } => {
                prop_assert!(!all_passed);
                prop_assert!(until.is_none_or(|until| until > at), "{until:?}");
            }
            Verdict::Stop { .. } => prop_assert!(!all_passed),
        }
    }

    #[test]
    fn no_more_than_three_follow_ups_go_in_a_day((intent, facts, at) in any_facts()) {
        let day_ago = at - SignedDuration::from_hours(24);
        let lately = facts.recipient.recent_sends.iter().filter(|sent| **sent > day_ago).count();
        if lately >= 3 && matches!(intent.purpose, Purpose::Marketing | Purpose::Service) {
            let sent = matches!(may_send(&intent, &facts, at).verdict, Verdict::Send { .. });
            prop_assert!(!sent);
        }
    }

    #[test]
    fn whatsapp_carries_free_text_to_nobody_who_was_silent_for_a_day((intent, facts, at) in any_facts()) {
        let was_silent = facts.recipient.last_inbound_at.is_none_or(|wrote| at.duration_since(wrote) >= SignedDuration::from_hours(24));
        if intent.channel == Channel::Whatsapp && was_silent && !intent.has_approved_template {
            let sent = matches!(may_send(&intent, &facts, at).verdict, Verdict::Send { .. });
            prop_assert!(!sent);
        }
    }

    #[test]
    fn a_link_of_a_public_shortener_goes_nowhere((intent, facts, at) in any_facts()) {
        if intent.has_public_shortener {
            let sent = matches!(may_send(&intent, &facts, at).verdict, Verdict::Send { .. });
            prop_assert!(!sent);
        }
    }

    #[test]
    fn a_demo_tenant_reaches_the_sandbox_only((intent, facts, at) in any_facts()) {
        if facts.tenant.is_demo && facts.connection.as_ref().is_some_and(|connection| !connection.is_sandbox) {
            let stopped = Verdict::Stop { why: StopReason::DemoTenant };
            prop_assert_eq!(may_send(&intent, &facts, at).verdict, stopped);
        }
    }
}

/// The properties above say "if it is sent"; this says that enough is.
#[test]
fn the_facts_at_random_are_sent_held_and_stopped() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = [0; 3];
    for _ in 0..2000 {
        let (intent, facts, at) = any_facts().new_tree(&mut runner).unwrap().current();
        match may_send(&intent, &facts, at).verdict {
            Verdict::Send { .. } if !intent.purpose.answers_a_keyword() => counts[0] += 1,
            Verdict::Send { .. } => {}
            Verdict::Hold { .. } => counts[1] += 1,
            Verdict::Stop { .. } => counts[2] += 1,
        }
    }
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}
