//! docs/DATA_MODEL.md is printed from the catalog: tables, columns, constraints, policies, indexes, and the state machines of the rules.
//! `bin/api` writes it; this test compares.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::world;
use rules::lifecycle::{
    CampaignStatus, CustomerStage, EnrollmentStatus, EnrollmentStopReason, TenantStatus, TouchStatus,
    WorkOrderStatus,
};
use rules::status::MessageStatus;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use std::fmt::Write as _;
use std::path::PathBuf;

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/DATA_MODEL.md")
}

#[tokio::test]
async fn the_document_of_the_data_model_is_what_the_catalog_says() {
    let world = world().await;
    let printed = print(&mut world.owner.connect().await.unwrap()).await;
    if is_writing() {
        std::fs::write(document(), &printed).unwrap();
    }
    let written = std::fs::read_to_string(document()).unwrap_or_default();
    assert!(
        written == printed,
        "docs/DATA_MODEL.md is not what the catalog says: run bin/api"
    );
}

/// Else a tenant that came after the last analyze has "no rows", and joins go through all of its rows (decisions/0015).
#[tokio::test]
async fn the_planner_takes_every_tenant_for_an_average_one() {
    let world = world().await;
    let counted = world
        .text(
            "select string_agg(c.relname, ' ') from pg_class c join pg_attribute a on a.attrelid = c.oid \
             where a.attname = 'tenant_id' and a.attstattarget is distinct from 0 and c.relkind in ('r', 'p') \
             and c.relnamespace = 'public'::regnamespace",
        )
        .await;
    assert_eq!(
        counted, "",
        "say `alter column tenant_id set statistics 0`, as app.tenant_table does"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no settings; bin/api sets this to write the document"
)]
fn is_writing() -> bool {
    std::env::var("COURTESY_WRITE_DOCS").is_ok()
}

async fn rows(connection: &mut PgConnection, sql: &str) -> Vec<Vec<String>> {
    let rows = connection.fetch_all(AssertSqlSafe(sql.to_owned())).await.unwrap();
    rows.iter()
        .map(|row| {
            (0..row.len())
                .map(|at| row.get::<Option<String>, _>(at).unwrap_or_default())
                .collect()
        })
        .collect()
}

async fn print(connection: &mut PgConnection) -> String {
    let mut out = String::from(
        "# Data model\n\nPrinted from the catalog of a migrated database by `bin/api`, and compared by a test. Do not edit.\n\n\
         Every table with a `tenant_id` has row security: the application's role sees the rows of the tenant in force, and none when \
         there is none.\n",
    );
    let tables = rows(
        connection,
        "select c.relname::text, c.relrowsecurity::text, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname !~ '^_' order by 1",
    )
    .await;
    for table in &tables {
        print_table(
            connection,
            &table[0],
            table[1] == "true",
            table[2] == "p",
            &mut out,
        )
        .await;
    }
    for view in rows(
        connection,
        "select c.relname::text, coalesce(c.reloptions::text, ''), pg_get_viewdef(c.oid, true) from pg_class c \
         join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'v' order by 1",
    )
    .await
    {
        write!(out, "\n## {} (view, {})\n\n```sql\n{}\n```\n", view[0], view[1], view[2].trim()).unwrap();
    }
    print_states(&mut out);
    out
}

async fn print_table(
    connection: &mut PgConnection,
    table: &str,
    secured: bool,
    partitioned: bool,
    out: &mut String,
) {
    write!(out, "\n## {table}\n\n").unwrap();
    if partitioned {
        out.push_str("Partitioned by month.\n\n");
    }
    if !secured {
        out.push_str("Global: holds nothing of a tenant but its id.\n\n");
    }
    out.push_str("| column | type | null | default |\n|---|---|---|---|\n");
    for column in rows(
        connection,
        &format!(
            "select a.attname::text, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then '' else 'null' end, \
             case when a.attgenerated = 's' then 'generated: ' else '' end || coalesce(pg_get_expr(d.adbin, d.adrelid), '') \
             from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
             where a.attrelid = '{table}'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"
        ),
    )
    .await
    {
        writeln!(out, "| {} |", column.join(" | ")).unwrap();
    }
    for (title, sql) in [
        (
            "Constraints",
            format!(
                "select conname::text, pg_get_constraintdef(oid) from pg_constraint \
                 where conrelid = '{table}'::regclass order by contype = 'c', contype <> 'p', 1"
            ),
        ),
        (
            "Indexes",
            format!(
                "select indexrelid::regclass::text, regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '') from pg_index \
                 where indrelid = '{table}'::regclass and not indisprimary order by 1"
            ),
        ),
        (
            "Policies",
            format!(
                "select policyname::text || ' (' || cmd || ' to ' || array_to_string(roles, ', ') || ')', \
                 'using ' || coalesce(qual, '-') || coalesce(', with check ' || with_check, '') \
                 from pg_policies where schemaname = 'public' and tablename = '{table}' order by 1"
            ),
        ),
        (
            "Grants",
            format!(
                "select grantee::text, string_agg(lower(privilege_type), ', ' order by privilege_type) \
                 from information_schema.role_table_grants where table_schema = 'public' and table_name = '{table}' \
                 and grantee like 'courtesy\\_%' and grantee <> 'courtesy_owner' group by 1 order by 1"
            ),
        ),
    ] {
        let lines = rows(connection, &sql).await;
        if !lines.is_empty() {
            write!(out, "\n{title}:\n").unwrap();
            for line in lines {
                writeln!(out, "- {}: `{}`", line[0], line[1].replace('\n', " ")).unwrap();
            }
        }
    }
}

fn print_states(out: &mut String) {
    out.push_str("\n# State machines\n");
    let mut machine = |title: &str, moves: Vec<(&str, &str)>| {
        write!(out, "\n## {title}\n\n").unwrap();
        for (from, to) in moves {
            writeln!(out, "- {from} → {to}").unwrap();
        }
    };
    macro_rules! moves {
        ($machine:ident) => {
            $machine::TRANSITIONS
                .iter()
                .map(|(from, to)| (from.name(), to.name()))
                .collect()
        };
    }
    machine("Work order", moves!(WorkOrderStatus));
    machine("Enrollment", moves!(EnrollmentStatus));
    machine("Touch of an enrollment", moves!(TouchStatus));
    machine("Campaign", moves!(CampaignStatus));
    machine("Tenant", moves!(TenantStatus));
    machine("Customer's stage", moves!(CustomerStage));
    out.push_str("\n## Why an enrollment stops\n\n");
    for reason in EnrollmentStopReason::ALL {
        writeln!(out, "- {}: {}", reason.name(), reason.meaning()).unwrap();
    }
    out.push_str("\n## Message: a status only moves up\n\n");
    for status in MessageStatus::ALL {
        writeln!(out, "- {} (rank {})", status.name(), status.rank()).unwrap();
    }
}
