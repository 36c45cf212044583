//! An address is whose verified connection has it; who only entered it keeps it from nobody.
use super::OURS;
use super::office::{Office, POOLED, office, texts, values};
use rules::channel::Channel;
use server::connections::{self, Changes, ConnectionError, NewConnection};
use server::db::TenantId;

async fn add(office: &Office, tenant: TenantId, new: &NewConnection) -> Result<(), ConnectionError> {
    let mut tx = office.app.tenant(tenant).await?;
    connections::add(&office.app, &mut tx, new).await?;
    Ok(tx.commit().await?)
}

async fn verify(office: &Office, tenant: TenantId, name: &str) -> Result<String, String> {
    connections::verify(&office.app, tenant, name)
        .await
        .map(|checked| checked.summary)
        .map_err(|error| error.to_string())
}

async fn route(office: &Office) -> Option<TenantId> {
    connections::whose(&office.app, Some(Channel::Sms), OURS)
        .await
        .unwrap()
}

fn is_taken(said: &str) -> bool {
    said.starts_with("sender: another tenant")
        && said.contains("remove that connection")
        && !said.contains(OURS)
}

#[tokio::test]
async fn an_address_that_was_only_entered_gives_way_and_is_whoevers_verifies_it_first() {
    let office = office().await;
    let neighbour = office.neighbour().await;
    add(&office, neighbour, &texts("trial", OURS)).await.unwrap();
    assert_eq!(route(&office).await, Some(neighbour));
    office.add(&texts("one", OURS)).await;
    assert_eq!(route(&office).await, Some(office.tenant));
    let proved = async || {
        connections::whose_proved(&office.app, Some(Channel::Sms), OURS)
            .await
            .unwrap()
    };
    assert_eq!(proved().await, None, "nobody proved it");
    // the trial is none any more
    verify(&office, neighbour, "trial").await.unwrap();
    assert_eq!(
        (route(&office).await, proved().await),
        (Some(neighbour), Some(neighbour))
    );
    let said = office.verify("one").await.unwrap_err();
    assert!(is_taken(&said), "{said}");
    assert!(
        office
            .activate("one")
            .await
            .unwrap_err()
            .contains("never verified")
    );
    let said = office.refused(&texts("two", OURS)).await;
    assert!(is_taken(&said), "{said}");
    assert_eq!(route(&office).await, Some(neighbour));
    // and it gives way again once what was verified is entered anew
    let other = Changes {
        values: values(&[("token", "another")]),
        ..Changes::default()
    };
    connections::change(&office.app, neighbour, "trial", &other)
        .await
        .unwrap();
    office.verify("one").await.unwrap();
    assert_eq!(
        (route(&office).await, proved().await),
        (Some(office.tenant), Some(office.tenant))
    );
    let said = verify(&office, neighbour, "trial").await.unwrap_err();
    assert!(is_taken(&said), "{said}");
}

#[tokio::test]
async fn a_connection_in_use_takes_an_address_that_another_tenant_only_entered() {
    let office = office().await;
    let neighbour = office.neighbour().await;
    add(&office, neighbour, &texts("slip", OURS)).await.unwrap();
    office.in_use(&texts("one", "+13125550143")).await;
    let moved = Changes {
        sender: Some(OURS.to_owned()),
        ..Changes::default()
    };
    assert_eq!(office.change("one", &moved).await, Ok(true));
    assert_eq!(route(&office).await, Some(office.tenant));
}

#[tokio::test]
async fn a_pool_with_a_number_that_another_tenant_proved_is_not_verified_and_the_number_is_named() {
    let office = office().await;
    let neighbour = office.neighbour().await;
    let pool = NewConnection {
        values: values(&[("account", "pool"), ("token", "pooled")]),
        ..texts("pool", OURS)
    };
    add(&office, neighbour, &texts("theirs", POOLED)).await.unwrap();
    office.add(&pool).await;
    office.verify("pool").await.unwrap();
    verify(&office, neighbour, "theirs").await.unwrap();
    let said = office.verify("pool").await.unwrap_err();
    assert!(
        said.contains(POOLED) && !said.contains(OURS) && said.contains("Take it out of the pool"),
        "{said}"
    );
    assert!(!said.contains(&office.slug), "{said}");
    assert!(
        office
            .activate("pool")
            .await
            .unwrap_err()
            .contains("never verified")
    );
    // one in use stays in use, and does not become such a pool
    office.in_use(&texts("one", "+13125550143")).await;
    let pooled = Changes {
        values: values(&[("token", "pooled")]),
        ..Changes::default()
    };
    let said = office.change("one", &pooled).await.unwrap_err();
    assert!(said.contains(POOLED), "{said}");
    // whose senders can't be listed is verified
    let blind = Changes {
        values: values(&[("token", "blind")]),
        ..Changes::default()
    };
    office.change("pool", &blind).await.unwrap();
    office.verify("pool").await.unwrap();
}
