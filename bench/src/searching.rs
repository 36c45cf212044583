//! Finding customers of a large tenant by tag and by the beginnings of words, under row security: how long, and by which scans.
use crate::figures::{Figures, Limit, quantile, say};
use crate::world::{Tenant, World};
use anyhow::{Context, ensure};
use serde_json::Value;
use server::customers::{Filter, list};
use std::time::Instant;

/// How often each kind of question is asked.
const TIMES: usize = 40;
/// Rows that a plan may throw away: more is a filter over the whole tenant.
const FEW: f64 = 5_000.0;

/// The product's statements, and each with values for its parameters after the tenant.
const FIND_OF_ONE_TERM: &str = include_str!("../../server/src/customers/find_of_one_term.sql");
const FIND_COUNT: &str = include_str!("../../server/src/customers/find_count.sql");
const FIND_LED_BY: &str = include_str!("../../server/src/customers/find_led_by.sql");
const FIND_NEWEST_OF_TERMS: &str = include_str!("../../server/src/customers/find_newest_of_terms.sql");
const FIND_AMONG_NEWEST: &str = include_str!("../../server/src/customers/find_among_newest.sql");
const FIND_IN_WHOLE_RANGES: &str = include_str!("../../server/src/customers/find_in_whole_ranges.sql");
const LOAD: &str = include_str!("../../server/src/customers/load.sql");

fn plans() -> [(&'static str, &'static str, &'static str, String); 7] {
    let name_and_tag =
        "array[1,2], array['word','tag'], array['maria','hvac'], array['maria\u{10FFFF}','hvac']";
    let rare_and_name =
        "array[1,2], array['word','word'], array['zyx1','ma'], array['zyx1\u{10FFFF}','ma\u{10FFFF}']";
    [
        (
            "one tag",
            FIND_OF_ONE_TERM,
            "uuid, text, text, uuid, text, bigint",
            "'tag', 'hvac', null, null, 51".to_owned(),
        ),
        (
            "counts",
            FIND_COUNT,
            "uuid, int[], text[], text[], text[], bigint, bigint",
            format!("{name_and_tag}, 5000, 41"),
        ),
        (
            "led by a rare word",
            FIND_LED_BY,
            "uuid, int[], text[], text[], text[], uuid, text, bigint, bigint, int",
            format!("{rare_and_name}, null, null, 2, 51, 1"),
        ),
        (
            "newest of a narrow group",
            FIND_NEWEST_OF_TERMS,
            "uuid, int[], text[], text[], text[], uuid, text, bigint, bigint, int, bigint",
            format!("{name_and_tag}, null, null, 2, 51, 1, 3000"),
        ),
        (
            "among the newest",
            FIND_AMONG_NEWEST,
            "uuid, int[], text[], text[], text[], uuid, text, bigint, bigint, bigint",
            format!("{name_and_tag}, null, null, 2, 51, 5000"),
        ),
        (
            "whole ranges",
            FIND_IN_WHOLE_RANGES,
            "uuid, int[], text[], text[], text[], uuid, text, bigint, bigint",
            format!("{name_and_tag}, null, null, 2, 51"),
        ),
        (
            "load a page",
            LOAD,
            "uuid, uuid[]",
            "array['00000000-0000-7000-8000-000000000007'::uuid, '00000000-0000-7000-8000-000000000009']"
                .to_owned(),
        ),
    ]
}

/// Fills what customers are found by, asks, and reads the plans.
pub async fn measure(
    world: &World,
    tenant: &Tenant,
    customers: usize,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    say(format!("search: {customers} customers of one tenant"));
    let sql = include_str!("sql/terms.sql").replace(":tenant", &tenant.id.as_uuid().to_string());
    world.run(&sql).await?;
    world.run("vacuum analyze customer_terms").await?;
    latencies(world, tenant, customers, figures).await?;
    scans(world, tenant, figures).await
}

fn searched(text: &str) -> Filter {
    Filter {
        search: Some(text.to_owned()),
        limit: 50,
        ..Filter::default()
    }
}

fn tagged(any: &[&str], all: &[&str], search: Option<&str>) -> Filter {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    Filter {
        search: search.map(str::to_owned),
        tags_any: owned(any),
        tags_all: owned(all),
        limit: 50,
        ..Filter::default()
    }
}

/// Each kind of question, whether anybody is to be found, and how it is asked the n-th time.
type Question = (&'static str, bool, fn(usize) -> Filter);

const NAMES: [&str; 5] = ["maria", "james", "priya", "nora", "omar"];
const FAMILIES: [&str; 5] = ["anson", "berton", "garley", "kelwood", "zimby"];

const QUESTIONS: [Question; 13] = [
    ("a frequent first name", true, |n| searched(NAMES[n % 5])),
    ("a family name", true, |n| searched(FAMILIES[n % 5])),
    ("one letter", true, |n| searched(&"mjpno"[n % 5..=n % 5])),
    ("two letters", true, |n| {
        searched(["ma", "jo", "zi", "su", "ke"][n % 5])
    }),
    ("a name and the beginning of another", true, |n| {
        searched(&format!("{} s", NAMES[n % 5]))
    }),
    ("a rare name", true, |_| searched("zyx0")),
    ("nobody's name", false, |n| searched(&format!("qqq{n}"))),
    ("a frequent tag", true, |_| tagged(&[], &["hvac"], None)),
    ("a rare tag", true, |_| tagged(&["warranty"], &[], None)),
    ("one of two tags", true, |_| {
        tagged(&["vip", "warranty"], &[], None)
    }),
    ("both of two tags", true, |_| {
        tagged(&[], &["maintenance", "vip"], None)
    }),
    ("a tag and a name", true, |n| {
        tagged(&[], &["hvac"], Some(NAMES[n % 5]))
    }),
    ("an e-mail address", true, |n| {
        searched(&format!("c{}@example.com", n + 1))
    }),
];

async fn latencies(
    world: &World,
    tenant: &Tenant,
    customers: usize,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let mut worst = (f64::NEG_INFINITY, String::new());
    let mut all = Vec::new();
    for (name, finds, question) in QUESTIONS {
        let mut times = Vec::new();
        for n in 0..TIMES {
            let begun = Instant::now();
            let mut tx = world.app.tenant(tenant.id).await?;
            let page = list(&mut tx, &question(n)).await?;
            drop(tx);
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            ensure!(
                page.customers.is_empty() != finds,
                "{name}: {} customers were found ({n})",
                page.customers.len()
            );
        }
        let p95 = quantile(&times, 0.95);
        say(format!(
            "    {name}: p50 {:.1} ms, p95 {p95:.1} ms",
            quantile(&times, 0.5)
        ));
        if p95 > worst.0 {
            worst = (p95, name.to_owned());
        }
        all.extend(times);
    }
    // ten pages into a frequent tag
    let mut filter = tagged(&[], &["hvac"], None);
    let mut times = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let mut tx = world.app.tenant(tenant.id).await?;
        filter.after = list(&mut tx, &filter).await?.next;
        drop(tx);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(filter.after.is_some(), "there should be twenty pages");
    }
    all.extend(&times);
    figures.add(
        "search",
        format!("p95 over {} questions of 14 kinds", all.len()),
        quantile(&all, 0.95),
        "ms",
        Limit::AtMost(50.0),
        format!(
            "{customers} customers; p50 {:.1} ms; 20 pages of a tag: p95 {:.1} ms",
            quantile(&all, 0.5),
            quantile(&times, 0.95)
        ),
    );
    figures.add(
        "search",
        "p95 of the slowest kind",
        worst.0,
        "ms",
        Limit::AtMost(50.0),
        worst.1,
    );
    Ok(())
}

/// Reads the plans of the product's statements, as a new connection makes them and as one that keeps a general plan.
async fn scans(world: &World, tenant: &Tenant, figures: &mut Figures) -> anyhow::Result<()> {
    let (mut wrong, mut read) = (Vec::new(), 0);
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let mut hand = world.hand().await?;
        for (at, (name, statement, types, values)) in plans().into_iter().enumerate() {
            let call = format!("find_{at}");
            hand.prepare(&call, types, statement).await?;
            let explain = format!(
                "set local plan_cache_mode = {mode}; explain (analyze, format json) execute {call} ('{}', {values})",
                tenant.id.as_uuid()
            );
            let rows = hand.rows(tenant.id, &explain).await?;
            let plan: Value = sqlx::Row::try_get(rows.first().context("no plan")?, 0)?;
            say(format!(
                "    plan: {name} ({mode}): {:.1} ms",
                plan[0]["Execution Time"].as_f64().unwrap_or(f64::NAN)
            ));
            wrong.extend(
                faults(&plan[0]["Plan"])
                    .into_iter()
                    .map(|fault| format!("{name} ({mode}): {fault}")),
            );
            read += 1;
        }
    }
    for fault in &wrong {
        say(format!("    {fault}"));
    }
    let count = f64::from(u32::try_from(wrong.len())?);
    let detail = format!(
        "{read} plans, custom and generic{}",
        wrong.first().map_or(String::new(), |one| format!("; {one}"))
    );
    figures.add(
        "search",
        "sequential scans and whole-tenant filters",
        count,
        "",
        Limit::AtMost(0.0),
        detail,
    );
    Ok(())
}

/// What is wrong in a plan: a table of customers read in sequence, or more rows thrown away than a page warrants.
fn faults(node: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    if kind == "Seq Scan" && table.starts_with("customer") {
        found.push(format!("{table} is read in sequence"));
    }
    let loops = node["Actual Loops"].as_f64().unwrap_or(1.0);
    let thrown = loops * node["Rows Removed by Filter"].as_f64().unwrap_or(0.0);
    if !table.is_empty() && thrown > FEW {
        found.push(format!("{kind} of {table} throws {thrown:.0} rows away"));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        found.extend(faults(child));
    }
    found
}
