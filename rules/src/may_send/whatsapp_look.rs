//! The gate's look at WhatsApp: free text to those who wrote of late, approved templates to everybody else.
use super::look::Look;
use crate::channel::Channel;
use crate::verdict::StopReason;
use jiff::SignedDuration;

/// Free text goes within this time of the recipient's last message.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

impl Look<'_> {
    /// WhatsApp takes free text within 24 hours of the recipient's last message, and else only what it approved (Twilio 63016; Meta).
    pub fn at_whatsapp(&mut self) {
        if self.intent.channel != Channel::Whatsapp {
            return;
        }
        match self.facts.recipient.last_inbound_at {
            Some(at) if self.since(at) < WINDOW => {
                self.pass("A1", "within 24 hours of the recipient's last message");
            }
            _ if self.intent.has_approved_template => self.pass("A1", "an approved template"),
            Some(_) => self.stop(
                "A1",
                StopReason::WhatsappNotAllowed,
                "more than 24 hours since the recipient's last message, and no approved template",
            ),
            None => self.stop(
                "A1",
                StopReason::WhatsappNotAllowed,
                "the recipient never wrote, and there is no approved template",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::may_send;
    use super::super::tests::{facts, intent, now};
    use super::*;
    use crate::may_send::{Facts, Intent};
    use crate::purpose::Purpose;
    use crate::verdict::Verdict;

    fn verdict(intent: &Intent, facts: &Facts) -> Verdict {
        may_send(intent, facts, now()).verdict
    }

    const NOT_ALLOWED: Verdict = Verdict::Stop {
        why: StopReason::WhatsappNotAllowed,
    };

    #[test]
    fn marketing_by_whatsapp_goes_outside_north_america_only() {
        let marketing = intent(Channel::Whatsapp, Purpose::Marketing);
        assert_eq!(verdict(&marketing, &facts()), NOT_ALLOWED);
        let mut elsewhere = facts();
        elsewhere.recipient.is_north_american = false;
        assert!(matches!(verdict(&marketing, &elsewhere), Verdict::Send { .. }));
        assert!(matches!(
            verdict(&intent(Channel::Whatsapp, Purpose::Service), &facts()),
            Verdict::Send { .. }
        ));
    }

    #[test]
    fn free_text_goes_for_24_hours_after_the_recipient_wrote_and_an_approved_template_at_any_time() {
        let hours_ago = |hours| Some(now() - SignedDuration::from_hours(hours));
        let just_over = Some(now() - SignedDuration::from_hours(24));
        let just_within = Some(now() - SignedDuration::from_hours(24) + SignedDuration::from_secs(1));
        for purpose in [Purpose::Service, Purpose::Transactional, Purpose::Reply] {
            for (wrote, is_approved, goes) in [
                (hours_ago(1), false, true),
                (just_within, false, true),
                (just_over, false, false),
                (hours_ago(700), false, false),
                (just_over, true, true),
                (hours_ago(700), true, true),
            ] {
                let mut message = intent(Channel::Whatsapp, purpose);
                message.has_approved_template = is_approved;
                let mut facts = facts();
                facts.recipient.last_inbound_at = wrote;
                let said = verdict(&message, &facts);
                if goes {
                    assert!(
                        matches!(said, Verdict::Send { .. }),
                        "{purpose:?} {wrote:?} {said:?}"
                    );
                } else {
                    assert_eq!(said, NOT_ALLOWED, "{purpose:?} {wrote:?}");
                }
            }
        }
    }

    #[test]
    fn who_never_wrote_gets_an_approved_template_and_no_reply() {
        let mut message = intent(Channel::Whatsapp, Purpose::Service);
        assert!(matches!(verdict(&message, &facts()), Verdict::Send { .. }));
        message.has_approved_template = false;
        assert_eq!(verdict(&message, &facts()), NOT_ALLOWED);
        let reply = intent(Channel::Whatsapp, Purpose::Reply);
        assert_eq!(
            verdict(&reply, &facts()),
            Verdict::Stop {
                why: StopReason::ConsentUnknown
            }
        );
    }

    #[test]
    fn other_channels_know_no_such_window() {
        for channel in [Channel::Sms, Channel::Email] {
            let mut message = intent(channel, Purpose::Service);
            message.has_approved_template = false;
            assert!(
                matches!(verdict(&message, &facts()), Verdict::Send { .. }),
                "{channel:?}"
            );
        }
    }
}
