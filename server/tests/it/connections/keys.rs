//! Master keys: made once, rotated under everything, forgotten when nothing needs them; and what is sealed opens in its own row only.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::office::{Office, office, texts};
use rules::channel::Channel;
use server::connections::keys::{self, KeyStatus};
use server::connections::{self, NewConnection, NotConnected};
use uuid::Uuid;

async fn opens(office: &Office, id: Uuid) -> Result<(), NotConnected> {
    let mut tx = office.tx().await;
    connections::open(&office.app, &mut tx, id).await.map(|_| ())
}

async fn status(office: &Office) -> Vec<(String, bool, bool, i64)> {
    let all = keys::status(&office.app).await.unwrap();
    all.into_iter()
        .map(
            |KeyStatus {
                 name,
                 is_current,
                 is_in_file,
                 connections,
             }| (name, is_current, is_in_file, connections),
        )
        .collect()
}

fn key(name: &str, is_current: bool, connections: i64) -> (String, bool, bool, i64) {
    (name.to_owned(), is_current, true, connections)
}

/// Three connections of this tenant and one of another.
async fn four(office: &Office) -> Vec<Uuid> {
    let mut all = Vec::new();
    for (name, sender) in [
        ("one", "+13125550141"),
        ("two", "+13125550142"),
        ("three", "+13125550143"),
    ] {
        all.push(office.add(&texts(name, sender)).await);
    }
    let neighbour = office.neighbour().await;
    let mut tx = office.app.tenant(neighbour).await.unwrap();
    let theirs = NewConnection {
        channel: Channel::Whatsapp,
        ..texts("theirs", "+13125550144")
    };
    connections::add(&office.app, &mut tx, &theirs).await.unwrap();
    tx.commit().await.unwrap();
    all
}

#[tokio::test]
async fn after_a_rotation_everything_opens_without_the_old_key_also_in_a_process_that_runs() {
    let office = office().await;
    assert_eq!(status(&office).await, []);
    let ids = four(&office).await;
    assert_eq!(status(&office).await, [key("k1", true, 4)]);
    let said = keys::forget(&office.app, "k1").await.unwrap_err().to_string();
    assert!(said.contains("new credentials are sealed under"), "{said}");
    // another process rotates: this one has read the file before
    let mut running = office.world.app.clone();
    running.keys = Some(std::sync::Arc::new(
        server::seal::KeyRing::at(&office.key_file()).unwrap(),
    ));
    let rotated = keys::rotate(&office.app).await.unwrap();
    assert_eq!(
        (rotated.key.as_str(), rotated.is_new, rotated.resealed),
        ("k2", true, 4)
    );
    assert_eq!(status(&office).await, [key("k1", false, 0), key("k2", true, 4)]);
    keys::forget(&office.app, "k1").await.unwrap();
    assert_eq!(status(&office).await, [key("k2", true, 4)]);
    for id in ids {
        opens(&office, id).await.unwrap();
        let mut tx = office.tx().await;
        running.carriers = std::sync::Arc::default();
        connections::open(&running, &mut tx, id).await.unwrap();
    }
    let said = keys::forget(&office.app, "k1").await.unwrap_err().to_string();
    assert!(said.contains("`k1` is not in the key file"), "{said}");
}

#[tokio::test]
async fn an_interrupted_rotation_keeps_both_keys_and_the_next_one_finishes_it() {
    let office = office().await;
    let ids = four(&office).await;
    let before = office
        .text("select encode(credentials, 'hex') from tenant_channel_settings where name = 'two'")
        .await;
    keys::rotate(&office.app).await.unwrap();
    // as if it had not got to this one
    office
        .run(&format!(
            "update tenant_channel_settings set credentials = decode('{before}', 'hex') where name = 'two'"
        ))
        .await;
    assert_eq!(status(&office).await, [key("k1", false, 1), key("k2", true, 3)]);
    let said = keys::forget(&office.app, "k1").await.unwrap_err().to_string();
    assert!(said.starts_with("the credentials of 1 connections"), "{said}");
    for id in &ids {
        opens(&office, *id).await.unwrap();
    }
    let rotated = keys::rotate(&office.app).await.unwrap();
    assert_eq!(
        (rotated.key.as_str(), rotated.is_new, rotated.resealed),
        ("k2", false, 1)
    );
    keys::forget(&office.app, "k1").await.unwrap();
    for id in ids {
        opens(&office, id).await.unwrap();
    }
    let rotated = keys::rotate(&office.app).await.unwrap();
    assert_eq!((rotated.key.as_str(), rotated.is_new), ("k3", true));
}

#[tokio::test]
async fn what_is_sealed_opens_in_no_other_row_and_for_no_other_tenant() {
    let mut office = office().await;
    let ids = four(&office).await;
    office.restart();
    let swap = |from: &str, to: &str| {
        format!(
            "update tenant_channel_settings s set credentials = o.credentials from tenant_channel_settings o
             where o.name = '{from}' and s.name = '{to}'"
        )
    };
    for from in ["two", "theirs"] {
        office.run(&swap(from, "one")).await;
        let error = opens(&office, ids[0]).await.unwrap_err();
        assert!(
            matches!(&error, NotConnected::Sealed(server::seal::CannotOpen::Broken)),
            "{from}: {error}"
        );
    }
    opens(&office, ids[1]).await.unwrap();
    // the rotation goes on over what it can't open, and says which
    let rotated = keys::rotate(&office.app).await.unwrap();
    assert_eq!(rotated.resealed, 3);
    assert_eq!(rotated.not_opened.len(), 1);
    assert!(rotated.not_opened[0].ends_with(&ids[0].simple().to_string()));
}

#[tokio::test]
async fn a_lost_key_file_is_not_replaced_by_a_new_one() {
    let mut office = office().await;
    let ids = four(&office).await;
    let kept = std::fs::read(office.key_file()).unwrap();
    std::fs::remove_file(office.key_file()).unwrap();
    office.restart();
    let said = office.refused(&texts("five", "+13125550145")).await;
    assert!(
        said.contains("is gone, and the credentials of 4 connections"),
        "{said}"
    );
    let said = keys::rotate(&office.app).await.unwrap_err().to_string();
    assert!(said.contains("put it back from its backup"), "{said}");
    assert!(!office.key_file().exists());
    assert_eq!(
        status(&office).await,
        [("k1".to_owned(), false, false, 4)],
        "a key that is gone is shown"
    );
    assert!(opens(&office, ids[0]).await.is_err());
    // put back while the process runs
    std::fs::write(office.key_file(), kept).unwrap();
    std::fs::set_permissions(
        office.key_file(),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    opens(&office, ids[0]).await.unwrap();
}

#[tokio::test]
async fn two_who_add_the_first_connections_at_once_share_one_key() {
    let office = office().await;
    let neighbour = office.neighbour().await;
    let (one, two) = (texts("one", "+13125550141"), texts("two", "+13125550142"));
    let add = async |tenant, new: &NewConnection| {
        let mut app = office.app.clone();
        app.keys = Some(std::sync::Arc::new(
            server::seal::KeyRing::at(&office.key_file()).unwrap(),
        ));
        let mut tx = app.tenant(tenant).await.unwrap();
        connections::add(&app, &mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::join!(add(office.tenant, &one), add(neighbour, &two));
    assert_eq!(status(&office).await, [key("k1", true, 2)]);
    let rotated = keys::rotate(&office.app).await.unwrap();
    assert_eq!((rotated.resealed, rotated.not_opened.len()), (2, 0));
}
