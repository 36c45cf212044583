//! Gathers what the gate knows of a message into the rules' own words.
use super::ready::approved;
use super::store::FactRow;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rules::channel::Channel;
use rules::consent::{Consent, ConsentMethod, ConsentStatus, Scope};
use rules::may_send::{
    AddressStatus, CampaignFacts, ConnectionFacts, Facts, Intent, Quota, RecipientFacts, TenantFacts,
};
use rules::place::{Evidence, Place};
use rules::purpose::Purpose;
use rules::suppression::{Suppression, SuppressionReason};
use rules::{short_links, template};

/// A stored word that the program does not know: the database is newer than the program, or was edited by hand.
#[derive(Debug, thiserror::Error)]
#[error("the stored {what} `{word}` is not known to this version")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
}

fn word<T>(what: &'static str, stored: &str, parse: fn(&str) -> Option<T>) -> Result<T, UnknownWord> {
    parse(stored).ok_or_else(|| UnknownWord {
        what,
        word: stored.to_owned(),
    })
}

/// The intent and the facts of one message. `used` counts what this batch has sent already of the tenant's quota.
pub(super) fn gather(row: &FactRow, now: Timestamp, used: u32) -> Result<(Intent, Facts), UnknownWord> {
    let channel = word("channel", &row.channel, Channel::parse)?;
    let purpose = word("purpose", &row.purpose, Purpose::parse)?;
    let intent = Intent {
        channel,
        purpose,
        first_due_at: row.first_due_at.0,
        in_answer_to_at: row.in_answer_to_at.map(|at| at.0),
        names_sender: template::names_sender(&full_text(row), &row.sender_name),
        has_stop_wording: template::has_stop_wording(&row.body),
        has_postal_address: row
            .postal_address
            .as_ref()
            .is_some_and(|address| row.body.contains(address.as_str())),
        has_approved_template: approved(row).is_some(),
        has_public_shortener: short_links::public_shortener(&full_text(row)).is_some(),
    };
    let mut facts = Facts {
        recipient: recipient(row)?,
        consent: consent(row)?,
        place: place(row, channel),
        customer_archived: row.customer_status.as_deref() == Some("archived"),
        campaign: row.campaign_id.map(|_| CampaignFacts {
            paused: row.campaign_status.as_deref() == Some("paused"),
            deleted: row.campaign_deleted_at.is_some(),
            enrollment_active: row.enrollment_status.as_deref() == Some("active"),
        }),
        connection: row.provider.as_ref().map(|provider| ConnectionFacts {
            is_sandbox: provider == "sandbox",
            available: row.unavailable_since.is_none(),
            again_at: row.probe_at.map(|at| at.0),
            // the gate knows better: it runs where links lead to
            offers_unsubscribe: true,
        }),
        tenant: TenantFacts {
            suspended: row.tenant_status == "suspended",
            is_demo: row.is_demo,
            quota: quota(row, now, used),
            email_marketing_until_opt_out: row.email_marketing_until_opt_out,
        },
    };
    without_itself(row, &mut facts.recipient);
    Ok((intent, facts))
}

/// A message that was let go before, and came back, does not stand in its own way.
pub(super) fn without_itself(row: &FactRow, recipient: &mut RecipientFacts) {
    let Some(let_go_at) = row.let_go_at else { return };
    let own = recipient.recent_sends.iter().position(|at| *at == let_go_at.0);
    if let Some(own) = own.filter(|_| matches!(row.purpose.as_str(), "marketing" | "service")) {
        recipient.recent_sends.swap_remove(own);
    }
    if row.purpose == "help_answer" && recipient.last_help_answer_at == Some(let_go_at.0) {
        recipient.last_help_answer_at = None;
    }
}

fn full_text(row: &FactRow) -> String {
    format!("{}\n{}", row.subject.as_deref().unwrap_or_default(), row.body)
}

fn recipient(row: &FactRow) -> Result<RecipientFacts, UnknownWord> {
    let suppression = match (&row.suppressed_scope, &row.suppressed_reason, row.suppressed_at) {
        (Some(scope), Some(reason), Some(at)) => Some(Suppression {
            scope: word("scope", scope, Scope::parse)?,
            reason: word("suppression reason", reason, SuppressionReason::parse)?,
            at: at.0,
        }),
        _ => None,
    };
    Ok(RecipientFacts {
        address_status: if row.is_theirs {
            word("address status", &row.address_status, AddressStatus::parse)?
        } else {
            AddressStatus::Missing
        },
        is_north_american: row.their_address.starts_with("+1"),
        suppression,
        recent_sends: row.recent_sends.iter().map(|at| at.0).collect(),
        last_stop_wording_at: row.last_stop_wording_at.map(|at| at.0),
        last_help_answer_at: row.last_help_answer_at.map(|at| at.0),
        last_inbound_at: row.last_inbound_at.map(|at| at.0),
    })
}

fn consent(row: &FactRow) -> Result<Option<Consent>, UnknownWord> {
    let Some(status) = &row.consent_status else {
        return Ok(None);
    };
    Ok(Some(Consent {
        status: word("consent status", status, ConsentStatus::parse)?,
        at: row.consent_at.map(|at| at.0),
        method: row
            .consent_method
            .as_deref()
            .map(|method| word("method", method, ConsentMethod::parse))
            .transpose()?,
        scope: word(
            "scope",
            row.consent_scope.as_deref().unwrap_or("all"),
            Scope::parse,
        )?,
        has_disclosure: row.has_disclosure.unwrap_or(false),
        names_seller: row.names_seller.unwrap_or(false),
    }))
}

/// On a phone the address itself is evidence (its area code); by e-mail the customer's phone is.
fn place(row: &FactRow, channel: Channel) -> Place {
    let phone = if channel.reaches_a_phone() {
        Some(row.their_address.as_str())
    } else {
        row.customer_phone.as_deref()
    };
    Place::from_evidence(&Evidence {
        postal_code: row.postal_code.as_deref(),
        state: row.state.as_deref(),
        explicit_zone: row.explicit_zone.as_deref(),
        phone,
    })
}

fn quota(row: &FactRow, now: Timestamp, used: u32) -> Option<Quota> {
    let limit = u32::try_from(row.monthly_message_quota?).unwrap_or(0);
    let before = u32::try_from(row.messages_this_month.unwrap_or(0)).unwrap_or(0);
    // one that came back was counted when it first went
    let before = before.saturating_sub(u32::from(row.attempts > 0));
    Some(Quota {
        left: limit.saturating_sub(before.saturating_add(used)),
        renews_at: next_month(now),
    })
}

/// The first day of the month that `now` lies in, in UTC: the period of a quota.
pub(super) fn month(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().first_of_month()
}

fn next_month(now: Timestamp) -> Timestamp {
    let first = month(now).last_of_month().tomorrow().unwrap_or(Date::MAX);
    first
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}
