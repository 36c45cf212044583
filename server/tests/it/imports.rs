//! Imports: the project's own lists, and every kind of bad file. Good rows land, refused ones are named, a second import changes nothing.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use jiff::tz::TimeZone;
use server::imports::{self, ImportError, Options, Report};
use std::path::{Path, PathBuf};

mod faults;

pub struct Files(pub tempfile::TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn write(&self, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join("list.csv");
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

pub async fn customers_with(world: &World, path: &Path, options: &Options) -> Result<Report, ImportError> {
    let zone = TimeZone::get("America/Chicago").unwrap();
    imports::customers::import(&world.app, world.tenant, zone, path, options, &|_| {}).await
}

pub async fn customers(world: &World, path: &Path) -> Report {
    customers_with(world, path, &Options::default()).await.unwrap()
}

async fn work_orders(world: &World, path: &Path) -> Report {
    let zone = TimeZone::get("America/Chicago").unwrap();
    imports::work_orders::import(&world.app, world.tenant, zone, path, &Options::default(), &|_| {})
        .await
        .unwrap()
}

fn example(name: &str, files: &Files) -> PathBuf {
    let path = files.0.path().join(name);
    std::fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../examples")
            .join(name),
        &path,
    )
    .unwrap();
    path
}

fn landed(report: &Report) -> (u64, u64, u64, u64, usize) {
    (
        report.created,
        report.updated,
        report.unchanged,
        report.merged,
        report.refused.len(),
    )
}

#[tokio::test]
async fn the_examples_land_once_and_a_second_import_changes_nothing() {
    let (world, files) = (world().await, Files::new());
    world.at("2026-03-16T00:00:00Z");
    let list = example("customers.csv", &files);
    let first = customers(&world, &list).await;
    assert_eq!(first.rows, 500);
    assert_eq!(
        first.created + first.merged + first.updated + u64::try_from(first.refused.len()).unwrap(),
        500
    );
    assert!(
        first.created > 450 && first.merged >= 10 && first.refused.len() >= 5,
        "{:?}",
        landed(&first)
    );
    assert!(
        first.consents.opted_in > 300 && first.consents.opted_out > 20 && first.consents.unknown > 30,
        "{:?}",
        first.consents
    );
    assert!(files.0.path().join("customers.refused.csv").is_file());
    let fingerprint = "select md5(string_agg(c::text, '' order by c.id)) || (select count(*) from consent_events where tenant_id = $1)
                       || (select count(*) from customer_activities where tenant_id = $1) from customers c where c.tenant_id = $1";
    let before = world.text(fingerprint).await;
    world.at("2026-03-16T01:00:00Z");
    let second = customers(&world, &list).await;
    assert_eq!((second.created, second.updated), (0, 0), "{:?}", landed(&second));
    assert_eq!(second.refused.len(), first.refused.len());
    assert_eq!(world.text(fingerprint).await, before);

    let jobs = example("work-orders.csv", &files);
    let first = work_orders(&world, &jobs).await;
    assert!(
        first.created > 440 && first.refused.len() >= 10,
        "{:?}",
        landed(&first)
    );
    let orders =
        "select md5(string_agg(w::text, '' order by w.id)) from work_orders w where w.tenant_id = $1";
    let before = world.text(orders).await;
    let second = work_orders(&world, &jobs).await;
    assert_eq!((second.created, second.updated), (0, 0), "{:?}", landed(&second));
    assert_eq!(world.text(orders).await, before);
    assert_eq!(
        world.text("select sum(orders_total) = (select count(*) from work_orders where tenant_id = $1) from customers where tenant_id = $1").await,
        "true"
    );
}

#[tokio::test]
async fn each_refused_row_is_named_with_line_column_and_reason_and_lies_beside_the_input() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "First Name,Phone,E-mail,Zip,Tags\nAnn,504-523-0001,ann@example.com,8014,vip\nBob,n/a,,70116,\nCat,,cat@example,70116,\nDan,,dan@example.com,70116,\"a,b,c,d,e,f\"\n\
         Eve,504-523-0005,eve@example.com,70116,x,too many\n=1+1,,=HYPERLINK(1),,\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!(landed(&report), (1, 0, 0, 0, 5));
    let named: Vec<(u64, &str)> = report
        .refused
        .iter()
        .map(|refusal| (refusal.line, refusal.column.as_str()))
        .collect();
    assert_eq!(
        named,
        [(3, "Phone"), (4, "E-mail"), (5, "Tags"), (6, ""), (7, "E-mail")]
    );
    assert!(report.refused.iter().all(|refusal| !refusal.reason.is_empty()));
    let beside = std::fs::read_to_string(path.with_extension("refused.csv")).unwrap();
    assert!(
        beside.starts_with("First Name,Phone,E-mail,Zip,Tags,refused_line,refused_column,refused_reason\n")
    );
    assert!(
        beside.contains("'=HYPERLINK(1)") && beside.contains("'=1+1"),
        "{beside}"
    );
    assert_eq!(
        world
            .text("select postal_code || zone || zone_source || phone from customers where tenant_id = $1")
            .await,
        "08014America/New_Yorkzip+15045230001"
    );
    std::fs::write(&path, "First Name,Phone\nAnn,504-523-0001\n").unwrap();
    customers(&world, &path).await;
    assert!(
        !path.with_extension("refused.csv").exists(),
        "an old file of refusals goes away"
    );
}

#[tokio::test]
async fn a_household_shares_a_phone_the_first_keeps_it() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "First Name,Last Name,Phone,Email\nAnn,Lee,504-523-0001,ann@example.com\nBob,Lee,(504) 523-0001,bob@example.com\nCat,Lee,5045230001,\nANN,lee,+15045230001,\nAnn,Lee,,ANN@EXAMPLE.COM\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!(landed(&report), (2, 0, 0, 2, 1));
    assert_eq!(report.refused[0].line, 4);
    assert!(
        report.refused[0].reason.contains("line 2"),
        "{}",
        report.refused[0].reason
    );
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.line == 3 && note.said.contains("landed without it"))
    );
    assert_eq!(world.text("select string_agg(first_name || phone_status, ' ' order by first_name) from customers where tenant_id = $1").await, "Annvalid Bobmissing");
    let again = customers(&world, &path).await;
    assert_eq!(landed(&again), (0, 0, 2, 2, 1));
}

#[tokio::test]
async fn consent_needs_proof_and_an_older_yes_never_beats_a_newer_no() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "Name,Phone,SMS Consent,SMS Consent Date,SMS Consent Method\nAnn,504-523-0001,yes,2025-05-01,website form\nBob,504-523-0002,yes,,\nCat,504-523-0003,no,2025-06-01,\nDan,504-523-0004,,,\nEve,504-523-0005,yes,2031-01-01,phone_call\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!(
        (
            report.consents.opted_in,
            report.consents.opted_out,
            report.consents.unknown
        ),
        (1, 1, 2)
    );
    assert_eq!(report.refused.len(), 1, "a consent of the future");
    let states = "select string_agg(c.first_name || ':' || k.status, ' ' order by c.first_name) from consents k join customers c on c.tenant_id = k.tenant_id and c.id = k.customer_id where k.tenant_id = $1";
    assert_eq!(
        world.text(states).await,
        "Ann:opted_in Bob:unknown Cat:opted_out Dan:unknown"
    );
    let path = files.write("Name,Phone,SMS Consent,SMS Consent Date,SMS Consent Method\nCat,504-523-0003,yes,2025-05-15,website form\nCat,504-523-0003,yes,2025-07-15,website form\n");
    customers(&world, &path).await;
    assert_eq!(
        world.text(states).await,
        "Ann:opted_in Bob:unknown Cat:opted_out Dan:unknown",
        "nor does an import re-open"
    );
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let (world, files) = (world().await, Files::new());
    let list = example("customers.csv", &files);
    let dry = customers_with(
        &world,
        &list,
        &Options {
            dry_run: true,
            ..Options::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(
        world
            .text("select count(*) from customers where tenant_id = $1")
            .await,
        "0"
    );
    assert!(!list.with_extension("refused.csv").exists());
    let real = customers(&world, &list).await;
    assert_eq!(landed(&dry), landed(&real));
    assert_eq!(dry.consents, real.consents);
}

#[tokio::test]
async fn jobs_find_their_customers_and_times_are_those_of_the_place() {
    let (world, files) = (world().await, Files::new());
    world.at("2026-03-10T00:00:00Z");
    customers(
        &world,
        &files.write("Name,Phone,Email,Zip\nAnn,504-523-0001,ann@example.com,10011\n"),
    )
    .await;
    let path = files.write(
        "Job #,Email,Phone,Service,Status,Completed,Amount\nJ-1,ANN@example.com,,A/C repair,done,3/4/2026 5:35 PM,\"$1,234.50\"\nJ-2,,(504) 523-0001,Drain,,,\nJ-3,x@example.com,,HVAC,done,2026-03-04,\n\
         J-4,ann@example.com,,HVAC,done,2026-04-04,\nJ-1,ann@example.com,,HVAC,done,2026-03-04,\nJ-5,ann@example.com,,Gardening,done,2026-03-04,\nJ-6,ann@example.com,,HVAC,done,,\n",
    );
    let report = work_orders(&world, &path).await;
    assert_eq!(landed(&report), (2, 0, 0, 0, 5));
    let named: Vec<(u64, &str)> = report
        .refused
        .iter()
        .map(|refusal| (refusal.line, refusal.column.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (4, "Email"),
            (5, "Completed"),
            (6, "Job #"),
            (7, "Service"),
            (8, "Completed")
        ]
    );
    assert_eq!(world.text("select service_type || completed_at || ' ' || amount_cents from work_orders where tenant_id = $1 and number = 'J-1'").await, "hvac2026-03-04 22:35:00+00 123450");
    assert_eq!(
        world
            .text("select status from work_orders where tenant_id = $1 and number = 'J-2'")
            .await,
        "scheduled"
    );
}
