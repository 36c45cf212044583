//! `drill run`: everybody to their places, the course, the verdict.
use crate::course::{self, Course, Injected, Plan};
use crate::crew::Crew;
use crate::disk::SmallDisk;
use crate::people::{BEGINS, People};
use crate::provider::Desk;
use crate::proxy::Proxy;
use crate::report::{report, say};
use crate::speakers::Speakers;
use crate::stage::Stage;
use crate::twilio::Twilio;
use crate::verdict::judge;
use crate::worker::{self, ByTwilio, Orders};
use clap::{Args, ValueEnum};
use providers::sandbox::Sandbox;
use server::db::embedded;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const TENANTS: usize = 4;

#[derive(Debug, Args)]
pub struct Run {
    /// A few hundred messages in about a minute, instead of ten thousand and a hundred kills.
    #[arg(long)]
    short: bool,
    /// What people and their phones do follows from it; the faults do not.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers each of the four tenants has.
    #[arg(long)]
    each: Option<usize>,
    /// How texts go: by the sandbox's own protocol, or by Twilio's API and its signed webhooks, through the product's adapter.
    #[arg(long, value_enum, default_value_t = Carrying::Sandbox)]
    provider: Carrying,
    /// Where database, journal and logs are kept; a folder that goes with the drill, when not given.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Who carries the texts of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Carrying {
    Sandbox,
    Twilio,
}

impl Run {
    /// Answers whether every promise held and every kind of fault was injected.
    pub async fn run(self) -> anyhow::Result<bool> {
        let temporary = tempfile::tempdir()?;
        let folder = self.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
        std::fs::create_dir_all(&folder)?;
        let disk = SmallDisk::mount(&folder.join("pg"))?;
        let people = People::roll(self.seed, TENANTS, self.plan().each);
        let began = Instant::now();
        // an opt-out takes so long that planning and gate meet it
        fail::cfg("opted_out.before_commit", "70%sleep(250)").map_err(anyhow::Error::msg)?;
        let mut stage = Stage::set(&folder, BEGINS.parse()?, TENANTS).await?;
        let proxy = Proxy::start(stage.socket()?).await?;
        let journal = folder.join("provider.jsonl");
        let sandbox = Sandbox::open(&journal, people.script())?;
        let by_twilio = self.by_twilio(&folder)?;
        if let Some(by_twilio) = &by_twilio {
            worker::connect(&mut stage.app, &by_twilio.keys)?;
        }
        let twilio = by_twilio
            .as_ref()
            .map(|by_twilio| Twilio::new(by_twilio.doors.clone()));
        let desk = Desk::new(
            stage.app.clone(),
            sandbox,
            &journal,
            people.stop_in_flight(),
            twilio,
        );
        if let (Some(by_twilio), Some(twilio)) = (&by_twilio, &desk.twilio) {
            let address = desk.open_twilio().await?;
            stage.connect(&by_twilio.keys, twilio, address).await?;
        }
        let crew = Crew::new(
            &folder,
            self.orders(&stage, &proxy, &desk, &folder, by_twilio).await?,
        );
        let speakers = Speakers::new(&desk, &stage.app, stage.url(embedded::Role::Owner)?);
        let mut course = Course {
            plan: self.plan(),
            people,
            speakers,
            stage,
            crew,
            proxy,
            desk,
            disk,
            injected: Injected::default(),
        };
        self.import(&mut course, &folder).await?;
        let telling = tokio::spawn(Arc::clone(&course.desk).tell());
        course::trouble(&mut course).await?;
        course::calm(&mut course).await?;
        course.crew.dismiss().await?;
        telling.abort();
        let verdict = judge(&course).await?;
        let holds = report(&course, &verdict, began.elapsed());
        course.stage.close().await?;
        if !holds && !cfg!(feature = "unlocked-gate") {
            let kept = temporary.keep();
            // and its disk, for whoever looks into it
            std::mem::forget(course.disk);
            say(format!(
                "Everything is kept in {}",
                self.folder.as_ref().unwrap_or(&kept).display()
            ));
        }
        Ok(holds)
    }

    /// Each tenant's people come by a list, whose import dies some times on its way.
    async fn import(&self, course: &mut Course, folder: &Path) -> anyhow::Result<()> {
        for (number, tenant) in course.stage.tenants.iter().enumerate() {
            let list = folder.join(format!("list-{number}.csv"));
            std::fs::write(&list, course.people.list(number, course.stage.app.clock.now())?)?;
            course.injected.import_deaths += course.crew.import(&list, &tenant.slug, 3).await?;
        }
        Ok(())
    }

    /// The folder of doors and the keys, when texts go by Twilio.
    fn by_twilio(&self, folder: &Path) -> anyhow::Result<Option<ByTwilio>> {
        if self.provider != Carrying::Twilio {
            return Ok(None);
        }
        let doors = folder.join("doors");
        std::fs::create_dir_all(&doors)?;
        Ok(Some(ByTwilio {
            keys: folder.join("keys.json"),
            doors,
        }))
    }

    fn plan(&self) -> Plan {
        let mut plan = if self.short {
            Plan {
                each: 150,
                per_tick: 6,
                kill: 6,
                crash: 45,
                clock: 9,
                desk: 5,
                least_kills: 10,
            }
        } else {
            Plan {
                each: 1_600,
                per_tick: 6,
                kill: 8,
                crash: 110,
                clock: 17,
                desk: 7,
                least_kills: 100,
            }
        };
        plan.each = self.each.unwrap_or(plan.each);
        if self.each.is_some_and(|each| each < 100) {
            plan.least_kills = 1;
            plan.crash = 12;
        }
        plan
    }

    async fn orders(
        &self,
        stage: &Stage,
        proxy: &Proxy,
        desk: &Arc<Desk>,
        folder: &Path,
        twilio: Option<ByTwilio>,
    ) -> anyhow::Result<Orders> {
        let login = |role| stage.login(role, proxy.address);
        Ok(Orders {
            app: login(embedded::Role::App)?,
            engine: login(embedded::Role::Engine)?,
            operator: login(embedded::Role::Operator)?,
            provider: desk.open().await?,
            twilio,
            shift_micros: i64::try_from(stage.shift.as_micros())?,
            last_words: folder.join("last-words"),
            dies_at: None,
            trouble: Vec::new(),
            import: None,
        })
    }
}
