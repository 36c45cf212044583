//! `courtesy consent` by its front door.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::ANN;
use crate::support::people::customer;
use crate::support::{World, world};
use std::process::Output;
use tempfile::TempDir;

fn consent(world: &World, folder: &TempDir, args: &[&str]) -> Output {
    world
        .program(folder.path())
        .arg("consent")
        .args(args)
        .args(["--tenant", &world.slug, "--customer", ANN, "--channel", "sms"])
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_consent_to_another_number_does_not_take_the_place_of_the_one_to_their_own() {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let folder = tempfile::tempdir().unwrap();
    let in_force = "select string_agg(status || ' ' || address, ', ') from consents where tenant_id = $1";
    let own = format!("opted_in {ANN}");
    assert_eq!(world.text(in_force).await, own);
    let other = ["record", "--method", "phone_call", "--address", "+15045230099"];
    let refused = consent(&world, &folder, &other);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains(&format!("address: the customer has {ANN}")),
        "{said}"
    );
    assert_eq!(world.text(in_force).await, own);
    // their own in another writing is theirs, and whose number is not theirs any more may still be taken from the list
    for fine in [
        &["record", "--method", "phone_call", "--address", "(504) 523-0001"][..],
        &["revoke", "--address", "+15045230099"],
    ] {
        let done = consent(&world, &folder, fine);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}
