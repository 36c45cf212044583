//! Touches per second: the product's steps against one hand-made statement for each step, and against other queues.
//!
//! Every variant has a tenant of its own with the same people, and the variants take turns, so that tables grow alike for both.
use crate::Options;
use crate::figures::{Figures, Limit, median, say};
use crate::peers::{self, Peer};
use crate::world::{Hand, NOON, People, Server, TAGS, Tenant, World};
use anyhow::{Context, ensure};
use server::campaigns;
use server::db::TenantId;
use server::messages::{gate, hand_over};
use std::time::Instant;

/// Rows of one transaction, as the engine has it when one tenant alone has work.
const BATCH: i64 = 500;
/// The same as rows of a tenant.
const FIRST: usize = 500;
/// Seconds of a lease that nobody waits for.
const LEASE: f64 = 60.0;
const DUE: &str = "2026-03-03T12:00:00Z";
const TYPES: &str = "uuid, timestamptz, int";

const CLAIM_TOUCHES: &str = "select t.enrollment_id, t.touch_number, t.channel, t.scheduled_at from enrollment_touches t \
    where t.tenant_id = $1 and t.campaign_id = (select g.id from campaigns g where g.tenant_id = $1) and t.status = 'pending' \
    and t.scheduled_at <= $2 order by t.scheduled_at limit $3 for update skip locked";
const CLAIM_TOUCH: &str = "select t.enrollment_id, t.touch_number, t.channel, t.scheduled_at from enrollment_touches t \
    where t.tenant_id = $1 and t.status = 'pending' and t.scheduled_at <= $2 and t.enrollment_id = $3::uuid \
    and t.touch_number = $4::smallint for update skip locked";
/// By hand it is known that there is one campaign.
const CLAIM_MESSAGES: &str = "m.line = (select g.id from campaigns g where g.tenant_id = $1) and m.due_at <= $2 order by m.due_at, m.id limit $3";
const CLAIM_MESSAGE: &str = "m.due_at <= $2 and m.enrollment_id = $3::uuid and m.touch_number = $4::smallint";
const CLAIM_SENDING: &str = "lease_until is not null";
const CLAIM_SENT: &str = "enrollment_id = $3::uuid and touch_number = $4::smallint";

/// Which steps are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Claim, join, render, write messages, mark, next touch.
    Plan,
    /// And the gate, and the record of what the provider said.
    All,
}

impl Steps {
    fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::All => "plan + gate + record",
        }
    }
}

/// What the gate writes into a send log, taken from one that the product wrote.
struct Sample {
    findings: String,
    facts: String,
}

/// Measures both step lists against hand-made SQL (at least half) and against other queues (at least threefold).
pub async fn measure(options: &Options, server: &Server, figures: &mut Figures) -> anyhow::Result<()> {
    say("touches: the product, hand-made SQL, graphile-worker, pg-boss; in turn");
    let world = server.world("touches").await?;
    let (rows, jobs, repeats) = if options.quick {
        (5_000, 1_500, 3)
    } else {
        (20_000, 5_000, 3)
    };
    let sample = warm_up(&world).await?;
    for steps in [Steps::Plan, Steps::All] {
        let (mut ours, mut hand, mut theirs) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
        let mut why = [None, None];
        for repeat in 1..=repeats {
            let name = |what: &str| {
                format!(
                    "{what}-{}-{repeat}",
                    if steps == Steps::Plan { "plan" } else { "all" }
                )
            };
            // one batch of each before the time is taken: a tenant that works already, whose tables the planner knows
            let tenants = [
                seeded(&world, &name("ours"), rows + FIRST).await?,
                seeded(&world, &name("hand"), rows + FIRST).await?,
                seeded(&world, &name("graphile"), jobs).await?,
                seeded(&world, &name("boss"), jobs).await?,
            ];
            let [us, by_hand, graphile, boss] = &tenants;
            product(&world, us.id, steps, Some(1)).await?;
            hand_made(&world, by_hand.id, steps, &sample, Some(1)).await?;
            world.settle().await?;
            ours.push(per_second(rows, product(&world, us.id, steps, None), &world, us, steps).await?);
            hand.push(
                per_second(
                    rows,
                    hand_made(&world, by_hand.id, steps, &sample, None),
                    &world,
                    by_hand,
                    steps,
                )
                .await?,
            );
            for (at, (peer, tenant)) in [(Peer::GraphileWorker, graphile), (Peer::PgBoss, boss)]
                .into_iter()
                .enumerate()
            {
                let statements = single_statements(steps, &sample);
                match peers::run(options, &world, peer, tenant, &statements, jobs).await {
                    Ok(rate) => {
                        check(&world, tenant, steps, jobs).await?;
                        theirs[at].push(rate);
                    }
                    Err(error) => why[at] = Some(format!("{error:#}")),
                }
            }
        }
        if steps == Steps::All {
            newcomer(&world, rows, &ours, figures).await?;
        }
        let rates = format!("{:.0}/s against {:.0}/s", median(&ours), median(&hand));
        figures.add(
            "touches",
            format!("{} / hand-made SQL", steps.name()),
            ratio(&ours, &hand),
            "×",
            Limit::AtLeast(0.5),
            rates,
        );
        for (at, peer) in [Peer::GraphileWorker, Peer::PgBoss].into_iter().enumerate() {
            let name = format!("{} / {}", steps.name(), peer.name());
            match &why[at] {
                None => {
                    let rates = format!("{:.0}/s against {:.0}/s", median(&ours), median(&theirs[at]));
                    figures.add(
                        "touches",
                        name,
                        ratio(&ours, &theirs[at]),
                        "×",
                        Limit::AtLeast(3.0),
                        rates,
                    );
                }
                Some(why) => figures.missing("touches", &name, Limit::AtLeast(3.0), why),
            }
        }
    }
    Ok(())
}

/// A tenant that came after the planner last counted, beside the median of those that it knows.
async fn newcomer(world: &World, rows: usize, ours: &[f64], figures: &mut Figures) -> anyhow::Result<()> {
    let tenant = seeded(world, "newcomer", rows + FIRST).await?;
    let rate = per_second(
        rows,
        product(world, tenant.id, Steps::All, None),
        world,
        &tenant,
        Steps::All,
    )
    .await?;
    let rates = format!("{rate:.0}/s against {:.0}/s", median(ours));
    figures.add(
        "touches",
        "a tenant that was never analysed / one that was",
        rate / median(ours),
        "×",
        Limit::AtLeast(0.5),
        rates,
    );
    Ok(())
}

/// The middle one of the ratios of each turn.
pub fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(
        &ours
            .iter()
            .zip(theirs)
            .map(|(ours, theirs)| ours / theirs)
            .collect::<Vec<_>>(),
    )
}

/// A tenant with so many due touches.
pub async fn seeded(world: &World, slug: &str, rows: usize) -> anyhow::Result<Tenant> {
    let tenant = world.tenant(slug).await?;
    let people = People {
        from: 1,
        to: rows,
        due: DUE,
        tags: TAGS,
    };
    world.seed(&tenant, &people).await?;
    Ok(tenant)
}

async fn per_second(
    rows: usize,
    run: impl Future<Output = anyhow::Result<()>>,
    world: &World,
    tenant: &Tenant,
    steps: Steps,
) -> anyhow::Result<f64> {
    let begun = Instant::now();
    run.await?;
    let seconds = begun.elapsed().as_secs_f64();
    check(world, tenant, steps, rows + FIRST).await?;
    Ok(f64::from(u32::try_from(rows)?) / seconds)
}

/// A run that wrote something else than what it was measured for is no measurement.
async fn check(world: &World, tenant: &Tenant, steps: Steps, rows: usize) -> anyhow::Result<()> {
    let tenant = tenant.id.as_uuid();
    let sql = match steps {
        Steps::Plan => format!(
            "(select count(*) from messages where tenant_id = '{tenant}' and status = 'queued') || ' ' || \
             (select count(*) from enrollment_touches where tenant_id = '{tenant}' and status = 'queued') || ' ' || \
             (select count(*) from enrollment_touches where tenant_id = '{tenant}' and status = 'pending')"
        ),
        Steps::All => format!(
            "(select count(*) from messages m join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id \
              where m.tenant_id = '{tenant}' and m.status = 'sent' and c.outbound_count > 0) || ' ' || \
             (select count(*) from send_logs where tenant_id = '{tenant}' and verdict = 'send') || ' ' || \
             (select count(*) from enrollment_touches where tenant_id = '{tenant}' and status = 'sent' and touch_number = 1)"
        ),
    };
    let found = world.text(&sql).await?;
    ensure!(
        found == format!("{rows} {rows} {rows}"),
        "{}: {rows} rows of each were to be written, there are {found}",
        steps.name()
    );
    Ok(())
}

/// The product's own verbs, batch after batch: until nothing moves, or so many times.
async fn product(world: &World, tenant: TenantId, steps: Steps, times: Option<usize>) -> anyhow::Result<()> {
    for _ in 0..times.unwrap_or(usize::MAX) {
        let mut tx = world.app.tenant(tenant).await?;
        let planned = campaigns::plan(&mut tx, BATCH).await?;
        tx.commit().await?;
        let mut moved = planned.touches;
        if steps == Steps::All {
            let passed = gate::decide(&world.app, tenant, BATCH, LEASE).await?;
            moved += passed.looked_at;
            let outcomes = hand_over::hand_over(&world.app, tenant, passed.ready).await;
            if !outcomes.is_empty() {
                hand_over::record(&world.app, tenant, outcomes).await?;
            }
        }
        if moved == 0 {
            break;
        }
    }
    Ok(())
}

fn statements(sample: &Sample, claims: [&str; 3]) -> [String; 3] {
    let quoted = |json: &str| json.replace('\'', "''");
    [
        include_str!("sql/touch.sql").replace(":claim", claims[0]),
        include_str!("sql/gate.sql")
            .replace(":claim", claims[1])
            .replace(":findings", &quoted(&sample.findings))
            .replace(":facts", &quoted(&sample.facts)),
        include_str!("sql/record.sql").replace(":claim", claims[2]),
    ]
}

fn single_statements(steps: Steps, sample: &Sample) -> Vec<String> {
    let all = statements(sample, [CLAIM_TOUCH, CLAIM_MESSAGE, CLAIM_SENT]);
    all.into_iter()
        .take(if steps == Steps::Plan { 1 } else { 3 })
        .collect()
}

async fn hand_made(
    world: &World,
    tenant: TenantId,
    steps: Steps,
    sample: &Sample,
    times: Option<usize>,
) -> anyhow::Result<()> {
    let mut hand: Hand = world.hand().await?;
    let sql = statements(sample, [CLAIM_TOUCHES, CLAIM_MESSAGES, CLAIM_SENDING]);
    for (name, sql) in ["by_hand_touch", "by_hand_gate", "by_hand_record"]
        .iter()
        .zip(&sql)
    {
        hand.prepare(name, TYPES, sql).await?;
    }
    let call = |name: &str| format!("execute {name} ('{}', '{NOON}', {BATCH})", tenant.as_uuid());
    for _ in 0..times.unwrap_or(usize::MAX) {
        let mut moved = hand.count(tenant, &call("by_hand_touch")).await?;
        if steps == Steps::All {
            moved += hand.count(tenant, &call("by_hand_gate")).await?;
            moved += hand.count(tenant, &call("by_hand_record")).await?;
        }
        if moved == 0 {
            break;
        }
    }
    Ok(())
}

/// Runs every path once, and brings a send log as the product writes it.
async fn warm_up(world: &World) -> anyhow::Result<Sample> {
    let tenant = seeded(world, "warm-up", 1_000).await?;
    world.settle().await?;
    product(world, tenant.id, Steps::All, None).await?;
    check(world, &tenant, Steps::All, 1_000).await?;
    let id = tenant.id.as_uuid();
    let column = |name: &str| format!("select {name} from send_logs where tenant_id = '{id}' limit 1");
    let sample = Sample {
        findings: world.text(&column("findings")).await?,
        facts: world.text(&column("facts")).await?,
    };
    let other = seeded(world, "warm-up-by-hand", 1_000).await?;
    hand_made(world, other.id, Steps::All, &sample, Some(1)).await?;
    world.settle().await?;
    hand_made(world, other.id, Steps::All, &sample, None)
        .await
        .context("the hand-made statements")?;
    check(world, &other, Steps::All, 1_000).await?;
    Ok(sample)
}
