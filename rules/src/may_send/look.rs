//! The gate's looks, one after the other: each leaves a finding, and perhaps a reason to stop or to hold.
use super::{AddressStatus, Facts, Intent};
use crate::channel::Channel;
use crate::frequency_cap;
use crate::purpose::Purpose;
use crate::quiet_hours::{Window, window};
use crate::suppression::SuppressionReason;
use crate::verdict::{Finding, HoldReason, StopReason};
use jiff::{SignedDuration, Timestamp};

/// A message held for longer is not worth sending any more (house rule H3).
pub const HELD_TOO_LONG: SignedDuration = SignedDuration::from_hours(24 * 14);
/// A connection that is unavailable is looked at again after this.
const CONNECTION_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// A link to unsubscribe that is missing is looked for again after as long as the message has waited: no sooner and no later than this.
const LINK_AGAIN: (SignedDuration, SignedDuration) =
    (SignedDuration::from_mins(10), SignedDuration::from_hours(6));
/// Another message tries it just now; this one is looked at again after this.
const WHILE_ONE_TRIES: SignedDuration = SignedDuration::from_secs(5);
/// The opt-out wording is repeated this often (CTIA; 30 days).
const STOP_WORDING_EVERY: SignedDuration = SignedDuration::from_hours(24 * 30);
/// One look of the gate at one message.
pub(super) struct Look<'a> {
    pub intent: &'a Intent,
    pub facts: &'a Facts,
    pub now: Timestamp,
    pub findings: Vec<Finding>,
    /// The first reason to stop.
    pub stop: Option<StopReason>,
    /// The latest reason to hold; `Timestamp::MAX` waits for an event.
    pub hold: Option<(Timestamp, HoldReason)>,
}

impl Look<'_> {
    pub(super) fn pass(&mut self, rule: &str, said: impl Into<String>) {
        self.findings.push(Finding {
            rule: rule.to_owned(),
            passed: true,
            said: said.into(),
        });
    }

    pub(super) fn stop(&mut self, rule: &str, why: StopReason, said: impl Into<String>) {
        self.findings.push(Finding {
            rule: rule.to_owned(),
            passed: false,
            said: said.into(),
        });
        self.stop.get_or_insert(why);
    }

    fn hold(&mut self, rule: &str, until: Timestamp, why: HoldReason, said: impl Into<String>) {
        self.findings.push(Finding {
            rule: rule.to_owned(),
            passed: false,
            said: said.into(),
        });
        if self.hold.is_none_or(|(latest, _)| until > latest) {
            self.hold = Some((until, why));
        }
    }

    pub(super) fn since(&self, at: Timestamp) -> SignedDuration {
        self.now.duration_since(at)
    }

    pub(super) fn answers_a_keyword(&self) -> bool {
        self.intent.purpose.answers_a_keyword()
    }

    /// The tenant and its connection.
    pub fn at_the_sender(&mut self) {
        if self.facts.tenant.suspended {
            self.stop("H4", StopReason::TenantSuspended, "the tenant is suspended");
        } else {
            self.pass("H4", "the tenant is active");
        }
        match &self.facts.connection {
            None => self.stop(
                "H5",
                StopReason::NoConnection,
                "the tenant has no connection for this channel",
            ),
            Some(connection) => {
                if self.facts.tenant.is_demo && !connection.is_sandbox {
                    self.stop(
                        "H6",
                        StopReason::DemoTenant,
                        "a demo tenant may use the sandbox only",
                    );
                } else if self.facts.tenant.is_demo {
                    self.pass("H6", "a demo tenant uses the sandbox");
                }
                if connection.available {
                    self.pass("H5", "the connection is in order");
                } else {
                    let again = match connection.again_at {
                        None => self.now + CONNECTION_AGAIN,
                        Some(at) => at.max(self.now + WHILE_ONE_TRIES),
                    };
                    self.hold(
                        "H5",
                        again,
                        HoldReason::ConnectionUnavailable,
                        "the connection is unavailable for now",
                    );
                }
                let wants_link =
                    self.intent.channel == Channel::Email && self.intent.purpose == Purpose::Marketing;
                match (
                    wants_link && !connection.is_sandbox,
                    connection.offers_unsubscribe,
                ) {
                    (false, _) => {}
                    (true, true) => self.pass("E3", "the mail carries a link to unsubscribe"),
                    (true, false) => self.hold(
                        "E3",
                        self.now
                            + self
                                .since(self.intent.first_due_at)
                                .clamp(LINK_AGAIN.0, LINK_AGAIN.1),
                        HoldReason::NoUnsubscribeLink,
                        "there is no public https address that a link to unsubscribe could lead to",
                    ),
                }
            }
        }
    }

    /// The campaign, its enrollment and the customer.
    pub fn at_the_campaign(&mut self) {
        if let Some(campaign) = &self.facts.campaign {
            if campaign.deleted {
                self.stop("H7", StopReason::CampaignDeleted, "the campaign was deleted");
            } else if !campaign.enrollment_active {
                self.stop("H7", StopReason::EnrollmentEnded, "the enrollment has ended");
            } else if campaign.paused {
                self.hold(
                    "H7",
                    Timestamp::MAX,
                    HoldReason::CampaignPaused,
                    "the campaign is paused",
                );
            } else {
                self.pass("H7", "the campaign and the enrollment are active");
            }
        }
        match (self.answers_a_keyword(), self.facts.customer_archived) {
            (true, _) => {}
            (false, true) => self.stop("H8", StopReason::CustomerArchived, "the customer is archived"),
            (false, false) => self.pass("H8", "the customer is not archived"),
        }
    }

    /// The address and its suppression.
    pub fn at_the_recipient(&mut self) {
        match self.facts.recipient.address_status {
            AddressStatus::Valid => self.pass("W2", "nothing speaks against the address"),
            AddressStatus::Invalid => {
                self.stop("W2", StopReason::AddressInvalid, "the address does not exist")
            }
            AddressStatus::Landline => {
                self.stop("W2", StopReason::AddressInvalid, "the number takes no texts")
            }
            AddressStatus::Missing => self.stop(
                "W2",
                StopReason::AddressMissing,
                "the customer has no such address for this channel, or has it no more",
            ),
        }
        let Some(suppression) = &self.facts.recipient.suppression else {
            self.pass("K10", "the recipient is not suppressed");
            return self.at_keyword_answers();
        };
        let covers = suppression.scope.covers(self.intent.purpose);
        let reason = suppression.reason;
        let said = format!("suppressed since {} ({})", suppression.at, reason.name());
        // START has lifted the suppression before its confirmation is looked at: one that is there came later
        let goes_all_the_same = match self.intent.purpose {
            Purpose::OptOutConfirmation => Some("K7"),
            Purpose::HelpAnswer => Some("K11"),
            Purpose::OptInConfirmation
            | Purpose::Marketing
            | Purpose::Service
            | Purpose::Transactional
            | Purpose::Reply => None,
        };
        if let Some(rule) = goes_all_the_same {
            self.pass(rule, format!("{said}; an answer to STOP or HELP is permitted"));
        } else if covers {
            let why = match reason {
                SuppressionReason::HardBounce | SuppressionReason::InvalidAddress => {
                    StopReason::AddressInvalid
                }
                SuppressionReason::Keyword
                | SuppressionReason::FreeText
                | SuppressionReason::Carrier
                | SuppressionReason::Staff
                | SuppressionReason::Import
                | SuppressionReason::Complaint => StopReason::OptedOut,
            };
            self.stop("K10", why, said);
        } else {
            self.pass("K8", format!("{said}, for {} only", suppression.scope.name()));
        }
        self.at_keyword_answers();
    }

    /// What the rendered text must carry.
    pub fn at_the_text(&mut self) {
        if self.intent.has_public_shortener {
            self.stop(
                "T3",
                StopReason::PublicShortener,
                "the text has a link of a public shortener",
            );
        } else {
            self.pass("T3", "no link of a public shortener");
        }
        match self.intent.purpose {
            Purpose::Marketing | Purpose::Service | Purpose::Transactional => {}
            Purpose::Reply
            | Purpose::OptOutConfirmation
            | Purpose::OptInConfirmation
            | Purpose::HelpAnswer => return,
        }
        if self.intent.names_sender {
            self.pass("T2", "the text names the sender");
        } else {
            self.stop(
                "T2",
                StopReason::SenderNotNamed,
                "the text does not name the sender",
            );
        }
        if self.intent.channel == Channel::Whatsapp && self.intent.purpose == Purpose::Marketing {
            if self.facts.recipient.is_north_american {
                self.stop(
                    "A2",
                    StopReason::WhatsappNotAllowed,
                    "WhatsApp carries no marketing to +1 numbers",
                );
            } else {
                self.pass("A2", "the number is outside +1");
            }
        }
        if self.intent.channel == Channel::Email && self.intent.purpose == Purpose::Marketing {
            if self.intent.has_postal_address {
                self.pass("E1", "the text carries the postal address");
            } else {
                self.stop(
                    "E1",
                    StopReason::PostalAddressMissing,
                    "marketing e-mail must carry the postal address",
                );
            }
        }
    }

    /// The hour, and how long the message has waited. Answers until when it may leave the provider.
    pub fn at_the_time(&mut self) -> Option<Timestamp> {
        let is_too_old = self.since(self.intent.first_due_at) > HELD_TOO_LONG;
        match (self.answers_a_keyword(), is_too_old) {
            (true, _) => {}
            (false, true) => self.stop("H3", StopReason::HeldTooLong, "held for more than 14 days"),
            (false, false) => self.pass("H3", "first due within the last 14 days"),
        }
        let rule = match (self.answers_a_keyword(), self.intent.channel) {
            (true, _) => "K11",
            (false, Channel::Email) => "H1",
            (false, Channel::Sms | Channel::Whatsapp) if self.facts.place.states.is_empty() => "Q3",
            (false, Channel::Sms | Channel::Whatsapp) => "Q2",
        };
        match window(
            &self.facts.place,
            self.intent.channel,
            self.intent.purpose,
            self.now,
        ) {
            Window::Open { closes_at, said } => {
                self.pass(rule, said);
                let expires_at = self.answer_by().map_or(closes_at, |by| closes_at.min(by));
                self.intent.channel.reaches_a_phone().then_some(expires_at)
            }
            Window::Closed { opens_at, said } => {
                self.hold(rule, opens_at, HoldReason::QuietHours, said);
                None
            }
        }
    }

    /// Caps and quota.
    pub fn at_limits(&mut self) {
        if matches!(self.intent.purpose, Purpose::Marketing | Purpose::Service) {
            match frequency_cap::free_at(&self.facts.recipient.recent_sends, self.now) {
                None => self.pass("Q6", "fewer than three messages in 24 hours"),
                Some(until) => self.hold(
                    "Q6",
                    until,
                    HoldReason::FrequencyCap,
                    "three messages went in 24 hours",
                ),
            }
        }
        if let Some(quota) = &self.facts.tenant.quota
            && !self.answers_a_keyword()
        {
            if quota.left > 0 {
                self.pass("H10", format!("{} messages are left this month", quota.left));
            } else {
                self.hold(
                    "H10",
                    quota.renews_at,
                    HoldReason::QuotaUsedUp,
                    "the month's quota is used up",
                );
            }
        }
    }

    /// The first text and one in thirty days tell how to opt out.
    pub fn needs_stop_wording(&self) -> bool {
        let is_campaign = matches!(self.intent.purpose, Purpose::Marketing | Purpose::Service);
        let was_told = self
            .facts
            .recipient
            .last_stop_wording_at
            .is_some_and(|at| self.since(at) < STOP_WORDING_EVERY);
        is_campaign && self.intent.channel.reaches_a_phone() && !was_told
    }
}
