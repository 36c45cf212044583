//! Every verb on every table between two tenants; and the proof that a broken policy would be noticed, verb by verb.
use super::run;
use crate::support::{World, world};
use server::doctor::isolation::{Answer, Matrix, Situation, Verb, examine, probe};
use std::collections::BTreeSet;

async fn tried(world: &World) -> Matrix {
    probe(&world.roles.app).await.unwrap()
}

/// As much of every table as tells whether anything was left behind.
async fn everything(world: &World, matrix: &Matrix) -> String {
    let mut all = String::new();
    for table in &matrix.tables {
        all += &world
            .text(&format!(
                "select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t"
            ))
            .await;
    }
    all
}

#[tokio::test]
async fn no_verb_reaches_a_neighbour_in_any_situation_and_nothing_stays() {
    let world = world().await;
    // real rows, so that a fresh connection has something that it must not see
    world.fill(uuid::Uuid::from_u128(7)).await;
    let first = tried(&world).await;
    let before = everything(&world, &first).await;
    let matrix = tried(&world).await;
    assert_eq!(before, everything(&world, &matrix).await, "something stayed");
    assert_eq!(matrix.not_covered, []);
    let bad: Vec<_> = matrix
        .probes
        .iter()
        .filter(|probe| !probe.answer.is_safe())
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(matrix.tables.len() >= 27, "{:?}", matrix.tables);
    assert!(matrix.probes.len() > 1100, "{}", matrix.probes.len());
    for table in &matrix.tables {
        for situation in Situation::ALL {
            assert!(
                matrix
                    .probes
                    .iter()
                    .any(|probe| probe.table == *table && probe.situation == situation),
                "{table} was not tried {}",
                situation.meaning()
            );
        }
    }
}

#[tokio::test]
async fn every_foreign_key_between_tables_of_tenants_is_tried_and_refused() {
    let world = world().await;
    let matrix = tried(&world).await;
    let tried = matrix
        .probes
        .iter()
        .filter(|probe| probe.verb == Verb::ForeignKey && probe.situation == Situation::OtherTenant);
    let keys = world
        .text(
            "select count(*) from pg_constraint k where k.contype = 'f' and array_length(k.conkey, 1) > 1
             and k.conparentid = 0",
        )
        .await;
    let answers: Vec<&Answer> = tried.map(|probe| &probe.answer).collect();
    assert_eq!(answers.len().to_string(), keys);
    assert!(
        answers.iter().all(|answer| **answer == Answer::NotThere),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_policy_that_lets_everything_through_is_noticed_by_every_verb_on_every_table() {
    let world = world().await;
    world.fill(uuid::Uuid::from_u128(7)).await;
    let tables = tried(&world).await.tables;
    for table in tables.iter().filter(|table| {
        ![
            "campaign_enrollment_progress",
            "number_routes",
            "hook_routes",
            "link_keys",
        ]
        .contains(&table.as_str())
    }) {
        world
            .run(&format!(
                "alter policy tenant_isolation on {table} using (true) with check (true)"
            ))
            .await;
    }
    for routes in ["number_routes", "hook_routes", "link_keys"] {
        world
            .run(&format!(
                "alter policy tenant_isolation on {routes} using (true) with check (true)"
            ))
            .await;
    }
    let matrix = tried(&world).await;
    let leaks = |verb: Verb, situation: Situation| -> BTreeSet<&str> {
        matrix
            .probes
            .iter()
            .filter(|probe| probe.verb == verb && probe.situation == situation)
            .filter(|probe| matches!(probe.answer, Answer::Leak(_)))
            .map(|probe| probe.table.as_str())
            .collect()
    };
    let granted = |verb: Verb| -> BTreeSet<&str> {
        matrix
            .probes
            .iter()
            .filter(|probe| probe.verb == verb && probe.answer != Answer::NotGranted)
            .map(|probe| probe.table.as_str())
            .collect()
    };
    for verb in Verb::ALL.into_iter().filter(|verb| *verb != Verb::ForeignKey) {
        assert!(!granted(verb).is_empty());
        assert_eq!(
            leaks(verb, Situation::OtherTenant),
            granted(verb),
            "{}",
            verb.name()
        );
    }
    for situation in Situation::ALL {
        assert_eq!(
            leaks(Verb::Select, situation),
            granted(Verb::Select),
            "{}",
            situation.name()
        );
    }
}

#[tokio::test]
async fn a_foreign_key_without_the_tenant_is_noticed() {
    let world = world().await;
    world
        .run(
            "create unique index loose on customers (id);
             alter table work_orders drop constraint work_order_of_a_customer,
                 add constraint work_order_of_a_customer foreign key (customer_id) references customers (id)",
        )
        .await;
    let matrix = tried(&world).await;
    let leaks: Vec<_> = matrix
        .probes
        .iter()
        .filter(|probe| matches!(probe.answer, Answer::Leak(_)))
        .collect();
    assert!(!leaks.is_empty());
    assert!(
        leaks
            .iter()
            .all(|probe| probe.verb == Verb::ForeignKey && probe.table == "work_orders"),
        "{leaks:#?}"
    );
}

#[tokio::test]
async fn a_tenant_that_outlives_its_transaction_is_noticed() {
    let world = world().await;
    world.fill(uuid::Uuid::from_u128(7)).await;
    // row security on, one text everywhere, but the function falls back on somebody's tenant
    world
        .run(
            "create or replace function app.tenant() returns uuid language sql stable parallel safe as
             $$ select coalesce(nullif(current_setting('app.current_tenant', true), ''),
                                '00000000-0000-0000-0000-000000000007')::uuid $$",
        )
        .await;
    let matrix = tried(&world).await;
    let leaking: BTreeSet<Situation> = matrix
        .probes
        .iter()
        .filter(|probe| matches!(probe.answer, Answer::Leak(_)))
        .map(|probe| probe.situation)
        .collect();
    assert_eq!(
        leaking,
        [Situation::NoTenant, Situation::EmptyTenant, Situation::NeverSet].into()
    );
}

#[tokio::test]
async fn a_table_without_a_seed_is_a_fault() {
    let world = world().await;
    world
        .run(
            "create table forgotten (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id));
             select app.tenant_table('forgotten', 'select, insert')",
        )
        .await;
    let report = examine(&world.roles.operator, &world.roles.app, world.app.clock.now())
        .await
        .unwrap();
    let missing: Vec<&str> = report
        .matrix
        .not_covered
        .iter()
        .map(|it| it.table.as_str())
        .collect();
    assert_eq!(missing, ["forgotten"]);
    assert!(!report.is_isolated());
}

#[tokio::test]
async fn the_report_of_a_sound_installation_says_so_and_that_of_a_broken_one_escapes_what_it_found() {
    let world = world().await;
    let now = world.app.clock.now();
    let report = examine(&world.roles.operator, &world.roles.app, now)
        .await
        .unwrap();
    assert!(report.is_isolated());
    assert!(report.page().contains("class=\"verdict good\""));
    let mut owner = world.meddling().await;
    run(
        &mut owner,
        "create policy \"<script>\" on customers to courtesy_app using (true); commit",
    )
    .await;
    let report = examine(&world.roles.operator, &world.roles.app, now)
        .await
        .unwrap();
    assert!(!report.is_isolated());
    let page = report.page();
    assert!(page.contains("class=\"verdict bad\""));
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
    let json = serde_json::to_value(report.for_machines()).unwrap();
    assert_eq!(json["is_isolated"], false);
    assert!(json["probes"]["leaks"].as_u64().unwrap() > 0);
    assert_eq!(json["holes"][0]["check"], "policy-unknown");
}
