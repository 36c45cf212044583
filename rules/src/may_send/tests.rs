//! Every reason of the gate is reached, and each rule has its boundary.
use super::*;
use crate::consent::{ConsentMethod, ConsentStatus, Scope};
use crate::place::ZoneSource;
use crate::suppression::SuppressionReason;
use crate::verdict::{HoldReason, StopReason};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Wednesday noon in New York.
const NOON: &str = "2026-03-04T17:00:00Z";

pub(super) fn now() -> Timestamp {
    NOON.parse().unwrap()
}

pub(super) fn intent(channel: Channel, purpose: Purpose) -> Intent {
    Intent {
        channel,
        purpose,
        first_due_at: now(),
        in_answer_to_at: Some(now()),
        names_sender: true,
        has_stop_wording: false,
        has_postal_address: true,
        has_approved_template: true,
        has_public_shortener: false,
    }
}

pub(super) fn facts() -> Facts {
    Facts {
        recipient: RecipientFacts {
            address_status: AddressStatus::Valid,
            is_north_american: true,
            suppression: None,
            recent_sends: vec![],
            last_stop_wording_at: None,
            last_help_answer_at: None,
            last_inbound_at: None,
        },
        consent: Some(Consent {
            status: ConsentStatus::OptedIn,
            at: Some(now()),
            method: Some(ConsentMethod::WebsiteForm),
            scope: Scope::All,
            has_disclosure: true,
            names_seller: true,
        }),
        place: Place {
            zones: vec!["America/New_York".into()],
            states: vec!["FL".into()],
            source: ZoneSource::Zip,
        },
        customer_archived: false,
        campaign: Some(CampaignFacts {
            paused: false,
            deleted: false,
            enrollment_active: true,
        }),
        connection: Some(ConnectionFacts {
            is_sandbox: true,
            available: true,
            again_at: None,
            offers_unsubscribe: true,
        }),
        tenant: TenantFacts {
            suspended: false,
            is_demo: false,
            quota: None,
            email_marketing_until_opt_out: false,
        },
    }
}

fn verdict(intent: &Intent, facts: &Facts) -> Verdict {
    may_send(intent, facts, now()).verdict
}

/// An opt-out of everything, recorded at that moment.
pub(super) fn said_stop(at: Timestamp) -> Suppression {
    Suppression {
        scope: Scope::All,
        reason: SuppressionReason::Keyword,
        at,
    }
}

fn service() -> Intent {
    intent(Channel::Sms, Purpose::Service)
}

#[test]
fn a_follow_up_by_text_at_noon_with_consent_goes_with_the_opt_out_wording_and_expires_with_the_window() {
    let Verdict::Send {
        expires_at,
        stop_wording,
    } = verdict(&service(), &facts())
    else {
        panic!("not sent")
    };
    assert!(stop_wording);
    assert_eq!(expires_at, Some("2026-03-05T01:00:00Z".parse().unwrap()));
    let mut told = facts();
    told.recipient.last_stop_wording_at = Some(now() - SignedDuration::from_hours(24 * 29));
    assert!(matches!(
        verdict(&service(), &told),
        Verdict::Send {
            stop_wording: false,
            ..
        }
    ));
}

#[test]
fn every_reason_to_stop_is_reached() {
    type Change = fn(&mut Intent, &mut Facts);
    let cases: Vec<(StopReason, Change)> = vec![
        (StopReason::OptedOut, |_, f| {
            f.recipient.suppression = Some(Suppression {
                scope: Scope::All,
                reason: SuppressionReason::Keyword,
                at: now(),
            });
        }),
        (StopReason::ConsentUnknown, |_, f| f.consent = None),
        (StopReason::ConsentNotWritten, |i, f| {
            i.purpose = Purpose::Marketing;
            f.consent.as_mut().unwrap().method = Some(ConsentMethod::VerbalInPerson);
        }),
        (StopReason::AddressInvalid, |_, f| {
            f.recipient.address_status = AddressStatus::Landline
        }),
        (StopReason::AddressMissing, |_, f| {
            f.recipient.address_status = AddressStatus::Missing
        }),
        (StopReason::EnrollmentEnded, |_, f| {
            f.campaign.as_mut().unwrap().enrollment_active = false
        }),
        (StopReason::CampaignDeleted, |_, f| {
            f.campaign.as_mut().unwrap().deleted = true
        }),
        (StopReason::CustomerArchived, |_, f| f.customer_archived = true),
        (StopReason::TenantSuspended, |_, f| f.tenant.suspended = true),
        (StopReason::DemoTenant, |_, f| {
            f.tenant.is_demo = true;
            f.connection.as_mut().unwrap().is_sandbox = false;
        }),
        (StopReason::NoConnection, |_, f| f.connection = None),
        (StopReason::SenderNotNamed, |i, _| i.names_sender = false),
        (StopReason::PostalAddressMissing, |i, _| {
            i.channel = Channel::Email;
            i.purpose = Purpose::Marketing;
            i.has_postal_address = false;
        }),
        (StopReason::WhatsappNotAllowed, |i, _| {
            i.channel = Channel::Whatsapp;
            i.has_approved_template = false;
        }),
        (StopReason::PublicShortener, |i, _| i.has_public_shortener = true),
        (StopReason::TooLate, |i, f| {
            i.purpose = Purpose::OptOutConfirmation;
            i.in_answer_to_at = Some(now() - SignedDuration::from_mins(6));
            f.recipient.suppression = Some(said_stop(i.first_due_at));
        }),
        (StopReason::TakenBack, |i, _| {
            i.purpose = Purpose::OptOutConfirmation;
            i.in_answer_to_at = Some(now());
        }),
        (StopReason::AnsweredAlready, |i, f| {
            i.purpose = Purpose::HelpAnswer;
            f.recipient.last_help_answer_at = Some(now() - SignedDuration::from_mins(1));
        }),
        (StopReason::HeldTooLong, |i, _| {
            i.first_due_at = now() - SignedDuration::from_hours(24 * 15)
        }),
    ];
    let mut reached = BTreeSet::new();
    for (why, change) in cases {
        let (mut intent, mut facts) = (service(), facts());
        change(&mut intent, &mut facts);
        let decision = may_send(&intent, &facts, now());
        assert_eq!(decision.verdict, Verdict::Stop { why });
        assert!(decision.findings.iter().any(|finding| !finding.passed));
        reached.insert(why);
    }
    assert_eq!(reached.len(), StopReason::ALL.len());
}

#[test]
fn every_reason_to_hold_is_reached() {
    type Change = fn(&mut Facts);
    let hour = |hours| now() + SignedDuration::from_hours(hours);
    let cases: Vec<(HoldReason, Change, Option<Timestamp>)> = vec![
        (
            HoldReason::QuietHours,
            |f| f.place.states = vec!["AL".into()],
            None,
        ),
        (
            HoldReason::FrequencyCap,
            |f| f.recipient.recent_sends = vec![now() - SignedDuration::from_hours(2); 3],
            Some(hour(22)),
        ),
        (
            HoldReason::QuotaUsedUp,
            |f| {
                f.tenant.quota = Some(Quota {
                    left: 0,
                    renews_at: now() + SignedDuration::from_hours(500),
                })
            },
            Some(hour(500)),
        ),
        (
            HoldReason::CampaignPaused,
            |f| f.campaign.as_mut().unwrap().paused = true,
            None,
        ),
        (
            HoldReason::ConnectionUnavailable,
            |f| f.connection.as_mut().unwrap().available = false,
            Some(now() + SignedDuration::from_mins(10)),
        ),
    ];
    let mut reached = BTreeSet::new();
    for (why, change, until) in cases {
        let mut facts = facts();
        change(&mut facts);
        // quiet hours: a Sunday in Alabama
        let at = if why == HoldReason::QuietHours {
            "2026-03-08T17:00:00Z".parse().unwrap()
        } else {
            now()
        };
        let mut intent = service();
        intent.first_due_at = at;
        let Verdict::Hold {
            until: held,
            why: said,
        } = may_send(&intent, &facts, at).verdict
        else {
            panic!("{why:?}")
        };
        assert_eq!(said, why);
        if until.is_some() || why == HoldReason::CampaignPaused {
            assert_eq!(held, until);
        }
        reached.insert(why);
    }
    reached.insert(HoldReason::NoUnsubscribeLink); // of e-mail: see link_tests
    reached.insert(HoldReason::Paced); // by the gate: tokens are of a batch
    reached.insert(HoldReason::Unreadable); // by the gate: there are no facts
    assert_eq!(reached.len(), HoldReason::ALL.len());
}

#[test]
fn e_mail_about_a_job_goes_without_consent_but_never_after_an_opt_out() {
    let mut facts = facts();
    facts.consent = None;
    assert!(matches!(
        verdict(&intent(Channel::Email, Purpose::Service), &facts),
        Verdict::Send { expires_at: None, .. }
    ));
    assert!(matches!(
        verdict(&intent(Channel::Email, Purpose::Marketing), &facts),
        Verdict::Stop { .. }
    ));
    facts.consent = self::facts().consent.map(|consent| Consent {
        status: ConsentStatus::OptedOut,
        ..consent
    });
    assert_eq!(
        verdict(&intent(Channel::Email, Purpose::Service), &facts),
        Verdict::Stop {
            why: StopReason::OptedOut
        }
    );
}

#[test]
fn after_an_opt_out_of_marketing_a_follow_up_still_goes() {
    let mut facts = facts();
    facts.recipient.suppression = Some(Suppression {
        scope: Scope::Marketing,
        reason: SuppressionReason::Staff,
        at: now(),
    });
    assert!(matches!(verdict(&service(), &facts), Verdict::Send { .. }));
    assert!(matches!(
        verdict(&intent(Channel::Sms, Purpose::Marketing), &facts),
        Verdict::Stop { .. }
    ));
}

#[test]
fn the_confirmation_and_help_go_at_night_after_an_opt_out() {
    let night: Timestamp = "2026-03-04T07:00:00Z".parse().unwrap();
    let mut facts = facts();
    facts.recipient.suppression = Some(Suppression {
        scope: Scope::All,
        reason: SuppressionReason::Keyword,
        at: night,
    });
    for purpose in [Purpose::OptOutConfirmation, Purpose::HelpAnswer] {
        let mut intent = intent(Channel::Sms, purpose);
        intent.in_answer_to_at = Some(night);
        intent.first_due_at = night;
        assert!(
            matches!(may_send(&intent, &facts, night).verdict, Verdict::Send { .. }),
            "{purpose:?}"
        );
    }
}

#[test]
fn the_confirmation_of_an_opt_out_expires_five_minutes_after_it_however_late_the_gate_was_asked() {
    let mut confirmation = intent(Channel::Sms, Purpose::OptOutConfirmation);
    let asked_at = now() - SignedDuration::from_mins(4);
    confirmation.in_answer_to_at = Some(asked_at);
    confirmation.first_due_at = asked_at;
    let mut facts = facts();
    facts.recipient.suppression = Some(said_stop(asked_at));
    let Verdict::Send { expires_at, .. } = verdict(&confirmation, &facts) else {
        panic!("not sent")
    };
    assert_eq!(expires_at, Some(asked_at + SignedDuration::from_mins(5)));
    confirmation.in_answer_to_at = Some(now() - SignedDuration::from_mins(5));
    assert_eq!(
        verdict(&confirmation, &facts),
        Verdict::Stop {
            why: StopReason::TooLate
        }
    );
}

#[test]
fn a_campaign_that_is_paused_waits_for_its_resumption_and_not_for_the_morning() {
    let mut facts = facts();
    facts.campaign.as_mut().unwrap().paused = true;
    facts.recipient.recent_sends = vec![now(); 3];
    assert_eq!(
        verdict(&service(), &facts),
        Verdict::Hold {
            until: None,
            why: HoldReason::CampaignPaused
        }
    );
}

#[test]
fn the_latest_of_several_holds_counts() {
    let mut facts = facts();
    facts.connection.as_mut().unwrap().available = false;
    facts.recipient.recent_sends = vec![now(); 3];
    let renews_at = now() + SignedDuration::from_hours(500);
    facts.tenant.quota = Some(Quota { left: 0, renews_at });
    let decision = may_send(&service(), &facts, now());
    assert_eq!(
        decision.verdict,
        Verdict::Hold {
            until: Some(renews_at),
            why: HoldReason::QuotaUsedUp
        }
    );
    let failed = decision.findings.iter().filter(|one| !one.passed);
    let failed: Vec<&str> = failed.map(|one| one.rule.as_str()).collect();
    assert_eq!(failed, ["H5", "Q6", "H10"]);
}

#[test]
fn a_reply_by_text_needs_somebody_who_wrote_or_consented() {
    let mut facts = facts();
    facts.consent = None;
    facts.campaign = None;
    let reply = intent(Channel::Sms, Purpose::Reply);
    assert_eq!(
        verdict(&reply, &facts),
        Verdict::Stop {
            why: StopReason::ConsentUnknown
        }
    );
    facts.recipient.last_inbound_at = Some(now());
    assert!(matches!(verdict(&reply, &facts), Verdict::Send { .. }));
}
