//! Twilio's list of messages: what was written to our numbers, with Twilio's time, whether a call told of it or not.
use super::call::Call;
use super::sid;
use jiff::Timestamp;
use providers::Inbound;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use url::form_urlencoded;

/// How long it shows what a call has told: each worker that starts asks for all of it, and workers start all the time.
const LISTED_FOR: Duration = Duration::from_secs(10);

/// What customers wrote, by our number, the newest last.
#[derive(Default)]
pub(super) struct Written(Mutex<HashMap<String, Vec<Listed>>>);

struct Listed {
    shown: Value,
    /// When a call that told of it was answered.
    told: Option<Instant>,
    /// Its call was sent away or found nobody.
    is_in_vain: bool,
}

impl Written {
    /// A text is in the list from now on. Once for each.
    pub fn add(&self, text: &Inbound, at: Timestamp) {
        let (sid, date) = (sid(&text.external_id), dated(at));
        let mut written = self.lock();
        let all = written.entry(text.to.clone()).or_default();
        if all.iter().all(|one| one.shown["sid"] != sid) {
            let shown = json!({
                "sid": sid, "status": "received", "direction": "inbound", "from": text.from, "to": text.to, "body": text.body,
                "num_media": "0", "error_code": null, "date_created": date, "date_sent": date,
            });
            all.push(Listed {
                shown,
                told: None,
                is_in_vain: false,
            });
        }
    }

    /// A call has told of it.
    pub fn told(&self, text: &Inbound) {
        let sid = sid(&text.external_id);
        for one in self.lock().entry(text.to.clone()).or_default() {
            if one.shown["sid"] == sid {
                one.told.get_or_insert_with(Instant::now);
            }
        }
    }

    /// Nobody took its call. One that was taken before stays so.
    pub fn called_in_vain(&self, text: &Inbound) {
        let sid = sid(&text.external_id);
        for one in self.lock().entry(text.to.clone()).or_default() {
            one.is_in_vain |= one.shown["sid"] == sid && one.told.is_none();
        }
    }

    pub fn is_in_vain(&self, text: &Inbound) -> bool {
        let sid = sid(&text.external_id);
        let written = self.lock();
        let mut all = written.get(&text.to).into_iter().flatten();
        all.any(|one| one.is_in_vain && one.shown["sid"] == sid)
    }

    pub fn in_vain(&self) -> u64 {
        let written = self.lock();
        written
            .values()
            .flatten()
            .map(|one| u64::from(one.is_in_vain))
            .sum()
    }

    /// What was written to a number of ours, the newest first; none when it is not ours, or nobody wrote.
    pub fn to(&self, ours: &str) -> Option<Vec<Value>> {
        let written = self.lock();
        let shown = written
            .get(ours)?
            .iter()
            .rev()
            .filter(|one| one.told.is_none_or(|told| told.elapsed() < LISTED_FOR))
            .map(|one| one.shown.clone());
        Some(shown.collect())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Listed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One page of a list.
pub(super) fn page(call: &Call, all: &[Value]) -> Value {
    let number = |name: &str| call.query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (size, page) = (
        number("PageSize").unwrap_or(50).max(1),
        number("Page").unwrap_or(0),
    );
    let shown: Vec<&Value> = all.iter().skip(page * size).take(size).collect();
    let next = (all.len() > (page + 1) * size).then(|| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(call.query.iter().filter(|(name, _)| *name != "Page"));
        query.append_pair("Page", &(page + 1).to_string());
        format!("{}?{}", call.path, query.finish())
    });
    json!({ "messages": shown, "next_page_uri": next })
}

/// A moment as Twilio writes it, without parts of seconds.
pub(super) fn dated(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
