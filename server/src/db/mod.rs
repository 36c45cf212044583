//! The only door to PostgreSQL: pools of one role each, and transactions that see one tenant's rows and no other's.
use crate::happened::{Happened, React};
use jiff::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Postgres, Row, Transaction};
use uuid::Uuid;

pub mod embedded;
pub mod failure;
pub mod migrate;
mod statements;
mod time;
pub use time::Time;

/// A tenant that was authenticated, claimed, or named on the operator's command line. It has no public constructor and
/// no `Deserialize`, so a request's body or path can never become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Uuid);

impl TenantId {
    /// For a row that was claimed, or found by the operator: `tests/it/house.rs` lists who may call it.
    pub(crate) fn found(id: Uuid) -> Self {
        Self(id)
    }

    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

/// The roles that the process acts as; never as the tables' owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    App,
    Engine,
    Operator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::App, Self::Engine, Self::Operator];

    /// The role's name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "courtesy_app",
            Self::Engine => "courtesy_engine",
            Self::Operator => "courtesy_operator",
        }
    }
}

/// How to connect as each role.
#[derive(Debug, Clone)]
pub struct RoleUrls {
    pub app: PgConnectOptions,
    pub engine: PgConnectOptions,
    pub operator: PgConnectOptions,
}

impl RoleUrls {
    /// One login for all: the role becomes a start-up option of the connection, which RESET ROLE and DISCARD ALL return
    /// to. It guards against mistakes; separate logins guard against injected SQL as well.
    pub fn of_one_login(login: &PgConnectOptions) -> Self {
        let as_role = |role: Role| login.clone().options([("role", role.name())]);
        Self {
            app: as_role(Role::App),
            engine: as_role(Role::Engine),
            operator: as_role(Role::Operator),
        }
    }
}

/// The pools. Private: the ways in are `tenant`, `engine` and `operator`.
#[derive(Clone)]
pub struct Database {
    app: PgPool,
    engine: PgPool,
    operator: PgPool,
    react: React,
}

/// What can be wrong with a role that the process would act as.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    #[error(
        "the database role {role} is a superuser: row security would not hold; give Courtesy a role of its own"
    )]
    Superuser { role: String },
    #[error("the database role {role} may bypass row security: alter role {role} nobypassrls")]
    BypassesRowSecurity { role: String },
    #[error("the database role {role} owns the table {table}: row security does not bind an owner")]
    OwnsTable { role: String, table: String },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Database {
    /// Connects lazily as each role. `react` is called for what happened in a transaction before it commits.
    pub fn connect(urls: &RoleUrls, connections: u32, react: React) -> Self {
        Self {
            app: pool(&urls.app, connections),
            engine: pool(&urls.engine, 2),
            operator: pool(&urls.operator, 4),
            react,
        }
    }

    /// Refuses roles that row security does not bind. Call before serving.
    pub async fn check_roles(&self) -> Result<(), RoleError> {
        for pool in [&self.app, &self.engine, &self.operator] {
            let row = pool
                .fetch_one(
                    "select current_user::text, r.rolsuper, r.rolbypassrls, \
                     (select min(c.relname::text) from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')) \
                     from pg_roles r where r.rolname = current_user",
                )
                .await?;
            let role: String = row.try_get(0)?;
            if row.try_get(1)? {
                return Err(RoleError::Superuser { role });
            }
            if row.try_get(2)? {
                return Err(RoleError::BypassesRowSecurity { role });
            }
            if let Some(table) = row.try_get::<Option<String>, _>(3)? {
                return Err(RoleError::OwnsTable { role, table });
            }
        }
        Ok(())
    }

    /// Opens a transaction that sees this tenant's rows only. `now` is its business time; it is refused (SQLSTATE CY001) when the
    /// database's clock is more than thirty seconds from `database_time`, if that is given.
    pub async fn tenant(
        &self,
        tenant: TenantId,
        now: Timestamp,
        database_time: Option<Timestamp>,
    ) -> sqlx::Result<TenantTx> {
        // One round trip: BEGIN and SET LOCAL travel in one simple query, before anything else and outside any savepoint.
        // A Uuid prints as hexadecimal digits and dashes only, a Timestamp as digits and `-:.TZ`.
        let mut begin = format!("begin; set local app.current_tenant = '{}'", tenant.0);
        if let Some(at) = database_time {
            begin += &format!("; select app.agree_on_time('{at}')");
        }
        let begin = AssertSqlSafe(begin);
        let tx = self.app.begin_with(begin).await?;
        Ok(TenantTx {
            tx,
            tenant,
            now,
            happened: Vec::new(),
            react: self.react,
        })
    }

    /// Opens a transaction that may find due work of all tenants, and nothing else.
    pub(crate) async fn engine(&self) -> sqlx::Result<EngineTx> {
        Ok(EngineTx {
            tx: self.engine.begin_with("begin read only").await?,
        })
    }

    /// Opens a transaction that reads across tenants, for the operator.
    pub async fn operator(&self) -> sqlx::Result<OperatorTx> {
        Ok(OperatorTx {
            tx: self.operator.begin_with("begin read only").await?,
        })
    }

    /// Closes every connection; work in progress is rolled back by the server.
    pub async fn close(&self) {
        self.app.close().await;
        self.engine.close().await;
        self.operator.close().await;
    }
}

/// sqlx leaves a transaction open on a connection when `begin_with` is cancelled half-way; the next user of the connection
/// would read as the cancelled tenant. So whatever comes back is rolled back.
fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute("set client_min_messages = error; set timezone = 'UTC'")
                    .await?;
                Ok(())
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options.clone())
}

/// A transaction that sees one tenant's rows and no other's.
#[must_use = "dropping a TenantTx rolls it back"]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    tenant: TenantId,
    now: Timestamp,
    happened: Vec<Happened>,
    react: React,
}

impl TenantTx {
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The tenant's id, for `tenant_id = $1`, which every statement says.
    pub(crate) fn id(&self) -> Uuid {
        self.tenant.0
    }

    /// The business time of this transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Sets the business time, for a rehearsal that is never committed.
    pub(crate) fn move_to(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// `now` as the database keeps it.
    pub(crate) fn time(&self) -> Time {
        Time(self.now)
    }

    /// A new id of this transaction's time.
    pub(crate) fn new_id(&self) -> Uuid {
        crate::ids::new(self.now)
    }

    /// Says that something happened; whoever reacts does so in this transaction, when it commits.
    pub(crate) fn happened(&mut self, what: Happened) {
        self.happened.push(what);
    }

    /// Lets everybody react, who may say that more happened, then commits.
    pub async fn commit(mut self) -> anyhow::Result<()> {
        while !self.happened.is_empty() {
            for what in std::mem::take(&mut self.happened) {
                (self.react)(&mut self, what).await?;
            }
        }
        Ok(self.tx.commit().await?)
    }

    /// Gives up what was done, and waits until no row is locked any more: a transaction that is dropped ends some time later.
    pub async fn rollback(self) -> sqlx::Result<()> {
        self.tx.rollback().await
    }
}

/// A transaction that finds due work of all tenants.
pub(crate) struct EngineTx {
    tx: Transaction<'static, Postgres>,
}

impl EngineTx {
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// A read-only transaction across tenants.
pub struct OperatorTx {
    tx: Transaction<'static, Postgres>,
}

impl OperatorTx {
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}
