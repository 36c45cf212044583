//! What a sender may send until somebody says otherwise: data.
use super::{Pace, PaceScope};
use crate::channel::Channel;

/// The kinds of address that providers give different rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    LongCode,
    TollFree,
    ShortCode,
    /// A name for several senders, of which the provider picks one and keeps the pace: a Messaging Service.
    Service,
    Mailbox,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct DefaultPace {
    providers: &'static [&'static str],
    channel: Channel,
    /// None: any.
    sender: Option<Sender>,
    pub scope: PaceScope,
    pub pace: Pace,
    pub source: &'static str,
}

const fn row(
    providers: &'static [&'static str],
    channel: Channel,
    sender: Option<Sender>,
    (scope, pace): (PaceScope, Pace),
    source: &'static str,
) -> DefaultPace {
    DefaultPace {
        providers,
        channel,
        sender,
        scope,
        pace,
        source,
    }
}

/// Whose rate depends on the account and its registration: Twilio's is taken until somebody sets it.
const AS_TWILIO: &[&str] = &["vonage", "bandwidth"];

/// The rates that providers publish, as of 2026-11-21. What is not in it has no pace until somebody sets one, or the provider blocks:
/// a Messaging Service, whose registration decides, and the sandbox.
#[rustfmt::skip]
pub const PACES: &[DefaultPace] = {
    use PaceScope::{Connection, Number};
    const LONG_CODE: (PaceScope, Pace) = (Number, Pace::per_second(1, 10));
    const TOLL_FREE: (PaceScope, Pace) = (Number, Pace::per_second(3, 30));
    const SHORT_CODE: (PaceScope, Pace) = (Number, Pace::per_second(100, 200));
    &[
        row(&["twilio"], Channel::Sms, Some(Sender::LongCode), LONG_CODE, "Twilio: a long code sends one segment a second"),
        row(&["twilio"], Channel::Sms, Some(Sender::TollFree), TOLL_FREE, "Twilio: a toll-free number sends three segments a second"),
        row(&["twilio"], Channel::Sms, Some(Sender::ShortCode), SHORT_CODE, "Twilio: a short code sends a hundred segments a second"),
        row(AS_TWILIO, Channel::Sms, Some(Sender::LongCode), LONG_CODE, "house rule, as at Twilio: a long code sends one segment a second"),
        row(AS_TWILIO, Channel::Sms, Some(Sender::TollFree), TOLL_FREE, "house rule, as at Twilio: a toll-free number sends three segments a second"),
        row(AS_TWILIO, Channel::Sms, Some(Sender::ShortCode), SHORT_CODE, "house rule, as at Twilio: a short code sends a hundred segments a second"),
        row(&["whatsapp", "twilio"], Channel::Whatsapp, None, (Number, Pace::per_second(80, 80)), "Meta: 80 messages a second and number"),
        row(&["ses"], Channel::Email, None, (Connection, Pace::per_second(14, 14)), "Amazon SES: 14 a second, the quota of a new account that may write to anybody"),
        row(&["smtp"], Channel::Email, None, (Connection, Pace::per_second(10, 20)), "house rule: a relay says no rate"),
    ]
};

/// The pace that a sender of ours has by itself, and of what.
pub fn default_pace(provider: &str, channel: Channel, our_address: &str) -> Option<&'static DefaultPace> {
    let sender = sender(our_address);
    PACES.iter().find(|row| {
        row.providers.contains(&provider)
            && row.channel == channel
            && row.sender.is_none_or(|wanted| wanted == sender)
    })
}

fn sender(address: &str) -> Sender {
    const TOLL_FREE: [&str; 7] = ["+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888"];
    let digits = address.strip_prefix('+').unwrap_or(address);
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if address.contains('@') {
        Sender::Mailbox
    } else if !is_number {
        Sender::Service
    } else if digits.len() <= 6 {
        Sender::ShortCode
    } else if TOLL_FREE.iter().any(|prefix| address.starts_with(prefix)) && digits.len() == 11 {
        Sender::TollFree
    } else {
        Sender::LongCode
    }
}
