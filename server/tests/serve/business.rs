//! A business and a customer of it, as an operator enters them.
use crate::courtesy::Courtesy;
use crate::day;
use jiff::SignedDuration;
use rules::channel::Channel;
use rules::lifecycle::ServiceType;
use serde_json::Value;
use server::app::App;
use server::campaigns::{self, NewCampaign, Touch};
use server::clock::Clock;
use server::db::embedded::{self, Options, Role};
use server::db::{Database, RoleUrls};
use server::ids::Noun;
use server::{reactions, tenants};

/// The tenant of every story.
pub const SLUG: &str = "river";
/// As it signs its messages.
pub const NAME: &str = "River Cleaning";
/// Where its messages come from.
pub const NUMBER: &str = "+13125230042";
/// Where its e-mails come from.
pub const MAILBOX: &str = "hello@river.example";
/// A customer's. The number says no state and no zone of its own beside the one that was said, so that it is day where they are.
pub const PHONE: &str = "+14165230001";
pub const EMAIL: &str = "zoe@mail.example";

/// What a template of the business's own says, and what WhatsApp approved.
const TEMPLATE: &str = "Hi {{ first_name }}, this is {{ sender_name }}. How was it? Tell us: {{ review_link }} \
    Reply STOP to opt out.";
const TEMPLATE_NAME: &str = "After a job";

/// What a reader sees of that template with these values.
pub fn filled<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    values.fold(TEMPLATE.to_owned(), |text, (name, value)| {
        let name = format!("{{{{ {name} }}}}");
        assert!(text.contains(&name), "the template has no {name}");
        text.replace(&name, value)
    })
}

impl Courtesy {
    /// Makes the business.
    pub async fn business(&self) {
        self.says(&[
            "tenant",
            "create",
            SLUG,
            "--name",
            NAME,
            "--zone",
            "America/Chicago",
            "--phone",
            NUMBER,
            "--email",
            "office@river.example",
            "--postal-address",
            "1 River Street, Chicago, IL 60601",
            "--review-url",
            "https://river.example/review",
        ])
        .await;
    }

    /// A campaign that follows up cleaning jobs after four hours: the one that ships, by text, or one of the business's own, by
    /// WhatsApp approved under that name.
    pub async fn campaign(&self, channel: &str, approved: &str) {
        if channel == "sms" {
            self.says(&["campaign", "copy-preset", "cleaning", "--tenant", SLUG])
                .await;
            return;
        }
        let body = self.file("template.txt", TEMPLATE);
        let mut new = vec![
            "template",
            "create",
            TEMPLATE_NAME,
            "--tenant",
            SLUG,
            "--channel",
            channel,
        ];
        new.extend(["--body", body.to_str().unwrap()]);
        if channel == "email" {
            new.extend(["--subject", "Your {{ work_order_title }}"]);
        }
        let said = self.says(&new).await;
        let template = said.trim().rsplit_once(' ').unwrap().1;
        if channel == "whatsapp" {
            let approved = ["--as", approved, "--language", "en_US"];
            let approve = ["template", "approve", TEMPLATE_NAME, "--tenant", SLUG];
            self.says(&[&approve[..], &approved[..]].concat()).await;
        }
        self.makes_a_campaign(Channel::parse(channel).unwrap(), template)
            .await;
    }

    /// No command makes a campaign that is no copy of a preset: this is the verb, on the same database.
    async fn makes_a_campaign(&self, channel: Channel, template: &str) {
        let server = embedded::start(&self.data(), &Options::default()).await.unwrap();
        let roles = RoleUrls {
            app: server.url(Role::App),
            engine: server.url(Role::Engine),
            operator: server.url(Role::Operator),
        };
        let app = App::new(Database::connect(&roles, 1, reactions::react), Clock::System);
        let mut tx = app
            .tenant(tenants::by_slug(&app, SLUG).await.unwrap())
            .await
            .unwrap();
        let new = NewCampaign {
            name: "Our own".to_owned(),
            service_type: Some(ServiceType::Cleaning),
            touches: vec![Touch {
                number: 1,
                channel,
                delay_hours: 4,
                template: Noun::Template.read(template).unwrap(),
            }],
            copied_from: None,
            created_by: "operator".to_owned(),
        };
        campaigns::create(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        app.db.close().await;
    }

    /// Imports a customer who agreed to be written to on these channels.
    pub async fn customer(&self, channels: &[&str]) {
        let list = self.file(
            "customers.csv",
            &format!(
                "First name,Phone,WhatsApp,Email,Time zone\nZoe,{PHONE},{PHONE},{EMAIL},{}\n",
                day::zone()
            ),
        );
        let report = self
            .json(&["import", "customers", list.to_str().unwrap(), "--tenant", SLUG])
            .await;
        assert_eq!(report["refused"], serde_json::json!([]), "{report:#}");
        for channel in channels {
            self.says(&[
                "consent",
                "record",
                "--tenant",
                SLUG,
                "--customer",
                EMAIL,
                "--channel",
                channel,
                "--method",
                "service_agreement",
                "--disclosure",
                "I agree to messages of River Cleaning about my jobs. Reply STOP to opt out.",
                "--affirmative-act",
            ])
            .await;
        }
    }

    /// Imports a job of the customer's that was done so long ago. Its follow-up begins.
    pub async fn job(&self, number: &str, ago: SignedDuration) {
        let done = day::now() - ago;
        let list = self.file(
            &format!("{number}.csv"),
            &format!("Job,Email,Service,Title,Status,Completed\n{number},{EMAIL},cleaning,Spring cleaning,Completed,{done}\n"),
        );
        let report = self
            .json(&["import", "work-orders", list.to_str().unwrap(), "--tenant", SLUG])
            .await;
        assert_eq!(report["refused"], serde_json::json!([]), "{report:#}");
    }

    /// The message to the customer that the gate stopped, as the customer's story has it.
    pub async fn stopped(&self) -> String {
        let found = self
            .json(&["customer", "list", "--tenant", SLUG, "--search", EMAIL])
            .await;
        let customer = found["customers"][0]["id"].as_str().unwrap();
        let story = self
            .json(&["report", "--tenant", SLUG, "--customer", customer])
            .await;
        let mut entries = story["entries"].as_array().unwrap().iter();
        let stop = entries
            .find(|entry| entry["mark"] == "stop" && entry["message"].is_string())
            .unwrap();
        stop["message"].as_str().unwrap().to_owned()
    }

    /// What is recorded of a message.
    pub async fn why(&self, message: &str) -> Value {
        self.json(&["why", message, "--tenant", SLUG, "--show-addresses"])
            .await
    }

    /// Where a message stands.
    pub async fn status(&self, message: &str) -> String {
        let id = message.trim_start_matches("msg_");
        self.text(&format!("select status from messages where id = '{id}'"))
            .await
    }

    /// How many events of this kind are stored, whatever came of them.
    pub async fn events(&self, kind: &str) -> u64 {
        let sql = format!("select count(*) from provider_events where kind = '{kind}'");
        self.text(&sql).await.parse().unwrap()
    }

    /// The same, as an operator counts them.
    pub async fn listed_events(&self, kind: &str) -> u64 {
        let counted = self.json(&["hooks", "list", "--tenant", SLUG]).await;
        let of_kind = counted
            .as_array()
            .unwrap()
            .iter()
            .filter(|count| count["kind"] == kind);
        of_kind.map(|count| count["events"].as_u64().unwrap()).sum()
    }
}
