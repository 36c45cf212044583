//! Due touches become queued messages, and each enrollment moves to its next touch: claim, render, write, in one transaction.
use super::store::enrollment;
use super::store::plan::{self, Due, Step};
use super::store::touch::{self, NewTouch};
use crate::db::{TenantTx, Time};
use crate::ids::Noun;
use crate::messages::{self, NewMessage, tasks};
use fail::fail_point;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::channel::Channel;
use rules::purpose::Purpose;
use rules::schedule;
use rules::template::{self, TemplateError};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What one planning did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    pub touches: usize,
    pub messages: usize,
}

/// Why no message is made for a due touch.
enum Without {
    /// The customer has no address for the channel.
    AddressMissing,
    /// The campaign was changed and has no such touch, or not on this channel, any more.
    TouchRemoved,
    CannotRender(TemplateError),
}

/// Plans up to `limit` due touches of the tenant.
pub async fn plan(tx: &mut TenantTx, limit: i64) -> anyhow::Result<Planned> {
    let due = plan::claim(tx, limit).await?;
    if due.is_empty() {
        return Ok(Planned::default());
    }
    fail_point!("plan.claimed");
    let now = tx.now();
    let (mut queued, mut steps, mut next) = (Vec::new(), Vec::new(), Vec::new());
    let mut unrenderable = BTreeMap::new();
    for touch in &due {
        let (status, why) = match message(tx.new_id(), touch, now) {
            Ok(message) => {
                queued.push(message);
                ("queued", None)
            }
            Err(Without::AddressMissing) => ("skipped", Some("address_missing".to_owned())),
            Err(Without::TouchRemoved) => ("skipped", Some("touch_removed".to_owned())),
            Err(Without::CannotRender(error)) => {
                let template = touch.template_id.map(|id| Noun::Template.show(id));
                let said = format!("{}: {error}", template.unwrap_or_default());
                unrenderable.entry(said).or_insert(touch.customer_id);
                ("failed", Some(format!("cannot_render: {error}")))
            }
        };
        steps.push(Step {
            enrollment: touch.enrollment_id,
            number: touch.touch_number,
            status,
            why,
        });
        next.extend(next_touch(touch, now));
    }
    messages::queue(tx, &queued).await?;
    plan::advance(tx, &steps).await?;
    touch::insert(tx, &next).await?;
    let enrollments: Vec<Uuid> = due.iter().map(|touch| touch.enrollment_id).collect();
    enrollment::complete_finished(tx, &enrollments).await?;
    for (said, customer) in unrenderable {
        say_once(tx, customer, &said).await?;
    }
    Ok(Planned {
        touches: due.len(),
        messages: queued.len(),
    })
}

/// Asks a person to mend a template, with one customer for whom it failed; not again while somebody is asked the same.
async fn say_once(tx: &mut TenantTx, customer: Uuid, said: &str) -> sqlx::Result<()> {
    const KIND: &str = "failed_to_render";
    let last = tasks::about(tx, KIND, said).await?;
    if last.is_some_and(|last| last.is_open) {
        return Ok(());
    }
    tasks::open(tx, KIND, Some(customer), None, said).await
}

/// Counted from the scheduled time of this touch, so that a night's hold does not push the rest.
fn next_touch(touch: &Due, now: Timestamp) -> Option<NewTouch> {
    let delay = u32::try_from(touch.next_delay_hours?).ok()?;
    let at = schedule::not_in_the_past(schedule::next_touch_at(touch.scheduled_at.0, delay), now);
    Some(NewTouch {
        enrollment: touch.enrollment_id,
        campaign: touch.campaign_id,
        number: touch.touch_number + 1,
        channel: touch.next_channel.clone()?,
        scheduled_at: Time(at),
        status: "pending",
    })
}

fn message(id: Uuid, touch: &Due, now: Timestamp) -> Result<NewMessage, Without> {
    let (Some(template_id), Some(body), Some(purpose), Some(channel)) = (
        touch.template_id,
        touch.template_body.as_deref(),
        touch.purpose.as_deref().and_then(Purpose::parse),
        Channel::parse(&touch.channel),
    ) else {
        return Err(Without::TouchRemoved);
    };
    let to = touch.address.clone().ok_or(Without::AddressMissing)?;
    let values = values(touch);
    let subject = touch
        .template_subject
        .as_deref()
        .map(|subject| template::render_subject(subject, &values))
        .transpose()
        .map_err(Without::CannotRender)?;
    let variables = match channel {
        // WhatsApp fills the template that it approved
        Channel::Whatsapp => template::shown_values(body, &values).map_err(Without::CannotRender)?,
        Channel::Sms | Channel::Email => Vec::new(),
    };
    Ok(NewMessage {
        id,
        channel,
        purpose,
        customer: Some(touch.customer_id),
        from: None,
        to,
        subject,
        body: template::render(body, channel, &values).map_err(Without::CannotRender)?,
        media_urls: Vec::new(),
        template: Some(template_id),
        variables,
        touch: Some((touch.campaign_id, touch.enrollment_id, touch.touch_number)),
        answers: None,
        due_at: now,
    })
}

/// What a template may say. A value that is not known is left out, so that `default(…)` takes its place.
fn values(touch: &Due) -> BTreeMap<String, String> {
    let zone = touch
        .zone
        .as_deref()
        .and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or(TimeZone::UTC);
    let completed_on = touch
        .completed_at
        .map(|at| at.0.to_zoned(zone).strftime("%B %-d").to_string());
    [
        ("first_name", touch.first_name.clone()),
        ("last_name", touch.last_name.clone()),
        ("company_name", touch.company_name.clone()),
        ("sender_name", Some(touch.sender_name.clone())),
        ("sender_phone", touch.sender_phone.clone()),
        ("service_type", Some(touch.service_type.clone())),
        ("work_order_title", touch.work_order_title.clone()),
        ("completed_on", completed_on),
        ("review_link", touch.review_url.clone()),
        ("postal_address", touch.postal_address.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.trim().is_empty())?)))
    .collect()
}
