//! What is looked at before a connection is stored: its name, its provider and channel, its sender, its values.
use super::error::ConnectionError;
use crate::app::App;
use providers::http::allowed_as_typed;
use providers::{BadField, Description, Provider, Values, settings};
use rules::address::Email;
use rules::channel::Channel;
use std::sync::Arc;

/// The field that holds another address of a provider's API, with those that have one.
const API_URL: &str = "api_url";

const LONGEST_NAME: usize = 80;

pub(super) fn name(name: &str) -> Result<(), ConnectionError> {
    let is_fit = (1..=LONGEST_NAME).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    is_fit.then_some(()).ok_or(ConnectionError::Name)
}

/// As providers write them: Twilio's CMP…, a campaign's id at The Campaign Registry, a verification's.
pub(super) fn registration(registration: &str) -> Result<(), ConnectionError> {
    let is_fit = (1..=64).contains(&registration.len())
        && registration
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    is_fit.then_some(()).ok_or(ConnectionError::Registration)
}

/// The provider of that name.
pub fn described(app: &App, name: &str) -> Result<&'static Description, ConnectionError> {
    app.described(name).ok_or_else(|| {
        let known: Vec<&str> = app.catalog.iter().map(|one| one.name).collect();
        ConnectionError::Provider {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}

/// The same, if it carries the channel.
pub(super) fn provider(
    app: &App,
    name: &str,
    channel: Channel,
) -> Result<&'static Description, ConnectionError> {
    let described = described(app, name)?;
    if !described.channels.contains(&channel) {
        let carries: Vec<&str> = described.channels.iter().map(|one| one.name()).collect();
        return Err(ConnectionError::Channel {
            provider: described.title,
            channel: channel.name(),
            carries: carries.join(", "),
        });
    }
    Ok(described)
}

/// The sender's address as it is stored: E.164, or what else the provider sends from; or an e-mail address in lower case, as what is
/// written to it is looked up.
pub(super) fn sender(
    described: &Description,
    channel: Channel,
    sender: &str,
) -> Result<String, ConnectionError> {
    if !channel.reaches_a_phone() {
        return Ok(Email::parse(sender).map_err(ConnectionError::SenderEmail)?.norm());
    }
    let senders = described.senders;
    if senders.is_pool(sender) || channel == Channel::Sms && senders.is_short_code(sender) {
        return Ok(sender.to_owned());
    }
    let digits = sender.strip_prefix('+').unwrap_or_default();
    // ITU-T E.164: at most 15 digits, of which the first is no zero; no country's numbers are shorter than 7
    let is_fit = (7..=15).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0');
    is_fit
        .then(|| sender.to_owned())
        .ok_or(ConnectionError::SenderPhone {
            or: match senders.pools {
                Some(prefix) => {
                    format!("; or a short code; or a pool of numbers, {prefix} and 32 hexadecimal digits")
                }
                None => String::new(),
            },
        })
}

/// The provider that these values make. Speaks to nobody.
pub(super) fn connect(
    app: &App,
    described: &Description,
    values: &Values,
) -> Result<Arc<dyn Provider>, ConnectionError> {
    settings::check(described.fields, values)?;
    let http = app.http.clone().ok_or(ConnectionError::NoClient)?;
    let egress = http.egress();
    let provider = (described.connect)(http, values)?;
    if let Some(url) = values.optional(API_URL) {
        allowed_as_typed(url, egress).map_err(|why| {
            BadField::new(
                API_URL,
                format!(
                    "{why}; --allow-private-egress (COURTESY_ALLOW_PRIVATE_EGRESS), here and of `serve`, lets connections reach private networks, also without TLS"
                ),
            )
        })?;
    }
    Ok(provider)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(channel: Channel, address: &str) -> Result<String, ConnectionError> {
        let vonage = providers::described("vonage").unwrap();
        super::sender(vonage, channel, address)
    }

    #[test]
    fn twilio_sends_from_pools_and_short_codes_as_well() {
        let twilio = providers::described("twilio").unwrap();
        let pool = "MG0123456789abcdef0123456789abcdef";
        for (channel, fit) in [
            (Channel::Sms, pool),
            (Channel::Whatsapp, pool),
            (Channel::Sms, "24273"),
            (Channel::Sms, "242733"),
            (Channel::Sms, "+13125550142"),
        ] {
            assert_eq!(super::sender(twilio, channel, fit).unwrap(), fit);
            assert_eq!(sender(channel, fit).is_ok(), fit.starts_with('+'), "{fit}");
        }
        for (channel, unfit) in [
            (Channel::Sms, "MG0123456789ABCDEF0123456789abcdef"),
            (Channel::Sms, "MG0123456789abcdef0123456789abcde"),
            (Channel::Sms, "2427"),
            (Channel::Sms, "2427333"),
            (Channel::Whatsapp, "24273"),
        ] {
            let refused = super::sender(twilio, channel, unfit).unwrap_err().to_string();
            assert!(refused.contains("MG and 32 hexadecimal digits"), "{refused}");
        }
    }

    #[test]
    fn a_sender_is_a_number_in_e164_or_an_e_mail_address() {
        for fit in ["+13125550142", "+4930901820", "+15005550006"] {
            assert_eq!(sender(Channel::Sms, fit).unwrap(), fit);
        }
        for unfit in [
            "",
            "+",
            "3125550142",
            "+1 312 555 0142",
            "+0312555014",
            "12345",
            "ACME",
            "+1312555014212345",
            "+1312555٠142",
        ] {
            assert!(matches!(
                sender(Channel::Whatsapp, unfit),
                Err(ConnectionError::SenderPhone { .. })
            ));
        }
        assert_eq!(
            sender(Channel::Email, "Hello@Example.com").unwrap(),
            "hello@example.com"
        );
        for unfit in ["hello", "Hello <hello@example.com>", "a@b, c@d.example"] {
            assert!(matches!(
                sender(Channel::Email, unfit),
                Err(ConnectionError::SenderEmail(_))
            ));
        }
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert!(name("texts by Twilio").is_ok());
        for unfit in ["", " x", "x\ny", "x\u{7f}", &"x".repeat(81)] {
            assert!(matches!(name(unfit), Err(ConnectionError::Name)), "{unfit:?}");
        }
    }
}
