//! Customers: what is kept of them, how they are found, and by which indexes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::people::{customer, job, stranger};
use crate::support::{World, world};
use rules::lifecycle::CustomerStage;
use server::customers::{self, CustomerError, Filter, Profile};

async fn names(world: &World, filter: Filter) -> Vec<String> {
    let mut tx = world.tx().await;
    let filter = Filter { limit: 50, ..filter };
    let mut names: Vec<String> = customers::list(&mut tx, &filter)
        .await
        .unwrap()
        .customers
        .iter()
        .map(|customer| customer.profile.name())
        .collect();
    names.sort();
    names
}

async fn tagged(world: &World, name: &str, company: &str, phone: &str, tags: &[&str]) -> uuid::Uuid {
    let mut profile = Profile {
        first_name: Some(name.to_owned()),
        company_name: Some(company.to_owned()),
        ..Profile::default()
    };
    profile.set_phone(phone, "US").unwrap();
    profile.set_tags(tags.iter().copied()).unwrap();
    let mut tx = world.tx().await;
    let id = customers::create(&mut tx, "test", profile).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn customers_are_found_by_beginnings_of_words_tags_address_and_page_by_page() {
    let world = world().await;
    tagged(
        &world,
        "Ann Marie",
        "Harbor Bakery",
        "+15045230001",
        &["VIP", "north"],
    )
    .await;
    tagged(&world, "Bob", "Harper & Sons", "+15045230002", &["vip"]).await;
    tagged(&world, "Cat", "", "+15045230003", &["south"]).await;
    let search = |text: &str| Filter {
        search: Some(text.to_owned()),
        ..Filter::default()
    };
    let tags = |any: &[&str], all: &[&str]| Filter {
        tags_any: any.iter().map(ToString::to_string).collect(),
        tags_all: all.iter().map(ToString::to_string).collect(),
        ..Filter::default()
    };
    assert_eq!(names(&world, search("har")).await, ["Ann Marie", "Bob"]);
    assert_eq!(names(&world, search("mar HARB")).await, ["Ann Marie"]);
    assert_eq!(names(&world, search("(504) 523-0003")).await, ["Cat"]);
    assert_eq!(names(&world, search("nobody")).await, [""; 0]);
    assert_eq!(
        names(&world, tags(&["north", "south"], &[])).await,
        ["Ann Marie", "Cat"]
    );
    assert_eq!(names(&world, tags(&[], &["vip", "north"])).await, ["Ann Marie"]);
    assert_eq!(names(&world, tags(&["vip"], &["north"])).await, ["Ann Marie"]);
    let mut tx = world.tx().await;
    let first = customers::list(
        &mut tx,
        &Filter {
            limit: 2,
            ..Filter::default()
        },
    )
    .await
    .unwrap();
    let second = customers::list(
        &mut tx,
        &Filter {
            limit: 2,
            after: first.next,
            ..Filter::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(
        (first.customers.len(), second.customers.len(), second.next),
        (2, 1, None)
    );
}

#[tokio::test]
async fn search_and_tags_use_indexes_under_row_security() {
    use sqlx::{ConnectOptions, Executor, Row};
    let world = world().await;
    world
        .run("insert into customers (tenant_id, id, first_name, phone_status, created_by, updated_by, created_at, updated_at)
              select $1, gen_random_uuid(), 'name' || n, 'missing', 'x', 'x', now(), now() from generate_series(1, 20000) n;
              insert into customer_terms select $1, 'word', first_name, id from customers where tenant_id = $1;
              insert into customer_terms select $1, 'tag', 'tag' || (random() * 500)::int, id from customers where tenant_id = $1;
              analyze customers; analyze customer_terms")
        .await;
    let mut app = world.roles.app.connect().await.unwrap();
    let tenant = world.tenant.as_uuid();
    app.execute(sqlx::AssertSqlSafe(format!(
        "begin; set local app.current_tenant = '{tenant}'"
    )))
    .await
    .unwrap();
    for (kind, from, to) in [
        ("word", "name1234", "name1234\u{10FFFF}"),
        ("tag", "tag7", "tag7"),
    ] {
        let plan = app
            .fetch_all(sqlx::AssertSqlSafe(format!(
                "explain select t.customer_id from customer_terms t where t.tenant_id = '{tenant}' and t.kind = '{kind}'
                 and t.term >= '{from}' collate \"C\" and t.term <= '{to}' collate \"C\""
            )))
            .await
            .unwrap();
        let plan: String = plan.iter().map(|row| row.get::<String, _>(0) + "\n").collect();
        assert!(plan.contains("Index") && plan.contains("term >="), "{plan}");
        assert!(
            !plan.contains("Seq Scan") && !plan.contains("Filter: ((kind"),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn what_changes_is_kept_field_by_field_and_nothing_is_kept_when_nothing_does() {
    let world = world().await;
    let id = stranger(&world, "Ann", "+15045230001", "ann@example.com").await;
    let mut tx = world.tx().await;
    let mut profile = customers::get(&mut tx, id).await.unwrap().profile;
    assert!(
        !customers::update(&mut tx, "agent", id, profile.clone())
            .await
            .unwrap()
    );
    profile.last_name = Some("Lee".to_owned());
    profile.set_phone("504-523-0009", "US").unwrap();
    assert!(customers::update(&mut tx, "agent", id, profile).await.unwrap());
    customers::archive(&mut tx, "agent", &[id]).await.unwrap();
    customers::reactivate(&mut tx, "agent", &[id]).await.unwrap();
    let kinds: Vec<String> = customers::activities(&mut tx, id)
        .await
        .unwrap()
        .into_iter()
        .map(|activity| activity.kind)
        .collect();
    tx.commit().await.unwrap();
    let mut sorted = kinds.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "CustomerArchived",
            "CustomerCreated",
            "CustomerReactivated",
            "CustomerUpdated"
        ]
    );
    let changes = world
        .text(
            "select changes::text from customer_activities where tenant_id = $1 and kind = 'CustomerUpdated'",
        )
        .await;
    assert!(
        changes.contains("\"last_name\": {\"to\": \"Lee\", \"from\": null}")
            && changes.contains("+15045230009"),
        "{changes}"
    );
}

#[tokio::test]
async fn an_address_belongs_to_one_customer_in_any_case() {
    let world = world().await;
    stranger(&world, "Ann", "+15045230001", "Ann@example.com").await;
    let mut tx = world.tx().await;
    let with = |email: &str, phone: &str| {
        let mut profile = Profile::default();
        profile.set_email(email).unwrap();
        profile.set_phone(phone, "US").unwrap();
        profile
    };
    assert!(matches!(
        customers::create(&mut tx, "t", with("ANN@EXAMPLE.com", "")).await,
        Err(CustomerError::EmailTaken)
    ));
    assert!(matches!(
        customers::create(&mut tx, "t", with("", "504 523 0001")).await,
        Err(CustomerError::PhoneTaken)
    ));
    customers::create(&mut tx, "t", with("", "504 523 0002"))
        .await
        .unwrap();
    customers::create(&mut tx, "t", with("only@example.com", ""))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stage_moves_with_what_happens_and_remembers_when() {
    let world = world().await;
    let ann = customer(&world, "Ann", "+15045230001").await;
    let stages = "select stage || ' ' || (lead_at is not null)::text || (active_at is not null)::text from customers where tenant_id = $1";
    assert_eq!(world.text(stages).await, "lead truefalse");
    job(&world, ann, "J-1", None).await;
    assert_eq!(world.text(stages).await, "active truetrue");
    let mut tx = world.tx().await;
    assert!(matches!(
        customers::set_stage(&mut tx, "t", ann, CustomerStage::Lead).await,
        Err(CustomerError::Stage { .. })
    ));
    customers::set_stage(&mut tx, "t", ann, CustomerStage::Churned)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        world
            .text("select count(*) from customer_activities where tenant_id = $1 and kind = 'StageChanged'")
            .await,
        "2"
    );
}

#[test]
fn a_profile_refuses_what_is_wrong_and_says_what_would_be_right() {
    let mut profile = Profile::default();
    for (fault, field) in [
        (profile.set_email("ann@example").unwrap_err(), "email"),
        (profile.set_phone("12345", "US").unwrap_err(), "phone"),
        (profile.set_zone("Texas").unwrap_err(), "zone"),
        (profile.set_tags("a,b,c,d,e,f".split(',')).unwrap_err(), "tags"),
        (profile.set_source("moon").unwrap_err(), "source"),
    ] {
        assert_eq!(fault.field, field);
        assert!(!fault.why.is_empty());
    }
    assert_eq!(profile.phone_status(), "invalid");
}
