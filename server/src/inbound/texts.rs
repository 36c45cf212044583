//! A text from a customer: keywords act at once, sentences that revoke suppress and ask a person to look, anything else is an answer.
use super::store;
use crate::consents::{self, ConsumerAct};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::happened::Happened;
use crate::messages::{self, Incoming, NewMessage, tasks};
use jiff::Timestamp;
use rules::channel::Channel;
use rules::keywords::{self, Intention};
use rules::purpose::Purpose;
use uuid::Uuid;

/// A text as it came.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    pub event_key: &'a str,
    pub provider: &'a str,
    pub external_id: &'a str,
    pub channel: Channel,
    pub from: &'a str,
    /// Our address.
    pub to: &'a str,
    pub body: &'a str,
    /// The provider confirmed an opt-out itself: we must not do so again.
    pub answered_by_provider: bool,
    pub received_at: Timestamp,
}

/// Keeps the text and does what it asks for. Answers what that was, in a word.
///
/// STOP, UNSUBSCRIBE and the like: 47 CFR 64.1200(a)(10); the one confirmation: (a)(12); HELP: CTIA 5.1.3.
pub async fn receive(tx: &mut TenantTx, text: &Text<'_>) -> anyhow::Result<&'static str> {
    recipients::heard_from(tx, text.channel, text.from).await?;
    let customers = recipients::customers_of(tx, text.channel, text.from).await?;
    let customer = customers.first().copied();
    let message = messages::receive(
        tx,
        &Incoming {
            channel: text.channel,
            customer,
            ours: text.to,
            theirs: text.from,
            body: text.body,
            provider: text.provider,
            external_id: text.external_id,
        },
    )
    .await?;
    Ok(match keywords::classify(text.body, false) {
        Intention::Stop { keyword } => {
            consents::consumer_act(tx, &act(text, ConsumerAct::Stop, message, keyword)).await?;
            if !text.answered_by_provider {
                answer(tx, text, customer, Purpose::OptOutConfirmation).await?;
            }
            "opted_out"
        }
        Intention::Start { keyword } => {
            consents::consumer_act(tx, &act(text, ConsumerAct::Start, message, keyword)).await?;
            if !text.answered_by_provider {
                answer(tx, text, customer, Purpose::OptInConfirmation).await?;
            }
            "opted_in"
        }
        Intention::Help { .. } => {
            if !text.answered_by_provider {
                answer(tx, text, customer, Purpose::HelpAnswer).await?;
            }
            "help"
        }
        Intention::Revocation { phrase } => {
            consents::consumer_act(tx, &act(text, ConsumerAct::FreeText, message, &phrase)).await?;
            tasks::open(tx, "free_text_revocation", customer, Some(message), &phrase).await?;
            "revoked_in_words"
        }
        Intention::None => {
            for customer in customers {
                tx.happened(Happened::Replied { customer });
            }
            "replied"
        }
    })
}

fn act<'a>(text: &Text<'a>, act: ConsumerAct, message: Uuid, words: &'a str) -> consents::Act<'a> {
    consents::Act {
        channel: text.channel,
        address: text.from,
        act,
        at: text.received_at,
        message,
        words,
    }
}

async fn answer(
    tx: &mut TenantTx,
    text: &Text<'_>,
    customer: Option<Uuid>,
    purpose: Purpose,
) -> anyhow::Result<()> {
    let sender = store::sender(tx).await?;
    let contact = sender
        .phone
        .or(sender.email)
        .map(|contact| format!(" at {contact}"))
        .unwrap_or_default();
    let name = sender.sender_name;
    let body = match purpose {
        Purpose::OptOutConfirmation => {
            format!(
                "{name}: you are unsubscribed and will get no more messages from us. Reply START to resume."
            )
        }
        Purpose::OptInConfirmation => {
            format!(
                "{name}: you will get our messages again. Reply HELP for help, STOP to opt out. Msg & data rates may apply."
            )
        }
        Purpose::HelpAnswer => {
            format!(
                "{name}: reach us{contact}. We follow up on jobs we did for you, a few messages each. Reply STOP to opt out. Msg & data rates may apply."
            )
        }
        Purpose::Marketing | Purpose::Service | Purpose::Transactional | Purpose::Reply => return Ok(()),
    };
    let subject = match text.channel {
        Channel::Email => Some(name),
        Channel::Sms | Channel::Whatsapp => None,
    };
    let message = NewMessage {
        id: tx.new_id(),
        channel: text.channel,
        purpose,
        customer,
        from: Some(text.to.to_owned()),
        to: text.from.to_owned(),
        subject,
        body,
        template: None,
        touch: None,
        answers: Some((text.event_key.to_owned(), text.received_at)),
        due_at: tx.now(),
    };
    messages::queue(tx, &[message]).await?;
    Ok(())
}
