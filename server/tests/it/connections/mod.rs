//! Connections: added and shown; nothing secret is ever shown.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use office::{Office, office, texts, values};
use rules::channel::Channel;
use server::connections::{self, NewConnection, Shown};

mod choice;
mod command;
mod in_use;
mod keys;
mod mailbox;
mod office;
mod opening;
mod proved;
mod quota;
mod trial;

const OURS: &str = "+13125550142";

async fn shown(office: &Office, name: &str, with_hook_url: bool) -> Shown {
    let mut tx = office.tx().await;
    connections::show(&office.app, &mut tx, name, with_hook_url)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_connection_that_can_not_work_is_refused_and_the_field_is_named() {
    let office = office().await;
    let good = texts("one", OURS);
    let with = |change: &dyn Fn(&mut NewConnection)| {
        let mut new = good.clone();
        change(&mut new);
        new
    };
    let long = "x".repeat(81);
    let cases: Vec<(NewConnection, &str)> = vec![
        (
            with(&|new| new.name = long.clone()),
            "name: it should have 1 to 80",
        ),
        (
            with(&|new| new.provider = "pigeon".to_owned()),
            "provider: `pigeon` is not known; it should be one of twilio, ses",
        ),
        (
            with(&|new| new.provider = "sandbox".to_owned()),
            "provider: `sandbox` is not known",
        ),
        (
            with(&|new| new.channel = Channel::Email),
            "channel: A provider of texts does not carry email; it carries sms, whatsapp",
        ),
        (
            with(&|new| new.sender = "312-555-0142".to_owned()),
            "sender: it should be a phone number in E.164",
        ),
        (
            with(&|new| new.values = values(&[("account", "AC1")])),
            "token: is missing: the account's secret, e.g. s3cret",
        ),
        (
            with(&|new| new.values.set("colour", "red")),
            "colour: is not a field of this provider; it has account, token, region",
        ),
        (
            with(&|new| new.values.set("token", "two\nlines")),
            "token: has a line break",
        ),
        (
            with(&|new| new.values.set("account", "a b")),
            "account: has a space in it",
        ),
        (
            with(&|new| new.stands_in_for = Some("two".to_owned())),
            "there is no connection `two`",
        ),
        (
            with(&|new| new.stands_in_for = Some("email by sandbox".to_owned())),
            "stands-in-for: that one is on another channel",
        ),
        (
            with(&|new| new.name = "sms by sandbox".to_owned()),
            "name: another connection of this tenant is called `sms by sandbox`",
        ),
    ];
    for (new, wrong) in &cases {
        let said = office.refused(new).await;
        assert!(said.contains(wrong), "{wrong}: {said}");
        assert!(!said.contains("s3cret-of-texts"), "{said}");
    }
    assert_eq!(
        office
            .text("select count(*) from tenant_channel_settings where tenant_id = $1")
            .await,
        "3"
    );
    office.add(&good).await;
    assert!(office.refused(&good).await.contains("name: another connection"));
}

#[tokio::test]
async fn an_address_is_one_tenant_s_on_a_channel_and_another_s_on_another() {
    let office = office().await;
    let neighbour = office.neighbour().await;
    office.add(&texts("one", OURS)).await;
    office.verify("one").await.unwrap();
    // two connections of one tenant may share it: one stands in for the other
    office.add(&texts("two", OURS)).await;
    let mut tx = office.app.tenant(neighbour).await.unwrap();
    let error = connections::add(&office.app, &mut tx, &texts("theirs", OURS))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("sender: another tenant") && !error.contains(OURS),
        "{error}"
    );
    drop(tx);
    let mut tx = office.app.tenant(neighbour).await.unwrap();
    let whatsapp = NewConnection {
        channel: Channel::Whatsapp,
        ..texts("theirs", OURS)
    };
    connections::add(&office.app, &mut tx, &whatsapp).await.unwrap();
    tx.commit().await.unwrap();
    let whose = async |channel| connections::whose(&office.app, channel, OURS).await.unwrap();
    assert_eq!(whose(Some(Channel::Sms)).await, Some(office.tenant));
    assert_eq!(whose(Some(Channel::Whatsapp)).await, Some(neighbour));
    assert_eq!(whose(Some(Channel::Email)).await, None);
    assert_eq!(whose(None).await, None, "nobody's rather than anybody's");
    // released with the last that has it, and not before
    office.remove("one").await.unwrap();
    assert_eq!(whose(Some(Channel::Sms)).await, Some(office.tenant));
    office.remove("two").await.unwrap();
    assert_eq!(whose(Some(Channel::Sms)).await, None);
}

#[tokio::test]
async fn a_demo_tenant_connects_to_no_real_provider() {
    let office = office().await;
    office.add(&texts("one", OURS)).await;
    office.verify("one").await.unwrap();
    office
        .run("update tenants set is_demo = true, demo_created_by = 'x', demo_created_at = now() where tenant_id = $1")
        .await;
    assert!(
        office
            .refused(&texts("two", OURS))
            .await
            .contains("this is a demo tenant")
    );
    assert!(
        office
            .activate("one")
            .await
            .unwrap_err()
            .contains("this is a demo tenant")
    );
}

#[tokio::test]
async fn nothing_secret_is_shown_logged_or_stored_in_the_open() {
    let office = office().await;
    let id = office.add(&texts("one", OURS)).await;
    let plain = shown(&office, "one", false).await;
    let with_url = shown(&office, "one", true).await;
    let url = with_url.hook.clone().unwrap().url.unwrap();
    let token = url
        .strip_prefix("https://messages.example.com/hooks/twilio/")
        .unwrap();
    assert_eq!(token.len(), 64);
    let fields: Vec<(&str, bool, Option<&str>)> = plain
        .fields
        .iter()
        .map(|field| (field.name, field.is_set, field.value.as_deref()))
        .collect();
    assert_eq!(
        fields,
        [
            ("account", true, Some("one")),
            ("token", true, None),
            ("region", false, None)
        ]
    );
    assert_eq!(plain.hook.as_ref().unwrap().url, None);
    let said = format!("{} {plain:?}", serde_json::to_string(&plain).unwrap());
    assert!(
        !said.contains("s3cret-of-texts") && !said.contains(token),
        "{said}"
    );
    let row = office
        .text("select string_agg(s::text || encode(coalesce(s.credentials, ''), 'escape'), '') from tenant_channel_settings s")
        .await;
    let routes = office
        .text("select string_agg(h::text, '') from hook_routes h")
        .await;
    for stored in [row, routes] {
        assert!(!stored.contains("s3cret-of-texts") && !stored.contains(token));
    }
    // the token finds the connection; of another provider, or with another letter, nobody's
    let whose = async |provider, token: &str| {
        connections::whose_hook(&office.app, provider, token)
            .await
            .unwrap()
    };
    assert_eq!(whose("twilio", token).await, Some((office.tenant, id)));
    assert_eq!(whose("ses", token).await, None);
    assert_eq!(whose("twilio", &token[..63]).await, None);
}

#[tokio::test]
async fn a_new_hook_token_ends_the_old_one_at_once_or_when_the_next_comes() {
    let office = office().await;
    let id = office.add(&texts("one", OURS)).await;
    let renew = async |keep_old| {
        let mut tx = office.tx().await;
        let url = connections::new_hook_token(&office.app, &mut tx, "one", keep_old)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        url.rsplit('/').next().unwrap().to_owned()
    };
    let is_heard = async |token: &str| {
        let found = connections::whose_hook(&office.app, "twilio", token)
            .await
            .unwrap();
        found == Some((office.tenant, id))
    };
    let url = shown(&office, "one", true).await.hook.unwrap().url.unwrap();
    let first = url.rsplit('/').next().unwrap().to_owned();
    let second = renew(true).await;
    assert!(is_heard(&first).await && is_heard(&second).await);
    let third = renew(true).await;
    assert!(!is_heard(&first).await && is_heard(&second).await && is_heard(&third).await);
    let fourth = renew(false).await;
    assert!(!is_heard(&second).await && !is_heard(&third).await && is_heard(&fourth).await);
    // what is opened has the new address
    let mut tx = office.tx().await;
    let opened = connections::open(&office.app, &mut tx, id).await.unwrap();
    assert!(opened.hook_url.unwrap().ends_with(&fourth));
    // one whose provider does not call has none
    drop(tx);
    let email = NewConnection {
        provider: "ses".to_owned(),
        channel: Channel::Email,
        ..texts("mail", "hello@example.com")
    };
    office.add(&email).await;
    let mut tx = office.tx().await;
    let error = connections::new_hook_token(&office.app, &mut tx, "mail", false)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("has no hook"), "{error}");
}
