//! Importing customers from a file, each phone number checked, against a bare `unnest` insert of the same rows into the same tables.
use crate::Options;
use crate::figures::{Figures, Limit, median, say};
use crate::touches::ratio;
use crate::world::{Server, Tenant, World};
use anyhow::{Context, ensure};
use jiff::tz::TimeZone;
use server::imports;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Rows of one transaction, as the import has it.
const SLICE: usize = 2_000;

/// The tables that an import of customers writes, each with by how many slices it follows the customers, so that what it refers to is
/// there. A table that the import writes and that is not here fails the run.
const TABLES: [(&str, usize); 8] = [
    ("customers", 0),
    ("customer_terms", 1),
    ("customer_addresses", 1),
    ("customer_activities", 1),
    ("recipients", 1),
    ("consent_events", 1),
    ("consent_event_details", 2),
    ("consents", 2),
];

/// At most three times as long as the bare insert.
pub async fn measure(options: &Options, server: &Server, figures: &mut Figures) -> anyhow::Result<()> {
    let (rows, repeats) = if options.quick { (10_000, 3) } else { (100_000, 3) };
    say(format!(
        "import: {rows} customers, against a bare insert of the same rows"
    ));
    let world = server.world("import").await?;
    let file = server.folder.path().join("customers.csv");
    std::fs::write(&file, csv(rows)?)?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for repeat in 0..repeats {
        let tenant = world.tenant(&format!("imported-{repeat}")).await?;
        let begun = Instant::now();
        let report = import(&world, &tenant, &file).await?;
        ours.push(begun.elapsed().as_secs_f64());
        ensure!(
            report.created == u64::try_from(rows)? && report.refused.is_empty(),
            "{} of {rows} customers landed",
            report.created
        );
        let other = world.tenant(&format!("bare-{repeat}")).await?;
        let slices = slices(&world, &tenant).await?;
        world.settle().await?;
        let begun = Instant::now();
        insert(&world, &other, slices).await?;
        bare.push(begun.elapsed().as_secs_f64());
        same(&world, &tenant, &other).await?;
    }
    let count = f64::from(u32::try_from(rows)?);
    let detail = format!(
        "{:.1} s against {:.1} s: {:.0} rows/s against {:.0}/s",
        median(&ours),
        median(&bare),
        count / median(&ours),
        count / median(&bare)
    );
    figures.add(
        "import",
        "import / bare unnest insert",
        ratio(&ours, &bare),
        "×",
        Limit::AtMost(3.0),
        detail,
    );
    Ok(())
}

/// A list as tools export it: phone numbers in four ways of writing, tags, addresses, some with a company, a third with consent.
fn csv(rows: usize) -> anyhow::Result<String> {
    const FIRST: [&str; 10] = [
        "Maria", "James", "Ana", "Robert", "Linda", "Wei", "David", "Fatima", "Grace", "Omar",
    ];
    const LAST: [&str; 9] = [
        "Anderson", "Brooks", "Castillo", "Dunn", "Evans", "Fischer", "Garcia", "Hall", "Ivanova",
    ];
    let mut text = String::from(
        "First Name,Last Name,Company,Email,Phone,Address,City,State,Zip,Tags,SMS Consent,Consent Date,Consent Method\n",
    );
    for n in 0..rows {
        let (area, line) = (["312", "504", "718"][n % 3], 2_000_000 + n);
        let (exchange, last) = (line / 10_000, line % 10_000);
        let phone = match n % 4 {
            0 => format!("({area}) {exchange}-{last:04}"),
            1 => format!("+1{area}{exchange}{last:04}"),
            2 => format!("{area}.{exchange}.{last:04}"),
            _ => format!("1-{area}-{exchange}-{last:04}"),
        };
        let company = if n % 10 == 0 { "Lakeside Properties" } else { "" };
        let tags = ["", "hvac", "vip; maintenance"][n % 3];
        let consent = if n % 3 == 0 {
            "yes,2026-01-15,service agreement"
        } else {
            ",,"
        };
        writeln!(
            text,
            "{},{},{company},c{n}@example.com,{phone},{n} Pipe Street,Chicago,IL,60601,{tags},{consent}",
            FIRST[n % 10],
            LAST[n % 9]
        )?;
    }
    Ok(text)
}

async fn import(world: &World, tenant: &Tenant, file: &Path) -> anyhow::Result<imports::Report> {
    let zone = TimeZone::get("America/Chicago")?;
    let report = imports::customers::import(
        &world.app,
        tenant.id,
        zone,
        file,
        &imports::Options::default(),
        &|_| {},
    )
    .await?;
    Ok(report)
}

/// One insert: the statement, and its columns as lists of text.
struct Insert {
    sql: String,
    columns: Vec<Vec<Option<String>>>,
}

/// What the import wrote for a tenant, as inserts of `unnest`, slice by slice; made before the time is taken.
async fn slices(world: &World, tenant: &Tenant) -> anyhow::Result<Vec<Vec<Insert>>> {
    let mut owner = world.owner.connect().await?;
    let mut slices: Vec<Vec<Insert>> = Vec::new();
    let mut customers = 1;
    for (table, later) in TABLES {
        let columns = columns(&mut owner, table).await?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let casts: Vec<String> = columns
            .iter()
            .zip(2..)
            .map(|((_, kind), at)| format!("${at}::text[]::{kind}[]"))
            .collect();
        let texts: Vec<String> = names.iter().map(|name| format!("{name}::text")).collect();
        let list = names.join(", ");
        let sql = format!(
            "insert into {table} (tenant_id, {list}) select $1::text::uuid, u.* from unnest({}) as u ({list})",
            casts.join(", ")
        );
        // two connections import at a time, so that the places of rows agree between tables only by and large: what refers to a customer
        // comes in the order of customers
        let order = match table {
            "consent_events" => "consent_events.seq".to_owned(),
            "customer_addresses" | "customer_activities" | "consents" => format!(
                "(select c.ctid from customers c where c.tenant_id = {table}.tenant_id and c.id = {table}.customer_id)"
            ),
            "consent_event_details" => {
                "(select e.seq from consent_events e where e.tenant_id = consent_event_details.tenant_id \
                                         and e.id = consent_event_details.event_id)"
                    .to_owned()
            }
            _ => "ctid".to_owned(),
        };
        let all = format!(
            "select {} from {table} where tenant_id = '{}' order by {order}",
            texts.join(", "),
            tenant.id.as_uuid()
        );
        let rows = owner.fetch_all(AssertSqlSafe(all)).await?;
        if table == "customers" {
            customers = rows.len().div_ceil(SLICE).max(1);
        }
        let size = rows.len().div_ceil(customers).max(1);
        for (at, slice) in rows.chunks(size).enumerate() {
            let mut columns: Vec<Vec<Option<String>>> = vec![Vec::with_capacity(slice.len()); names.len()];
            for row in slice {
                for (at, column) in columns.iter_mut().enumerate() {
                    column.push(row.try_get(at)?);
                }
            }
            while slices.len() <= at + later {
                slices.push(Vec::new());
            }
            slices[at + later].push(Insert {
                sql: sql.clone(),
                columns,
            });
        }
    }
    owner.close().await?;
    Ok(slices)
}

/// The columns of a table that are written, but for the tenant, with their types.
async fn columns(owner: &mut PgConnection, table: &str) -> anyhow::Result<Vec<(String, String)>> {
    let rows = owner
        .fetch_all(AssertSqlSafe(format!(
            "select attname::text, format_type(atttypid, null) from pg_attribute where attrelid = '{table}'::regclass \
             and attnum > 0 and not attisdropped and attgenerated = '' and attname <> 'tenant_id' \
             and format_type(atttypid, null) not like '%[]' order by attnum"
        )))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// The bare inserts, as the role that does tenants' work, a slice in a transaction.
async fn insert(world: &World, tenant: &Tenant, slices: Vec<Vec<Insert>>) -> anyhow::Result<()> {
    let mut connection = world.roles.app.connect().await?;
    let id = tenant.id.as_uuid().to_string();
    for slice in slices {
        connection
            .execute(AssertSqlSafe(format!(
                "begin; set local app.current_tenant = '{id}'"
            )))
            .await?;
        for insert in slice {
            let mut values = PgArguments::default();
            values.add(&id).map_err(anyhow::Error::from_boxed)?;
            for column in &insert.columns {
                values.add(column).map_err(anyhow::Error::from_boxed)?;
            }
            sqlx::query_with(AssertSqlSafe(insert.sql.clone()), values)
                .execute(&mut connection)
                .await
                .with_context(|| insert.sql.clone())?;
        }
        connection.execute("commit").await?;
    }
    Ok(connection.close().await?)
}

/// Every table of the two tenants has as many rows, also those that are not in the list: else one did work that the other was spared.
async fn same(world: &World, ours: &Tenant, bare: &Tenant) -> anyhow::Result<()> {
    let mut owner = world.owner.connect().await?;
    let tables = owner
        .fetch_all(
            "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' \
             where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace order by 1",
        )
        .await?;
    for row in tables {
        let table: String = row.try_get(0)?;
        if table == "consent_ledger_heads" {
            // one row for the whole import
            continue;
        }
        let count = |tenant: &Tenant| {
            format!(
                "select count(*) from {table} where tenant_id = '{}'",
                tenant.id.as_uuid()
            )
        };
        let counts: (i64, i64) = {
            let ours = owner.fetch_one(AssertSqlSafe(count(ours))).await?.try_get(0)?;
            (
                ours,
                owner.fetch_one(AssertSqlSafe(count(bare))).await?.try_get(0)?,
            )
        };
        ensure!(
            counts.0 == counts.1,
            "{table}: the import wrote {} rows, the bare insert {}",
            counts.0,
            counts.1
        );
        ensure!(table != "customer_terms" || counts.0 > 0, "there are no terms");
    }
    Ok(owner.close().await?)
}
