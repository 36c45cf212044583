//! Every table × every verb × every situation: does one tenant reach another's rows? Two tenants that nobody else sees are made
//! in a transaction that is never committed, so it may be asked of a live installation.
mod attempts;
mod probe;
mod seed;
mod table;

use anyhow::Context;
use attempts::{Pair, Target, attempts};
use probe::Said;
pub use probe::{Answer, Situation, Verb};
use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use table::Table;
use uuid::Uuid;

/// One thing that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct Probe {
    pub table: String,
    pub verb: Verb,
    pub situation: Situation,
    #[serde(flatten)]
    pub answer: Answer,
    /// What was run.
    pub statement: String,
}

/// A table that could not be probed, which is a fault by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCovered {
    pub table: String,
    pub why: String,
}

/// Everything that was tried.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// Tables and views, in the order of their names.
    pub tables: Vec<String>,
    pub probes: Vec<Probe>,
    pub not_covered: Vec<NotCovered>,
}

/// Tries it all as the application's role. Nothing is committed.
pub async fn probe(app: &PgConnectOptions) -> anyhow::Result<Matrix> {
    let mut connection = app
        .connect()
        .await
        .context("the application's role can't connect")?;
    let mut probing = Probing {
        connection: &mut connection,
        pair: Pair {
            own: random(),
            neighbour: random(),
        },
        matrix: Matrix::default(),
    };
    let targets = probing.run().await?;
    let (pair, mut matrix) = (probing.pair, probing.matrix);
    connection.close().await?;

    let mut fresh = app
        .connect()
        .await
        .context("the application's role can't connect")?;
    let mut probing = Probing {
        connection: &mut fresh,
        pair,
        matrix: Matrix::default(),
    };
    probing.begin().await?;
    for target in &targets {
        probing.attempt_all(target, Situation::NeverSet).await?;
    }
    matrix.probes.append(&mut probing.matrix.probes);
    probing.run_sql("rollback").await?;
    fresh.close().await?;
    Ok(matrix)
}

/// The inserts of one row in every table, for a tenant: what the probes are tried on.
pub fn rows_of(tenant: Uuid) -> Vec<String> {
    seed::inserts(tenant)
        .into_iter()
        .map(|(_, insert)| insert)
        .collect()
}

fn random() -> Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}

struct Probing<'a> {
    connection: &'a mut PgConnection,
    pair: Pair,
    matrix: Matrix,
}

impl Probing<'_> {
    async fn run(&mut self) -> anyhow::Result<Vec<Target>> {
        self.begin().await?;
        let tables = table::tables(self.connection).await?;
        self.matrix.tables = tables.iter().map(|table| table.name.clone()).collect();
        self.seed(self.pair.own).await?;
        let seeded = self.seed(self.pair.neighbour).await?;
        let mut targets = Vec::new();
        for table in tables {
            if let Some(target) = self.target(table, &seeded).await? {
                targets.push(target);
            }
        }
        let before = self.all_of_neighbour(&targets).await?;
        self.enter(self.pair.own).await?;
        let situations = Situation::ALL
            .into_iter()
            .filter(|situation| *situation != Situation::NeverSet);
        for situation in situations {
            for target in &targets {
                self.attempt_all(target, situation).await?;
            }
        }
        let after = self.all_of_neighbour(&targets).await?;
        for ((target, before), after) in targets.iter().zip(before).zip(after) {
            if before != after {
                self.not_covered(
                    &target.table.name,
                    "the neighbour's row is not what it was at the start",
                );
            }
        }
        self.run_sql("rollback").await?;
        Ok(targets)
    }

    /// Bounded in time: on a live installation somebody may be changing a table.
    async fn begin(&mut self) -> sqlx::Result<()> {
        self.run_sql("begin; set local lock_timeout = '5s'; set local statement_timeout = '60s'")
            .await
    }

    async fn enter(&mut self, tenant: Uuid) -> sqlx::Result<()> {
        self.run_sql(&format!("set local app.current_tenant = '{tenant}'"))
            .await
    }

    /// Makes a tenant's rows, as that tenant. Answers with the tables that have one now.
    async fn seed(&mut self, tenant: Uuid) -> anyhow::Result<Vec<(&'static str, String)>> {
        self.enter(tenant).await?;
        let mut seeded = Vec::new();
        for (table, insert) in seed::inserts(tenant) {
            self.run_sql("savepoint seed").await?;
            match self.said(&insert).await? {
                Ok(rows) if rows > 0 => {
                    self.run_sql("release savepoint seed").await?;
                    seeded.push((table, insert));
                }
                said => {
                    self.run_sql("rollback to savepoint seed").await?;
                    let why = said.map_or_else(|(code, text)| format!("{code}: {text}"), |_| String::new());
                    self.not_covered(table, &format!("its row can't be made: {why}"));
                }
            }
        }
        Ok(seeded)
    }

    /// What is needed to probe this table; none, and a word why, if that can't be.
    async fn target(
        &mut self,
        table: Table,
        seeded: &[(&'static str, String)],
    ) -> anyhow::Result<Option<Target>> {
        let insert = seeded
            .iter()
            .find(|(name, _)| *name == table.name)
            .map(|(_, insert)| insert.clone());
        if insert.is_none() && !table.is_view {
            self.not_covered(&table.name, "seed.sql makes no row in it");
            return Ok(None);
        }
        for tenant in [self.pair.own, self.pair.neighbour] {
            self.enter(tenant).await?;
            let (name, column) = (&table.name, &table.tenant_column);
            let own = format!("select count(*) from {name} where {column} = '{tenant}'");
            if table.may_select && self.count(&own).await? == 0 {
                self.not_covered(&table.name, "a tenant does not see its own row");
                return Ok(None);
            }
        }
        let mut referred = Vec::new();
        for reference in &table.references {
            let values = self.referred(&table, &reference.columns).await?;
            if values.is_empty() {
                self.not_covered(
                    &table.name,
                    &format!("the seed leaves {} null, or it can't be read", reference.name),
                );
            }
            referred.push(values);
        }
        Ok(Some(Target {
            table,
            insert,
            referred,
        }))
    }

    /// What a row of the neighbour's has in these columns; nothing if one of them is null in all.
    async fn referred(&mut self, table: &Table, columns: &[String]) -> anyhow::Result<Vec<String>> {
        if !table.may_select {
            return Ok(Vec::new());
        }
        let texts: Vec<String> = columns.iter().map(|column| format!("{column}::text")).collect();
        // of the rows that refer to another of their table one is the first, and refers to nothing
        let sql = format!(
            "select array[{}] from {} where {} = '{}' order by num_nulls({}) limit 1",
            texts.join(", "),
            table.name,
            table.tenant_column,
            self.pair.neighbour,
            columns.join(", ")
        );
        let row = self.connection.fetch_one(AssertSqlSafe(sql)).await?;
        let values: Vec<Option<String>> = row.try_get(0)?;
        Ok(values.into_iter().collect::<Option<_>>().unwrap_or_default())
    }

    async fn attempt_all(&mut self, target: &Target, situation: Situation) -> anyhow::Result<()> {
        for attempt in attempts(target, self.pair, situation) {
            let before = self.of_neighbour(target, situation).await?;
            self.run_sql("savepoint probe").await?;
            self.come_into(situation, target).await?;
            let said = self.tried(&attempt.statement, attempt.verb).await?;
            let mut answer = attempt.judge(said.clone(), situation);
            // a statement that failed has changed nothing
            if said.is_ok() && self.of_neighbour(target, situation).await? != before {
                answer = Answer::Leak("the neighbour's row was changed".to_owned());
            }
            self.run_sql("rollback to savepoint probe; release savepoint probe")
                .await?;
            self.matrix.probes.push(Probe {
                table: target.table.name.clone(),
                verb: attempt.verb,
                situation,
                answer,
                statement: attempt.statement,
            });
        }
        Ok(())
    }

    /// Brings about what goes before the attempt; the own tenant is in force when it begins.
    async fn come_into(&mut self, situation: Situation, target: &Target) -> anyhow::Result<()> {
        let as_neighbour = format!(
            "savepoint before; set local app.current_tenant = '{}'",
            self.pair.neighbour
        );
        let (spoiled_by, expected) = match situation {
            Situation::OtherTenant | Situation::NeverSet => return Ok(()),
            Situation::NoTenant => {
                return Ok(self.run_sql("set local app.current_tenant to default").await?);
            }
            Situation::EmptyTenant => return Ok(self.run_sql("set local app.current_tenant = ''").await?),
            Situation::AfterError => ("select 1 / 0".to_owned(), Some("22012")),
            Situation::AfterCancel => (
                "set local statement_timeout = '1ms'; select pg_sleep(10)".to_owned(),
                Some("57014"),
            ),
            Situation::AfterSavepoint if target.table.may_select => {
                (format!("select count(*) from {}", target.table.name), None)
            }
            Situation::AfterSavepoint => ("select app.tenant()".to_owned(), None),
        };
        self.run_sql(&as_neighbour).await?;
        let said = self.said(&spoiled_by).await?;
        let code = said.err().map(|(code, _)| code);
        anyhow::ensure!(
            code.as_deref() == expected,
            "{spoiled_by}: {expected:?} was expected and {code:?} came"
        );
        Ok(self.run_sql("rollback to savepoint before").await?)
    }

    async fn tried(&mut self, statement: &str, verb: Verb) -> sqlx::Result<Said> {
        if verb != Verb::Select {
            return self.said(statement).await;
        }
        match self.count(statement).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(error) => refusal(error).map(Err),
        }
    }

    /// A fingerprint of the neighbour's rows, read as the neighbour; the tenant in force is what it was. On a fresh connection
    /// there is none.
    async fn of_neighbour(&mut self, target: &Target, situation: Situation) -> sqlx::Result<Option<String>> {
        if situation == Situation::NeverSet {
            return Ok(None);
        }
        self.run_sql("savepoint look").await?;
        self.enter(self.pair.neighbour).await?;
        let print = self.fingerprint(target).await?;
        self.run_sql("rollback to savepoint look; release savepoint look")
            .await?;
        Ok(print)
    }

    async fn all_of_neighbour(&mut self, targets: &[Target]) -> sqlx::Result<Vec<Option<String>>> {
        self.enter(self.pair.neighbour).await?;
        let mut all = Vec::new();
        for target in targets {
            all.push(self.fingerprint(target).await?);
        }
        Ok(all)
    }

    async fn fingerprint(&mut self, target: &Target) -> sqlx::Result<Option<String>> {
        if !target.table.may_select {
            return Ok(None);
        }
        let (name, column, tenant) = (
            &target.table.name,
            &target.table.tenant_column,
            self.pair.neighbour,
        );
        let sql = format!(
            "select md5(string_agg(t::text, '|' order by t::text)) from {name} as t where {column} = '{tenant}'"
        );
        self.connection.fetch_one(AssertSqlSafe(sql)).await?.try_get(0)
    }

    async fn count(&mut self, sql: &str) -> sqlx::Result<u64> {
        let row = self.connection.fetch_one(AssertSqlSafe(sql.to_owned())).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    async fn run_sql(&mut self, sql: &str) -> sqlx::Result<()> {
        self.connection.execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    /// How many rows, or what PostgreSQL had against it.
    async fn said(&mut self, sql: &str) -> sqlx::Result<Said> {
        match self.connection.execute(AssertSqlSafe(sql.to_owned())).await {
            Ok(done) => Ok(Ok(done.rows_affected())),
            Err(error) => refusal(error).map(Err),
        }
    }

    fn not_covered(&mut self, table: &str, why: &str) {
        self.matrix.not_covered.push(NotCovered {
            table: table.to_owned(),
            why: why.to_owned(),
        });
    }
}

/// The code and text of an error that PostgreSQL gave; any other error goes on.
fn refusal(error: sqlx::Error) -> sqlx::Result<(String, String)> {
    match error {
        sqlx::Error::Database(said) => Ok((
            said.code().unwrap_or_default().into_owned(),
            said.message().to_owned(),
        )),
        other => Err(other),
    }
}
