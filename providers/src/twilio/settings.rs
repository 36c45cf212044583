//! What has to be known of a Twilio account.
use crate::settings::{BadField, Field, Values};
use url::Url;

/// The fields of a connection.
pub const FIELDS: &[Field] = &[
    Field {
        name: "account_sid",
        help: "Account SID, on the console's first page; of a sub-account, the sub-account's own",
        example: "AC0123456789abcdef0123456789abcdef",
        is_secret: false,
        is_required: true,
    },
    Field {
        name: "auth_token",
        help: "Auth Token, beside the Account SID: Twilio signs its calls with it, and it sends unless an API key does",
        example: "32 letters and digits",
        is_secret: true,
        is_required: true,
    },
    Field {
        name: "api_key_sid",
        help: "an API key that sends in place of the Auth Token, from Account > API keys & tokens",
        example: "SK0123456789abcdef0123456789abcdef",
        is_secret: false,
        is_required: false,
    },
    Field {
        name: "api_key_secret",
        help: "the API key's secret, shown once when it is made",
        example: "32 letters and digits",
        is_secret: true,
        is_required: false,
    },
    Field {
        name: "messaging_service_sid",
        help: "Messaging > Services: a pool of senders, with opt-outs of its own",
        example: "MG0123456789abcdef0123456789abcdef",
        is_secret: false,
        is_required: false,
    },
    Field {
        name: "opt_out_answers",
        help: "who answers STOP, START and HELP by text: courtesy, as long as it is not set; provider, where Twilio answers them by itself (a \
               number without Advanced Opt-Out, whose default keywords are on). With Advanced Opt-Out Twilio says so each time",
        example: "provider",
        is_secret: false,
        is_required: false,
    },
    Field {
        name: "api_url",
        help: "another host of the API, for an account of another region",
        example: "https://api.dublin.ie1.twilio.com",
        is_secret: false,
        is_required: false,
    },
];

/// A connection's values, looked at. Not printable: two of them are secrets.
pub struct Settings {
    pub account_sid: String,
    pub auth_token: String,
    pub api_key: Option<(String, String)>,
    pub messaging_service_sid: Option<String>,
    /// Twilio answers its default keywords, without saying so.
    pub twilio_answers: bool,
    /// Without a slash at its end.
    pub api_url: String,
}

impl Settings {
    /// An error names the field, what it has and what would be right; never a secret's value.
    pub fn of(values: &Values) -> Result<Self, BadField> {
        let account_sid =
            sid(values, "account_sid", "AC")?.ok_or_else(|| BadField::new("account_sid", "is missing"))?;
        let key = sid(values, "api_key_sid", "SK")?;
        let api_key = match (key, values.optional("api_key_secret")) {
            (Some(key), Some(secret)) => Some((key, secret.to_owned())),
            (None, None) => None,
            (Some(_), None) => {
                return Err(BadField::new("api_key_secret", "is missing beside api_key_sid"));
            }
            (None, Some(_)) => {
                return Err(BadField::new("api_key_sid", "is missing beside api_key_secret"));
            }
        };
        Ok(Self {
            account_sid,
            auth_token: values.required("auth_token")?.to_owned(),
            api_key,
            messaging_service_sid: sid(values, "messaging_service_sid", "MG")?,
            twilio_answers: match values.optional("opt_out_answers") {
                None | Some("courtesy") => false,
                Some("provider") => true,
                Some(_) => return Err(BadField::new("opt_out_answers", "is not courtesy or provider")),
            },
            api_url: api_url(values.optional("api_url").unwrap_or("https://api.twilio.com"))?,
        })
    }

    /// User and password of whoever sends.
    pub fn sender(&self) -> (&str, &str) {
        match &self.api_key {
            Some((key, secret)) => (key, secret),
            None => (&self.account_sid, &self.auth_token),
        }
    }

    /// Where the API of Messaging Services is: beside the other one, in the same region. A host that is not Twilio's has both.
    pub fn messaging_url(&self) -> String {
        let plain = self.api_url.strip_prefix("https://api.");
        match plain.filter(|rest| rest.ends_with(".twilio.com") || *rest == "twilio.com") {
            Some(rest) => format!("https://messaging.{rest}"),
            None => self.api_url.clone(),
        }
    }

    /// The path of something of this account.
    pub fn path(&self, of: &str) -> String {
        format!("/2010-04-01/Accounts/{}/{of}", self.account_sid)
    }
}

/// Is it a name that Twilio gives: two letters and 32 hexadecimal digits?
pub fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn sid(values: &Values, field: &str, prefix: &str) -> Result<Option<String>, BadField> {
    match values.optional(field) {
        None => Ok(None),
        Some(value) if is_sid(value, prefix) => Ok(Some(value.to_owned())),
        Some(_) => Err(BadField::new(
            field,
            format!("is not {prefix} and 32 hexadecimal digits"),
        )),
    }
}

fn api_url(text: &str) -> Result<String, BadField> {
    let bad = || {
        BadField::new(
            "api_url",
            "is not the address of a host, e.g. https://api.dublin.ie1.twilio.com",
        )
    };
    let url = Url::parse(text).map_err(|_| bad())?;
    let is_plain = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if is_plain && ["https", "http"].contains(&url.scheme()) && url.has_host() {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::check;

    const SID: &str = "0123456789abcdef0123456789ABCDEF";

    fn values(pairs: &[(&str, &str)]) -> Values {
        let account = ("account_sid", format!("AC{SID}"));
        let owned = pairs.iter().map(|(name, value)| (*name, (*value).to_owned()));
        [account, ("auth_token", "t0ken".to_owned())]
            .into_iter()
            .chain(owned)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn who_sends_is_the_key_where_there_is_one() {
        let plain = Settings::of(&values(&[])).unwrap();
        assert_eq!(plain.sender(), (format!("AC{SID}").as_str(), "t0ken"));
        assert_eq!(plain.api_url, "https://api.twilio.com");
        assert!(!plain.twilio_answers, "somebody has to");
        for (who, answers) in [("courtesy", false), ("provider", true)] {
            let settings = Settings::of(&values(&[("opt_out_answers", who)])).unwrap();
            assert_eq!(settings.twilio_answers, answers);
        }
        let key = format!("SK{SID}");
        let keyed = values(&[
            ("api_key_sid", &key),
            ("api_key_secret", "s3cret"),
            ("api_url", "https://api.dublin.ie1.twilio.com/"),
        ]);
        check(FIELDS, &keyed).unwrap();
        let keyed = Settings::of(&keyed).unwrap();
        assert_eq!(keyed.sender(), (key.as_str(), "s3cret"));
        assert_eq!(keyed.auth_token, "t0ken");
        assert_eq!(keyed.api_url, "https://api.dublin.ie1.twilio.com");
        assert_eq!(keyed.messaging_url(), "https://messaging.dublin.ie1.twilio.com");
        assert_eq!(plain.messaging_url(), "https://messaging.twilio.com");
        let elsewhere = Settings::of(&values(&[("api_url", "https://api.twilio.com.example")])).unwrap();
        assert_eq!(elsewhere.messaging_url(), elsewhere.api_url);
    }

    #[test]
    fn what_is_wrong_is_said_of_its_field_and_no_secret_is_repeated() {
        let key = format!("SK{SID}");
        for (pairs, field) in [
            (&[("account_sid", "AC12")][..], "account_sid"),
            (&[("account_sid", key.as_str())], "account_sid"),
            (
                &[("account_sid", "AC0123456789abcdef0123456789abcdeg")],
                "account_sid",
            ),
            (&[("auth_token", "")], "auth_token"),
            (&[("api_key_sid", key.as_str())], "api_key_secret"),
            (&[("api_key_secret", "s3cret")], "api_key_sid"),
            (
                &[("messaging_service_sid", key.as_str())],
                "messaging_service_sid",
            ),
            (&[("opt_out_answers", "twilio")], "opt_out_answers"),
            (&[("api_url", "api.twilio.com")], "api_url"),
            (&[("api_url", "ftp://api.twilio.com")], "api_url"),
            (&[("api_url", "https://api.twilio.com/2010-04-01")], "api_url"),
            (&[("api_url", "https://user@api.twilio.com")], "api_url"),
        ] {
            let error = Settings::of(&values(pairs)).err().unwrap();
            assert_eq!(error.field, field, "{pairs:?}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
