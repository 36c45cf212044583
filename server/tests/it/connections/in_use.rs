//! Connections verified, changed, in use and out of it, taken away.
use super::OURS;
use super::office::{office, sent, texts, values};
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::connections::{self, Carries, Changes, NewConnection};
use server::messages::{self, NewMessage};

#[tokio::test]
async fn only_what_was_verified_is_taken_into_use_and_the_sandbox_steps_back() {
    let office = office().await;
    office
        .add(&NewConnection {
            values: values(&[("account", "AC-wrong"), ("token", "wrong")]),
            ..texts("one", OURS)
        })
        .await;
    assert!(
        office
            .activate("one")
            .await
            .unwrap_err()
            .contains("never verified")
    );
    let said = office.verify("one").await.unwrap_err();
    assert_eq!(said, "the provider refuses them: token: it is not this account's");
    assert!(office.activate("one").await.is_err());
    let right = Changes {
        values: values(&[("token", "right")]),
        ..Changes::default()
    };
    assert_eq!(
        office.change("one", &right).await,
        Ok(false),
        "to be verified again"
    );
    assert_eq!(
        office.verify("one").await.unwrap(),
        "account AC-wrong is open",
        "the new token is the one that is used, though no time has passed"
    );
    assert_eq!(
        office.activate("one").await,
        Ok(Some("sms by sandbox".to_owned()))
    );
    let states = office
        .text("select string_agg(name || ' ' || is_active, ', ' order by name) from tenant_channel_settings where tenant_id = $1")
        .await;
    assert_eq!(
        states,
        "email by sandbox true, one true, sms by sandbox false, whatsapp by sandbox true"
    );
    // and back
    assert_eq!(
        office.activate("sms by sandbox").await,
        Ok(Some("one".to_owned()))
    );
}

#[tokio::test]
async fn one_purpose_of_a_channel_has_a_connection_of_its_own() {
    let office = office().await;
    office.in_use(&texts("all", OURS)).await;
    let marketing = NewConnection {
        carries: Carries::Marketing,
        ..texts("ads", "+13125550143")
    };
    office.add(&marketing).await;
    office.verify("ads").await.unwrap();
    assert_eq!(office.activate("ads").await, Ok(None));
    let other = NewConnection {
        carries: Carries::Marketing,
        ..texts("more-ads", "+13125550144")
    };
    office.add(&other).await;
    office.verify("more-ads").await.unwrap();
    assert_eq!(office.activate("more-ads").await, Ok(Some("ads".to_owned())));
    let mut tx = office.tx().await;
    assert!(
        connections::deactivate(&mut tx, "more-ads").await.unwrap(),
        "the other still carries texts"
    );
    assert!(!connections::deactivate(&mut tx, "all").await.unwrap());
}

#[tokio::test]
async fn another_sender_is_to_be_verified_and_of_a_connection_in_use_its_provider_is_asked() {
    let office = office().await;
    office.add(&texts("one", OURS)).await;
    office.verify("one").await.unwrap();
    let to = |sender: &str| Changes {
        sender: Some(sender.to_owned()),
        ..Changes::default()
    };
    assert_eq!(
        office.change("one", &to(OURS)).await,
        Ok(true),
        "it is that one already"
    );
    assert_eq!(office.change("one", &to("+13125550198")).await, Ok(false));
    assert!(
        office
            .activate("one")
            .await
            .unwrap_err()
            .contains("never verified")
    );
    office.verify("one").await.unwrap();
    office.activate("one").await.unwrap();
    let verified = "select verified_at from tenant_channel_settings where tenant_id = $1 and name = 'one'";
    let before = office.text(verified).await;
    office.at("2026-03-03T15:00:00Z");
    assert_eq!(office.change("one", &to("+13125550197")).await, Ok(true));
    assert_ne!(
        office.text(verified).await,
        before,
        "its provider was asked again"
    );
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let office = office().await;
    for (name, sender) in [("one", OURS), ("two", "+13125550198")] {
        office.add(&texts(name, sender)).await;
    }
    let half = Changes {
        stands_in_for: Some(Some("one".to_owned())),
        values: values(&[("account", "with a space")]),
        ..Changes::default()
    };
    assert!(office.change("two", &half).await.is_err());
    let target = "select coalesce(stands_in_for::text, 'none') from tenant_channel_settings where tenant_id = $1 and name = 'two'";
    assert_eq!(office.text(target).await, "none");
    let whole = Changes {
        values: values(&[("account", "AC-2")]),
        ..half
    };
    office.change("two", &whole).await.unwrap();
    assert_ne!(office.text(target).await, "none");
    let nothing = office.change("two", &Changes::default()).await.unwrap_err();
    assert!(nothing.contains("--rename"), "{nothing}");
}

#[tokio::test]
async fn a_connection_in_use_changes_only_to_values_that_work() {
    let office = office().await;
    let id = office.in_use(&texts("one", OURS)).await;
    for (token, said) in [
        ("wrong", "the provider refuses them: token"),
        ("down", "the provider can't be asked now"),
        ("of another number", "sender: it is +1"),
    ] {
        let change = Changes {
            values: values(&[("token", token)]),
            ..Changes::default()
        };
        assert!(office.change("one", &change).await.unwrap_err().contains(said));
    }
    let change = Changes {
        name: Some("texts".to_owned()),
        sender: Some("+13125550199".to_owned()),
        registration: Some("CABC123".to_owned()),
        values: values(&[("account", "AC-2"), ("region", "us1")]),
        ..Changes::default()
    };
    assert_eq!(office.change("one", &change).await, Ok(true));
    let mut tx = office.tx().await;
    let opened = connections::open(&office.app, &mut tx, id).await.unwrap();
    assert_eq!(
        opened.provider.check().await.unwrap().summary,
        "account AC-2 is open"
    );
    drop(tx);
    let whose = async |address| {
        connections::whose(&office.app, Some(Channel::Sms), address)
            .await
            .unwrap()
    };
    assert_eq!(whose(OURS).await, None);
    assert_eq!(whose("+13125550199").await, Some(office.tenant));
    // a field with an empty value is taken away; one that is needed can't be
    let clear = |field| Changes {
        values: values(&[(field, "")]),
        ..Changes::default()
    };
    assert_eq!(office.change("texts", &clear("region")).await, Ok(true));
    assert_eq!(
        office
            .text("select settings from tenant_channel_settings where name = 'texts'")
            .await,
        r#"{"account": "AC-2"}"#
    );
    assert!(
        office
            .change("texts", &clear("token"))
            .await
            .unwrap_err()
            .starts_with("token: is missing")
    );
    assert!(
        office
            .change("sms by sandbox", &clear("token"))
            .await
            .unwrap_err()
            .contains("sandbox")
    );
}

#[tokio::test]
async fn a_refusal_unverifies_what_is_not_in_use_and_an_account_that_is_open_again_carries_again() {
    let office = office().await;
    office.in_use(&texts("one", OURS)).await;
    office
        .run(
            "update tenant_channel_settings set unavailable_since = now(), unavailable_reason = 'account' where name = 'one'",
        )
        .await;
    office.verify("one").await.unwrap();
    let state =
        "select coalesce(unavailable_reason, 'available') from tenant_channel_settings where name = 'one'";
    assert_eq!(office.text(state).await, "available");
    office
        .run(
            "update tenant_channel_settings set unavailable_since = now(), unavailable_reason = 'operator' where name = 'one'",
        )
        .await;
    office.verify("one").await.unwrap();
    assert_eq!(office.text(state).await, "operator", "a person said so");
    let spare = NewConnection {
        values: values(&[("account", "AC"), ("token", "wrong")]),
        ..texts("spare", "+13125550143")
    };
    office.add(&spare).await;
    office
        .run("update tenant_channel_settings set verified_at = now() where name = 'spare'")
        .await;
    assert!(office.verify("spare").await.is_err());
    assert_eq!(
        office
            .text("select coalesce(verified_at::text, 'never') from tenant_channel_settings where name = 'spare'")
            .await,
        "never"
    );
}

#[tokio::test]
async fn a_connection_is_not_removed_under_its_messages_nor_while_it_is_in_use() {
    let office = office().await;
    let id = office.in_use(&texts("one", OURS)).await;
    assert!(office.remove("one").await.unwrap_err().contains("is in use"));
    assert!(
        office
            .remove("sms by sandbox")
            .await
            .unwrap_err()
            .contains("the sandbox")
    );
    let spare = NewConnection {
        stands_in_for: Some("one".to_owned()),
        ..texts("spare", "+13125550143")
    };
    office.add(&spare).await;
    office.activate("sms by sandbox").await.unwrap();
    assert!(
        office
            .remove("one")
            .await
            .unwrap_err()
            .contains("`spare` stands in for it")
    );
    let mut tx = office.tx().await;
    let message = NewMessage {
        id: uuid::Uuid::from_u128(5),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        customer: None,
        from: None,
        to: "+15045230001".to_owned(),
        subject: None,
        body: "Hello".to_owned(),
        template: None,
        media_urls: Vec::new(),
        variables: Vec::new(),
        touch: None,
        answers: None,
        due_at: tx.now(),
    };
    messages::queue(&mut tx, &[message]).await.unwrap();
    tx.commit().await.unwrap();
    office.remove("spare").await.unwrap();
    for status in ["sending", "unknown"] {
        let lease = if status == "sending" { "now()" } else { "null" };
        office
            .run(&format!(
                "update messages set status = '{status}', lease_until = {lease}, connection_id = '{id}', attempts = 1"
            ))
            .await;
        let said = office.remove("one").await.unwrap_err();
        assert!(said.starts_with("1 messages are on their way"), "{said}");
    }
    office
        .run("update messages set status = 'sent', sent_at = now(), lease_until = null")
        .await;
    office.remove("one").await.unwrap();
    assert_eq!(
        office
            .text("select count(*) from hook_routes where routed_tenant_id = $1")
            .await,
        "0"
    );
    assert_eq!(sent("one").len(), 0);
}
