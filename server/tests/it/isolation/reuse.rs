//! A connection that served one tenant serves the next: however the first transaction ended, nothing of it is left.
use crate::support::{World, world};
use server::db::{Database, TenantId};
use server::doctor::isolation::{Seen, seen};
use server::reactions;
use sqlx::{ConnectOptions, Executor};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Two tenants with customers of different number, and a pool of one connection.
struct OneConnection {
    world: World,
    db: Database,
    other: TenantId,
}

const OWN: Seen = Seen { own: 1, foreign: 0 };
const OTHERS: Seen = Seen { own: 3, foreign: 0 };

async fn one_connection() -> OneConnection {
    let world = world().await;
    let other = world.neighbour().await;
    customers(&world, world.tenant, 1).await;
    customers(&world, other, 3).await;
    let it = OneConnection {
        db: Database::connect(&world.roles, 1, reactions::react),
        other,
        world,
    };
    it.is_clean().await;
    it
}

/// Makes bare customers, as the owner.
pub async fn customers(world: &World, tenant: TenantId, count: u32) {
    world
        .run(&format!(
            "insert into customers (tenant_id, id, phone_status, created_by, updated_by, created_at, updated_at)
             select '{}', gen_random_uuid(), 'missing', 'test', 'test', now(), now() from generate_series(1, {count})",
            tenant.as_uuid()
        ))
        .await;
}

impl OneConnection {
    async fn seen_by(&self, tenant: TenantId) -> Seen {
        let mut tx = self
            .db
            .tenant(tenant, self.world.app.clock.now(), None)
            .await
            .unwrap();
        let seen = seen(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        seen
    }

    /// Does each tenant see its own customers and nobody else's?
    async fn is_clean(&self) {
        assert_eq!(self.seen_by(self.world.tenant).await, OWN);
        assert_eq!(self.seen_by(self.other).await, OTHERS);
    }

    /// The process of PostgreSQL's that serves the pool: the same number, the same connection. Those of pools that were
    /// closed go away in a moment.
    async fn backend(&self) -> String {
        for _ in 0..100 {
            let backends = self
                .world
                .text(
                    "select string_agg(pid::text, ',') from pg_stat_activity
                     where datname = current_database() and usename = 'courtesy_app'",
                )
                .await;
            if !backends.contains(',') {
                return backends;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("more than one connection serves the pool");
    }

    /// Waits until the connection has no transaction open, or is gone: the next user must not find itself in somebody's.
    async fn is_at_rest(&self) {
        let mut state = String::new();
        for _ in 0..100 {
            state = self
                .world
                .watched(
                    "select string_agg(state, ',') from pg_stat_activity
                     where datname = current_database() and usename = 'courtesy_app'",
                )
                .await;
            if state.is_empty() || state == "idle" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the connection is {state}");
    }

    async fn tx(&self) -> server::db::TenantTx {
        self.db
            .tenant(self.world.tenant, self.world.app.clock.now(), None)
            .await
            .unwrap()
    }
}

/// Drops the future after so many polls, unless it is done before.
async fn is_given_up<F: Future>(future: F, polls: usize) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        let is_done = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        if is_done {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}

#[tokio::test]
async fn after_a_commit_a_rollback_and_a_drop_the_connection_knows_nothing_of_the_tenant() {
    let it = one_connection().await;
    // the world's own pool made the tenants and would be counted
    it.world.app.db.close().await;
    let backend = it.backend().await;
    let mut committed = it.tx().await;
    assert_eq!(seen(&mut committed).await.unwrap(), OWN);
    committed.commit().await.unwrap();
    it.is_clean().await;
    let mut dropped = it.tx().await;
    assert_eq!(seen(&mut dropped).await.unwrap(), OWN);
    drop(dropped);
    it.is_clean().await;
    // dropped before it did anything
    drop(it.tx().await);
    it.is_clean().await;
    assert_eq!(it.backend().await, backend, "it was not the same connection");
}

#[tokio::test]
async fn after_an_error_in_a_statement_the_connection_knows_nothing_of_the_tenant() {
    let it = one_connection().await;
    it.world.app.db.close().await;
    let backend = it.backend().await;
    it.world
        .run("alter table customers rename to customers_elsewhere")
        .await;
    let mut tx = it.tx().await;
    seen(&mut tx).await.unwrap_err();
    drop(tx);
    it.world
        .run("alter table customers_elsewhere rename to customers")
        .await;
    it.is_clean().await;
    assert_eq!(it.backend().await, backend, "it was not the same connection");
}

#[tokio::test]
async fn after_a_query_was_cancelled_half_way_the_connection_knows_nothing_of_the_tenant() {
    let it = one_connection().await;
    it.world.app.db.close().await;
    let backend = it.backend().await;
    for _ in 0..3 {
        // the query waits for the owner's lock, so it is surely half-way when its caller gives up
        let mut owner = it.world.owner.connect().await.unwrap();
        owner
            .execute("begin; lock table customers in access exclusive mode")
            .await
            .unwrap();
        let mut tx = it.tx().await;
        let gave_up = tokio::time::timeout(Duration::from_millis(60), seen(&mut tx)).await;
        assert!(gave_up.is_err(), "the query was not cancelled: {gave_up:?}");
        drop(tx);
        owner.execute("rollback").await.unwrap();
        it.is_clean().await;
    }
    assert_eq!(it.backend().await, backend, "it was not the same connection");
}

#[tokio::test]
async fn after_begin_was_cancelled_at_any_moment_the_connection_knows_nothing_of_the_tenant() {
    let it = one_connection().await;
    it.world.app.db.close().await;
    let mut cancelled = 0;
    for polls in 1..=24 {
        let begin = it.db.tenant(it.world.tenant, it.world.app.clock.now(), None);
        cancelled += u32::from(is_given_up(begin, polls).await);
        it.is_at_rest().await;
        assert_eq!(it.seen_by(it.other).await, OTHERS, "given up at poll {polls}");
    }
    assert!(cancelled > 0, "no begin was cancelled: nothing was tried");
    it.is_clean().await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "a panic has to happen in a task of its own"
)]
async fn after_a_panic_in_a_task_the_connection_knows_nothing_of_the_tenant() {
    let it = one_connection().await;
    it.world.app.db.close().await;
    let backend = it.backend().await;
    let mut tx = it.tx().await;
    let ended = tokio::spawn(async move {
        assert_eq!(seen(&mut tx).await.unwrap(), OWN);
        panic!("on purpose, with a tenant's transaction open");
    })
    .await;
    assert!(ended.unwrap_err().is_panic());
    it.is_clean().await;
    assert_eq!(it.backend().await, backend, "it was not the same connection");
}
