//! Files that are no lists, or hardly: each ends in an error that says what to do, or in rows that land and refusals that are named.
use crate::imports::{Files, customers, customers_with};
use crate::support::{World, world};
use proptest::prelude::*;
use server::imports::{Mapping, Options, columns};
use std::path::Path;

#[tokio::test]
async fn an_empty_file_one_without_header_and_utf_16_are_errors_that_say_what_to_do() {
    let (world, files) = (world().await, Files::new());
    for (bytes, says) in [
        (&b""[..], "the file is empty"),
        (b"\n\n  \n", "the file is empty"),
        (
            b"Ann,504-523-0001,ann@example.com\nBob,504-523-0002,bob@example.com\n",
            "--map",
        ),
        (b"\xFF\xFEN\0a\0m\0e\0", "UTF-16"),
    ] {
        let error = customers_with(&world, &files.write(bytes), &Options::default())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
    let error = customers_with(&world, Path::new("/nowhere/list.csv"), &Options::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere/list.csv"), "{error}");
    assert_eq!(
        world
            .text("select count(*) from customers where tenant_id = $1")
            .await,
        "0"
    );
}

#[tokio::test]
async fn old_encodings_other_delimiters_and_a_mapping_are_read() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(b"\xEF\xBB\xBFVorname;Handy;Notes\r\nRen\xE9;504-523-0001;\"two\r\nlines\"\r\n");
    let mapping = Mapping::read(
        &["Vorname=first_name".to_owned(), "Handy=phone".to_owned()],
        columns::CUSTOMER,
    )
    .unwrap();
    let report = customers_with(
        &world,
        &path,
        &Options {
            mapping,
            ..Options::default()
        },
    )
    .await
    .unwrap();
    assert_eq!((report.created, report.lines_of_another_encoding), (1, 1));
    assert_eq!(
        world
            .text("select first_name || '/' || notes from customers where tenant_id = $1")
            .await,
        "René/two\nlines"
    );
}

#[tokio::test]
async fn a_line_of_two_hundred_megabytes_is_refused_and_the_others_land() {
    use std::io::Write;
    let (world, files) = (world().await, Files::new());
    let path = files.0.path().join("list.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(b"name,phone\nAnn,504-523-0001\n").unwrap();
    for _ in 0..200 {
        file.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    file.write_all(b"\nBob,504-523-0002\n").unwrap();
    drop(file);
    let report = customers(&world, &path).await;
    assert_eq!(
        (report.created, report.refused.len(), report.refused[0].line),
        (2, 1, 3)
    );
    assert!(report.refused[0].reason.contains("1 MiB"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_bytes_panic_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..600), rows in "[a-zA-Z@.,\"\\n;\\t=+0-9é -]{0,400}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let files = Files::new();
        runtime.block_on(async {
            let world = shared_world().await;
            for text in [bytes.clone(), [b"name,phone,email\n".to_vec(), rows.clone().into_bytes()].concat()] {
                let path = files.write(&text);
                let options = Options { dry_run: true, ..Options::default() };
                let _ = customers_with(&world, &path, &options).await;
            }
        });
    }
}

/// One database for all cases: a dry run leaves nothing in it. The pools belong to the case's own runtime.
async fn shared_world() -> World {
    static ONE: tokio::sync::OnceCell<(
        sqlx::postgres::PgConnectOptions,
        server::db::RoleUrls,
        server::db::TenantId,
    )> = tokio::sync::OnceCell::const_new();
    let (owner, roles, tenant) = ONE
        .get_or_init(|| async {
            let world = world().await;
            (world.owner.clone(), world.roles.clone(), world.tenant)
        })
        .await;
    World::again(owner.clone(), roles.clone(), *tenant)
}
