//! What a provider says of its account: kept and shown, and its rate is the most that the connection sends at.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, texts, values};
use super::{OURS, shown};
use rules::pacing::{Pace, PaceScope};
use server::connections::Changes;
use server::pace;

/// The pace that counts for the connection, and why.
async fn counts(office: &Office) -> (Option<Pace>, String) {
    let mut tx = office.tx().await;
    let all = pace::list(&mut tx).await.unwrap();
    let one = all
        .into_iter()
        .find(|one| one.connection == "one" && one.scope == PaceScope::Connection);
    one.map_or((None, String::new()), |one| (one.pace, one.because))
}

async fn set(office: &Office, to: Option<Pace>) {
    let mut tx = office.tx().await;
    pace::set(&mut tx, "one", PaceScope::Connection, None, to)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn told(office: &Office, rate: &str) {
    let changes = Changes {
        values: values(&[("region", rate)]),
        ..Changes::default()
    };
    assert_eq!(office.change("one", &changes).await, Ok(true));
}

#[tokio::test]
async fn the_lower_of_what_the_provider_allows_and_what_was_set_counts() {
    let office = office().await;
    let mut one = texts("one", OURS);
    one.values.set("region", "2.5");
    office.add(&one).await;
    assert_eq!(shown(&office, "one", false).await.connection.account_says, None);
    office.verify("one").await.unwrap();
    office.activate("one").await.unwrap();
    let connection = shown(&office, "one", false).await.connection;
    assert_eq!(connection.account_says.as_deref(), Some("account one is open"));
    assert_eq!(connection.account_said_at, Some(office.app.clock.now()));

    let two = Some(Pace::per_second(2, 2));
    let so_much = "the provider allows so much".to_owned();
    assert_eq!(counts(&office).await, (two, so_much.clone()));
    set(&office, Some(Pace::per_second(5, 50))).await;
    let (pace, because) = counts(&office).await;
    assert_eq!(pace, two);
    assert!(because.ends_with("more was set"), "{because}");
    set(&office, Some(Pace::per_second(1, 2))).await;
    assert_eq!(
        counts(&office).await,
        (Some(Pace::per_second(1, 2)), "set".to_owned())
    );
    // the account is allowed less than that: what was set waits for better days
    told(&office, "0.5").await;
    let slow = Pace {
        tokens: 1,
        seconds: 2,
        burst: 1,
    };
    assert_eq!(counts(&office).await.0, Some(slow));
    told(&office, "200").await;
    assert_eq!(counts(&office).await.0, Some(Pace::per_second(1, 2)));
    set(&office, None).await;
    assert_eq!(counts(&office).await, (Some(Pace::per_second(200, 200)), so_much));
    // an account that says nothing of it leaves what was told
    told(&office, "us1").await;
    assert_eq!(counts(&office).await.0, Some(Pace::per_second(200, 200)));
}

#[tokio::test]
async fn the_caps_that_a_provider_returns_are_kept_for_the_registration_that_it_names() {
    let office = office().await;
    let mut one = texts("one", OURS);
    one.values.set("token", "registered");
    office.add(&one).await;
    office.verify("one").await.unwrap();
    let connection = shown(&office, "one", false).await.connection;
    assert_eq!(connection.registration.as_deref(), Some("CABC123"));
    let says = connection.account_says.unwrap();
    assert!(
        says.ends_with(&format!("; {OURS} is of campaign CABC123")),
        "{says}"
    );
    let caps = async || {
        let all = pace::list(&mut office.tx().await).await.unwrap();
        let of_carriers = all.into_iter().filter(|one| !one.scope.is_of_the_sender());
        of_carriers
            .map(|one| (one.of, one.pace.unwrap().tokens, one.because))
            .collect::<Vec<_>>()
    };
    let told = "the provider allows so much";
    assert_eq!(
        caps().await,
        [
            ("t-mobile".to_owned(), 2_000, told.to_owned()),
            ("at&t".to_owned(), 15, told.to_owned())
        ]
    );
    // what the provider named it names anew
    let changes = Changes {
        values: values(&[("token", "moved")]),
        ..Changes::default()
    };
    office.change("one", &changes).await.unwrap();
    office.verify("one").await.unwrap();
    let connection = shown(&office, "one", false).await.connection;
    assert_eq!(connection.registration.as_deref(), Some("CNEW1"));
    assert_eq!(caps().await.len(), 2);
    // what somebody wrote down stays, and the caps are of it
    let changes = Changes {
        registration: Some("CMINE".to_owned()),
        ..Changes::default()
    };
    office.change("one", &changes).await.unwrap();
    assert_eq!(caps().await, []);
    office.verify("one").await.unwrap();
    let connection = shown(&office, "one", false).await.connection;
    assert_eq!(connection.registration.as_deref(), Some("CMINE"));
    assert_eq!(caps().await.len(), 2);
    // credentials that may send and not see it are good
    let changes = Changes {
        values: values(&[("token", "blind")]),
        ..Changes::default()
    };
    office.change("one", &changes).await.unwrap();
    let said = office.verify("one").await.unwrap();
    assert!(said.ends_with("they may not see it"), "{said}");
}
