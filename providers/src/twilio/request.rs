//! What is posted to Twilio for a message, or why nothing is.
use super::settings::Settings;
use super::{DESCRIPTION, SENDERS};
use crate::{Outcome, Request};
use rules::channel::Channel;
use serde_json::{Map, Value};

/// Ten hours: the longest that Twilio keeps a message waiting.
const LONGEST_VALIDITY: i64 = 36_000;

/// The form's fields; one that repeats is there several times. Else the refusal of what need not be sent to be known as wrong.
pub fn form_of(settings: &Settings, request: &Request) -> Result<Vec<(&'static str, String)>, Outcome> {
    let prefix = match request.channel {
        Channel::Sms => "",
        Channel::Whatsapp => "whatsapp:",
        Channel::Email => return Err(refused("channel", "Twilio carries texts and WhatsApp")),
    };
    let validity = match request.expires_at {
        None => None,
        Some(end) if end <= request.now => {
            return Err(refused("expired", rules::retry::meaning("expired")));
        }
        // whole seconds: never later than it may be, and at least the shortest that Twilio knows
        Some(end) => Some((end.as_second() - request.now.as_second()).clamp(1, LONGEST_VALIDITY)),
    };
    if request.channel == Channel::Whatsapp && is_user_id(&request.to) {
        // a person whom another provider may reach: nothing is wrong with the address
        return Err(refused(
            "user_id",
            "Twilio writes to numbers; of this person WhatsApp has told an id alone",
        ));
    }
    if !is_e164(&request.to) {
        return Err(refused(
            "21211",
            "the recipient's address is not a number in E.164",
        ));
    }
    let is_pool = SENDERS.is_pool(&request.from);
    let is_short_code = request.channel == Channel::Sms && SENDERS.is_short_code(&request.from);
    if !is_pool && !is_short_code && !is_e164(&request.from) {
        return Err(refused(
            "21212",
            "the sender is no number in E.164, no short code and no Messaging Service",
        ));
    }
    let most = DESCRIPTION.most_files(request.channel);
    if request.media_urls.len() > most {
        return Err(refused(
            "too_many_files",
            &format!("by this channel at most {most} with a message"),
        ));
    }
    let mut form = vec![("To", format!("{prefix}{}", request.to))];
    if is_pool {
        form.push(("MessagingServiceSid", request.from.clone()));
    } else {
        form.push(("From", format!("{prefix}{}", request.from)));
        if let Some(service) = &settings.messaging_service_sid {
            form.push(("MessagingServiceSid", service.clone()));
        }
    }
    match &request.approved {
        Some(approved) => {
            form.push(("ContentSid", approved.name.clone()));
            if !approved.variables.is_empty() {
                let variables: Map<String, Value> = approved
                    .variables
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                    .collect();
                form.push(("ContentVariables", Value::Object(variables).to_string()));
            }
        }
        None => {
            form.push(("Body", request.body.clone()));
            let media = request.media_urls.iter();
            form.extend(media.map(|url| ("MediaUrl", url.clone())));
        }
    }
    if let Some(validity) = validity {
        form.push(("ValidityPeriod", validity.to_string()));
    }
    if let Some(url) = &request.callback_url {
        form.push(("StatusCallback", url.clone()));
    }
    Ok(form)
}

fn refused(code: &str, detail: &str) -> Outcome {
    Outcome::Refused {
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}

/// WhatsApp's name of a person: a country and what follows a point, e.g. `US.1349120865530274`.
fn is_user_id(text: &str) -> bool {
    let country = text.split_once('.').map(|(country, _)| country);
    country.is_some_and(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// `+`, and seven to fifteen digits of which the first is none (ITU-T E.164).
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Approved, Values};
    use jiff::{SignedDuration, Timestamp};
    use rules::purpose::Purpose;
    use uuid::Uuid;

    const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

    fn settings(service: Option<&str>) -> Settings {
        let mut values = Values::default();
        values.set("account_sid", "AC0123456789abcdef0123456789abcdef");
        values.set("auth_token", "t0ken");
        values.set("messaging_service_sid", service.unwrap_or_default());
        Settings::of(&values).unwrap()
    }

    fn request() -> Request {
        Request {
            message_id: Uuid::from_u128(1),
            channel: Channel::Sms,
            purpose: Purpose::Service,
            from: "+12125550100".to_owned(),
            to: "+12125550123".to_owned(),
            subject: None,
            body: "Hi & bye".to_owned(),
            media_urls: vec![],
            approved: None,
            unsubscribe: None,
            callback_url: None,
            expires_at: None,
            now: Timestamp::UNIX_EPOCH + SignedDuration::from_millis(1_500),
        }
    }

    /// The fields as `name=value`, one a line.
    fn form(service: Option<&str>, request: &Request) -> String {
        let form = form_of(&settings(service), request).unwrap();
        let lines: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn a_text_is_posted_with_its_pictures_its_time_and_where_to_tell_of_it() {
        assert_eq!(
            form(None, &request()),
            "To=+12125550123\nFrom=+12125550100\nBody=Hi & bye"
        );
        let full = Request {
            media_urls: vec![
                "https://a.example/1.png".to_owned(),
                "https://a.example/2.png".to_owned(),
            ],
            callback_url: Some("https://c.example/hooks/twilio/t?message=1".to_owned()),
            expires_at: Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(61)),
            ..request()
        };
        assert_eq!(
            form(None, &full),
            "To=+12125550123\nFrom=+12125550100\nBody=Hi & bye\nMediaUrl=https://a.example/1.png\n\
             MediaUrl=https://a.example/2.png\nValidityPeriod=60\nStatusCallback=https://c.example/hooks/twilio/t?message=1"
        );
    }

    #[test]
    fn whatsapp_says_so_of_both_addresses_and_takes_a_template_in_place_of_words() {
        let free = Request {
            channel: Channel::Whatsapp,
            ..request()
        };
        assert_eq!(
            form(None, &free),
            "To=whatsapp:+12125550123\nFrom=whatsapp:+12125550100\nBody=Hi & bye"
        );
        let approved = |variables: &[(&str, &str)]| Request {
            approved: Some(Approved {
                name: "HX0123456789abcdef0123456789abcdef".to_owned(),
                language: "en_US".to_owned(),
                variables: variables
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            }),
            ..free.clone()
        };
        assert_eq!(
            form(None, &approved(&[("1", "Jo \"the\" Smith"), ("2", "{{1}}")])),
            "To=whatsapp:+12125550123\nFrom=whatsapp:+12125550100\nContentSid=HX0123456789abcdef0123456789abcdef\n\
             ContentVariables={\"1\":\"Jo \\\"the\\\" Smith\",\"2\":\"{{1}}\"}"
        );
        assert!(!form(None, &approved(&[])).contains("ContentVariables"));
    }

    #[test]
    fn a_service_is_named_beside_the_sender_or_in_place_of_it() {
        assert_eq!(
            form(Some(SERVICE), &request()),
            format!("To=+12125550123\nFrom=+12125550100\nMessagingServiceSid={SERVICE}\nBody=Hi & bye")
        );
        let of_the_pool = Request {
            from: SERVICE.to_owned(),
            ..request()
        };
        assert_eq!(
            form(None, &of_the_pool),
            format!("To=+12125550123\nMessagingServiceSid={SERVICE}\nBody=Hi & bye")
        );
    }

    #[test]
    fn the_time_left_is_between_a_second_and_ten_hours() {
        for (left, seconds) in [
            (1, "1"),
            (999, "1"),
            (59_600, "60"),
            (59_400, "59"),
            (36_000_000, "36000"),
            (90_000_000, "36000"),
        ] {
            let short = Request {
                expires_at: Some(request().now + SignedDuration::from_millis(left)),
                ..request()
            };
            let lines = form(None, &short);
            assert!(
                lines.ends_with(&format!("ValidityPeriod={seconds}")),
                "{left}: {lines}"
            );
        }
    }

    #[test]
    fn what_is_wrong_before_it_is_sent_is_refused_and_says_no_address() {
        let many = vec!["https://a.example/1.png".to_owned(); 11];
        let wrong: [(&str, Request); 11] = [
            (
                "expired",
                Request {
                    expires_at: Some(request().now),
                    ..request()
                },
            ),
            (
                "21211",
                Request {
                    to: "2125550123".to_owned(),
                    ..request()
                },
            ),
            (
                "21211",
                Request {
                    to: "+0212555012".to_owned(),
                    ..request()
                },
            ),
            (
                "21211",
                Request {
                    to: "+1212555012345678".to_owned(),
                    ..request()
                },
            ),
            (
                "user_id",
                Request {
                    to: "US.1349120865530274".to_owned(),
                    channel: Channel::Whatsapp,
                    ..request()
                },
            ),
            (
                "21211",
                Request {
                    to: "whatsapp:+12125550123".to_owned(),
                    ..request()
                },
            ),
            (
                "21212",
                Request {
                    from: "Joe".to_owned(),
                    ..request()
                },
            ),
            (
                "21212",
                Request {
                    from: String::new(),
                    ..request()
                },
            ),
            (
                "too_many_files",
                Request {
                    media_urls: many,
                    ..request()
                },
            ),
            (
                "too_many_files",
                Request {
                    channel: Channel::Whatsapp,
                    media_urls: vec!["https://a.example/1.png".to_owned(); 2],
                    ..request()
                },
            ),
            (
                "channel",
                Request {
                    channel: Channel::Email,
                    ..request()
                },
            ),
        ];
        for (wanted, request) in wrong {
            let Err(Outcome::Refused { code, detail }) = form_of(&settings(None), &request) else {
                panic!("{request:?}")
            };
            assert_eq!(code, wanted, "{request:?}");
            assert!(
                !detail.contains(&request.to) && !detail.contains("Hi"),
                "{detail}"
            );
        }
    }
}
