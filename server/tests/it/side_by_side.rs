//! Tenants side by side in a running engine: whose provider does not answer holds up nobody else's STOPs, plans and messages.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::scripted::bulk;
use crate::support::{World, moment, world};
use providers::{
    Asked, CheckFailed, Checked, Event, EventKind, Inbound, LookUp, Outcome, Provider, Registered, Request,
};
use rules::channel::Channel;
use server::db::TenantId;
use server::inbound;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const NOON: &str = "2026-03-02T18:00:00Z";
/// From this number nothing is answered until the test says so.
const HANGS: &str = "+15045550101";
const ANSWERS: &str = "+15045550102";
/// Far longer than anything here takes: it only keeps a test that has failed from going on for ever.
const AT_MOST: Duration = Duration::from_secs(60);

/// A provider that takes everything, but answers for one of our numbers only when it is let go.
struct Hanging {
    seen: watch::Sender<Vec<(String, String)>>,
    let_go: watch::Sender<bool>,
    look_ups: Mutex<usize>,
}

impl Hanging {
    async fn wait(&self) {
        let mut told = self.let_go.subscribe();
        told.wait_for(|is_let_go| *is_let_go).await.unwrap();
    }

    /// Waits until so many messages have reached it from a number of ours. Answers to whom they went.
    async fn reached(&self, from: &str, count: usize) -> Vec<String> {
        let to = |seen: &[(String, String)]| -> Vec<String> {
            let of = seen.iter().filter(|(by, _)| by == from);
            of.map(|(_, to)| to.clone()).collect()
        };
        let mut told = self.seen.subscribe();
        let enough = told.wait_for(|seen| to(seen).len() >= count);
        let seen = tokio::time::timeout(AT_MOST, enough).await.unwrap().unwrap();
        to(&seen)
    }
}

#[async_trait::async_trait]
impl Provider for Hanging {
    fn name(&self) -> &'static str {
        "twilio"
    }

    async fn send(&self, request: &Request) -> Outcome {
        self.seen
            .send_modify(|seen| seen.push((request.from.clone(), request.to.clone())));
        if request.from == HANGS {
            self.wait().await;
        }
        Outcome::Accepted {
            external_id: format!("x-{}", request.message_id),
        }
    }

    async fn look_up(&self, asked: &Asked) -> LookUp {
        *self.look_ups.lock().unwrap() += 1;
        if asked.from == HANGS {
            self.wait().await;
        }
        LookUp::NotKnown
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Ok(Checked::says("as the test says".to_owned()))
    }

    async fn registered(&self, _: Channel, ours: &str) -> Result<Option<Registered>, CheckFailed> {
        if ours == HANGS {
            self.wait().await;
        }
        Ok(None)
    }
}

/// Two tenants with one provider, each with a number of its own that has no pace.
async fn two() -> (World, TenantId, Arc<Hanging>) {
    let mut world = world().await;
    let other = world.neighbour().await;
    let provider = Arc::new(Hanging {
        seen: watch::Sender::new(Vec::new()),
        let_go: watch::Sender::new(false),
        look_ups: Mutex::default(),
    });
    world.app = world
        .app
        .clone()
        .with_provider(Arc::clone(&provider) as Arc<dyn Provider>);
    world
        .run(&format!(
            "update tenant_channel_settings set provider = 'twilio', sender_address = case tenant_id when $1 then '{HANGS}' else '{ANSWERS}' end
             where channel = 'sms';
             insert into pace_buckets (tenant_id, scope, key, rate_tokens, rate_seconds, burst, level, refilled_at, updated_at)
             select tenant_id, 'connection', id, 1000, 1, 1000, 0, 'epoch', now() from tenant_channel_settings where channel = 'sms'"
        ))
        .await;
    world.at(NOON);
    (world, other, provider)
}

/// Runs the engine beside `test`, then stops it and waits until it has.
async fn while_it_runs(world: &World, test: impl Future<Output = ()>) {
    let stop = CancellationToken::new();
    let engine = world.engine();
    tokio::join!(engine.run(&stop), async {
        test.await;
        stop.cancel();
    });
}

async fn says_stop(world: &World, tenant: TenantId, from: &str, to: &str) {
    let said = Event {
        key: "in-1".to_owned(),
        our_address: to.to_owned(),
        occurred_at: moment(NOON),
        kind: EventKind::Inbound(Inbound::text("in-1", Channel::Sms, (from, to), "STOP")),
    };
    world
        .run(&format!(
            "insert into number_routes (routed_tenant_id, channel, address) values ('{}', 'sms', '{to}') on conflict do nothing",
            tenant.as_uuid()
        ))
        .await;
    inbound::keep(&world.app, "twilio", &[said]).await.unwrap();
}

#[tokio::test]
async fn whose_provider_hangs_holds_up_nobody_elses_stops_and_messages() {
    let (world, other, provider) = two().await;
    bulk(&world, world.tenant, 40).await;
    while_it_runs(&world, async {
        // all that go side by side for a tenant are in the provider's hands, and it does not answer
        provider.reached(HANGS, 16).await;
        bulk(&world, other, 10).await;
        let went = provider.reached(ANSWERS, 10).await;
        says_stop(&world, other, &went[0], ANSWERS).await;
        let went = provider.reached(ANSWERS, 11).await;
        assert_eq!(went[10], went[0], "the confirmation");
        assert_eq!(
            world
                .text("select count(*) from messages where tenant_id = $1 and status = 'sending'")
                .await,
            "40",
            "nobody waited until it gave up"
        );
        provider.let_go.send_replace(true);
        provider.reached(HANGS, 40).await;
    })
    .await;
    // told to stop, it finished what was in flight
    assert_eq!(
        world
            .text("select string_agg(distinct status, ',') || count(*) from messages where direction = 'outbound'")
            .await,
        "sent51"
    );
}

#[tokio::test]
async fn whose_events_take_long_to_apply_sends_nothing_and_holds_up_nobody_elses_messages() {
    let (world, other, provider) = two().await;
    bulk(&world, world.tenant, 3).await;
    let stops = "+15045230000";
    says_stop(&world, world.tenant, stops, HANGS).await;
    let mut elsewhere = world.owner.connect().await.unwrap();
    let held =
        format!("begin; select from recipients where channel = 'sms' and address = '{stops}' for update");
    elsewhere.execute(AssertSqlSafe(held)).await.unwrap();
    while_it_runs(&world, async {
        bulk(&world, other, 10).await;
        provider.reached(ANSWERS, 10).await;
        assert_eq!(
            provider.reached(HANGS, 0).await,
            Vec::<String>::new(),
            "it may be a STOP"
        );
        provider.let_go.send_replace(true);
        elsewhere.execute("commit").await.unwrap();
        provider.reached(HANGS, 3).await;
    })
    .await;
    assert_eq!(
        world
            .text(&format!(
                "select string_agg(purpose || ' ' || status, ', ' order by purpose) from messages
                 where their_address = '{stops}' and direction = 'outbound'"
            ))
            .await,
        "opt_out_confirmation sent, service cancelled"
    );
}

#[tokio::test]
async fn look_ups_that_hang_hold_up_nobody_not_even_their_own_tenants_messages() {
    let (world, other, provider) = two().await;
    bulk(&world, world.tenant, 3).await;
    world
        .run("update messages set status = 'unknown', provider = 'twilio', our_address = '+15045550101', attempts = 1, due_at = '2026-03-02T17:00:00Z' where tenant_id = $1")
        .await;
    while_it_runs(&world, async {
        while *provider.look_ups.lock().unwrap() < 3 {
            tokio::task::yield_now().await;
        }
        bulk(&world, other, 10).await;
        provider.reached(ANSWERS, 10).await;
        bulk(&world, world.tenant, 1).await;
        provider.reached(HANGS, 1).await;
        assert_eq!(
            world
                .text("select count(*) from messages where tenant_id = $1 and status = 'unknown' and lookups = 0")
                .await,
            "3",
            "they are still being asked about"
        );
        provider.let_go.send_replace(true);
    })
    .await;
    assert_eq!(
        world
            .text("select string_agg(lookups::text, ',' order by lookups) from messages where tenant_id = $1")
            .await,
        "0,1,1,1"
    );
}

#[tokio::test]
async fn who_is_compared_with_a_provider_that_hangs_holds_up_nobody_elses_comparison() {
    let (world, other, provider) = two().await;
    let engine = world.engine();
    let compared = async |of: TenantId| {
        let sql = format!(
            "select count(*) from reconciliations where tenant_id = '{}'",
            of.as_uuid()
        );
        world.text(&sql).await == "1"
    };
    let until = async |of: TenantId| {
        let soon = async {
            while !compared(of).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(AT_MOST, soon).await.unwrap();
    };
    tokio::join!(engine.compare_due(), async {
        until(other).await;
        assert!(!compared(world.tenant).await);
        provider.let_go.send_replace(true);
    });
    assert!(compared(world.tenant).await);
}
