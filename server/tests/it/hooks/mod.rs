//! Webhooks in: what is forged stores nothing, what is genuine is on disk before it is answered, and is applied once.
mod applied;
mod evidence;
mod limits;
mod links;
mod lists;
mod mailbox;
mod missed;
mod neighbours;
mod numbers;
mod pool;
mod replayed;
mod side;
mod strangers;
mod untold;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use providers::{EventKind, Inbound};
use rules::channel::Channel;
use serde_json::json;
use server::inbound::replay;
use side::{Side, TOKEN, event, side, status};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const ANN: &str = "+15045230001";

fn stop(key: &str) -> providers::Event {
    event(
        key,
        EventKind::Inbound(Inbound::text(key, Channel::Sms, (ANN, "ours"), "STOP")),
    )
}

fn body(key: &str) -> serde_json::Value {
    json!({"account": "A1", "pieces": [[stop(key)]]})
}

#[tokio::test]
async fn ten_megabytes_and_bodies_that_drip_are_not_waited_for() {
    let side = side("bandwidth").await;
    let large = Request::post(side.path())
        .body(Body::from(vec![b'x'; 10_000_000]))
        .unwrap();
    assert_eq!(side.call(large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, routes) = (CancellationToken::new(), side.routes.clone());
    let mut running = JoinSet::new();
    let stopped = stop.clone();
    let limits = server::http::Limits {
        head: std::time::Duration::from_millis(300),
        ..Default::default()
    };
    running.spawn(async move { server::http::listen::listen(listener, routes, limits, &stopped).await });
    let asks = |head: String, chunk: Vec<u8>, times: usize| async move {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..times {
            // it may have been refused meanwhile
            if socket.write_all(&chunk).await.is_err() {
                break;
            }
        }
        let mut answer = vec![0; 1000];
        let read = socket.read(&mut answer).await.unwrap_or(0);
        String::from_utf8_lossy(&answer[..read]).into_owned()
    };
    let path = side.path();
    let chunked = format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &vec![b'x'; 0x10000], b"\r\n"].concat();
    let answer = asks(chunked, chunk, 6).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let drip = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n");
    let answer = asks(drip, b"x".to_vec(), 3).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    // a head that never ends: the connection is closed
    let answer = asks(format!("POST {path} HTTP/1.1\r\nho"), Vec::new(), 0).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    assert!(side.counted("too_large") >= 2 && side.counted("slow") >= 1);
    assert_eq!(side.stored().await, "0");
    stop.cancel();
    running.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_may_be_as_large_as_its_provider_makes_them_and_no_larger() {
    const KIB: usize = 1024;
    for (name, most) in [
        ("twilio", 256 * KIB),
        ("ses", KIB * KIB),
        ("whatsapp", 3 * KIB * KIB),
    ] {
        let side = side(name).await;
        let call = |padding: &str| json!({"account": "A1", "pieces": [[stop("1")]], "padding": padding});
        let frame = call("").to_string().len();
        let padded = |bytes: usize| call(&"x".repeat(bytes - frame));
        assert_eq!(
            side.call(side.request(&padded(most + 1))).await.0,
            StatusCode::PAYLOAD_TOO_LARGE,
            "{name}"
        );
        assert_eq!(side.stored().await, "0", "{name}");
        assert_eq!(
            side.call(side.request(&padded(most))).await.0,
            StatusCode::OK,
            "{name}"
        );
        assert_eq!(side.stored().await, "1", "{name}");
    }
}

#[tokio::test]
async fn a_call_replayed_a_thousand_times_at_once_is_stored_and_applied_once() {
    let side = Arc::new(side("twilio").await);
    let mut calls = JoinSet::new();
    for _ in 0..1000 {
        let side = Arc::clone(&side);
        calls.spawn(async move { side.call(side.request(&body("same"))).await });
    }
    while let Some(answer) = calls.join_next().await {
        let (status, headers, body) = answer.unwrap();
        assert_eq!((status, body.as_str()), (StatusCode::OK, "<Response/>"));
        assert_eq!(headers["content-type"], "text/xml");
    }
    assert_eq!(side.stored().await, "1");
    side.apply().await;
    side.apply().await;
    assert_eq!(
        side.world
            .text("select string_agg(outcome || ':' || (raw is not null) || ':' || (connection_id = tenant_id), ' ')
                   from provider_events where tenant_id = $1")
            .await,
        "opted_out:true:true"
    );
    assert_eq!(
        side.world
            .text("select count(*) from messages where tenant_id = $1 and direction = 'inbound'")
            .await,
        "1"
    );
    assert_eq!(
        side.world
            .text("select count(*) from consent_events where tenant_id = $1")
            .await,
        "1"
    );
}

#[tokio::test]
async fn one_event_that_the_database_refuses_does_not_refuse_those_beside_it() {
    let side = Arc::new(side("twilio").await);
    side.world
        .run("alter table provider_events add constraint poisoned check (event_key <> 'key 7')")
        .await;
    let mut calls = JoinSet::new();
    for number in 0..100 {
        let side = Arc::clone(&side);
        calls.spawn(async move {
            let told = body(&format!("key {number}"));
            (number, side.call(side.request(&told)).await.0)
        });
    }
    while let Some(answer) = calls.join_next().await {
        let (number, status) = answer.unwrap();
        let right = if number == 7 {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        };
        assert_eq!(status, right, "{number}");
    }
    assert_eq!(side.stored().await, "99");
}

#[tokio::test]
async fn what_the_database_can_not_keep_is_kept_as_it_can() {
    let side = side("twilio").await;
    let mut odd = stop(&"long ".repeat(3000));
    odd.occurred_at = jiff::Timestamp::MIN;
    if let EventKind::Inbound(said) = &mut odd.kind {
        said.body = "a\0b".to_owned();
    }
    side.tell(&[odd.clone(), odd]).await;
    assert_eq!(
        side.world
            .text("select string_agg((payload ->> 'body') || ':' || length(event_key), ' ') from provider_events where tenant_id = $1")
            .await,
        "a\u{fffd}b:71"
    );
}

#[tokio::test]
async fn while_the_database_is_down_or_full_calls_are_sent_away_and_nothing_is_lost() {
    let full = side("twilio").await;
    full.tell(&[stop("before")]).await;
    full.world
        .run(
            "create function full_disk() returns trigger language plpgsql as
             $body$ begin raise exception 'no space left' using errcode = '53100'; end $body$;
             create trigger full_disk before insert on provider_events for each row execute function full_disk()",
        )
        .await;
    let not_now = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(full.call(full.request(&body("later"))).await.0, not_now);
    assert_eq!(full.stored().await, "1");
    full.world.run("drop trigger full_disk on provider_events").await;
    assert_eq!(full.call(full.request(&body("later"))).await.0, StatusCode::OK);
    assert_eq!(full.stored().await, "2");

    let (owner, roles, tenant) = (
        full.world.owner.clone(),
        full.world.roles.clone(),
        full.world.tenant,
    );
    full.app.db.close().await;
    assert_eq!(full.call(full.request(&body("down"))).await.0, not_now);
    let again = crate::support::World::again(owner, roles, tenant);
    let app = again.app.clone();
    let up = Side::of(again, app, "twilio");
    assert_eq!(up.stored().await, "2");
    assert_eq!(up.call(up.request(&body("down"))).await.0, StatusCode::OK);
    assert_eq!(up.stored().await, "3");
}

#[tokio::test]
async fn without_a_public_url_nothing_can_be_verified_and_calls_are_to_come_again() {
    let side = side("twilio").await;
    let mut app = side.app.clone();
    app.public_url = None;
    let (committer, _never_runs) = server::inbound::committer::Committer::new(app.clone());
    let hooks = server::inbound::hooks::Hooks::new(app, committer);
    let told = body("1").to_string();
    let headers = HeaderMap::new();
    let call = server::inbound::hooks::Call {
        provider: "twilio",
        token: TOKEN,
        method: "POST",
        path_and_query: "/",
        headers: &headers,
        body: told.as_bytes(),
    };
    assert_eq!(hooks.hear(&call).await, server::inbound::hooks::Answer::NotNow);
}

#[tokio::test]
async fn a_call_by_another_method_is_refused_and_counted_with_the_others() {
    let side = side("twilio").await;
    let before = side.counted("method");
    let request = Request::put(side.path()).body(Body::empty()).unwrap();
    assert_eq!(side.call(request).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(side.counted("method"), before + 1);
}

#[tokio::test]
async fn more_callers_than_may_wait_are_sent_away() {
    let side = side("twilio").await;
    // nobody writes: the queue of one is full after the first
    let (committer, _never_runs) = server::inbound::committer::Committer::with_queue(side.app.clone(), 1);
    let hooks = server::inbound::hooks::Hooks::new(side.app.clone(), committer);
    let limits = server::http::Limits {
        call: std::time::Duration::from_secs(1),
        ..Default::default()
    };
    let handle = metrics_exporter_prometheus::PrometheusBuilder::new()
        .build_recorder()
        .handle();
    let routes = server::http::routes(side.app.clone(), hooks, handle, limits);
    let (busy, late) = (side.counted("busy"), side.counted("too_long"));
    for number in 0..4 {
        let request = side.request(&body(&format!("{number}")));
        let answer = tower::ServiceExt::oneshot(routes.clone(), request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(side.counted("busy") > busy && side.counted("too_long") > late);
    assert_eq!(side.stored().await, "0");
}

#[tokio::test]
async fn a_challenge_is_given_back_and_what_has_no_event_is_kept_once_and_done() {
    let side = side("whatsapp").await;
    let asked = json!({"account": "A1", "challenge": "say this"});
    assert_eq!(side.call(side.request(&asked)).await.2, "say this");
    assert_eq!(side.stored().await, "0");
    let nothing = json!({"account": "A1", "pieces": [[]]});
    let counted = side.counted("kept_no_event");
    for _ in 0..2 {
        assert_eq!(side.call(side.request(&nothing)).await.0, StatusCode::OK);
    }
    assert_eq!(side.counted("kept_no_event"), counted + 2);
    let kept = "select string_agg(kind || ' ' || outcome || ' ' || (raw is not null) || ' ' || (applied_at is not null), ';')
                from provider_events where tenant_id = $1";
    assert_eq!(side.world.text(kept).await, "no_event no_event true true");
    side.tell(&[status("1", "unknown", "sent")]).await;
    assert_eq!(side.stored().await, "2");
    let everything = replay::Wanted::default();
    let again = replay::replay(&side.app, side.world.tenant, &everything)
        .await
        .unwrap();
    assert_eq!((again.found, again.changed), (0, 0));
}
