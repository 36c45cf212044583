//! One tenant sees and touches its own rows only: by policy, on every table and with every verb, also after errors and cancellation.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::time::Duration;

/// A neighbour with a row in every table that has rows of tenants, made by the database's owner.
async fn planted() -> (World, uuid::Uuid) {
    let world = world().await;
    let neighbour = world.neighbour().await.as_uuid();
    let sql = format!(
        "insert into customers (tenant_id, id, phone_status, created_by, updated_by, created_at, updated_at)
           values ('{neighbour}', '{neighbour}', 'missing', 'x', 'x', now(), now());
         insert into customer_terms values ('{neighbour}', 'tag', 'vip', '{neighbour}');
         insert into recipients (tenant_id, channel, address, created_at, updated_at) values ('{neighbour}', 'sms', '+15045230001', now(), now());
         insert into work_orders (tenant_id, id, customer_id, service_type, status, created_by, created_at, updated_at)
           values ('{neighbour}', '{neighbour}', '{neighbour}', 'hvac', 'scheduled', 'x', now(), now());
         insert into messages (tenant_id, id, direction, channel, purpose, status, our_address, their_address, body, created_at, updated_at)
           values ('{neighbour}', '{neighbour}', 'outbound', 'sms', 'service', 'queued', '', '+15045230001', 'hello', now(), now());"
    );
    world.run(&sql).await;
    (world, neighbour)
}

async fn app(world: &World) -> PgConnection {
    let mut connection = world.roles.app.connect().await.unwrap();
    let enter = format!(
        "begin; set local app.current_tenant = '{}'",
        world.tenant.as_uuid()
    );
    connection.execute(AssertSqlSafe(enter)).await.unwrap();
    connection
}

async fn tables(world: &World) -> Vec<String> {
    let mut owner = world.owner.connect().await.unwrap();
    let rows = owner
        .fetch_all(
            "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
               and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
             order by 1",
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn every_table_of_tenants_has_the_one_policy_and_no_index_or_key_without_the_tenant() {
    let world = world().await;
    let mut owner = world.owner.connect().await.unwrap();
    let tables = tables(&world).await;
    assert!(tables.len() >= 20, "{tables:?}");
    for table in tables {
        let row = owner
            .fetch_one(AssertSqlSafe(format!(
                "select c.relrowsecurity,
                        (select count(*) from pg_policies p where p.tablename = '{table}' and p.policyname = 'tenant_isolation'
                           and p.qual = '(tenant_id = app.tenant())' and p.with_check = '(tenant_id = app.tenant())'
                           and p.roles = '{{courtesy_app}}'),
                        (select count(*) from pg_index i where i.indrelid = c.oid and i.indisunique
                           and not (select a.attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') = any(i.indkey::smallint[])),
                        (select count(*) from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
                           and not exists (select from unnest(k.conkey) key join pg_attribute a on a.attrelid = c.oid and a.attnum = key
                                           where a.attname = 'tenant_id')),
                        pg_has_role('courtesy_app', c.relowner, 'member'),
                        has_table_privilege('courtesy_app', c.oid, 'truncate')
                 from pg_class c where c.oid = '{table}'::regclass"
            )))
            .await
            .unwrap();
        assert!(row.get::<bool, _>(0), "{table}: row security is off");
        assert_eq!(row.get::<i64, _>(1), 1, "{table}: the policy");
        assert_eq!(
            row.get::<i64, _>(2),
            0,
            "{table}: a unique index without the tenant"
        );
        assert_eq!(
            row.get::<i64, _>(3),
            0,
            "{table}: a foreign key without the tenant"
        );
        assert!(
            !row.get::<bool, _>(4) && !row.get::<bool, _>(5),
            "{table}: the application owns or may truncate it"
        );
    }
}

#[tokio::test]
async fn no_verb_on_any_table_reaches_a_neighbours_row() {
    let (world, neighbour) = planted().await;
    for table in tables(&world).await {
        let before = world.text(&format!("select md5(string_agg(t::text, '|' order by t::text)) from {table} t where tenant_id = '{neighbour}'")).await;
        for statement in [
            format!("select count(*) from {table} where tenant_id = '{neighbour}'"),
            format!(
                "with gone as (delete from {table} where tenant_id = '{neighbour}' returning 1) select count(*) from gone"
            ),
            format!(
                "with hit as (update {table} set tenant_id = tenant_id where tenant_id = '{neighbour}' returning 1) select count(*) from hit"
            ),
            format!(
                "with moved as (update {table} set tenant_id = '{neighbour}' where true returning 1) select count(*) from moved"
            ),
        ] {
            let mut connection = app(&world).await;
            let answer = connection.fetch_one(AssertSqlSafe(statement.clone())).await;
            match answer {
                Ok(row) => assert_eq!(row.get::<i64, _>(0), 0, "{statement}"),
                Err(error) => {
                    let code = error
                        .as_database_error()
                        .and_then(|error| error.code().map(String::from))
                        .unwrap_or_default();
                    assert_eq!(code, "42501", "{statement}: {error}");
                }
            }
            connection.execute("rollback").await.unwrap();
        }
        let after = world.text(&format!("select md5(string_agg(t::text, '|' order by t::text)) from {table} t where tenant_id = '{neighbour}'")).await;
        assert_eq!(before, after, "{table}");
    }
}

#[tokio::test]
async fn a_row_for_a_neighbour_or_one_that_names_its_customer_is_refused() {
    let (world, neighbour) = planted().await;
    let own = world.tenant.as_uuid();
    for (statement, code) in [
        (format!("insert into customer_terms values ('{neighbour}', 'tag', 'x', '{neighbour}')"), "42501"),
        (
            format!(
                "insert into work_orders (tenant_id, id, customer_id, service_type, status, created_by, created_at, updated_at)
                 values ('{own}', '{own}', '{neighbour}', 'hvac', 'scheduled', 'x', now(), now())"
            ),
            "23503",
        ),
        (format!("insert into customer_terms values ('{neighbour}', 'tag', 'vip', '{neighbour}') on conflict do nothing"), "42501"),
    ] {
        let error = app(&world).await.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code, "{statement}");
    }
}

#[tokio::test]
async fn without_a_tenant_there_are_no_rows_also_on_a_connection_that_served_one() {
    let (world, _) = planted().await;
    let mut connection = app(&world).await;
    connection.execute("commit").await.unwrap();
    for table in tables(&world).await {
        let row = connection
            .fetch_one(AssertSqlSafe(format!("select count(*) from {table}")))
            .await;
        if let Ok(row) = row {
            assert_eq!(row.get::<i64, _>(0), 0, "{table}");
        }
    }
}

#[tokio::test]
async fn the_engine_sees_what_is_due_and_nothing_else() {
    let (world, _) = planted().await;
    let mut engine = world.roles.engine.connect().await.unwrap();
    let due = engine
        .fetch_one("select count(tenant_id) from messages where status = 'queued'")
        .await
        .unwrap();
    assert_eq!(due.get::<i64, _>(0), 1);
    for statement in [
        "select body from messages",
        "select count(*) from customers",
        "update messages set status = 'stopped'",
    ] {
        let error = engine.execute(statement).await.unwrap_err();
        assert_eq!(
            error.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{statement}"
        );
    }
    engine.close().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_transaction_leaves_nothing_on_its_connection() {
    let world = world().await;
    world
        .run(
            &format!(
        "insert into customers (tenant_id, id, phone_status, created_by, updated_by, created_at, updated_at)
         values ('{0}', '{0}', 'missing', 'x', 'x', now(), now())", world.tenant.as_uuid()),
        )
        .await;
    let stranger = world.neighbour().await;
    for micros in [0, 20, 60, 150, 400, 900, 2000] {
        for _ in 0..20 {
            // dropped somewhere between the connection's check-out and the end of `begin`
            let _ = tokio::time::timeout(Duration::from_micros(micros), world.app.tenant(world.tenant)).await;
            let neighbour = world.app.tenant(stranger).await.unwrap();
            drop(neighbour);
        }
    }
    let mut tx = world.app.tenant(stranger).await.unwrap();
    let page = server::customers::list(
        &mut tx,
        &server::customers::Filter {
            limit: 10,
            ..Default::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(
        page.customers.len(),
        0,
        "a stranger's transaction saw the cancelled tenant's rows"
    );
}

#[tokio::test]
async fn roles_that_row_security_does_not_bind_are_refused() {
    let world = world().await;
    world.app.db.check_roles().await.unwrap();
    let urls = server::db::RoleUrls {
        app: world.owner.clone(),
        engine: world.owner.clone(),
        operator: world.owner.clone(),
    };
    let db = server::db::Database::connect(&urls, 1, server::reactions::react);
    let error = db.check_roles().await.unwrap_err().to_string();
    assert!(error.contains("owns the table"), "{error}");
}
