//! A mail relay: aiosmtpd, which wants STARTTLS and a user, with a certificate of an authority of its own.
use crate::business::{EMAIL, MAILBOX, NAME, SLUG};
use crate::counterpart::Counterpart;
use crate::courtesy::{Call, soon};
use crate::desk::Taken;
use crate::mail::{self, Mail};
use crate::story::{CONNECTION, Carrier, Entered, Story, plain, secret};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "s3cret, with words";

struct Relay {
    port: String,
    folder: TempDir,
    /// Of its authority, as an operator pastes it: in one line.
    authority: String,
    _process: Counterpart,
}

impl Relay {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new(vec![]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("leaf.pem"), leaf.pem()).unwrap();
        std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
        let arguments = [&path("leaf.pem"), &path("key.pem"), &path(""), "starttls"];
        let mut process = Counterpart::start("relay.py", &arguments);
        Self {
            port: process.line().await,
            authority: pem.replace(['\n', '\r'], " "),
            folder,
            _process: process,
        }
    }

    /// What it took, in turn: each under TLS, from the user.
    fn mails(&self) -> Vec<Mail> {
        (1..)
            .map_while(|number| std::fs::read(self.folder.path().join(format!("{number}.json"))).ok())
            // one that is half written is read again
            .map_while(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .map(|taken| {
                assert_eq!(taken["encrypted"], true);
                assert_eq!(taken["login"], "joe");
                assert_eq!(taken["to"].as_array().unwrap().len(), 1);
                let envelope = (taken["from"].as_str().unwrap(), taken["to"][0].as_str().unwrap());
                mail::read(envelope, taken["data"].as_str().unwrap())
            })
            .collect()
    }
}

impl Carrier for Relay {
    const PROVIDER: &'static str = "smtp";
    const CHANNEL: &'static str = "email";
    const OURS: &'static str = MAILBOX;
    const THEIRS: &'static str = EMAIL;

    fn entered(&self) -> Vec<Entered> {
        vec![
            plain("host", "localhost"),
            plain("port", &self.port),
            plain("username", "joe"),
            secret("password", PASSWORD),
            plain("from_name", NAME),
            plain("ca_certificate", &self.authority),
        ]
    }

    fn mistaken(&self) -> (Entered, &'static str) {
        (secret("password", "secret, without"), "username, password")
    }

    fn taken(&self) -> Vec<Taken> {
        self.mails().into_iter().map(|mail| mail.taken).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_go_by_a_relay_until_one_click_unsubscribes() {
    let mut story = Story::begin(Relay::start().await).await;
    story.a_test_goes().await;
    story.activate().await;
    let taken = story.a_follow_up_goes().await;
    story.is_sent(&taken, "service").await;
    let mail = story.provider.mails().pop().unwrap();
    assert_eq!(
        (mail.from_name.as_str(), mail.subject.as_str()),
        (NAME, "Your Spring cleaning")
    );

    // the relay refuses this one at once
    let nobody = "bounce@mail.example";
    story
        .courtesy
        .says(&[
            "customer",
            "add",
            "--tenant",
            SLUG,
            "--email",
            nobody,
            "--zone",
            crate::day::zone(),
        ])
        .await;
    let tested = story
        .courtesy
        .refuses(&["connection", "test", CONNECTION, "--tenant", SLUG, "--to", nobody])
        .await;
    assert!(tested.contains("the test did not arrive"), "{tested}");

    // what a mail program does with the button that it shows: a page changes nothing, a post does
    let link = mail
        .unsubscribe
        .iter()
        .find(|link| link.starts_with("https://"))
        .unwrap();
    let (status, page) = story.courtesy.page(link).await;
    assert!(status == 200 && page.contains(NAME), "{status} {page}");
    let status = async || {
        let consent = story
            .courtesy
            .json(&["consent", "status", "--tenant", SLUG, "--customer", EMAIL])
            .await;
        let list = consent["consents"].as_array().unwrap().clone();
        list.into_iter().find(|one| one["channel"] == "email").unwrap()["status"].clone()
    };
    assert_eq!(status().await, "opted_in");
    let click = |url: &str| Call {
        url: url.to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: "List-Unsubscribe=One-Click".to_owned(),
    };
    let elsewhere = format!("{}x", link);
    assert_eq!(story.courtesy.hear(&click(&elsewhere)).await.0, 404);
    assert_eq!(status().await, "opted_in");
    assert_eq!(story.courtesy.hear(&click(link)).await.0, 200);
    soon("the click is applied", async || {
        (status().await == "opted_out").then_some(())
    })
    .await;
    story.a_later_follow_up_is_stopped().await;
    story.end().await;
}
