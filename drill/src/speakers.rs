//! Customers who say more than one word: written one after the other, told late, twice and in any order, as long as it takes until the
//! product has each. For who says START in the end one more job is done, when all that they said is applied.
use crate::jobs;
use crate::people::Person;
use crate::provider::Desk;
use crate::stage::Tenant;
use crate::talk::{Line, Talk};
use crate::words::{Pair, Word};
use providers::Event;
use server::app::App;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Until what was not taken is told again, and until it is looked again whether all is applied.
const AGAIN: Duration = Duration::from_millis(250);
/// Twilio's list knows no parts of seconds: words that contradict each other are written further apart.
const APART: Duration = Duration::from_millis(1_100);

/// All who are speaking.
pub struct Speakers {
    desk: Arc<Desk>,
    app: App,
    /// Past row security: whether an event is applied is asked for no tenant.
    owner: PgConnectOptions,
    tasks: JoinSet<()>,
    had_another_job: Arc<Mutex<BTreeSet<Pair>>>,
}

impl Speakers {
    pub fn new(desk: &Arc<Desk>, app: &App, owner: PgConnectOptions) -> Self {
        Self {
            desk: Arc::clone(desk),
            app: app.clone(),
            owner,
            tasks: JoinSet::new(),
            had_another_job: Arc::default(),
        }
    }

    /// Somebody's job is done: they begin to speak, if they are of those who do.
    pub fn begin(&mut self, person: &Person, tenant: &Tenant) {
        let Some(talk) = person.talk.clone() else { return };
        let one = Speaker {
            desk: Arc::clone(&self.desk),
            app: self.app.clone(),
            owner: self.owner.clone(),
            person: person.clone(),
            tenant: tenant.clone(),
        };
        let had_another_job = Arc::clone(&self.had_another_job);
        self.tasks.spawn(async move {
            if one.speak(&talk).await {
                had_another_job
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(one.pair());
            }
        });
    }

    /// Has everybody said everything, and does the product know it all?
    pub fn are_done(&mut self) -> bool {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.is_empty()
    }

    /// Those for whom one more job was done after all that they had said was applied.
    pub fn had_another_job(&self) -> BTreeSet<Pair> {
        self.had_another_job
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

struct Speaker {
    desk: Arc<Desk>,
    app: App,
    owner: PgConnectOptions,
    person: Person,
    tenant: Tenant,
}

impl Speaker {
    fn pair(&self) -> Pair {
        (self.tenant.number.clone(), self.person.phone.clone())
    }

    /// Says it all; answers whether one more job was done.
    async fn speak(&self, talk: &Talk) -> bool {
        sleep(talk.begins_after).await;
        // who has no time of its own counts from when it is heard: told in another order, it was said in another order
        let is_listed = self.desk.lists_words_to(&self.tenant.number);
        let (mut telling, mut keys) = (JoinSet::new(), Vec::new());
        for line in &talk.lines {
            sleep(if is_listed {
                line.after.max(APART)
            } else {
                line.after
            })
            .await;
            let event = self.desk.says(&self.tenant.number, &self.person.phone, line.body);
            keys.push(self.desk.stored_key(&event.key, &self.tenant.number));
            self.desk.write(&event);
            if is_listed && line.is_only_listed {
                continue;
            }
            let (desk, line) = (Arc::clone(&self.desk), line.clone());
            if is_listed || talk.is_in_turn {
                tell(&desk, &event).await;
                telling.spawn(tell_again(desk, event, line));
            } else {
                telling.spawn(async move {
                    sleep(line.delay).await;
                    tell(&desk, &event).await;
                    tell_again(desk, event, line).await;
                });
            }
        }
        while !self.are_applied(&keys).await {
            sleep(AGAIN).await;
        }
        let is_in = talk
            .lines
            .iter()
            .rev()
            .map(|line| Word::of(line.body))
            .find(|word| word.opts_out() || *word == Word::Start);
        if is_in == Some(Word::Start) {
            // a desk whose database is away tries again
            while jobs::complete_another(&self.app, &self.tenant, &self.person)
                .await
                .is_err()
            {
                sleep(AGAIN).await;
            }
        }
        while telling.join_next().await.is_some() {}
        is_in == Some(Word::Start)
    }

    async fn are_applied(&self, keys: &[String]) -> bool {
        let Ok(mut db) = self.owner.connect().await else {
            return false;
        };
        let applied: sqlx::Result<i64> = sqlx::query_scalar(
            "select count(*) from provider_events where event_key = any($1) and applied_at is not null",
        )
        .bind(keys)
        .fetch_one(&mut db)
        .await;
        applied.is_ok_and(|applied| usize::try_from(applied).is_ok_and(|applied| applied == keys.len()))
    }
}

async fn tell(desk: &Desk, event: &Event) {
    while !desk
        .keep(std::slice::from_ref(event))
        .await
        .is_ok_and(|kept| kept.contains(&event.key))
    {
        sleep(AGAIN).await;
    }
}

async fn tell_again(desk: Arc<Desk>, event: Event, line: Line) {
    if let Some(after) = line.again_after {
        sleep(after).await;
        tell(&desk, &event).await;
        desk.told_again.fetch_add(1, Ordering::Relaxed);
    }
}
