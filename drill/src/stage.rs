//! Where the drill takes place: a PostgreSQL of its own that can be stopped in the middle of anything, with tenants and campaigns.
use crate::jobs;
use crate::twilio::{Account, Twilio};
use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use providers::Values;
use rules::channel::Channel;
use rules::lifecycle::ServiceType;
use rules::pacing::{Pace, PaceScope};
use rules::purpose::Purpose;
use server::app::App;
use server::campaigns::{self, NewCampaign, Touch};
use server::clock::Clock;
use server::connections::{self, Carries, NewConnection};
use server::db::embedded::{self, Embedded, Options};
use server::db::{Database, RoleUrls, TenantId, TenantTx, migrate};
use server::reactions;
use server::templates::{self, NewTemplate};
use server::tenants::{self, NewTenant};
use sqlx::ConnectOptions;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use uuid::Uuid;

/// A tenant of the drill.
#[derive(Clone)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub campaigns: Vec<Uuid>,
    /// The number that its texts come from.
    pub number: String,
}

pub struct Stage {
    pub folder: PathBuf,
    database: Option<Embedded>,
    /// The product with a clock that is right, past every fault: what people do at their desks goes this way.
    pub app: App,
    pub tenants: Vec<Tenant>,
    pub shift: SignedDuration,
}

fn options() -> Options {
    Options {
        settings: vec![
            // which of two commits came first is the question of the drill
            ("track_commit_timestamp", "on".to_owned()),
            ("max_connections", "120".to_owned()),
        ],
        ..Options::default()
    }
}

impl Stage {
    /// Makes the database and its tenants; business time begins at `begins`.
    pub async fn set(folder: &Path, begins: Timestamp, tenants: usize) -> anyhow::Result<Self> {
        let database = embedded::start(&folder.join("pg"), &options()).await?;
        migrate::up(&database.url(embedded::Role::Owner)).await?;
        let clock = Clock::Shifted {
            by: begins.duration_since(Clock::System.now()),
            wrong_by: Arc::new(AtomicI64::new(0)),
        };
        let Clock::Shifted { by: shift, .. } = clock else {
            unreachable!("it was made so")
        };
        let roles = RoleUrls {
            app: database.url(embedded::Role::App),
            engine: database.url(embedded::Role::Engine),
            operator: database.url(embedded::Role::Operator),
        };
        let app = App::new(Database::connect(&roles, 8, reactions::react), clock);
        let mut stage = Self {
            folder: folder.to_owned(),
            database: Some(database),
            app,
            tenants: Vec::new(),
            shift,
        };
        for number in 0..tenants {
            let tenant = stage.tenant(number).await?;
            stage.tenants.push(tenant);
        }
        Ok(stage)
    }

    /// Connects every tenant's texts to the drill's Twilio, which answers at this address.
    pub async fn connect(&mut self, keys: &Path, twilio: &Twilio, address: SocketAddr) -> anyhow::Result<()> {
        for (number, tenant) in self.tenants.iter_mut().enumerate() {
            let (sid, token) = (format!("AC{number:032x}"), format!("{:032x}", number + 7));
            let sender = format!("+1206555{:04}", 100 + number);
            let mut values = Values::default();
            values.set("account_sid", sid.clone());
            values.set("auth_token", token.clone());
            values.set("api_url", format!("http://{address}"));
            let new = NewConnection {
                name: "texts".to_owned(),
                provider: "twilio".to_owned(),
                channel: Channel::Sms,
                sender: sender.clone(),
                carries: Carries::Any,
                stands_in_for: None,
                registration: None,
                values,
            };
            let mut tx = self.app.tenant(tenant.id).await?;
            connections::add(&self.app, &mut tx, &new).await?;
            tx.commit().await?;
            let mut tx = self.app.tenant(tenant.id).await?;
            let hook = connections::show(&self.app, &mut tx, "texts", true).await?.hook;
            let hook_url = hook.and_then(|hook| hook.url).context("Twilio calls a hook")?;
            drop(tx);
            twilio.open(&sender, Account { sid, token, hook_url });
            connections::verify(&self.app, tenant.id, "texts").await?;
            let mut tx = self.app.tenant(tenant.id).await?;
            connections::activate(&mut tx, "texts").await?;
            // as much as the drill can make: what is tried here is no pace
            let pace = Pace::per_second(10_000, 10_000);
            server::pace::set(&mut tx, "texts", PaceScope::Connection, None, Some(pace)).await?;
            tx.commit().await?;
            tenant.number = sender;
        }
        ensure!(keys.exists(), "the connections are sealed");
        Ok(())
    }

    /// PostgreSQL's socket, for the proxy.
    pub fn socket(&self) -> anyhow::Result<PathBuf> {
        let url = self.url(embedded::Role::App)?;
        let folder = url.get_socket().context("the embedded database has a socket")?;
        Ok(folder.join(".s.PGSQL.5432"))
    }

    pub fn url(&self, role: embedded::Role) -> anyhow::Result<sqlx::postgres::PgConnectOptions> {
        Ok(self.database.as_ref().context("the database is down")?.url(role))
    }

    /// A connection that sees everything, for looking at it all afterwards.
    pub async fn owner(&self) -> anyhow::Result<sqlx::PgConnection> {
        Ok(self.url(embedded::Role::Owner)?.connect().await?)
    }

    /// How a worker logs in as a role, through the proxy.
    pub fn login(&self, role: embedded::Role, proxy: std::net::SocketAddr) -> anyhow::Result<String> {
        let url = self.url(role)?.to_url_lossy();
        let password = url.password().context("each role has a password")?;
        Ok(format!(
            "postgres://{}:{password}@{proxy}/{}?sslmode=disable",
            role.name(),
            embedded::DATABASE
        ))
    }

    /// Stops PostgreSQL as a power cut would, and starts it again.
    pub async fn crash_database(&mut self) -> anyhow::Result<()> {
        let database = self.database.take().context("the database is down")?;
        let file = database.folder().join("postmaster.pid");
        let text = tokio::fs::read_to_string(&file).await.context("postmaster.pid")?;
        let pid: i32 = text.lines().next().unwrap_or_default().trim().parse()?;
        kill(Pid::from_raw(pid), Signal::SIGQUIT)?;
        database.ended().await;
        drop(database);
        self.start_again().await
    }

    /// Starts PostgreSQL again if it is down or went down by itself.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        drop(self.database.take());
        self.database = Some(embedded::start(&self.folder.join("pg"), &options()).await?);
        Ok(())
    }

    pub async fn close(mut self) -> anyhow::Result<()> {
        self.app.db.close().await;
        match self.database.take() {
            Some(database) => database.stop().await,
            None => Ok(()),
        }
    }

    async fn tenant(&self, number: usize) -> anyhow::Result<Tenant> {
        let slug = format!("drill-{number}");
        let id = tenants::create(
            &self.app,
            NewTenant {
                slug: slug.clone(),
                name: format!("Drill {number}"),
                sender_name: format!("Drill {number}"),
                phone: None,
                email: Some(format!("office@drill{number}.example")),
                website: None,
                postal_address: Some("1 Test Street, New York, NY 10001".to_owned()),
                review_url: Some("https://drill.example/review".to_owned()),
                default_region: None,
                zone: Some("America/New_York".to_owned()),
                monthly_message_quota: None,
                demo_created_by: None,
            },
        )
        .await?;
        let mut tx = self.app.tenant(id).await?;
        let mut made = Vec::new();
        for service in jobs::JOBS.into_iter().chain([jobs::AGAIN]) {
            made.push(campaign(&mut tx, service).await?);
        }
        tx.commit().await?;
        let number = sqlx::query_scalar(
            "select sender_address from tenant_channel_settings where tenant_id = $1 and channel = 'sms'",
        )
        .bind(id.as_uuid())
        .fetch_one(&mut self.owner().await?)
        .await?;
        Ok(Tenant {
            id,
            slug,
            campaigns: made,
            number,
        })
    }
}

async fn campaign(tx: &mut TenantTx, service: ServiceType) -> anyhow::Result<Uuid> {
    let mut touches = Vec::new();
    for (number, channel) in [(1, Channel::Sms), (2, Channel::Sms), (3, Channel::Email)] {
        let template = templates::create(tx, &template(service, number, channel)).await?;
        touches.push(Touch {
            number,
            channel,
            delay_hours: 20,
            template,
        });
    }
    let new = NewCampaign {
        name: service.name().to_owned(),
        service_type: Some(service),
        touches,
        copied_from: None,
        created_by: "drill".to_owned(),
    };
    Ok(campaigns::create(tx, &new).await?)
}

fn template(service: ServiceType, number: i16, channel: Channel) -> NewTemplate {
    let service = service.name();
    NewTemplate {
        name: format!("{service} {number}"),
        channel,
        purpose: Purpose::Service,
        service_type: None,
        subject: (channel == Channel::Email).then(|| "Your job".to_owned()),
        body: format!(
            "Hi {{{{ first_name }}}}, this is {{{{ sender_name }}}}, message {number} after your {service} job. {{{{ review_link }}}}"
        ),
        copied_from: None,
    }
}
