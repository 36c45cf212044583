//! Whose opt-out is on one list alone: shown before it is recorded, and without recording it.
use crate::support::people::customer;
use crate::support::scripted::{Answers, of_provider};
use crate::support::world;
use providers::KnownOptOut;
use rules::channel::Channel;
use rules::suppression::SuppressionReason;
use server::consents;
use server::reconciliation::{self, OnlyOn};

#[tokio::test]
async fn who_is_on_one_list_alone_is_named_and_nothing_is_recorded_by_asking() {
    let (world, provider) = of_provider(world().await, "twilio", Answers::calm()).await;
    let compared = reconciliation::opt_outs(&world.app, world.tenant).await.unwrap();
    assert_eq!(compared.len(), 1);
    assert_eq!(compared[0].differing, None, "it keeps no list");
    let (both, theirs, ours) = ("+15045230001", "+15045230002", "+15045230003");
    let mut tx = world.tx().await;
    let all = [(Channel::Sms, both), (Channel::Sms, ours)];
    consents::opt_out_addresses(&mut tx, &all, SuppressionReason::Staff)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    customer(&world, "Ann", theirs).await;
    let known = |address: &str| KnownOptOut {
        channel: Channel::Sms,
        address: address.to_owned(),
        reason: SuppressionReason::Carrier,
    };
    // whom nobody here knows is another tenant's
    provider.knows_opt_outs(vec![known(theirs), known(both), known("+15045230004")]);
    let differing = async || {
        let compared = reconciliation::opt_outs(&world.app, world.tenant).await.unwrap();
        let found = compared[0].differing.clone().unwrap().unwrap();
        let found = found
            .into_iter()
            .map(|one| (one.only_on, one.address, one.reason));
        found.collect::<Vec<_>>()
    };
    let of_ours = (OnlyOn::Ours, ours.to_owned(), "staff".to_owned());
    for _ in 0..2 {
        let of_theirs = (OnlyOn::Theirs, theirs.to_owned(), "carrier".to_owned());
        assert_eq!(differing().await, [of_theirs, of_ours.clone()]);
    }
    reconciliation::compare(&world.app, world.tenant, true)
        .await
        .unwrap();
    assert_eq!(differing().await, [of_ours], "theirs is recorded now");
}
