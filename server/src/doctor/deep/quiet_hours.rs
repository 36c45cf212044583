//! Was it night for anybody whom the gate let a message go to? Judged anew at the recorded moment, not by the window that the gate wrote down:
//! by the hours that the proof measures by, and by the rules' own.
use super::finding::Findings;
use super::store::{self, LetGo};
use super::words;
use crate::db::TenantTx;
use crate::ids::Noun;
use crate::reports;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::place::{Evidence, Place};
use rules::purpose::Purpose;
use rules::quiet_hours::{Window, window};
use uuid::Uuid;

/// Read so many decisions at a time.
const PAGE: i64 = 5_000;

pub(super) async fn examine(tx: &mut TenantTx) -> anyhow::Result<Findings> {
    let mut found = Findings::default();
    let mut after = Uuid::nil();
    loop {
        let page = store::let_go(tx, after, PAGE, &words::answers_to_keywords()).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id;
        for decision in &page {
            found.look(1);
            if let Some(why) = at_night(decision) {
                let id = format!(
                    "{} at {}",
                    Noun::Message.show(decision.message_id),
                    minute(decision.at.0)
                );
                found.blame("send_logs", id, why);
            }
        }
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Why it was night. Words that this version does not know are another check's.
fn at_night(decision: &LetGo) -> Option<String> {
    let (channel, purpose) = (
        Channel::parse(&decision.channel)?,
        Purpose::parse(&decision.purpose)?,
    );
    let place = place(decision, channel)?;
    let is_follow_up = match purpose {
        Purpose::Marketing | Purpose::Service => true,
        Purpose::Transactional
        | Purpose::Reply
        | Purpose::OptOutConfirmation
        | Purpose::OptInConfirmation
        | Purpose::HelpAnswer => false,
    };
    let asleep = (channel.reaches_a_phone() && is_follow_up)
        .then(|| reports::asleep(&place.zones, decision.at.0))
        .flatten();
    asleep.or_else(|| match window(&place, channel, purpose, decision.at.0) {
        Window::Open { .. } => None,
        Window::Closed { said, .. } => Some(format!("the window was closed: {said}")),
    })
}

/// Where the recipient was: what is known of the customer, or what the gate wrote down if that has changed since.
fn place(decision: &LetGo, channel: Channel) -> Option<Place> {
    if decision.moved {
        return serde_json::from_value(decision.place.clone()?).ok();
    }
    let phone = if channel.reaches_a_phone() {
        decision.address.as_deref()
    } else {
        decision.phone.as_deref()
    };
    Some(Place::from_evidence(&Evidence {
        postal_code: decision.postal_code.as_deref(),
        state: decision.state.as_deref(),
        explicit_zone: decision.explicit_zone.as_deref(),
        phone,
    }))
}
