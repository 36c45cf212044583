//! From the gate to the record through a real provider's adapter, against the same adapter in a bare loop.
use crate::Options;
use crate::carrier::Carrier;
use crate::figures::{Figures, Limit, median, say};
use crate::round_trips::RoundTrips;
use crate::touches::{ratio, seeded};
use crate::world::{Server, World};
use anyhow::{Context, ensure};
use jiff::Timestamp;
use providers::http::{Egress, Http};
use providers::{Outcome, Provider, Request, Values};
use rules::channel::Channel;
use rules::pacing::{Pace, PaceScope};
use rules::purpose::Purpose;
use server::app::App;
use server::campaigns;
use server::db::embedded::Role;
use server::db::{Database, RoleUrls, TenantId};
use server::messages::{gate, hand_over};
use server::{pace, reactions};
use sqlx::ConnectOptions;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::task::JoinSet;
use uuid::Uuid;

const BATCH: i64 = 500;
const LEASE: f64 = 60.0;
/// As many calls side by side as the engine makes.
const SIDE_BY_SIDE: usize = 16;

/// Measures messages per second of both, and the round trips to the database for each message.
pub async fn measure(options: &Options, server: &Server, figures: &mut Figures) -> anyhow::Result<()> {
    say("end to end: gate, Twilio's adapter over loopback, record; against the adapter alone; in turn");
    let world = server.world("end_to_end").await?;
    let carrier = Carrier::open().await?;
    let adapter = adapter(&carrier)?;
    let app = world.app.clone().with_provider(Arc::clone(&adapter));
    let rows = if options.quick { 2_000 } else { 10_000 };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for repeat in 1..=3 {
        let tenant = ready(&world, &app, &format!("sends-{repeat}"), rows).await?;
        let before = carrier.taken.load(Ordering::Relaxed);
        let begun = Instant::now();
        send_all(&app, tenant).await?;
        ours.push(rows as f64 / begun.elapsed().as_secs_f64());
        bare.push(alone(&adapter, rows).await?);
        let taken = carrier.taken.load(Ordering::Relaxed) - before;
        ensure!(
            taken == 2 * rows as u64,
            "twice {rows} messages were to be taken, {taken} were"
        );
    }
    figures.add(
        "end-to-end",
        "gate + provider + record / the provider's adapter alone",
        ratio(&ours, &bare),
        "×",
        Limit::Reported,
        format!("{:.0}/s against {:.0}/s", median(&ours), median(&bare)),
    );
    let trips = round_trips(&world, server, &adapter).await?;
    figures.add(
        "end-to-end",
        "round trips to the database per message",
        trips.per_message,
        "",
        Limit::Reported,
        trips.detail,
    );
    Ok(())
}

fn adapter(carrier: &Carrier) -> anyhow::Result<Arc<dyn Provider>> {
    let described = providers::described("twilio").context("there is a provider twilio")?;
    let mut values = Values::default();
    values.set("account_sid", format!("AC{:032x}", 7));
    values.set("auth_token", format!("{:032x}", 8));
    values.set("api_url", format!("http://{}", carrier.address));
    Ok((described.connect)(Http::new(Egress::Anywhere)?, &values)?)
}

/// A tenant with so many texts before the gate, which Twilio carries.
async fn ready(world: &World, app: &App, slug: &str, rows: usize) -> anyhow::Result<TenantId> {
    let tenant = seeded(world, slug, rows).await?.id;
    world
        .run(&format!(
            "update tenant_channel_settings set provider = 'twilio' where tenant_id = '{}' and channel = 'sms'",
            tenant.as_uuid()
        ))
        .await?;
    let mut tx = app.tenant(tenant).await?;
    // what is measured is no pace
    let pace = Pace::per_second(10_000_000, 10_000_000);
    pace::set(&mut tx, "sms by sandbox", PaceScope::Connection, None, Some(pace)).await?;
    tx.commit().await?;
    loop {
        let mut tx = app.tenant(tenant).await?;
        let planned = campaigns::plan(&mut tx, BATCH).await?.touches;
        tx.commit().await?;
        if planned == 0 {
            break;
        }
    }
    world.settle().await?;
    Ok(tenant)
}

/// As a round of the engine does, until nothing is due. Answers how many batches there were.
async fn send_all(app: &App, tenant: TenantId) -> anyhow::Result<u64> {
    let mut batches = 0;
    loop {
        let passed = gate::decide(app, tenant, BATCH, LEASE).await?;
        if passed.looked_at == 0 {
            return Ok(batches);
        }
        batches += 1;
        let outcomes = hand_over::hand_over(app, tenant, passed.ready).await;
        if !outcomes.is_empty() {
            hand_over::record(app, tenant, outcomes).await?;
        }
    }
}

/// The adapter in a loop, as many calls side by side as the engine makes. Messages per second.
async fn alone(adapter: &Arc<dyn Provider>, rows: usize) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut flying: JoinSet<Outcome> = JoinSet::new();
    let mut taken = 0;
    for number in 0..rows {
        if flying.len() >= SIDE_BY_SIDE
            && let Some(landed) = flying.join_next().await
        {
            taken += usize::from(matches!(landed?, Outcome::Accepted { .. }));
        }
        let (adapter, request) = (Arc::clone(adapter), request(number));
        flying.spawn(async move { adapter.send(&request).await });
    }
    while let Some(landed) = flying.join_next().await {
        taken += usize::from(matches!(landed?, Outcome::Accepted { .. }));
    }
    ensure!(taken == rows, "{rows} messages were to be taken, {taken} were");
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}

fn request(number: usize) -> Request {
    Request {
        message_id: Uuid::from_u128(number as u128),
        channel: Channel::Sms,
        purpose: Purpose::Service,
        from: "+13125550142".to_owned(),
        to: format!("+1312{:07}", 2_000_000 + number),
        subject: None,
        body: "Hi Maria, this is Bench Plumbing. How did we do? https://bench.example/review Reply STOP to opt out".to_owned(),
        media_urls: Vec::new(),
        approved: None,
        unsubscribe: None,
        callback_url: None,
        expires_at: None,
        now: Timestamp::UNIX_EPOCH,
    }
}

struct Trips {
    per_message: f64,
    detail: String,
}

/// The same once more, through a proxy that counts.
async fn round_trips(world: &World, server: &Server, adapter: &Arc<dyn Provider>) -> anyhow::Result<Trips> {
    let rows = 2_000;
    let url = server.embedded.url(Role::App);
    let socket = url.get_socket().context("the embedded database has a socket")?;
    let proxy = RoundTrips::open(socket.join(".s.PGSQL.5432")).await?;
    let through = |role: Role| {
        let url = server.embedded.url(role).to_url_lossy();
        let password = url.password().unwrap_or_default().to_owned();
        format!(
            "postgres://{}:{password}@{}/end_to_end?sslmode=disable",
            role.name(),
            proxy.address
        )
        .parse()
    };
    let roles = RoleUrls {
        app: through(Role::App)?,
        engine: through(Role::Engine)?,
        operator: through(Role::Operator)?,
    };
    let app = App::new(
        Database::connect(&roles, 4, reactions::react),
        world.app.clock.clone(),
    )
    .with_provider(Arc::clone(adapter));
    let warm = ready(world, &app, "counted-first", 500).await?;
    send_all(&app, warm).await?;
    let tenant = ready(world, &app, "counted", rows).await?;
    let before = proxy.count.load(Ordering::Relaxed);
    let batches = send_all(&app, tenant).await?;
    let trips = proxy.count.load(Ordering::Relaxed) - before;
    app.db.close().await;
    Ok(Trips {
        per_message: trips as f64 / rows as f64,
        detail: format!("{trips} for {rows} messages in {batches} batches of up to {BATCH}"),
    })
}
