//! A business and a customer of it, as an operator enters them.
use crate::courtesy::Courtesy;
use crate::day;
use jiff::SignedDuration;
use serde_json::Value;

/// The tenant of every story.
pub const SLUG: &str = "river";
/// As it signs its messages.
pub const NAME: &str = "River Cleaning";
/// Where its messages come from.
pub const NUMBER: &str = "+13125230042";
/// A customer's. The number says no state and no zone of its own beside the one that was said, so that it is day where they are.
pub const PHONE: &str = "+14165230001";
pub const EMAIL: &str = "zoe@mail.example";

impl Courtesy {
    /// Makes the business, with a campaign that follows up cleaning jobs after four hours, by text and two days later by e-mail.
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
        self.says(&["campaign", "copy-preset", "cleaning", "--tenant", SLUG])
            .await;
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

    /// What is recorded of each message to and from the customer, in the order in which they were made.
    pub async fn messages(&self) -> Vec<Value> {
        let found = self
            .json(&["customer", "list", "--tenant", SLUG, "--search", EMAIL])
            .await;
        let customer = found["customers"][0]["id"].as_str().unwrap();
        let story = self
            .json(&["report", "--tenant", SLUG, "--customer", customer])
            .await;
        let mut ids: Vec<&str> = story["entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|entry| entry["message"].as_str())
            .collect();
        // ids are made in the order of time
        ids.sort_unstable();
        ids.dedup();
        let mut messages = Vec::new();
        for id in ids {
            messages.push(self.why(id).await);
        }
        messages
    }

    /// What is recorded of a message.
    pub async fn why(&self, message: &str) -> Value {
        self.json(&["why", message, "--tenant", SLUG, "--show-addresses"])
            .await
    }

    /// How many events of this kind are stored, whatever came of them.
    pub async fn events(&self, kind: &str) -> u64 {
        let counted = self.json(&["hooks", "list", "--tenant", SLUG]).await;
        counted
            .as_array()
            .unwrap()
            .iter()
            .filter(|count| count["kind"] == kind)
            .map(|count| count["events"].as_u64().unwrap())
            .sum()
    }
}
