//! A PostgreSQL for this run, the databases on it, and tenants with people in them, written by one statement of the owner.
use crate::instant::Instant;
use anyhow::Context;
use jiff::Timestamp;
use server::app::App;
use server::campaigns;
use server::clock::Clock;
use server::db::embedded::{self, Embedded, Options, Role};
use server::db::{Database, RoleUrls, TenantId, migrate};
use server::engine::Engine;
use server::reactions;
use server::tenants::{self, NewTenant};
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// Tuesday, 3 March 2026, noon in Chicago: windows are open.
pub const NOON: &str = "2026-03-03T18:00:00Z";

/// The run's server, in a folder of its own that goes with it; it waits for the disk at each commit, as in production.
pub struct Server {
    pub embedded: Embedded,
    pub folder: TempDir,
}

impl Server {
    /// Starts it and brings the product's database up to date; worlds are copies of that.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("courtesy-bench.").tempdir()?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
        let embedded = embedded::start(&folder.path().join("data"), &Options::default()).await?;
        migrate::up(&embedded.url(Role::Owner)).await?;
        Ok(Self { embedded, folder })
    }

    /// A database for one part of the bench.
    pub async fn world(&self, name: &str) -> anyhow::Result<World> {
        self.embedded.database(name, Some(embedded::DATABASE)).await?;
        Ok(self.enter(name))
    }

    /// The world in a database that is there.
    pub fn enter(&self, name: &str) -> World {
        let url = |role| self.embedded.url(role).database(name);
        let roles = RoleUrls {
            app: url(Role::App),
            engine: url(Role::Engine),
            operator: url(Role::Operator),
        };
        let clock = Clock::starting_at(noon());
        World {
            app: App::new(Database::connect(&roles, 4, reactions::react), clock)
                .with_provider(Arc::new(Instant)),
            owner: url(Role::Owner),
            roles,
        }
    }

    /// Stops it and removes its folder.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.embedded.stop().await
    }
}

fn noon() -> Timestamp {
    NOON.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A database with everything that a running Courtesy has, but for a provider that answers at once.
pub struct World {
    pub app: App,
    pub owner: PgConnectOptions,
    pub roles: RoleUrls,
}

/// A tenant of a world.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub id: TenantId,
    pub campaign: Uuid,
}

/// What is seeded into a tenant.
pub struct People<'a> {
    pub from: usize,
    pub to: usize,
    /// When their first touches are due; a millisecond later for each.
    pub due: &'a str,
    pub tags: &'a str,
}

const FIRST_NAMES: [&str; 20] = [
    "Maria", "James", "Ana", "Robert", "Linda", "Michael", "Wei", "David", "Fatima", "John", "Elena",
    "Carlos", "Grace", "Omar", "Susan", "Thomas", "Priya", "Kevin", "Nora", "Daniel",
];
/// 900 family names of two syllables; one in fifty thousand is called otherwise.
const LAST_NAME: &str = "case when n % 50000 = 7 then 'zyx' || n / 50000 else \
    (array['an','ber','car','dor','el','fis','gar','har','ing','jan','kel','lor','mar','nor','ol','pet','quin','ros','sal','tor','ul','ver','wal','xan','yor','zim','bro','cla','dre','fre'])[1 + n / 20 % 30] || \
    (array['son','man','ter','ley','ton','berg','ski','vez','ford','wood','land','stein','field','worth','well','den','ham','by','dale','er','ing','ard','ell','ow','kin','ris','ens','mer','ner','lis'])[1 + n / 600 % 30] end";
/// Tags from a third of all down to one in ten thousand.
pub const TAGS: &str = "case when n % 10000 = 3 then '[\"hvac\", \"warranty\"]'::jsonb when n % 3 = 0 then '[\"hvac\"]'::jsonb \
    when n % 20 = 1 then '[\"maintenance\", \"vip\"]'::jsonb else '[]'::jsonb end";

impl World {
    /// A tenant that the sandbox's name carries messages for, with the plumbing campaign that ships with the product.
    pub async fn tenant(&self, slug: &str) -> anyhow::Result<Tenant> {
        let new = NewTenant {
            slug: slug.to_owned(),
            name: "Bench Plumbing".to_owned(),
            sender_name: "Bench Plumbing".to_owned(),
            phone: Some("+13125550142".to_owned()),
            email: Some("office@bench.example".to_owned()),
            website: None,
            postal_address: Some("1 Pipe Street, Chicago, IL 60601".to_owned()),
            review_url: Some("https://bench.example/review".to_owned()),
            default_region: None,
            zone: Some("America/Chicago".to_owned()),
            monthly_message_quota: None,
            demo_created_by: None,
        };
        let id = tenants::create(&self.app, new).await?;
        let mut tx = self.app.tenant(id).await?;
        let campaign = campaigns::presets::copy(&mut tx, "bench", "plumbing").await?;
        tx.commit().await?;
        Ok(Tenant { id, campaign })
    }

    /// Makes these people customers of the tenant, in slices of a hundred thousand.
    pub async fn seed(&self, tenant: &Tenant, people: &People<'_>) -> anyhow::Result<()> {
        let mut from = people.from;
        while from <= people.to {
            let to = people.to.min(from + 99_999);
            let names: Vec<String> = FIRST_NAMES.iter().map(|name| format!("'{name}'")).collect();
            let sql = include_str!("sql/seed.sql")
                .replace(":tenant", &tenant.id.as_uuid().to_string())
                .replace(":campaign", &tenant.campaign.to_string())
                .replace(":now'", &format!("{NOON}'"))
                .replace(":due'", &format!("{}'", people.due))
                .replace(":from", &from.to_string())
                .replace(":to", &to.to_string())
                .replace(":first_names", &names.join(","))
                .replace(":first_count", &FIRST_NAMES.len().to_string())
                .replace(":last_name", LAST_NAME)
                .replace(":tags", people.tags);
            self.run(&sql).await?;
            from = to + 1;
        }
        Ok(())
    }

    /// Tells the planner what the tables hold, as autovacuum would in time.
    pub async fn settle(&self) -> anyhow::Result<()> {
        self.run("vacuum analyze").await
    }

    /// The engine of this world.
    pub fn engine(&self) -> Engine {
        Engine::new(self.app.clone())
    }

    /// Runs one statement as the owner of the tables.
    pub async fn run(&self, sql: &str) -> anyhow::Result<()> {
        let mut connection = self.owner.connect().await?;
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        done.with_context(|| format!("as the owner: {}", sql.chars().take(200).collect::<String>()))?;
        Ok(connection.close().await?)
    }

    /// The text of one value, read as the owner.
    pub async fn text(&self, sql: &str) -> anyhow::Result<String> {
        let mut connection = self.owner.connect().await?;
        let row = connection
            .fetch_one(AssertSqlSafe(format!("select ({sql})::text")))
            .await?;
        connection.close().await?;
        Ok(row.try_get::<Option<String>, _>(0)?.unwrap_or_default())
    }

    /// A connection as the role that does tenants' work.
    pub async fn hand(&self) -> anyhow::Result<Hand> {
        let mut connection = self.roles.app.connect().await?;
        connection
            // in the order in which they are written: a planner that believes a tenant to have one row would start elsewhere
            .execute("set client_min_messages = error; set timezone = 'UTC'; set join_collapse_limit = 1")
            .await?;
        Ok(Hand { connection })
    }
}

/// A connection for hand-made SQL, under row security as the product is.
pub struct Hand {
    connection: PgConnection,
}

impl Hand {
    /// Prepares a statement under a name.
    pub async fn prepare(&mut self, name: &str, types: &str, sql: &str) -> anyhow::Result<()> {
        let prepare = format!("prepare {name} ({types}) as {sql}");
        self.connection
            .execute(AssertSqlSafe(prepare))
            .await
            .with_context(|| format!("the hand-made statement {name} is refused"))?;
        Ok(())
    }

    /// Runs a statement in a transaction of the tenant, all in one round trip. Answers its rows.
    pub async fn rows(&mut self, tenant: TenantId, sql: &str) -> anyhow::Result<Vec<PgRow>> {
        let sql = format!(
            "begin; set local app.current_tenant = '{}'; {sql}; commit",
            tenant.as_uuid()
        );
        Ok(self.connection.fetch_all(AssertSqlSafe(sql)).await?)
    }

    /// Runs a statement that answers one number.
    pub async fn count(&mut self, tenant: TenantId, sql: &str) -> anyhow::Result<i64> {
        let rows = self.rows(tenant, sql).await?;
        Ok(rows.first().context("it answers nothing")?.try_get(0)?)
    }
}
