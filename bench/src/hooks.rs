//! Webhooks per second: signed calls through the routes of `serve`, each answered when it is on disk, against a bare insert of the same
//! row for each, by as many connections.
use crate::Options;
use crate::figures::{Figures, Limit, median, say};
use crate::touches::ratio;
use crate::world::{Server, World};
use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use metrics_exporter_prometheus::PrometheusBuilder;
use providers::Values;
use providers::http::{Egress, Http};
use ring::hmac;
use server::db::TenantId;
use server::http::{self, Limits};
use server::inbound::hooks::Hooks;
use server::inbound::{self, committer::Committer};
use std::time::Instant;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Callers at the same time.
const CALLERS: usize = 200;
/// As many connections as the product's pool has in this world.
const CONNECTIONS: usize = 4;
/// Events that are applied at a time.
const APPLIED: usize = 500;
const PUBLIC_URL: &str = "https://hooks.example.com";
const PATH: &str = "/hooks/twilio/the-token-of-the-bench";
const TOKEN: &str = "the-token-of-the-bench";
const AUTH: &str = "00000000000000000000000000000008";

/// Measures both in turn.
pub async fn measure(options: &Options, server: &Server, figures: &mut Figures) -> anyhow::Result<()> {
    say("hooks: calls signed by Twilio's way, stored and answered; against a bare insert for each; in turn");
    let world = server.world("hooks").await?;
    let tenant = world.tenant("hooked").await?.id;
    world
        .run(&format!(
            "insert into tenant_channel_settings (tenant_id, id, name, channel, provider, sender_address, is_active, verified_at,
                                                  created_at, updated_at)
             values ('{id}', '{id}', 'hooked', 'sms', 'twilio', '+13125550100', false, now(), now(), now());
             insert into hook_routes (token_digest, provider, routed_tenant_id, connection_id)
             values (sha256('{TOKEN}'), 'twilio', '{id}', '{id}')",
            id = tenant.as_uuid()
        ))
        .await?;
    let calls = if options.quick { 4_000 } else { 20_000 };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for repeat in 0..4 {
        let told = through_the_routes(&world, repeat, calls).await?;
        let by_hand = bare_inserts(&world, tenant, repeat, calls).await?;
        // the first of each warms caches and plans
        if repeat > 0 {
            ours.push(told);
            bare.push(by_hand);
        }
    }
    let stored = world
        .text("select count(*) from provider_events where raw is not null")
        .await?;
    ensure!(
        stored == (calls * 8).to_string(),
        "{} rows were to be stored, {stored} are",
        calls * 8
    );
    figures.add(
        "hooks",
        "signed calls stored and answered / bare inserts of one row",
        ratio(&ours, &bare),
        "×",
        Limit::AtLeast(0.5),
        format!(
            "{:.0}/s by {CALLERS} callers against {:.0}/s by {CONNECTIONS} connections",
            median(&ours),
            median(&bare)
        ),
    );
    applying(&world, tenant, figures).await
}

/// How fast events are applied while all of the above wait, against a tenant of whom these alone wait; in turn.
async fn applying(world: &World, tenant: TenantId, figures: &mut Figures) -> anyhow::Result<()> {
    let other = world.tenant("few-events").await?.id;
    let (mut beside_all, mut alone) = (Vec::new(), Vec::new());
    for repeat in 0..4 {
        world
            .run(&format!(
                "insert into provider_events (tenant_id, provider, event_key, kind, payload, raw, connection_id, occurred_at, received_at)
                 select '{}', provider, '{repeat} ' || event_key, kind, payload, raw, connection_id, occurred_at, received_at
                 from provider_events where tenant_id = '{}' and attempts = 0 limit {APPLIED};
                 analyze provider_events",
                other.as_uuid(),
                tenant.as_uuid()
            ))
            .await?;
        for (of, rates) in [(tenant, &mut beside_all), (other, &mut alone)] {
            let begun = Instant::now();
            let done = inbound::apply::apply(&world.app, of, APPLIED).await?;
            ensure!(
                done == APPLIED,
                "{APPLIED} events were to be applied, {done} were"
            );
            if repeat > 0 {
                rates.push(done as f64 / begun.elapsed().as_secs_f64());
            }
        }
    }
    let waiting = world
        .text("select count(*) from provider_events where applied_at is null")
        .await?;
    figures.add(
        "hooks",
        "events applied beside all that wait / of a tenant without others",
        ratio(&beside_all, &alone),
        "×",
        Limit::AtLeast(0.5),
        format!(
            "{:.0}/s beside {waiting} against {:.0}/s",
            median(&beside_all),
            median(&alone)
        ),
    );
    Ok(())
}

fn account() -> String {
    format!("AC{:032x}", 7)
}

/// A report of delivery as Twilio posts it.
fn form(number: usize) -> String {
    format!(
        "AccountSid={}&ApiVersion=2010-04-01&From=%2B13125550100&MessageSid=SM{number:032x}&MessageStatus=delivered\
         &SmsSid=SM{number:032x}&SmsStatus=delivered&To=%2B15045230001",
        account()
    )
}

/// Twilio's signature: HMAC-SHA1 of the URL and the sorted fields under the account's token.
fn signature(body: &str) -> String {
    let mut fields: Vec<String> = body
        .replace("%2B", "+")
        .split('&')
        .map(|field| field.replacen('=', "", 1))
        .collect();
    fields.sort_unstable();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, AUTH.as_bytes());
    let signed = format!("{PUBLIC_URL}{PATH}{}", fields.concat());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

async fn through_the_routes(world: &World, repeat: usize, calls: usize) -> anyhow::Result<f64> {
    let described = providers::described("twilio").context("there is a provider twilio")?;
    let mut values = Values::default();
    values.set("account_sid", account());
    values.set("auth_token", AUTH);
    let adapter = (described.connect)(Http::new(Egress::Anywhere)?, &values)?;
    let mut app = world.app.clone().with_provider(adapter);
    app.public_url = Some(PUBLIC_URL.to_owned());
    let (committer, committing) = Committer::new(app.clone());
    let hooks = Hooks::new(app.clone(), committer);
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let routes = http::routes(app, hooks, metrics, Limits::default());
    let mut requests = Vec::with_capacity(calls);
    for number in 0..calls {
        let body = form(repeat * calls + number);
        let request = Request::post(PATH)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature(&body));
        requests.push(request.body(Body::from(body))?);
    }
    let mut running = JoinSet::new();
    running.spawn(committing);
    let mut callers = JoinSet::new();
    let share = calls / CALLERS;
    let begun = Instant::now();
    while !requests.is_empty() {
        let mine = requests.split_off(requests.len().saturating_sub(share));
        callers.spawn(call(routes.clone(), mine));
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(calls as f64 / begun.elapsed().as_secs_f64())
}

async fn call(routes: Router, requests: Vec<Request<Body>>) -> anyhow::Result<()> {
    for request in requests {
        let answer = routes.clone().oneshot(request).await?;
        ensure!(
            answer.status() == StatusCode::OK,
            "a call was answered {}",
            answer.status()
        );
    }
    Ok(())
}

/// One transaction of one prepared insert for each row, all in one round trip.
async fn bare_inserts(world: &World, tenant: TenantId, repeat: usize, calls: usize) -> anyhow::Result<f64> {
    let mut hands = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut hand = world.hand().await?;
        hand.prepare(
            "keep",
            "uuid, text, jsonb, jsonb",
            "insert into provider_events (tenant_id, provider, event_key, kind, payload, raw, connection_id, occurred_at, received_at)
             values ($1, 'twilio', $2, 'status', $3, $4, $1, now(), now()) on conflict do nothing",
        )
        .await?;
        hands.push(hand);
    }
    let id = tenant.as_uuid();
    let statement = move |number: usize| {
        let sid = format!("SM{number:032x}");
        let raw = format!(
            "{{\"AccountSid\":\"{}\",\"ApiVersion\":\"2010-04-01\",\"From\":\"+13125550100\",\"MessageSid\":\"{sid}\",\
             \"MessageStatus\":\"delivered\",\"SmsSid\":\"{sid}\",\"SmsStatus\":\"delivered\",\"To\":\"+15045230001\",\
             \"_heard\":\"2026-03-03T18:00:00Z\"}}",
            account()
        );
        let payload = format!(
            "{{\"key\":\"{sid}:delivered\",\"our_address\":\"+13125550100\",\"occurred_at\":\"2026-03-03T18:00:00Z\",\"kind\":\"status\",\
             \"message_id\":null,\"external_id\":\"{sid}\",\"status\":\"delivered\",\"code\":null}}"
        );
        format!("execute keep ('{id}', 'bare {sid}:delivered', '{payload}', '{raw}')")
    };
    let mut writers = JoinSet::new();
    let begun = Instant::now();
    for (at, mut hand) in hands.into_iter().enumerate() {
        writers.spawn(async move {
            for number in (at..calls).step_by(CONNECTIONS) {
                hand.rows(tenant, &statement(repeat * calls + number)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    Ok(calls as f64 / begun.elapsed().as_secs_f64())
}
