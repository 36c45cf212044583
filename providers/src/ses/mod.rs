//! Amazon SES: hands mail over as we made it, hears bounces, complaints and answers by SNS.
mod answers;
mod events;
mod inbound;
pub mod sigv4;

use crate::http::{Answer, Http, NoAnswer};
use crate::signed::wall_clock;
use crate::sns::{Kind, Sns};
use crate::{
    Asked, BadField, CheckFailed, Checked, Description, Event, EventKind, Field, Heard, Hook, KnownOptOut,
    LookUp, Outcome, Provider, Refusal, Request, Senders, Values, email,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules::channel::Channel;
use serde_json::{Value, json};
use sigv4::{Call, Signer};
use std::sync::Arc;
use url::Url;

/// What an owner is asked for.
pub const DESCRIPTION: Description = Description {
    name: "ses",
    title: "Amazon SES",
    channels: &[Channel::Email],
    senders: Senders::NUMBERS,
    fields: &[
        Field {
            name: "region",
            help: "the AWS region in which the sending domain is verified",
            example: "us-east-1",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "access_key_id",
            help: "of an IAM user that may ses:SendEmail; ses:GetAccount (by which its pace is known), \
                   ses:GetMessageInsights and ses:ListSuppressedDestinations are of use",
            example: "AKIAIOSFODNN7EXAMPLE",
            is_secret: false,
            is_required: true,
        },
        Field {
            name: "secret_access_key",
            help: "shown once, when the access key is made",
            example: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            is_secret: true,
            is_required: true,
        },
        Field {
            name: "configuration_set",
            help: "the configuration set whose event destination is the SNS topic; without one, bounces are told only if the \
                   identity's feedback notifications go to the topic with the original headers",
            example: "courtesy",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "from_name",
            help: "the sender's name as readers see it",
            example: "Joe's Plumbing",
            is_secret: false,
            is_required: false,
        },
        Field {
            name: "topic_arn",
            help: "the SNS topics that call us, with commas between them; what others say is refused, and without one everything is",
            example: "arn:aws:sns:us-east-1:123456789012:ses-events",
            is_secret: false,
            is_required: false,
        },
        email::MAILBOX_FIELD,
        Field {
            name: "api_url",
            help: "another address of the API: a VPC endpoint, or a stand-in for tests, whose certificates are believed as well",
            example: "https://vpce-0123.email.us-east-1.vpce.amazonaws.com",
            is_secret: false,
            is_required: false,
        },
    ],
    hooks: Some(
        "Amazon SNS: a subscription (HTTPS, without raw message delivery) of the topic that the configuration set's event destination \
         publishes sends, deliveries, bounces, complaints and rejects to; for answers, of the topic of the receipt rule as well. Enter each topic in topic_arn first: no \
         other is believed, nor is its subscription confirmed",
    ),
    repeats_5xx_alone: false,
    files: &[],
    most_bytes: crate::sns::LARGEST_BODY,
    connect: |http, values| Ok(Arc::new(Ses::connect(http, values)?)),
};

/// The account event of a topic that calls us no more.
pub const TOPIC_IS_SILENT: &str = "sns_unsubscribed";

/// The longest list of opt-outs that is read: pages of `PAGE_SIZE`.
const MOST_PAGES: usize = 2_000;
const PAGE_SIZE: &str = "500";

/// A connection to SES in one region.
pub struct Ses {
    http: Http,
    sns: Sns,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    configuration_set: Option<String>,
    from_name: Option<String>,
    /// Without a slash at its end.
    api_url: String,
    /// As the `Host` header says it.
    host: String,
}

impl Ses {
    fn connect(http: Http, values: &Values) -> Result<Self, BadField> {
        let region = values.required("region")?;
        let is_region = region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_region {
            return Err(BadField::new("region", "is not a region's name, e.g. us-east-1"));
        }
        email::check_mailbox(values)?;
        let topics: Vec<String> = values
            .optional("topic_arn")
            .into_iter()
            .flat_map(|all| all.split(','))
            .map(|arn| arn.trim().to_owned())
            .collect();
        if topics.iter().any(|arn| !arn.starts_with("arn:")) {
            return Err(BadField::new("topic_arn", "is no ARN: each begins with arn:"));
        }
        let given = match values.optional("api_url") {
            Some(url) => Some(values.url("api_url", url)?),
            None => None,
        };
        let given = given.as_deref().map(Url::parse).transpose();
        let given = given.map_err(|_| BadField::new("api_url", "is no URL"))?;
        let url = match &given {
            Some(url) => url.clone(),
            None => {
                let ending = if region.starts_with("cn-") { ".cn" } else { "" };
                Url::parse(&format!("https://email.{region}.amazonaws.com{ending}"))
                    .map_err(|_| BadField::new("region", "is not a region's name, e.g. us-east-1"))?
            }
        };
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Err(BadField::new("api_url", "names no host")),
        };
        if url.path() != "/" {
            return Err(BadField::new("api_url", "has more than scheme, host and port"));
        }
        Ok(Self {
            sns: Sns::new(http.clone(), topics, given),
            http,
            region: region.to_owned(),
            access_key_id: values.required("access_key_id")?.trim().to_owned(),
            secret_access_key: values.required("secret_access_key")?.trim().to_owned(),
            configuration_set: values.optional("configuration_set").map(str::to_owned),
            from_name: values.optional("from_name").map(str::to_owned),
            api_url: url.as_str().trim_end_matches('/').to_owned(),
            host,
        })
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, NoAnswer> {
        self.call("GET", path, query, None).await
    }

    /// A question that is no hand-over.
    async fn asked(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, CheckFailed> {
        let answer = self.get(path, query).await;
        answer.map_err(|error| CheckFailed::NotNow(error.to_string()))
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, NoAnswer> {
        let body = body.unwrap_or_default();
        let content_type = (!body.is_empty()).then_some("application/json");
        let signer = Signer {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            region: &self.region,
            service: "ses",
        };
        let call = Call {
            method,
            host: &self.host,
            path,
            query,
            content_type,
            body: body.as_bytes(),
            at: wall_clock(),
        };
        let (date, authorization) = sigv4::sign(signer, call);
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{path}{mark}{}", self.api_url, sigv4::query(query));
        let mut request = match method {
            "POST" => self.http.post(&url),
            _ => self.http.get(&url),
        };
        if let Some(content_type) = content_type {
            request = request.header(http::header::CONTENT_TYPE, content_type);
        }
        let request = request
            .header("x-amz-date", date)
            .header(http::header::AUTHORIZATION, authorization)
            .body(body);
        self.http.call(request).await
    }

    fn hand_over(&self, request: &Request, mail: &email::Mail) -> String {
        let mut body = json!({
            "FromEmailAddress": mail.from.to_string(),
            "Destination": { "ToAddresses": [mail.to.to_string()] },
            "Content": { "Raw": { "Data": BASE64_STANDARD.encode(&mail.bytes) } },
            "EmailTags": [{ "Name": events::TAG, "Value": request.message_id.to_string() }],
        });
        if let Some(set) = &self.configuration_set {
            body["ConfigurationSetName"] = json!(set);
        }
        body.to_string()
    }
}

#[async_trait::async_trait]
impl Provider for Ses {
    fn name(&self) -> &'static str {
        DESCRIPTION.name
    }

    async fn send(&self, request: &Request) -> Outcome {
        let mail = match email::mail(request, self.from_name.as_deref()) {
            Ok(mail) => mail,
            Err(bad) => return bad.outcome(),
        };
        let body = self.hand_over(request, &mail);
        answers::sent(
            self.call("POST", "/v2/email/outbound-emails", &[], Some(body))
                .await,
        )
    }

    /// By Amazon's name alone, and only where the account keeps insights (Virtual Deliverability Manager): there is no way to ask by
    /// ours.
    async fn look_up(&self, asked: &Asked) -> LookUp {
        let Some(external_id) = &asked.external_id else {
            return LookUp::NotKnown;
        };
        let path = format!("/v2/email/insights/{}/", sigv4::encoded(external_id, ""));
        match self.get(&path, &[]).await {
            Ok(answer) if answer.status == 200 => answer
                .json()
                .map_or(LookUp::NotKnown, |body| answers::insights(external_id, &body)),
            _ => LookUp::NotKnown,
        }
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        let mut answer = self.asked("/v2/email/account", &[]).await?;
        let account = answer.json().filter(|_| answer.status == 200);
        // a stand-in may know no account; SES always does
        if answer.status == 404 {
            answer = self
                .asked("/v2/email/contact-lists", &[("PageSize", "1")])
                .await?;
        }
        if answer.status != 200 {
            answers::genuine(&answer)?;
        } else if !answer.json().is_some_and(|body| body.is_object()) {
            // a page of something between us and Amazon says nothing of the keys
            return Err(CheckFailed::NotNow("an answer that can't be read".to_owned()));
        }
        if let Some(set) = &self.configuration_set {
            let path = format!("/v2/email/configuration-sets/{}", sigv4::encoded(set, ""));
            let answer = self.asked(&path, &[]).await?;
            if answer.status == 404 {
                return Err(CheckFailed::Refused(
                    "configuration_set: there is none of this name in this region".to_owned(),
                ));
            }
        }
        let mut checked = match account {
            Some(body) => answers::account(&self.region, &body),
            None => Checked::says(format!(
                "SES in {}: the keys are genuine; they may not read the account (ses:GetAccount)",
                self.region
            )),
        };
        if !self.sns.has_topics() {
            checked
                .summary
                .push_str("; without topic_arn nothing is believed that SNS says: no bounces, no complaints, no answers");
        }
        Ok(checked)
    }

    async fn hear(&self, hook: &Hook<'_>) -> Result<Heard, Refusal> {
        let notice = self.sns.verify(hook).await?;
        if notice.kind == Kind::SubscriptionConfirmation {
            self.sns.confirm(&notice).await?;
            return Ok(Heard::Nothing);
        }
        let message: Value = serde_json::from_str(&notice.message).unwrap_or(Value::Null);
        Ok(Heard::Pieces(vec![json!({
            "id": notice.id,
            "topic": notice.topic_arn,
            "at": notice.at,
            "ended": notice.kind == Kind::UnsubscribeConfirmation,
            "message": message,
        })]))
    }

    fn read(&self, piece: &Value) -> Result<Vec<Event>, Refusal> {
        let text = |field: &str| piece.get(field).and_then(Value::as_str);
        if piece.get("ended").and_then(Value::as_bool) != Some(true) {
            return events::of(piece.get("message").ok_or(Refusal::Malformed)?);
        }
        Ok(vec![Event {
            key: format!("sns/{}", text("id").ok_or(Refusal::Malformed)?),
            our_address: String::new(),
            occurred_at: text("at")
                .and_then(|at| at.parse().ok())
                .ok_or(Refusal::Malformed)?,
            kind: EventKind::Account {
                code: TOPIC_IS_SILENT.to_owned(),
                detail: format!(
                    "the topic {} does not call us any more: bounces and complaints go unheard until it is subscribed again",
                    text("topic").unwrap_or_default()
                ),
            },
        }])
    }

    /// The account's suppression list: whom Amazon gave up after a bounce or a complaint.
    async fn opt_outs(&self) -> Result<Option<Vec<KnownOptOut>>, CheckFailed> {
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = vec![("PageSize", PAGE_SIZE)];
            query.extend(next.as_deref().map(|token| ("NextToken", token)));
            let answer = self.asked("/v2/email/suppression/addresses", &query).await?;
            if answer.status != 200 {
                answers::genuine(&answer)?;
                return Err(CheckFailed::Refused(
                    "access_key_id: it may not read the list (ses:ListSuppressedDestinations)".to_owned(),
                ));
            }
            let page = answer
                .json()
                .ok_or_else(|| CheckFailed::NotNow("a page that can't be read".to_owned()))?;
            found.extend(answers::suppressed(&page)?);
            next = page.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                return Ok(Some(found));
            }
        }
        Err(CheckFailed::NotNow("the list has no end".to_owned()))
    }
}
