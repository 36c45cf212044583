//! Whether a connection is in order, from what became of hand-overs (rule T4): failures of the provider's side open its circuit, a probe
//! that succeeds closes it. What a provider or carrier refuses never opens it, so that nothing goes round filtering.
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many failures in a row open the circuit.
pub const FAILURES: u32 = 5;
/// The first probe comes after so long, each next after twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// What one hand-over says of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// The provider answered: it took the message, or refused it for what it is.
    Answered,
    /// It can't be reached, fails on its side, or does not answer in time.
    Outage,
    /// It refuses our credentials, or the account is shut.
    Account,
    /// We can't open the connection ourselves: the key to its credentials is missing, say. Nobody was spoken to.
    Unopened,
    /// It says nothing of the connection: the provider asks for patience.
    Nothing,
}

/// Why a connection carries nothing. Stored as its snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOf {
    /// Probed until it is over; another connection may stand in.
    Outage,
    /// Until the credentials are verified, or somebody puts it in order. Nothing stands in.
    Account,
    /// We can't open it: tried again until we can; another connection may stand in.
    Unopened,
}

impl OutOf {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Account => "account",
            Self::Unopened => "unopened",
        }
    }

    /// The one of that stored name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Outage, Self::Account, Self::Unopened]
            .into_iter()
            .find(|one| one.name() == name)
    }
}

/// A connection's circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Circuit {
    /// Outages in a row.
    pub failures: u32,
    pub open: Option<Open>,
}

/// What is known of a circuit that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Open {
    pub why: OutOf,
    pub since: Timestamp,
    /// When one message may go to see whether it is over; only a person ends what has none.
    pub probe_at: Option<Timestamp>,
    /// How long the next probe waits after one that fails, in seconds.
    pub wait: i64,
}

impl Open {
    fn of_now(now: Timestamp) -> Self {
        Self {
            why: OutOf::Outage,
            since: now,
            probe_at: Some(after(now, FIRST_WAIT.as_secs())),
            wait: FIRST_WAIT.as_secs(),
        }
    }
}

impl Circuit {
    /// The circuit after a hand-over.
    #[must_use]
    pub fn after(self, sign: Sign, now: Timestamp) -> Self {
        match (sign, self.open) {
            (Sign::Nothing, _) => self,
            // a message that was on its way proves nothing about credentials that were refused after it
            (Sign::Answered | Sign::Outage | Sign::Account | Sign::Unopened, Some(open))
                if open.why == OutOf::Account =>
            {
                self
            }
            (Sign::Answered, _) => Self::default(),
            (Sign::Account, open) => Self {
                failures: self.failures,
                open: Some(Open {
                    why: OutOf::Account,
                    since: open.map_or(now, |open| open.since),
                    probe_at: None,
                    wait: 0,
                }),
            },
            // what we can't open now we can't open a moment later: one is enough, and one tries as after an outage
            (Sign::Unopened, open) => Self {
                failures: self.failures,
                open: Some(Open {
                    why: OutOf::Unopened,
                    ..open.unwrap_or_else(|| Open::of_now(now))
                }),
            },
            (Sign::Outage, None) if self.failures + 1 < FAILURES => Self {
                failures: self.failures + 1,
                open: None,
            },
            (Sign::Outage, None) => Self {
                failures: self.failures + 1,
                open: Some(Open::of_now(now)),
            },
            // the probe's own failure: its time and wait were set when it was let go
            (Sign::Outage, Some(_)) => Self {
                failures: self.failures.saturating_add(1),
                open: self.open,
            },
        }
    }

    /// Lets one message go to see whether the outage is over, if it is time. The next may go after twice as long.
    #[must_use]
    pub fn probe(self, now: Timestamp) -> Option<Self> {
        let open = self.open?;
        if open.probe_at? > now {
            return None;
        }
        let wait = open.wait.saturating_mul(2).min(LONGEST_WAIT.as_secs());
        Some(Self {
            failures: self.failures,
            open: Some(Open {
                probe_at: Some(after(now, wait)),
                wait,
                ..open
            }),
        })
    }
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// Codes with which providers say that credentials or account are not in order: nothing was taken, and nothing will be. What they mean is
/// in `rules::retry`, with its sources; 401 is RFC 9110's. Not among them: what holds for some recipients alone (countries, lists of a trial
/// account, Twilio's 21606 of a short code abroad), and what names no reason (Bandwidth's 4001).
const ACCOUNT: &[(&str, &[&str])] = &[
    ("twilio", &["20003", "20005"]),
    (
        "whatsapp",
        &[
            "0", "3", "10", "190", "200", "368", "131005", "131031", "131042", "131044",
        ],
    ),
    (
        "smtp",
        &["530", "534", "535", "5.7.8", "5.7.9", "relay_refused", "tls"],
    ),
    (
        "ses",
        &[
            "UnrecognizedClient",
            "InvalidClientTokenId",
            "InvalidSignature",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "AccessDenied",
            "AccountSuspended",
            "SendingPaused",
        ],
    ),
    (
        "vonage",
        &[
            "1060",
            "1070",
            "1080",
            "invalid-api-key",
            "jwt-revoked",
            "account-suspended",
            "unauthorized",
            "forbidden",
            "unprovisioned",
            "low-balance",
        ],
    ),
    ("bandwidth", &["unauthorized", "forbidden", "4451", "4452"]),
];

/// Codes that speak of the sender alone: it is not registered as carriers demand (rule W2: block the sender), not ours, or barred.
const SENDER: &[(&str, &[&str])] = &[
    ("twilio", &["21212", "30032", "30034"]),
    ("whatsapp", &["33", "131045", "133010"]),
    ("smtp", &["sender_refused"]),
    ("ses", &["MailFromDomainNotVerified"]),
    ("bandwidth", &["4403", "4405", "4407", "4481", "4493", "4795"]),
];

/// With which a provider is not reached, or says that it is out: proof that nothing was taken.
const OUT: &[&str] = &["no_connection", "421", "4.3.2"];

/// Does a refusal for now with this code say that the provider is out?
pub fn is_out(code: &str) -> bool {
    OUT.contains(&code)
}

/// Does this code of that provider speak of the account, or of its sender?
pub fn is_of_the_account(provider: &str, code: &str) -> bool {
    code == "401" || has(ACCOUNT, provider, code) || is_of_the_sender(provider, code)
}

/// Does this code of that provider say that the sender may not send, while the account may?
pub fn is_of_the_sender(provider: &str, code: &str) -> bool {
    has(SENDER, provider, code)
}

fn has(list: &[(&str, &[&str])], provider: &str, code: &str) -> bool {
    list.iter()
        .any(|(of, codes)| *of == provider && codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_463_600 + seconds).unwrap()
    }

    fn after_all(signs: &[Sign], now: Timestamp) -> Circuit {
        signs
            .iter()
            .fold(Circuit::default(), |circuit, sign| circuit.after(*sign, now))
    }

    #[test]
    fn five_outages_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let four = [Sign::Outage; 4];
        assert_eq!(after_all(&four, at(0)).open, None);
        assert_eq!(
            after_all(&[&four[..], &[Sign::Answered], &four].concat(), at(0)).open,
            None
        );
        let open = after_all(&[Sign::Outage; 5], at(0)).open.unwrap();
        assert_eq!((open.why, open.probe_at), (OutOf::Outage, Some(at(30))));
        let patience = [&four[..], &[Sign::Nothing], &[Sign::Outage]].concat();
        assert!(after_all(&patience, at(0)).open.is_some());
    }

    #[test]
    fn probes_go_one_at_a_time_after_30_seconds_then_twice_as_long_up_to_ten_minutes() {
        let mut circuit = after_all(&[Sign::Outage; 5], at(0));
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..7 {
            let due = circuit.open.unwrap().probe_at.unwrap();
            waits.push(due.duration_since(at(now)).as_secs());
            assert_eq!(circuit.probe(due - SignedDuration::from_secs(1)), None);
            circuit = circuit.probe(due).unwrap();
            assert_eq!(circuit.probe(due), None, "one at a time");
            now = due.duration_since(at(0)).as_secs();
            circuit = circuit.after(Sign::Outage, due);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(circuit.after(Sign::Answered, at(now)), Circuit::default());
    }

    #[test]
    fn credentials_that_were_refused_are_nothing_that_an_answer_mends_or_a_probe_tries() {
        let shut = after_all(&[Sign::Account], at(0));
        assert_eq!(shut.open.unwrap().why, OutOf::Account);
        for sign in [Sign::Answered, Sign::Outage, Sign::Account, Sign::Nothing] {
            assert_eq!(shut.after(sign, at(100)), shut);
        }
        assert_eq!(shut.after(Sign::Unopened, at(100)), shut);
        assert_eq!(shut.probe(at(1_000_000)), None);
        assert!(is_of_the_account("twilio", "20003") && is_of_the_account("bandwidth", "401"));
        assert!(is_of_the_account("ses", "SendingPaused") && !is_of_the_account("smtp", "SendingPaused"));
        assert!(!is_of_the_account("twilio", "30007"), "filtering is no outage");
        assert!(is_of_the_sender("twilio", "30032") && is_of_the_account("twilio", "30032"));
        assert!(!is_of_the_sender("twilio", "20003"));
        assert!(
            is_out("no_connection") && !is_out("450"),
            "greylisting is no outage"
        );
    }

    #[test]
    fn what_would_refuse_every_message_shuts_the_way_and_what_would_refuse_some_does_not() {
        for (provider, codes) in ACCOUNT.iter().chain(SENDER) {
            for code in *codes {
                assert!(is_of_the_account(provider, code), "{provider} {code}");
                // nobody would have been told that such a message failed
                let asks = retry::after(provider, code, 1) == retry::NextStep::FailAndAlert;
                assert!(asks || *code == "20005", "{provider} {code}");
                assert!(!has(ACCOUNT, provider, code) || !has(SENDER, provider, code));
            }
        }
        for (provider, code) in [
            ("twilio", "21408"),
            ("twilio", "21606"),
            ("whatsapp", "131026"),
            ("whatsapp", "130497"),
            ("whatsapp", "131056"),
            ("vonage", "1160"),
            ("vonage", "1241"),
            ("bandwidth", "4001"),
            ("bandwidth", "4432"),
            ("bandwidth", "4740"),
            ("ses", "MessageRejected"),
            ("smtp", "5.7.1"),
            ("smtp", "553"),
        ] {
            assert!(!is_of_the_account(provider, code), "{provider} {code}");
        }
    }

    #[test]
    fn what_cannot_be_opened_is_out_at_once_and_tried_as_after_an_outage() {
        let out = after_all(&[Sign::Unopened], at(0));
        let open = out.open.unwrap();
        assert_eq!((open.why, open.probe_at), (OutOf::Unopened, Some(at(30))));
        let tried = out.probe(at(30)).unwrap();
        let still = tried.after(Sign::Unopened, at(30)).open.unwrap();
        assert_eq!((still.since, still.probe_at), (at(0), Some(at(90))));
        assert_eq!(tried.after(Sign::Answered, at(30)), Circuit::default());
        assert_eq!(OutOf::parse("unopened"), Some(OutOf::Unopened));
    }

    /// The model: what is known by reading the whole history again.
    fn out_by(history: &[Sign]) -> Option<OutOf> {
        if history.contains(&Sign::Account) {
            return Some(OutOf::Account);
        }
        let since_answer = || history.iter().rev().take_while(|sign| **sign != Sign::Answered);
        if since_answer().any(|sign| *sign == Sign::Unopened) {
            return Some(OutOf::Unopened);
        }
        let outages = since_answer().filter(|sign| **sign == Sign::Outage).count();
        (outages >= FAILURES as usize).then_some(OutOf::Outage)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn whatever_happens_it_is_out_exactly_when_its_history_says_so(
            steps in proptest::collection::vec((0..5usize, 0..400_i64, any::<bool>()), 0..60),
        ) {
            let (mut circuit, mut now, mut history) = (Circuit::default(), 0, Vec::new());
            let mut last_probe = None;
            for (sign, step, tries) in steps {
                now += step;
                if tries && let Some(next) = circuit.probe(at(now)) {
                    prop_assert_ne!(circuit.open.unwrap().why, OutOf::Account);
                    if let Some(last) = last_probe {
                        prop_assert!(now - last >= 30);
                    }
                    last_probe = Some(now);
                    circuit = next;
                }
                let sign = [Sign::Answered, Sign::Outage, Sign::Account, Sign::Unopened, Sign::Nothing][sign];
                // rare, or nothing else would be seen
                let sign = if sign == Sign::Account && step % 7 != 0 { Sign::Nothing } else { sign };
                history.push(sign);
                circuit = circuit.after(sign, at(now));
                if circuit.open.is_none() {
                    last_probe = None;
                }
                prop_assert_eq!(circuit.open.map(|open| open.why), out_by(&history));
            }
        }
    }
}
