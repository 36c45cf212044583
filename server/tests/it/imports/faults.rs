//! Lists with odder faults: bad quotes, ids of others, refusals of consent in refused rows, postal codes abroad, cells too long.
use super::{Files, customers, customers_with, landed, work_orders};
use crate::support::{World, world};
use server::imports::{Mapping, Options, columns};

#[tokio::test]
async fn lines_are_numbered_as_an_editor_does_and_a_bad_quote_costs_its_own_line() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "name,phone\r\nAnn,504-523-0001\r\nBob,call me\r\n\"Cat,504-523-0003\r\nDan,\"504-523-0004\"\r\n3/4\" Pipe Co,504-523-0005\r\n",
    );
    let report = customers(&world, &path).await;
    let lines: Vec<u64> = report.refused.iter().map(|refusal| refusal.line).collect();
    assert_eq!((report.created, lines), (3, vec![3, 4]), "{:?}", report.refused);
    assert!(
        report.refused[1].reason.contains("quote"),
        "{}",
        report.refused[1].reason
    );
    assert_eq!(names(&world).await, "3/4\" Pipe Co Ann Dan");
}

#[tokio::test]
async fn what_mended_rows_say_is_taken_from_the_refused_file() {
    let (world, files) = (world().await, Files::new());
    let path = files.write("First Name,Phone\n=Ann,n/a\n");
    customers(&world, &path).await;
    let beside = path.with_extension("refused.csv");
    let mended = std::fs::read_to_string(&beside)
        .unwrap()
        .replace("n/a", "504-523-0001");
    assert!(mended.contains("'=Ann"), "{mended}");
    std::fs::write(&beside, mended).unwrap();
    assert_eq!(customers(&world, &beside).await.created, 1);
    assert_eq!(names(&world).await, "=Ann");
}

#[tokio::test]
async fn ids_and_whatsapp_numbers_stay_with_whom_they_belong_to() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "Name,Email,Customer Id,WhatsApp\nAnn Lee,ann@example.com,7,+15045230001\nBob Ray,bob@example.com,7,+15045230001\nAnn Lee,ann.lee@example.com,7,\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!(landed(&report), (2, 0, 0, 1, 0));
    let said: Vec<&str> = report.notes.iter().map(|note| note.said.as_str()).collect();
    assert!(
        said[0].starts_with("external_id") && said[1].starts_with("whatsapp_number"),
        "{said:?}"
    );
    assert!(
        said[2].contains("merged into line 2") && said[2].contains("ann.lee@example.com"),
        "{said:?}"
    );
    assert_eq!(landed(&customers(&world, &path).await), (0, 0, 2, 1, 0));
    world.at("2026-03-10T00:00:00Z");
    let jobs =
        files.write("Job #,Customer Id,Service,Status,Completed\nJ-1,7,Water heater,done,2026-03-04 10:00\n");
    assert_eq!(work_orders(&world, &jobs).await.created, 1);
    assert_eq!(
        world
            .text("select service_type from work_orders where tenant_id = $1")
            .await,
        "plumbing"
    );
}

#[tokio::test]
async fn a_later_list_fills_and_changes_but_never_clears() {
    let (world, files) = (world().await, Files::new());
    customers(
        &world,
        &files.write("Name,Phone,Email,Address,City,State,Zip,Country\nAnn Lee,5045230001,ann@example.com,1 Elm St,Lafayette,Louisiana,70501,USA\n"),
    )
    .await;
    let before = world
        .text("select updated_at from customers where tenant_id = $1")
        .await;
    world.at("2026-03-03T00:00:00Z");
    let same = files.write("Name,Phone,Zip,Time Zone\nann lee,+1 504 523 0001,70501.0,America/Chicago\n");
    assert_eq!(
        landed(&customers(&world, &files.write("Phone,Email,Zip\n+15045230001,,70501.0\n")).await),
        (0, 0, 1, 0, 0)
    );
    assert_eq!(
        world
            .text("select updated_at from customers where tenant_id = $1")
            .await,
        before
    );
    customers(&world, &same).await;
    assert_eq!(landed(&customers(&world, &same).await), (0, 0, 1, 0, 0));
    assert_eq!(
        world.text("select concat_ws('/', line1, city, state, country) from customer_addresses where tenant_id = $1").await,
        "1 Elm St/Lafayette/LA/US"
    );
}

#[tokio::test]
async fn a_no_counts_for_the_number_even_when_its_row_is_refused_or_the_number_is_anothers() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "Name,Phone,Email,SMS Consent,SMS Consent Date,SMS Consent Method,Tags\nAnn,504-523-0001,,yes,2025-05-01,website form,\nBob,504-523-0001,bob@example.com,no,soon,,\n\
         Cat,504-523-0003,,No,,,\"a,b,c,d,e,f\"\nDan,504-523-0001,,,,,\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!((landed(&report), report.consents.opted_out), ((2, 0, 0, 0, 2), 2));
    assert_eq!(
        report.refused[1].column, "Phone",
        "a household's phone is named as the file names it"
    );
    assert_eq!(
        world.text("select string_agg(address, ' ' order by address) from recipients where tenant_id = $1 and suppressed_scope = 'all'").await,
        "+15045230001 +15045230003"
    );
}

#[tokio::test]
async fn a_no_in_a_column_of_no_channel_is_one_to_email_too_and_a_second_phone_proves_nothing() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "Name,Phone,Phone 2,Email,Opt In,Opt In Date,Opt In Method\nAnn,504-523-0001,,ann@example.com,no,,\nBob,12345,504-523-0002,bob@example.com,yes,2025-05-01,website form\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!(
        (
            report.consents.opted_out,
            report.consents.opted_in,
            report.consents.unknown
        ),
        (2, 0, 1)
    );
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.line == 3 && note.said.starts_with("consent:"))
    );
}

#[tokio::test]
async fn a_postal_code_abroad_is_no_zip_code() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(
        "Name,Phone,Zip,State,Country,City\nHans,030 901820,80331,,Germany,Berlin\nJoan,(416) 555-2368,90210,CA,United States,\nKim,0291 234 567,,,Atlantis,\n",
    );
    let report = customers(&world, &path).await;
    assert_eq!(
        (
            report.created,
            report.refused.len(),
            report.refused[0].column.as_str()
        ),
        (2, 1, "Country")
    );
    assert_eq!(
        world.text("select string_agg(first_name || zone_source || coalesce(postal_code, ''), ' ' order by first_name) from customers where tenant_id = $1").await,
        "Hansarea_code Joanzip90210"
    );
    assert_eq!(landed(&customers(&world, &path).await), (0, 0, 2, 0, 1));
}

#[tokio::test]
async fn a_cell_too_long_for_an_index_refuses_its_row_alone() {
    let (world, files) = (world().await, Files::new());
    let path = files.write(format!(
        "name,phone\n{},504-523-0001\nBob,504-523-0002\n",
        "x".repeat(20_000)
    ));
    let report = customers(&world, &path).await;
    assert_eq!((report.created, report.refused.len()), (1, 1));
    assert!(
        report.refused[0].reason.contains("200 characters"),
        "{}",
        report.refused[0].reason
    );
}

#[tokio::test]
async fn lists_that_lack_what_is_needed_say_which_column() {
    let (world, files) = (world().await, Files::new());
    for (bytes, says) in [
        (
            &b"First Name,Last Name\nAnn,Lee\n"[..],
            "e-mail addresses or phone numbers",
        ),
        (b"PK\x03\x04\x14\x00", "workbook"),
    ] {
        let error = customers_with(&world, &files.write(bytes), &Options::default())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
    let path = files.write("name,phone\nAnn,504-523-0001\n");
    let mapping = Mapping::read(&["Handy=phone".to_owned()], columns::CUSTOMER).unwrap();
    let wrong = [
        (
            Options {
                mapping,
                ..Options::default()
            },
            "handy",
        ),
        (
            Options {
                region: "XX".to_owned(),
                ..Options::default()
            },
            "--region",
        ),
    ];
    for (options, says) in wrong {
        let error = customers_with(&world, &path, &options)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// Those who are there, in the order of their names.
async fn names(world: &World) -> String {
    world.text("select string_agg(concat_ws(' ', first_name, last_name), ' ' order by first_name) from customers where tenant_id = $1").await
}
