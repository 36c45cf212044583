//! What people do in the inbox: find, note, assign, tag; and never in a neighbour's.
use super::{ANN, NOBODYS, all, threads_are_true, writes};
use crate::support::people::{customer, job, live, plumbing};
use crate::support::world;
use rules::channel::Channel;
use server::conversations::{self, ConversationError, Filter, Status};
use server::db::migrate;

#[tokio::test]
async fn lists_are_filtered_and_come_page_by_page_the_newest_first() {
    let world = world().await;
    for at in 0..5 {
        world.at(&format!("2026-03-02T15:0{at}:00Z"));
        writes(&world, &at.to_string(), &format!("+1504523100{at}"), "Hi").await;
    }
    let found = all(&world).await;
    let (newest, oldest) = (found[0].conversation.id, found[4].conversation.id);
    assert_eq!(found[0].conversation.their_address, "+15045231004");
    let mut tx = world.tx().await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let filter = Filter {
            after,
            limit: 2,
            ..Filter::default()
        };
        let page = conversations::list(&mut tx, &filter).await.unwrap();
        seen.extend(page.conversations.iter().map(|one| one.conversation.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = found.iter().map(|one| one.conversation.id).collect();
    assert_eq!(seen, expected);
    conversations::read(&mut tx, newest).await.unwrap();
    conversations::assign(&mut tx, oldest, Some("Kim")).await.unwrap();
    conversations::set_status(&mut tx, newest, Status::Completed)
        .await
        .unwrap();
    let ids = async |tx: &mut server::db::TenantTx, filter: Filter| -> Vec<uuid::Uuid> {
        let page = conversations::list(tx, &Filter { limit: 100, ..filter })
            .await
            .unwrap();
        page.conversations.iter().map(|one| one.conversation.id).collect()
    };
    let unread = Filter {
        unread: true,
        ..Filter::default()
    };
    assert_eq!(ids(&mut tx, unread).await, expected[1..]);
    let kims = Filter {
        assigned_to: Some("Kim".to_owned()),
        ..Filter::default()
    };
    assert_eq!(ids(&mut tx, kims).await, [oldest]);
    let completed = Filter {
        status: Some(Status::Completed),
        ..Filter::default()
    };
    assert_eq!(ids(&mut tx, completed).await, [newest]);
    let email = Filter {
        channel: Some(Channel::Email),
        ..Filter::default()
    };
    assert!(ids(&mut tx, email).await.is_empty());
}

#[tokio::test]
async fn notes_and_tags_are_kept_and_too_many_are_refused() {
    let world = world().await;
    writes(&world, "1", ANN, "Hi").await;
    let id = all(&world).await[0].conversation.id;
    let mut tx = world.tx().await;
    conversations::note(&mut tx, id, "Kim", " Call back. ")
        .await
        .unwrap();
    let tags = ["Leak", "leak ", "urgent"].map(str::to_owned);
    conversations::tag(&mut tx, id, &tags).await.unwrap();
    let shown = conversations::show(&mut tx, id, None, 50).await.unwrap();
    assert_eq!(
        (shown.notes[0].by.as_str(), shown.notes[0].body.as_str()),
        ("Kim", "Call back.")
    );
    assert_eq!(shown.conversation.tags, ["leak", "urgent"]);
    let many: Vec<String> = (0..6).map(|at| format!("t{at}")).collect();
    assert!(matches!(
        conversations::tag(&mut tx, id, &many).await,
        Err(ConversationError::Field { field: "tags", .. })
    ));
    assert!(conversations::note(&mut tx, id, "Kim", "  ").await.is_err());
}

#[tokio::test]
async fn a_neighbour_s_conversations_are_the_neighbour_s_alone() {
    let world = world().await;
    writes(&world, "1", ANN, "Hi").await;
    let id = all(&world).await[0].conversation.id;
    let neighbour = world.neighbour().await;
    let mut tx = world.app.tenant(neighbour).await.unwrap();
    let filter = Filter {
        limit: 100,
        ..Filter::default()
    };
    assert_eq!(
        conversations::list(&mut tx, &filter)
            .await
            .unwrap()
            .conversations
            .len(),
        0
    );
    let unknown = |refused: Result<(), ConversationError>| {
        assert!(matches!(refused, Err(ConversationError::Unknown)), "{refused:?}");
    };
    unknown(conversations::show(&mut tx, id, None, 10).await.map(drop));
    unknown(conversations::note(&mut tx, id, "x", "x").await.map(drop));
    unknown(conversations::assign(&mut tx, id, Some("x")).await);
    unknown(conversations::read(&mut tx, id).await);
    unknown(conversations::set_status(&mut tx, id, Status::Archived).await);
    unknown(conversations::tag(&mut tx, id, &[]).await);
    tx.commit().await.unwrap();
    assert_eq!(all(&world).await[0].conversation.unread, 1);
}

#[tokio::test]
async fn messages_from_before_there_were_conversations_are_put_into_theirs() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    live(&world, "2026-03-08T14:00:00Z").await;
    writes(&world, "1", ANN, "Great work!").await;
    writes(&world, "2", NOBODYS, "STOP").await;
    live(&world, "2026-03-08T14:10:00Z").await;
    let counts = "select string_agg(concat_ws(' ', channel, our_address, their_address, customer_id, inbound_count, outbound_count,
                                              last_inbound_at, opt_out_reason), ',' order by channel, their_address)
                  from conversations where tenant_id = $1";
    let before = world.text(counts).await;
    assert_eq!(all(&world).await.len(), 3);
    world.app.db.close().await;
    migrate::down(&world.owner, 16).await.unwrap();
    migrate::up(&world.owner).await.unwrap();
    assert_eq!(world.text(counts).await, before);
    threads_are_true(&crate::support::World::again(
        world.owner.clone(),
        world.roles.clone(),
        world.tenant,
    ))
    .await;
}
