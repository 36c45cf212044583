//! A world in which connections can be made: to two providers that are not there, which say what their credentials ask for.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use providers::http::{Egress, Http};
use providers::{
    Asked, BadField, CheckFailed, Checked, Description, Field, LookUp, Outcome, Provider, Registered,
    Request, Senders, Values,
};
use rules::channel::Channel;
use rules::pacing::{self, Pace};
use server::connections::{self, Carries, Changes, NewConnection};
use server::seal::KeyRing;
use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use uuid::Uuid;

const FIELDS: &[Field] = &[
    Field {
        name: "account",
        help: "the account's name",
        example: "AC1",
        is_secret: false,
        is_required: true,
    },
    Field {
        name: "token",
        help: "the account's secret",
        example: "s3cret",
        is_secret: true,
        is_required: true,
    },
    Field {
        name: "region",
        help: "where it is",
        example: "us1",
        is_secret: false,
        is_required: false,
    },
];

/// Under stored names, since the table knows no others.
pub static CATALOG: &[Description] = &[
    Description {
        name: "twilio",
        title: "A provider of texts",
        channels: &[Channel::Sms, Channel::Whatsapp],
        fields: FIELDS,
        senders: Senders::NUMBERS,
        hooks: Some("in the console, under numbers"),
        repeats_5xx_alone: false,
        files: &[(Channel::Sms, 10)],
        most_bytes: providers::USUAL_BYTES,
        connect,
    },
    Description {
        name: "ses",
        title: "A provider of e-mail",
        channels: &[Channel::Email],
        fields: FIELDS,
        senders: Senders::NUMBERS,
        hooks: None,
        repeats_5xx_alone: false,
        files: &[],
        most_bytes: providers::USUAL_BYTES,
        connect,
    },
];

fn connect(_: Http, values: &Values) -> Result<Arc<dyn Provider>, BadField> {
    let account = values.required("account")?;
    if account.contains(' ') {
        return Err(BadField::new("account", "has a space in it"));
    }
    Ok(Arc::new(Pretended {
        account: account.to_owned(),
        token: values.required("token")?.to_owned(),
        rate: values.optional("region").and_then(|region| region.parse().ok()),
    }))
}

/// A number that is in each pool of accounts whose token says so.
pub const POOLED: &str = "+13125550177";

struct Pretended {
    account: String,
    token: String,
    /// A region that is a number is the rate of its accounts.
    rate: Option<f64>,
}

static SENT: Mutex<Vec<(String, Request)>> = Mutex::new(Vec::new());

/// What reached this account, in order.
pub fn sent(account: &str) -> Vec<Request> {
    let all = SENT.lock().unwrap();
    all.iter()
        .filter(|(to, _)| to == account)
        .map(|(_, request)| request.clone())
        .collect()
}

#[async_trait::async_trait]
impl Provider for Pretended {
    fn name(&self) -> &'static str {
        "twilio"
    }

    async fn send(&self, request: &Request) -> Outcome {
        if self.token == "busy" {
            return Outcome::TryLater {
                code: "429".to_owned(),
                after: None,
            };
        }
        SENT.lock().unwrap().push((self.account.clone(), request.clone()));
        Outcome::Accepted {
            external_id: format!("X{}", request.message_id.simple()),
        }
    }

    async fn look_up(&self, _: &Asked) -> LookUp {
        LookUp::NotKnown
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        match self.token.as_str() {
            "wrong" => Err(CheckFailed::Refused("token: it is not this account's".to_owned())),
            "down" => Err(CheckFailed::NotNow("no answer in time".to_owned())),
            _ => Ok(Checked {
                summary: format!("account {} is open", self.account),
                pace: self.rate.and_then(Pace::of_rate),
                number: (self.token == "of another number").then(|| "+15045230077".to_owned()),
            }),
        }
    }

    async fn senders(&self, _: Channel, ours: &str) -> Result<BTreeSet<String>, CheckFailed> {
        match self.token.as_str() {
            "pooled" => Ok([ours, POOLED].map(str::to_owned).into()),
            "blind" => Err(CheckFailed::Refused("they may not see them".to_owned())),
            _ => Ok(BTreeSet::new()),
        }
    }

    async fn registered(&self, _: Channel, ours: &str) -> Result<Option<Registered>, CheckFailed> {
        match self.token.as_str() {
            "registered" | "moved" => Ok(Some(Registered {
                id: if self.token == "moved" { "CNEW1" } else { "CABC123" }.to_owned(),
                summary: format!("{ours} is of campaign CABC123"),
                caps: [pacing::att_minute(0.25), pacing::t_mobile_day("LOW", false)]
                    .into_iter()
                    .flatten()
                    .collect(),
            })),
            "blind" => Err(CheckFailed::Refused("they may not see it".to_owned())),
            _ => Ok(None),
        }
    }
}

/// A world, and the folder with its key file.
pub struct Office {
    pub world: World,
    pub folder: TempDir,
}

impl Deref for Office {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Office {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

pub async fn office() -> Office {
    let mut world = world().await;
    let folder = tempfile::tempdir().unwrap();
    world.app.catalog = CATALOG;
    world.app.http = Some(Http::new(Egress::Anywhere).unwrap());
    world.app.public_url = Some("https://messages.example.com/".to_owned());
    let mut office = Office { world, folder };
    office.restart();
    office
}

/// A connection for texts; the token is said where it matters.
pub fn texts(name: &str, sender: &str) -> NewConnection {
    NewConnection {
        name: name.to_owned(),
        provider: "twilio".to_owned(),
        channel: Channel::Sms,
        sender: sender.to_owned(),
        carries: Carries::Any,
        stands_in_for: None,
        registration: None,
        values: values(&[("account", name), ("token", "s3cret-of-texts")]),
    }
}

pub fn values(all: &[(&str, &str)]) -> Values {
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl Office {
    pub fn key_file(&self) -> std::path::PathBuf {
        self.folder.path().join("keys.json")
    }

    /// As after a start of the program: nothing is open, the key file is read anew.
    pub fn restart(&mut self) {
        self.world.app.carriers = Arc::default();
        self.world.app.keys = Some(Arc::new(KeyRing::at(&self.key_file()).unwrap()));
    }

    pub async fn add(&self, new: &NewConnection) -> Uuid {
        let mut tx = self.tx().await;
        let id = connections::add(&self.app, &mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// What is wrong with a connection that can't be added.
    pub async fn refused(&self, new: &NewConnection) -> String {
        let mut tx = self.tx().await;
        let error = connections::add(&self.app, &mut tx, new).await.unwrap_err();
        error.to_string()
    }

    pub async fn verify(&self, name: &str) -> Result<String, String> {
        match connections::verify(&self.app, self.tenant, name).await {
            Ok(checked) => Ok(checked.summary),
            Err(error) => Err(error.to_string()),
        }
    }

    pub async fn activate(&self, name: &str) -> Result<Option<String>, String> {
        let mut tx = self.tx().await;
        match connections::activate(&mut tx, name).await {
            Ok(activated) => {
                tx.commit().await.unwrap();
                Ok(activated.instead_of)
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Added, verified and in use.
    pub async fn in_use(&self, new: &NewConnection) -> Uuid {
        let id = self.add(new).await;
        self.verify(&new.name).await.unwrap();
        self.activate(&new.name).await.unwrap();
        id
    }

    pub async fn change(&self, name: &str, changes: &Changes) -> Result<bool, String> {
        connections::change(&self.app, self.tenant, name, changes)
            .await
            .map_err(|error| error.to_string())
    }

    pub async fn remove(&self, name: &str) -> Result<(), String> {
        let mut tx = self.tx().await;
        match connections::remove(&mut tx, name).await {
            Ok(()) => {
                tx.commit().await.unwrap();
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}
