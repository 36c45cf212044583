//! The same with a transaction held open elsewhere for the whole run: no dead row may be cleared away, and they pile up at the head of
//! the indexes that say what is due.
use crate::Options;
use crate::figures::{Figures, Limit, median, say};
use crate::touches::{ratio, seeded};
use crate::world::{Server, World};
use anyhow::ensure;
use server::campaigns;
use sqlx::{ConnectOptions, Connection, Executor};
use std::time::Instant;

const BATCH: i64 = 500;

/// Measures planning, and whole rounds of the engine, with and without such a transaction, in turn. At least half must be left.
pub async fn measure(options: &Options, server: &Server, figures: &mut Figures) -> anyhow::Result<()> {
    say("pinned: a transaction is held open elsewhere");
    let repeats = if options.quick { 1 } else { 2 };
    let plan_rows = if options.quick { 30_000 } else { 100_000 };
    let world = server.world("pinned_plan").await?;
    let (mut free, mut pinned) = (Vec::new(), Vec::new());
    for repeat in 0..repeats {
        let tenant = seeded(&world, &format!("free-{repeat}"), plan_rows).await?;
        world.settle().await?;
        free.push(timed(plan_rows, plan(&world, &tenant)).await?);
        let tenant = seeded(&world, &format!("pinned-{repeat}"), plan_rows).await?;
        world.settle().await?;
        let holder = hold(&world).await?;
        pinned.push(timed(plan_rows, plan(&world, &tenant)).await?);
        holder.close().await?;
    }
    let rates = format!(
        "{:.0}/s against {:.0}/s, {plan_rows} touches",
        median(&pinned),
        median(&free)
    );
    figures.add(
        "pinned",
        "plan",
        ratio(&pinned, &free),
        "×",
        Limit::AtLeast(0.5),
        rates,
    );

    let rows = if options.quick { 10_000 } else { 50_000 };
    let world = server.world("pinned_all").await?;
    let (mut free, mut pinned) = (Vec::new(), Vec::new());
    for repeat in 0..repeats {
        seeded(&world, &format!("free-{repeat}"), rows).await?;
        world.settle().await?;
        free.push(timed(rows, rounds(&world)).await?);
        seeded(&world, &format!("pinned-{repeat}"), rows).await?;
        world.settle().await?;
        let holder = hold(&world).await?;
        pinned.push(timed(rows, rounds(&world)).await?);
        holder.close().await?;
    }
    let sent = world
        .text("select count(*) from messages where status = 'sent'")
        .await?;
    ensure!(
        sent == (rows * repeats * 2).to_string(),
        "{sent} messages were sent"
    );
    let rates = format!(
        "{:.0}/s against {:.0}/s, {rows} touches",
        median(&pinned),
        median(&free)
    );
    figures.add(
        "pinned",
        "rounds of the engine",
        ratio(&pinned, &free),
        "×",
        Limit::AtLeast(0.5),
        rates,
    );
    Ok(())
}

async fn timed(rows: usize, run: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    run.await?;
    Ok(f64::from(u32::try_from(rows)?) / begun.elapsed().as_secs_f64())
}

/// A transaction that has looked at the tables and stays open until the connection is closed.
async fn hold(world: &World) -> anyhow::Result<sqlx::PgConnection> {
    let mut connection = world.owner.connect().await?;
    connection
        .execute("begin isolation level repeatable read; select count(*) from tenants")
        .await?;
    Ok(connection)
}

/// What the engine does to plan: asks who has due touches, then plans a batch of each.
async fn plan(world: &World, expected: &crate::world::Tenant) -> anyhow::Result<()> {
    loop {
        let now = world.app.clock.now();
        let due = campaigns::tenants_with_due_touches(&world.app, now).await?;
        let Some(tenant) = due.first() else {
            return Ok(());
        };
        ensure!(*tenant == expected.id, "another tenant has due touches");
        let mut tx = world.app.tenant(*tenant).await?;
        campaigns::plan(&mut tx, BATCH).await?;
        tx.commit().await?;
    }
}

async fn rounds(world: &World) -> anyhow::Result<()> {
    let engine = world.engine();
    while !engine.round().await?.is_idle() {}
    Ok(())
}
