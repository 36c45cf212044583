//! The gate's look at consent: what a purpose needs on a channel.
use super::look::Look;
use crate::channel::Channel;
use crate::consent::{ConsentMethod, ConsentStatus, Scope};
use crate::purpose::Purpose;
use crate::verdict::StopReason;
use jiff::SignedDuration;

/// WhatsApp: free text within this time of the customer's last message.
const WHATSAPP_WINDOW: SignedDuration = SignedDuration::from_hours(24);

impl Look<'_> {
    /// Consent for this purpose on this channel.
    pub fn at_consent(&mut self) {
        let status = self
            .facts
            .consent
            .as_ref()
            .map_or(ConsentStatus::Unknown, |consent| consent.status);
        let on_phone = self.intent.channel.reaches_a_phone();
        if self.answers_a_keyword() {
            return;
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
            Some(consent) if consent.status == ConsentStatus::OptedIn && self.covers(consent.scope) => {
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

    fn covers(&self, scope: Scope) -> bool {
        match scope {
            Scope::All => true,
            Scope::Marketing => self.intent.purpose == Purpose::Marketing,
            Scope::Transactional => matches!(self.intent.purpose, Purpose::Transactional | Purpose::Service),
        }
    }

    /// Prior express written consent, 47 CFR 64.1200(f)(9): the wording shown, the seller named, an affirmative act in writing.
    fn needs_written_consent(&mut self) {
        let Some(consent) = &self.facts.consent else {
            return self.needs_opt_in("C1");
        };
        if consent.status != ConsentStatus::OptedIn || !self.covers(consent.scope) {
            return self.needs_opt_in("C1");
        }
        let in_writing = match consent.method {
            Some(ConsentMethod::WebsiteForm | ConsentMethod::ServiceAgreement | ConsentMethod::Keyword) => {
                true
            }
            Some(
                ConsentMethod::VerbalInPerson
                | ConsentMethod::PhoneCall
                | ConsentMethod::Import
                | ConsentMethod::Other,
            )
            | None => false,
        };
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
        let wrote = self.facts.recipient.last_inbound_at;
        match (self.intent.channel, wrote) {
            (Channel::Whatsapp, Some(at)) if self.since(at) < WHATSAPP_WINDOW => {
                self.pass("A1", "within 24 hours of the customer's last message");
            }
            (Channel::Whatsapp, _) => {
                self.stop(
                    "A1",
                    StopReason::WhatsappNotAllowed,
                    "more than 24 hours since the customer's last message",
                );
            }
            (Channel::Sms, None) => self.needs_opt_in("C2"),
            (Channel::Sms, Some(_)) | (Channel::Email, _) => {
                self.pass("C2", "an answer to the customer's own message")
            }
        }
    }
}
