//! Each promise catches a violation that is planted, and holds on a clean journal.
use super::*;
use providers::{Event, Inbound};

const OURS: &str = "+15550100001";
const THEIRS: &str = "+15045238927";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Ten in the morning in New Orleans.
fn morning() -> Timestamp {
    moment("2026-03-02T16:00:00Z")
}

fn receipt(message: u128, at: Timestamp) -> Receipt {
    Receipt {
        at,
        message_id: Uuid::from_u128(message),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        from: OURS.to_owned(),
        to: THEIRS.to_owned(),
        subject: None,
        body: format!("How was it? {message}"),
        external_id: Some(format!("SB{message}")),
        answer: Answer::Accepted,
    }
}

fn said(key: &str, body: &str, at: Timestamp) -> [Line; 2] {
    let event = Event {
        key: key.to_owned(),
        our_address: OURS.to_owned(),
        occurred_at: at,
        kind: EventKind::Inbound(Inbound::text(key, Channel::Sms, (THEIRS, OURS), body)),
    };
    [
        Line::Event {
            key: key.to_owned(),
            at,
            event,
        },
        Line::Acknowledged {
            key: key.to_owned(),
            at,
        },
    ]
}

fn after(minutes: i64) -> Timestamp {
    morning() + SignedDuration::from_mins(minutes)
}

fn prove(lines: &[Line]) -> Proof {
    Proof::from_journal(lines, |_, _, _| vec!["America/Chicago".to_owned()])
}

/// A touch, STOP and its confirmation, START, another touch: as it should be.
fn clean() -> Vec<Line> {
    let mut lines = vec![Line::Receipt(receipt(1, morning()))];
    lines.extend(said("a", "🛑 STOP.", after(10)));
    let confirmation = Receipt {
        purpose: Purpose::OptOutConfirmation,
        ..receipt(2, after(11))
    };
    lines.push(Line::Receipt(confirmation));
    lines.extend(said("b", "HELP", after(20)));
    let help = Receipt {
        purpose: Purpose::HelpAnswer,
        ..receipt(3, after(21))
    };
    lines.push(Line::Receipt(help));
    lines.extend(said("c", "start", after(30)));
    lines.push(Line::Receipt(receipt(4, after(60))));
    lines
}

/// Exactly this promise is broken, once, by this line.
fn only(proof: &Proof, broken: &Promise, line: usize) {
    assert_eq!(
        broken.broken_by.iter().map(|o| o.line).collect::<Vec<_>>(),
        [line],
        "{proof:#?}"
    );
    let all: usize = proof.promises().iter().map(|p| p.broken_by.len()).sum();
    assert_eq!(all, 1, "{proof:#?}");
    assert!(!proof.holds());
}

#[test]
fn a_clean_journal_keeps_every_promise() {
    let proof = prove(&clean());
    assert!(proof.holds(), "{proof:#?}");
    assert_eq!((proof.receipts, proof.taken, proof.distinct_messages), (4, 4, 4));
    assert_eq!((proof.opt_outs, proof.confirmations.checked), (1, 1));
    assert_eq!(proof.in_quiet_hours.checked, 2);
}

#[test]
fn a_message_that_was_taken_twice_is_caught() {
    let mut again = receipt(1, after(2000));
    again.body = "Other words".to_owned();
    let proof = prove(&[
        Line::Receipt(receipt(1, morning())),
        Line::Receipt(Receipt {
            at: moment("2026-03-04T16:00:00Z"),
            ..again
        }),
    ]);
    only(&proof, &proof.sent_twice, 2);
    assert_eq!((proof.taken, proof.distinct_messages), (2, 1));
}

#[test]
fn a_second_try_after_a_refusal_is_not_sent_twice() {
    for answer in [
        Answer::Refused {
            code: "30008".to_owned(),
        },
        Answer::RateLimited { after_seconds: 20 },
    ] {
        let refused = Receipt {
            answer,
            external_id: None,
            ..receipt(1, morning())
        };
        let proof = prove(&[Line::Receipt(refused), Line::Receipt(receipt(1, after(1)))]);
        assert!(proof.holds(), "{proof:#?}");
    }
}

#[test]
fn a_message_whose_answer_was_lost_counts_as_taken() {
    let lost = Receipt {
        answer: Answer::Lost,
        ..receipt(1, morning())
    };
    let mut again = receipt(1, after(1));
    again.body = "Other words".to_owned();
    let proof = prove(&[Line::Receipt(lost), Line::Receipt(again)]);
    only(&proof, &proof.sent_twice, 2);
}

#[test]
fn the_same_words_under_another_id_are_caught_within_a_day_only() {
    let mut same = receipt(2, after(60));
    same.body = receipt(1, morning()).body;
    let proof = prove(&[Line::Receipt(receipt(1, morning())), Line::Receipt(same.clone())]);
    only(&proof, &proof.same_words_twice, 2);
    same.at = morning() + SignedDuration::from_hours(25);
    assert!(prove(&[Line::Receipt(receipt(1, morning())), Line::Receipt(same)]).holds());
}

#[test]
fn a_text_at_night_is_caught_to_the_minute() {
    // 08:00 to 21:00 in Chicago is 14:00 to 03:00 UTC in winter
    for (at, may_go) in [
        ("2026-03-02T13:59:59Z", false),
        ("2026-03-02T14:00:00Z", true),
        ("2026-03-03T02:59:59Z", true),
        ("2026-03-03T03:00:00Z", false),
    ] {
        let proof = prove(&[Line::Receipt(receipt(1, moment(at)))]);
        assert_eq!(proof.holds(), may_go, "{at}");
        if !may_go {
            only(&proof, &proof.in_quiet_hours, 1);
        }
    }
}

#[test]
fn night_in_any_zone_where_the_recipient_may_be_is_night() {
    let line = [Line::Receipt(receipt(1, moment("2026-03-02T14:30:00Z")))];
    let here = |zones: &[&str]| {
        let zones: Vec<String> = zones.iter().map(|zone| (*zone).to_owned()).collect();
        Proof::from_journal(&line, |_, _, _| zones.clone()).holds()
    };
    assert!(here(&["America/Chicago"]));
    assert!(!here(&["America/Chicago", "America/Los_Angeles"]));
    assert!(!here(&[]), "an unknown zone proves nothing");
    assert!(!here(&["Nowhere/Land"]));
}

#[test]
fn the_clock_that_changes_for_summer_is_followed() {
    // 8 March 2026: Chicago goes to UTC-5, so 13:30 UTC is 08:30 there
    assert!(prove(&[Line::Receipt(receipt(1, moment("2026-03-09T13:30:00Z")))]).holds());
    assert!(!prove(&[Line::Receipt(receipt(1, moment("2026-03-07T13:30:00Z")))]).holds());
}

#[test]
fn email_and_answers_may_go_at_night() {
    let night = moment("2026-03-02T07:00:00Z");
    let email = Receipt {
        channel: Channel::Email,
        ..receipt(1, night)
    };
    let answer = Receipt {
        purpose: Purpose::HelpAnswer,
        ..receipt(2, night)
    };
    assert!(prove(&[Line::Receipt(email), Line::Receipt(answer)]).holds());
}

#[test]
fn a_message_after_stop_is_caught() {
    for word in ["STOP", "stop.", "Unsubscribe", "QUIT", "🛑 STOP", "cancel"] {
        let mut lines = said("a", word, after(1)).to_vec();
        lines.push(Line::Receipt(receipt(1, after(2))));
        let proof = prove(&lines);
        only(&proof, &proof.after_stop, 3);
    }
}

#[test]
fn only_an_opt_out_that_was_acknowledged_and_not_taken_back_binds() {
    let [told, acknowledged] = said("a", "STOP", after(1));
    let late = Line::Receipt(receipt(1, after(2)));
    assert!(prove(&[told.clone(), late.clone()]).holds());
    assert!(prove(&[told.clone(), late.clone(), acknowledged.clone()]).holds());
    let mut lines = vec![told, acknowledged];
    lines.extend(said("b", "START", after(2)));
    lines.push(late.clone());
    assert!(prove(&lines).holds());
    lines.extend(said("c", "stop", after(3)));
    lines.push(Line::Receipt(receipt(2, after(4))));
    let proof = prove(&lines);
    only(&proof, &proof.after_stop, 8);
    let mut words = said("a", "don't stop smiling", after(1)).to_vec();
    words.push(late);
    assert!(prove(&words).holds());
}

#[test]
fn an_opt_out_told_twice_is_one_and_does_not_undo_a_later_start() {
    let mut lines = said("a", "STOP", after(1)).to_vec();
    lines.extend(said("b", "START", after(2)));
    lines.extend(said("a", "STOP", after(3)));
    lines.push(Line::Receipt(receipt(1, after(4))));
    let proof = prove(&lines);
    assert!(proof.holds(), "{proof:#?}");
    assert_eq!(proof.opt_outs, 1);
}

#[test]
fn an_opt_out_binds_one_sender_and_one_recipient() {
    let mut lines = said("a", "STOP", after(1)).to_vec();
    lines.push(Line::Receipt(Receipt {
        from: "+15550100002".to_owned(),
        ..receipt(1, after(2))
    }));
    lines.push(Line::Receipt(Receipt {
        to: "+15045238928".to_owned(),
        ..receipt(2, after(2))
    }));
    assert!(prove(&lines).holds());
}

#[test]
fn a_second_or_late_confirmation_is_caught() {
    let confirmation = |message, minutes| {
        Line::Receipt(Receipt {
            purpose: Purpose::OptOutConfirmation,
            ..receipt(message, after(minutes))
        })
    };
    let mut twice = said("a", "STOP", after(1)).to_vec();
    twice.extend([confirmation(1, 2), confirmation(2, 3)]);
    let proof = prove(&twice);
    only(&proof, &proof.confirmations, 4);
    let mut late = said("a", "STOP", after(1)).to_vec();
    late.push(confirmation(1, 7));
    let proof = prove(&late);
    only(&proof, &proof.confirmations, 3);
}

#[test]
fn a_message_after_the_carrier_told_of_an_opt_out_is_caught() {
    let refused = Receipt {
        answer: Answer::Refused {
            code: "21610".to_owned(),
        },
        external_id: None,
        ..receipt(1, morning())
    };
    let proof = prove(&[Line::Receipt(refused), Line::Receipt(receipt(2, after(60)))]);
    only(&proof, &proof.after_carrier_opt_out, 2);
}
