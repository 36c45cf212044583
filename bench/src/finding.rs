//! Finding due work: the probes that every round and every sleep begin with, against what waits; and one campaign's million beside
//! another's ten.
use crate::figures::{Figures, Limit, median, say};
use crate::million::LATER;
use crate::world::{People, Tenant, World};
use anyhow::ensure;
use jiff::Timestamp;
use server::{campaigns, messages};
use std::time::Instant;

const NAMES: [&str; 4] = [
    "tenants with due touches",
    "tenants with work",
    "next touch",
    "next message",
];
/// How often each probe is asked.
const TIMES: usize = 41;
/// A number that none of the million has.
const BEYOND: usize = 2_000_001;

/// Messages that the gate held until later, so that their probes have something to pass over.
pub async fn seed_messages(world: &World, tenant: &Tenant, from: usize, to: usize) -> anyhow::Result<()> {
    let tenant = tenant.id.as_uuid();
    world
        .run(&format!(
            "insert into messages (tenant_id, id, direction, channel, purpose, status, our_address, their_address, body, due_at, \
             first_due_at, created_at, updated_at) \
             select '{tenant}', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'outbound', 'sms', 'service', 'queued', \
             '+13125550142', '+1312' || (2000000 + n), 'held', '{LATER}'::timestamptz + make_interval(days => 30), now(), now(), now() \
             from generate_series({from}, {to}) n"
        ))
        .await
}

/// The median time of each probe, in milliseconds.
pub async fn probes(world: &World) -> anyhow::Result<[f64; 4]> {
    let now = world.app.clock.now();
    ensure!(
        campaigns::tenants_with_due_touches(&world.app, now)
            .await?
            .is_empty(),
        "nothing should be due yet"
    );
    ensure!(
        campaigns::next_due(&world.app, now).await?.is_some(),
        "something should wait"
    );
    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..TIMES {
        let begun = Instant::now();
        campaigns::tenants_with_due_touches(&world.app, now).await?;
        times[0].push(milliseconds(begun));
        let begun = Instant::now();
        messages::tenants_with_work(&world.app, now).await?;
        times[1].push(milliseconds(begun));
        let begun = Instant::now();
        campaigns::next_due(&world.app, now).await?;
        times[2].push(milliseconds(begun));
        let begun = Instant::now();
        messages::next_due(&world.app, now).await?;
        times[3].push(milliseconds(begun));
    }
    Ok(times.map(|of_one| median(&of_one)))
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

/// Each probe with the most waiting against the same with the least: flat within twice.
pub fn compare(probes: &[(usize, [f64; 4])], figures: &mut Figures) {
    for (at, name) in NAMES.iter().enumerate() {
        let (Some((_, least)), Some((_, most))) = (probes.first(), probes.last()) else {
            return;
        };
        let all: Vec<String> = probes
            .iter()
            .map(|(size, times)| format!("{:.2} ms with {size}", times[at]))
            .collect();
        figures.add(
            "finding",
            *name,
            most[at] / least[at],
            "×",
            Limit::AtMost(2.0),
            all.join(", "),
        );
    }
}

/// One campaign has everything due; ten more come, of another tenant and then of another campaign of the same: when are they sent?
pub async fn neighbours(world: &World, big: &Tenant, figures: &mut Figures) -> anyhow::Result<()> {
    say("neighbours: one campaign's million beside the ten of another tenant, and of another campaign");
    let later: Timestamp = LATER.parse::<Timestamp>()? + jiff::SignedDuration::from_hours(6);
    world.app.clock.move_to(later);
    let engine = world.engine();
    // the others' few touches go first
    for _ in 0..4 {
        engine.round().await?;
    }
    let mut alone = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let round = engine.round().await?;
        alone.push(milliseconds(begun));
        ensure!(round.planned > 0, "the big campaign should have due touches");
    }
    let neighbour = world.tenant("ten").await?;
    let mut tx = world.app.tenant(big.id).await?;
    let other = Tenant {
        id: big.id,
        campaign: campaigns::presets::copy(&mut tx, "bench", "hvac").await?,
    };
    tx.commit().await?;
    for (whose, ten, from) in [
        ("a neighbour's", &neighbour, 1),
        ("another campaign's", &other, BEYOND),
    ] {
        let (rounds, waited) = until_sent(world, ten, from).await?;
        let left = world
            .text(&format!(
                "select count(*) from enrollment_touches where tenant_id = '{}' and campaign_id = '{}' and status = 'pending' \
                 and touch_number = 1",
                big.id.as_uuid(),
                big.campaign
            ))
            .await?;
        figures.add(
            "finding",
            format!("{whose} ten beside a million: rounds until sent"),
            f64::from(rounds),
            "",
            Limit::AtMost(1.0),
            format!("{waited:.0} ms, {left} of the million still waiting"),
        );
        figures.add(
            "finding",
            format!("{whose} ten beside a million: their wait / a round of the million alone"),
            waited / median(&alone),
            "×",
            Limit::AtMost(2.0),
            format!("{waited:.0} ms against {:.0} ms", median(&alone)),
        );
    }
    Ok(())
}

/// Ten people of this campaign are due now, their numbers counted from `from`. Answers the rounds and milliseconds until all were sent.
async fn until_sent(world: &World, ten: &Tenant, from: usize) -> anyhow::Result<(u32, f64)> {
    let people = People {
        from,
        to: from + 9,
        due: LATER,
        tags: "'[]'::jsonb",
    };
    world.seed(ten, &people).await?;
    let sent = format!(
        "select count(*) from messages where tenant_id = '{}' and campaign_id = '{}' and status = 'sent'",
        ten.id.as_uuid(),
        ten.campaign
    );
    let engine = world.engine();
    let (mut rounds, mut waited) = (0_u32, 0.0);
    while world.text(&sent).await? != "10" {
        ensure!(rounds < 100, "the ten were not sent in a hundred rounds");
        let begun = Instant::now();
        engine.round().await?;
        waited += milliseconds(begun);
        rounds += 1;
    }
    Ok((rounds, waited))
}
