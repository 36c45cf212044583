//! The gate's look at consent: what a purpose needs on a channel.
use super::look::Look;
use crate::channel::Channel;
use crate::consent::{ConsentMethod, ConsentStatus};
use crate::purpose::Purpose;
use crate::verdict::StopReason;

impl Look<'_> {
    /// Consent for this purpose on this channel.
    pub fn at_consent(&mut self) {
        let status = self
            .facts
            .consent
            .as_ref()
            .map_or(ConsentStatus::Unknown, |consent| consent.status);
        let on_phone = self.intent.channel.reaches_a_phone();
        match self.intent.purpose {
            Purpose::OptOutConfirmation | Purpose::HelpAnswer => return,
            Purpose::Marketing
            | Purpose::Service
            | Purpose::Transactional
            | Purpose::Reply
            | Purpose::OptInConfirmation => {}
        }
        if status == ConsentStatus::OptedOut {
            return self.stop(
                "C2",
                StopReason::OptedOut,
                "the customer opted out of this channel",
            );
        }
        match self.intent.purpose {
            Purpose::Service | Purpose::Transactional if on_phone => self.needs_opt_in("C2"),
            Purpose::Service | Purpose::Transactional => {
                self.pass(
                    "E1",
                    "e-mail about the customer's own job goes unless the customer opted out",
                );
            }
            Purpose::Marketing if on_phone => self.needs_written_consent(),
            Purpose::Marketing if self.facts.tenant.email_marketing_until_opt_out => {
                self.pass("E1", "the tenant sends marketing e-mail until an opt-out");
            }
            Purpose::Marketing => self.needs_opt_in("H9"),
            Purpose::Reply => self.needs_to_have_written(),
            Purpose::OptOutConfirmation | Purpose::OptInConfirmation | Purpose::HelpAnswer => {}
        }
    }

    fn needs_opt_in(&mut self, rule: &str) {
        match &self.facts.consent {
            Some(consent)
                if consent.status == ConsentStatus::OptedIn
                    && consent.method == Some(ConsentMethod::OwnAddress)
                    && self.intent.purpose != Purpose::Transactional =>
            {
                self.stop(rule, StopReason::ConsentUnknown, "the consent is for tests only");
            }
            Some(consent)
                if consent.status == ConsentStatus::OptedIn && consent.scope.covers(self.intent.purpose) =>
            {
                let since = consent.at.map_or_else(String::new, |at| format!(" since {at}"));
                self.pass(rule, format!("opted in{since}"));
            }
            Some(consent) if consent.status == ConsentStatus::OptedIn => {
                let scope = consent.scope.name();
                self.stop(
                    rule,
                    StopReason::ConsentUnknown,
                    format!("the consent is for {scope} messages only"),
                );
            }
            _ => self.stop(
                rule,
                StopReason::ConsentUnknown,
                "no consent is recorded for this address",
            ),
        }
    }

    /// Prior express written consent, 47 CFR 64.1200(f)(9): the wording shown, the seller named, an affirmative act in writing.
    fn needs_written_consent(&mut self) {
        let Some(consent) = &self.facts.consent else {
            return self.needs_opt_in("C1");
        };
        if consent.status != ConsentStatus::OptedIn || !consent.scope.covers(self.intent.purpose) {
            return self.needs_opt_in("C1");
        }
        let in_writing = consent.method.is_some_and(ConsentMethod::is_in_writing);
        if in_writing && consent.has_disclosure && consent.names_seller {
            self.pass(
                "C1",
                "written consent with disclosure, seller and an affirmative act",
            );
        } else {
            self.stop(
                "C1",
                StopReason::ConsentNotWritten,
                "marketing needs written consent that shows the disclosure and names the seller",
            );
        }
    }

    /// A reply answers somebody who wrote.
    fn needs_to_have_written(&mut self) {
        match (self.intent.channel, self.facts.recipient.last_inbound_at) {
            // consent to follow-ups is no question: without one, a reply would be a way round the states' hours, the cap and the name
            (Channel::Sms | Channel::Whatsapp, None) => {
                self.stop(
                    "C2",
                    StopReason::ConsentUnknown,
                    "the recipient never wrote, so there is nothing to reply to",
                );
            }
            (Channel::Sms | Channel::Whatsapp | Channel::Email, Some(_)) => {
                self.pass("C2", "an answer to the customer's own message");
            }
            (Channel::Email, None) => {
                self.pass("E1", "a reply by e-mail goes unless the customer opted out");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::may_send;
    use super::super::tests::{facts, intent, now};
    use super::*;
    use crate::consent::Scope;
    use crate::suppression::{Suppression, SuppressionReason};
    use crate::verdict::Verdict;

    #[test]
    fn a_reply_by_text_goes_to_nobody_who_never_wrote_whatever_they_consented_to() {
        let reply = intent(Channel::Sms, Purpose::Reply);
        for scope in Scope::ALL {
            let mut facts = facts();
            facts.consent.as_mut().unwrap().scope = scope;
            assert_eq!(
                may_send(&reply, &facts, now()).verdict,
                Verdict::Stop {
                    why: StopReason::ConsentUnknown
                },
                "{scope:?}"
            );
            facts.recipient.last_inbound_at = Some(now());
            assert!(
                matches!(may_send(&reply, &facts, now()).verdict, Verdict::Send { .. }),
                "{scope:?}"
            );
        }
    }

    #[test]
    fn what_an_operator_says_of_their_own_address_lets_tests_go_and_nothing_else_whatever_its_scope() {
        for scope in Scope::ALL {
            for purpose in [Purpose::Marketing, Purpose::Service, Purpose::Transactional] {
                let mut facts = facts();
                let consent = facts.consent.as_mut().unwrap();
                consent.method = Some(ConsentMethod::OwnAddress);
                consent.scope = scope;
                let verdict = may_send(&intent(Channel::Sms, purpose), &facts, now()).verdict;
                let goes = purpose == Purpose::Transactional && scope != Scope::Marketing;
                assert_eq!(
                    matches!(verdict, Verdict::Send { .. }),
                    goes,
                    "{scope:?} {purpose:?} {verdict:?}"
                );
            }
        }
    }

    #[test]
    fn a_finding_says_that_the_customer_wrote_only_where_they_did() {
        let reply = intent(Channel::Email, Purpose::Reply);
        let mut facts = facts();
        let says_wrote = |facts: &_| {
            let decision = may_send(&reply, facts, now());
            assert!(matches!(decision.verdict, Verdict::Send { .. }));
            decision
                .findings
                .iter()
                .any(|finding| finding.said.contains("own message"))
        };
        assert!(!says_wrote(&facts));
        facts.recipient.last_inbound_at = Some(now());
        assert!(says_wrote(&facts));
    }

    #[test]
    fn what_a_consent_of_a_scope_lets_go_a_suppression_of_that_scope_stops() {
        use Purpose::{Marketing, Service, Transactional};
        let table: [(Scope, &[Purpose]); 3] = [
            (Scope::All, &[Marketing, Service, Transactional]),
            (Scope::Marketing, &[Marketing]),
            (Scope::Transactional, &[Service, Transactional]),
        ];
        assert_eq!(table.map(|(scope, _)| scope), Scope::ALL);
        for (scope, covered) in table {
            for purpose in [Marketing, Service, Transactional] {
                let message = intent(Channel::Sms, purpose);
                let mut consented = facts();
                consented.consent.as_mut().unwrap().scope = scope;
                let goes = matches!(
                    may_send(&message, &consented, now()).verdict,
                    Verdict::Send { .. }
                );
                let mut suppressed = facts();
                suppressed.recipient.suppression = Some(Suppression {
                    scope,
                    reason: SuppressionReason::Staff,
                    at: now(),
                });
                let stops = may_send(&message, &suppressed, now()).verdict
                    == Verdict::Stop {
                        why: StopReason::OptedOut,
                    };
                let expected = covered.contains(&purpose);
                assert_eq!((goes, stops), (expected, expected), "{scope:?} {purpose:?}");
            }
        }
    }
}
