//! Unsubscribe links: a look changes nothing, one click is enough, a second one adds nothing, and whatever is wrong looks alike.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use super::side::{PUBLIC_URL, Side, side};
use crate::support::people::{customer, job, plumbing};
use crate::support::{moment, new_tenant};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use rules::channel::Channel;
use server::consents::links;
use server::engine::Engine;
use server::tenants;

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

async fn get(side: &Side, path: &str) -> (StatusCode, HeaderMap, String) {
    side.call(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(side: &Side, path: &str, body: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    side.call(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

async fn suppressed(side: &Side) -> String {
    side.world
        .text("select string_agg(address || ':' || suppressed_scope || ':' || suppressed_reason, ' ') from recipients
               where tenant_id = $1 and suppressed_scope is not null")
        .await
}

/// A message to Ann, and the path of its link.
async fn linked(side: &Side) -> String {
    side.sent("m1", "ann@example.com").await;
    let message = side
        .world
        .text("select id from messages where tenant_id = $1 and external_id = 'm1'")
        .await;
    let mut tx = side.world.tx().await;
    let url = links::key(&mut tx)
        .await
        .unwrap()
        .url(PUBLIC_URL, message.parse().unwrap());
    tx.commit().await.unwrap();
    url.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

#[tokio::test]
async fn a_look_changes_nothing_and_one_click_unsubscribes_once() {
    let side = side("ses").await;
    let path = linked(&side).await;
    for _ in 0..3 {
        let (status, headers, page) = get(&side, &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("<form method=\"post\">") && page.contains("Test Plumbing"),
            "{page}"
        );
        assert!(!page.contains("ann@"));
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert!(!headers.contains_key("set-cookie"));
    }
    for body in ["", "List-Unsubscribe=No", "a=b"] {
        assert_eq!(post(&side, &path, body).await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(suppressed(&side).await, "");
    for _ in 0..3 {
        assert_eq!(post(&side, &path, ONE_CLICK).await.0, StatusCode::OK);
    }
    assert_eq!(suppressed(&side).await, "ann@example.com:all:keyword");
    let said = "select string_agg(kind || ':' || scope || ':' || method, ' ') from consent_events where tenant_id = $1";
    assert_eq!(side.world.text(said).await, "opted_out:all:website_form");
}

#[tokio::test]
async fn tokens_that_were_not_made_here_are_answered_alike_and_change_nothing() {
    let side = side("ses").await;
    let path = linked(&side).await;
    // another tenant's key over the same message, as if it were its own
    let other = tenants::create(&side.app, new_tenant("other")).await.unwrap();
    let message = side
        .world
        .text("select id from messages where tenant_id = $1 and external_id = 'm1'")
        .await;
    let mut tx = side.app.tenant(other).await.unwrap();
    let foreign = links::key(&mut tx).await.unwrap().token(message.parse().unwrap());
    let unknown = links::key(&mut tx).await.unwrap().token(uuid::Uuid::from_u128(9));
    tx.commit().await.unwrap();
    let mut wrong = vec![
        format!("/u/{foreign}"),
        format!("/u/{unknown}"),
        "/u/x".to_owned(),
        format!("/u/{}", "0".repeat(96)),
        path.to_uppercase().replace("/U/", "/u/"),
        path[..path.len() - 1].to_owned(),
    ];
    for at in 3..path.len() {
        let mut changed = path.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        wrong.push(String::from_utf8(changed).unwrap());
    }
    let first = get(&side, &wrong[0]).await;
    assert_eq!(first.0, StatusCode::NOT_FOUND);
    for path in &wrong {
        assert_eq!(get(&side, path).await, first, "{path}");
        assert_eq!(post(&side, path, ONE_CLICK).await, first, "{path}");
    }
    assert_eq!(suppressed(&side).await, "");
}

#[tokio::test]
async fn a_follow_up_by_mail_carries_its_link_and_the_click_ends_the_follow_up() {
    let side = side("ses").await;
    plumbing(&side.world).await;
    side.world
        .run(
            "update tenant_channel_settings set is_active = false where tenant_id = $1 and channel = 'email';
             update tenant_channel_settings set is_active = true, channel = 'email', sender_address = 'us@plumbing.example'
             where tenant_id = $1 and id = $1;
             insert into number_routes (channel, address, routed_tenant_id) values ('email', 'us@plumbing.example', $1)",
        )
        .await;
    let ann = customer(&side.world, "Ann", "+15045230001").await;
    job(&side.world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    let engine = Engine::new(side.app.clone());
    let tick = jiff::SignedDuration::from_secs(1);
    engine
        .run_until(moment("2026-03-07T14:00:00Z"), tick, |_, _| {})
        .await
        .unwrap();
    let sent = side.provider.sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].channel, Channel::Email);
    let url = sent[0].unsubscribe.clone().unwrap().url;
    let path = url.strip_prefix(PUBLIC_URL).unwrap();
    assert_eq!(post(&side, path, ONE_CLICK).await.0, StatusCode::OK);
    engine
        .run_until(moment("2026-03-20T14:00:00Z"), tick, |_, _| {})
        .await
        .unwrap();
    assert_eq!(side.provider.sent.lock().unwrap().len(), 1);
    assert_eq!(
        side.world
            .text("select stop_reason from campaign_enrollments where tenant_id = $1")
            .await,
        "opted_out_email"
    );
}
