//! The proof that one tenant does not reach another's rows, and that the proof would notice if one did.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
mod command;
mod faults;
mod lint;
mod matrix;
mod pooler;
mod reuse;
mod rules;
mod sql_text;
mod statements;

use crate::support::World;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::collections::BTreeMap;

impl World {
    /// How to connect as the superuser, whom only tests of roles need.
    pub fn superuser(&self) -> PgConnectOptions {
        let socket = self.owner.get_socket().unwrap();
        let credentials = std::fs::read_to_string(socket.with_file_name("credentials.json")).unwrap();
        let passwords: BTreeMap<String, String> = serde_json::from_str(&credentials).unwrap();
        self.owner
            .clone()
            .username("postgres")
            .password(&passwords["postgres"])
    }

    /// A superuser's transaction, which the test drops: what it changes, roles as well, nobody else ever sees.
    async fn meddling(&self) -> PgConnection {
        let mut connection = self.superuser().connect().await.unwrap();
        connection.execute("begin").await.unwrap();
        connection
    }

    /// One text, asked as the superuser, who alone sees what other roles' connections do.
    async fn watched(&self, sql: &str) -> String {
        let mut connection = self.superuser().connect().await.unwrap();
        let row = connection.fetch_one(AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
        row.get::<Option<String>, _>(0).unwrap_or_default()
    }

    /// A row in every table for the world's tenant beside those that it has, made by the owner and committed.
    async fn fill(&self, tenant: uuid::Uuid) {
        for insert in server::doctor::isolation::rows_of(tenant) {
            self.run(&insert).await;
        }
    }
}

async fn run(connection: &mut PgConnection, sql: &str) {
    connection
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
