//! What the words of one person come to: from the drill's own book, and from the order in which the product took them up, which is that
//! of PostgreSQL's commits. Nothing else of the product is asked.
use crate::provider::Desk;
use crate::words::{Pair, Word, Written};
use jiff::{SignedDuration, Timestamp};
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// A word that the product took up.
pub struct Heard {
    pub word: Word,
    pub written: Timestamp,
    pub told: Timestamp,
    /// The first moment at which it was surely on disk.
    pub on_disk: Timestamp,
    pub applied: Timestamp,
}

/// They were in and are out now, or the other way round.
pub struct Turn {
    pub at: Timestamp,
    pub by: Word,
    pub is_out: bool,
}

/// All that one person said.
pub struct Story {
    pub pair: Pair,
    /// In the order in which it was taken up.
    pub heard: Vec<Heard>,
    /// What the product said it has, and never took up.
    pub forgotten: Vec<String>,
}

/// Everybody's, of those who said a word that means something.
pub async fn all(db: &mut PgConnection, desk: &Desk, shift: SignedDuration) -> anyhow::Result<Vec<Story>> {
    let rows = sqlx::query(
        r#"select event_key, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::bigint
           from provider_events where kind = 'inbound' and applied_at is not null"#,
    )
    .fetch_all(db)
    .await?;
    let mut applied: HashMap<String, Timestamp> = HashMap::new();
    for row in rows {
        let at = Timestamp::from_microsecond(row.try_get(1)?)?;
        applied.insert(row.try_get(0)?, at.checked_add(shift)?);
    }
    let mut stories = Vec::new();
    for (pair, written) in desk.book.all() {
        let mut story = Story {
            pair,
            heard: Vec::new(),
            forgotten: Vec::new(),
        };
        for one in written.into_iter().filter(|one| one.word != Word::Nothing) {
            let applied = applied.get(&desk.stored_key(&one.key, &story.pair.0)).copied();
            story.take_up(one, applied);
        }
        story.heard.sort_by_key(|heard| heard.applied);
        stories.push(story);
    }
    Ok(stories)
}

impl Story {
    fn take_up(&mut self, one: Written, applied: Option<Timestamp>) {
        match (applied, one.kept) {
            (Some(applied), kept) => self.heard.push(Heard {
                word: one.word,
                written: one.at,
                told: one.told,
                on_disk: kept.map_or(applied, |kept| kept.min(applied)),
                applied,
            }),
            (None, Some(_)) => self.forgotten.push(one.key),
            // nobody said that it arrived
            (None, None) => {}
        }
    }

    /// How they are in the end: as the word says that was written last, and at the same moment STOP. None: they said neither.
    pub fn is_out(&self) -> Option<bool> {
        is_out(&self.heard)
    }

    /// When they turned, as far as their own words say, in the order in which these were taken up. Everybody was in at first.
    pub fn turns(&self) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::new();
        for (index, heard) in self.heard.iter().enumerate() {
            let was_out = turns.last().is_some_and(|turn| turn.is_out);
            let is_out = is_out(&self.heard[..=index]).unwrap_or(false);
            if was_out != is_out {
                turns.push(Turn {
                    at: heard.applied,
                    by: heard.word,
                    is_out,
                });
            }
        }
        turns
    }

    /// How many opt-outs the product owes a confirmation: each by a keyword of somebody who was in. A sentence gets none.
    pub fn confirmable(&self) -> usize {
        let by_keyword = |turn: &&Turn| turn.is_out && turn.by == Word::Stop;
        self.turns().iter().filter(by_keyword).count()
    }

    /// From when until when they must not be written to: from the moment at which an opt-out was on disk to that at which a START written
    /// later could be known of.
    pub fn closed(&self) -> Vec<(Timestamp, Timestamp)> {
        let mut closed: Vec<(Timestamp, Timestamp)> = Vec::new();
        let mut all: Vec<(Timestamp, Timestamp)> = self
            .heard
            .iter()
            .filter(|heard| heard.word.opts_out())
            .map(|stop| (stop.on_disk, self.taken_back(stop)))
            .filter(|(from, until)| from < until)
            .collect();
        all.sort_unstable();
        for (from, until) in all {
            match closed.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => closed.push((from, until)),
            }
        }
        closed
    }

    fn taken_back(&self, stop: &Heard) -> Timestamp {
        self.heard
            .iter()
            .filter(|other| other.word == Word::Start && other.written > stop.written)
            .map(|start| start.told)
            .min()
            .unwrap_or(Timestamp::MAX)
    }
}

fn is_out(heard: &[Heard]) -> Option<bool> {
    heard
        .iter()
        .filter(|one| one.word.opts_out() || one.word == Word::Start)
        .map(|one| (one.written, one.word.opts_out()))
        .max()
        .map(|(_, is_out)| is_out)
}
