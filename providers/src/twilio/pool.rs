//! Which senders a Messaging Service has, by asking Twilio: whether its list of messages names the service of one that came in, Twilio does
//! not say.
use super::Twilio;
use super::outcome::checked;
use crate::CheckFailed;
use rules::channel::Channel;
use std::collections::BTreeSet;

/// As many as Twilio lists at once; a service has 400 numbers at most.
const PAGE_SIZE: usize = 1_000;
/// Such a page is well below this.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// The service's senders of this channel, as they stand in the `to` of a message.
pub async fn senders(
    twilio: &Twilio,
    channel: Channel,
    service: &str,
) -> Result<BTreeSet<String>, CheckFailed> {
    let kinds: &[(&str, &str, &str)] = match channel {
        Channel::Whatsapp => &[("ChannelSenders", "senders", "sender")],
        Channel::Sms | Channel::Email => &[
            ("PhoneNumbers", "phone_numbers", "phone_number"),
            ("ShortCodes", "short_codes", "short_code"),
        ],
    };
    let host = twilio.settings.messaging_url();
    let mut senders = BTreeSet::new();
    for (of, list, name) in kinds {
        let path = format!("/v1/Services/{service}/{of}?PageSize={PAGE_SIZE}");
        let page = checked(
            twilio
                .http
                .call_for(twilio.ask_at(&host, &path), LARGEST_PAGE)
                .await,
            "they may not list the service's senders",
        )?;
        let listed = page[list].as_array().ok_or_else(|| {
            CheckFailed::NotNow("a list of the service's senders that can't be read".to_owned())
        })?;
        let names = listed.iter().filter_map(|one| one[*name].as_str());
        senders.extend(names.map(str::to_owned));
    }
    if channel == Channel::Whatsapp {
        senders.retain(|sender| sender.starts_with("whatsapp:"));
    }
    Ok(senders)
}
