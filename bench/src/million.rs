//! One world with a million customers: what waits must not slow down finding what is due, nor searching; the process stays small.
use crate::Options;
use crate::figures::{Figures, say};
use crate::world::{People, Server, TAGS};
use crate::{finding, process, searching};
use server::db::embedded;

/// A week after the worlds' noon: nothing of it is due until a clock is moved there.
pub const LATER: &str = "2026-03-10T12:00:00Z";
/// Tenants beside the big one, each with a few waiting touches.
const OTHERS: usize = 49;

/// Fills the product's own database, so that `courtesy serve` can run on it, and measures at each size.
pub async fn measure(options: &Options, server: &Server, figures: &mut Figures) -> anyhow::Result<()> {
    let sizes: [usize; 3] = if options.quick {
        [1_000, 10_000, 100_000]
    } else {
        [10_000, 100_000, 1_000_000]
    };
    say(format!(
        "a tenant with {} customers; this takes a while",
        sizes[2]
    ));
    let world = server.enter(embedded::DATABASE);
    let big = world.tenant("million").await?;
    for number in 1..=OTHERS {
        let other = world.tenant(&format!("other-{number}")).await?;
        let people = People {
            from: 1,
            to: 20,
            due: LATER,
            tags: TAGS,
        };
        world.seed(&other, &people).await?;
    }
    let (mut from, mut probes) = (1, Vec::new());
    for size in sizes {
        let people = People {
            from,
            to: size,
            due: LATER,
            tags: TAGS,
        };
        world.seed(&big, &people).await?;
        finding::seed_messages(&world, &big, from / 10 + 1, size / 10).await?;
        from = size + 1;
        if options.wants("finding") || size == sizes[2] {
            world.settle().await?;
        }
        if options.wants("finding") {
            probes.push((size, finding::probes(&world).await?));
        }
    }
    if options.wants("finding") {
        finding::compare(&probes, figures);
    }
    if options.wants("search") {
        searching::measure(&world, &big, sizes[2], figures).await?;
    }
    if options.wants("finding") {
        finding::neighbours(&world, &big, figures).await?;
    }
    if options.wants("process") {
        process::measure(options, server, &world, figures).await?;
    }
    Ok(())
}
