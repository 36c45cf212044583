//! A text from a customer: keywords act at once, sentences that revoke suppress and ask a person to look, anything else is an answer.
use super::{store, unsubscribe, who};
use crate::consents::{self, ConsumerAct, Start};
use crate::customers::recipients;
use crate::db::TenantTx;
use crate::happened::Happened;
use crate::messages::{self, Incoming, NewMessage, tasks};
use crate::{connections, conversations};
use jiff::Timestamp;
use providers::{Inbound, OptOutType};
use rules::channel::Channel;
use rules::keywords::{self, Intention};
use rules::purpose::Purpose;
use rules::suppression::SuppressionReason;
use uuid::Uuid;

/// A text as it came.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    pub event_key: &'a str,
    pub provider: &'a str,
    pub said: &'a Inbound,
    /// Through whose hook it came; none of the sandbox's.
    pub connection: Option<Uuid>,
    /// When it was written, as far as the provider says; never after it came. What somebody says counts from then.
    pub wrote_at: Timestamp,
    /// When it came to us: from then run the minutes in which a STOP may be confirmed.
    pub received_at: Timestamp,
}

/// What a text asks for, with the words that say so.
enum Asked {
    Stop(String),
    Start(String),
    Help,
    Revocation(String),
    Nothing,
}

/// Keeps the text in its conversation and does what it asks for. Answers what that was, in a word.
///
/// STOP, UNSUBSCRIBE and the like: 47 CFR 64.1200(a)(10); the one confirmation of a revocation: (a)(12); HELP: CTIA 5.1.3. Words that
/// revoked were a revocation already, which a STOP after them repeats: it is not confirmed, as a second STOP is not. An e-mail with a virus
/// opts out, too; anything else that it says is put before nobody, and stays with its event. What a machine writes can unsubscribe as well;
/// it is nobody's reply.
pub async fn receive(tx: &mut TenantTx, text: &Text<'_>) -> anyhow::Result<&'static str> {
    let said = text.said;
    let unsubscribes = match (&said.subject, said.channel) {
        (Some(subject), Channel::Email) => unsubscribe::named(tx, subject).await?,
        (Some(_), Channel::Sms | Channel::Whatsapp) | (None, _) => None,
    };
    let asked = asked(said);
    let is_stop = matches!(asked, Asked::Stop(_) | Asked::Revocation(_));
    if said.is_infected() && !is_stop && unsubscribes.is_none() {
        return Ok("infected");
    }
    // whoever has the message has the mailbox, from whichever address they write: both are locked, in order
    let reader = unsubscribes
        .as_ref()
        .map(|named| (named.channel, named.address.clone()));
    let from = who::lock(tx, said.channel, &said.from, reader).await?;
    let ours = who::ours(tx, said, text.connection).await?;
    if !said.is_machine {
        recipients::heard_from(tx, said.channel, &from, text.wrote_at).await?;
    }
    who::learn_user_id(tx, said, &from).await?;
    // read under the lock that the opt-out takes: of two at once, one is the first
    let closed_by = recipients::closed_by(tx, said.channel, &from).await?;
    let start = match asked {
        Asked::Start(_) => consents::what_a_start_does(tx, said.channel, &from, text.wrote_at).await?,
        Asked::Stop(_) | Asked::Help | Asked::Revocation(_) | Asked::Nothing => Start::Nothing,
    };
    let mut customers = recipients::customers_of(tx, said.channel, &from).await?;
    if customers.is_empty()
        && let Some(named) = &unsubscribes
    {
        customers = recipients::customers_of(tx, named.channel, &named.address).await?;
    }
    if customers.is_empty() {
        customers.extend(who::else_known(tx, said.channel, &from, !said.is_machine).await?);
    }
    let customer = customers.first().copied();
    let message = messages::receive(
        tx,
        &Incoming {
            channel: said.channel,
            customer,
            ours: &ours,
            theirs: &from,
            subject: said.subject.as_deref(),
            body: &said.body,
            media_urls: &said.media_urls,
            provider: text.provider,
            external_id: &said.external_id,
            at: text.wrote_at,
        },
    )
    .await?;
    if let Some(connection) = text.connection
        && said.channel == Channel::Email
    {
        connections::mail_came(tx, &said.to, connection).await?;
    }
    if let Some(named) = unsubscribes {
        unsubscribe::by_mail(tx, &named).await?;
        // who revokes in words as well does so for the address that they write from, as in any mail
        if !is_stop || named.address.eq_ignore_ascii_case(&from) {
            return Ok("unsubscribed");
        }
    }
    let to = Answered {
        customer,
        from: &ours,
        to: &from,
    };
    Ok(match asked {
        Asked::Stop(keyword) => {
            let act = act(text, &from, ConsumerAct::Stop, message, &keyword);
            consents::consumer_act(tx, &act).await?;
            // one confirmation for an opt-out, in whatever words it came and however often; whom somebody else opted out has had none
            let was_said = matches!(
                closed_by,
                Some(SuppressionReason::Keyword | SuppressionReason::FreeText)
            );
            let is_out = recipients::is_opted_out(tx, said.channel, &from).await?;
            if is_out && !was_said {
                answer(tx, text, &to, Purpose::OptOutConfirmation).await?;
            }
            "opted_out"
        }
        Asked::Start(keyword) => {
            let act = act(text, &from, ConsumerAct::Start, message, &keyword);
            consents::consumer_act(tx, &act).await?;
            conversations::opt_in(tx, said.channel, &from).await?;
            let is_open = recipients::closed_by(tx, said.channel, &from).await?.is_none();
            if is_open && (start == Start::Opens || closed_by.is_some()) {
                answer(tx, text, &to, Purpose::OptInConfirmation).await?;
            }
            "opted_in"
        }
        Asked::Help => {
            answer(tx, text, &to, Purpose::HelpAnswer).await?;
            "help"
        }
        Asked::Revocation(phrase) => {
            let act = act(text, &from, ConsumerAct::FreeText, message, &phrase);
            consents::consumer_act(tx, &act).await?;
            tasks::open(tx, "free_text_revocation", customer, Some(message), &phrase).await?;
            "revoked_in_words"
        }
        Asked::Nothing if said.is_machine => "automatic",
        Asked::Nothing => {
            for customer in customers {
                tx.happened(Happened::Replied { customer });
            }
            "replied"
        }
    })
}

/// The provider's own reading decides, since it has acted on it already; its tenant may have words of their own there. But a bare "yes",
/// which Twilio has on its list of START, is as likely an answer to a question of ours, and a word that we take for another is that other:
/// whom Twilio lets through again stays closed to us, until they say START.
fn asked(said: &Inbound) -> Asked {
    let read = |was_asked| match said.channel {
        Channel::Email => keywords::classify_email(said.subject.as_deref(), &said.body, was_asked),
        Channel::Sms | Channel::Whatsapp => keywords::classify(&said.body, was_asked),
    };
    let ours = read(false);
    let words = || match &ours {
        Intention::Stop { keyword } | Intention::Start { keyword } | Intention::Help { keyword } => {
            (*keyword).to_owned()
        }
        Intention::Revocation { phrase } => phrase.clone(),
        Intention::None => "a word of the provider's list".to_owned(),
    };
    match said.opt_out_type {
        Some(OptOutType::Stop) => return Asked::Stop(words()),
        Some(OptOutType::Start) if ours == Intention::None && read(true) == Intention::None => {
            return Asked::Start(words());
        }
        Some(OptOutType::Help) => return Asked::Help,
        Some(OptOutType::Start) | None => {}
    }
    match ours {
        Intention::Stop { keyword } => Asked::Stop(keyword.to_owned()),
        // anybody can write anybody's address above an e-mail: a stop costs them nothing that they can't undo, a start would
        Intention::Start { keyword } if said.proves_its_sender() && !said.is_machine => {
            Asked::Start(keyword.to_owned())
        }
        Intention::Start { .. } => Asked::Nothing,
        Intention::Help { .. } if said.is_machine => Asked::Nothing,
        Intention::Help { .. } => Asked::Help,
        Intention::Revocation { phrase } => Asked::Revocation(phrase),
        Intention::None => Asked::Nothing,
    }
}

fn act<'a>(
    text: &Text<'a>,
    from: &'a str,
    act: ConsumerAct,
    message: Uuid,
    words: &'a str,
) -> consents::Act<'a> {
    consents::Act {
        channel: text.said.channel,
        address: from,
        act,
        at: text.wrote_at,
        message,
        words,
    }
}

/// Whom an answer goes to.
struct Answered<'a> {
    customer: Option<Uuid>,
    from: &'a str,
    to: &'a str,
}

/// Queues the one answer to a keyword; none when the provider has answered itself, none to a machine, and none to an address that somebody
/// else may have written above an e-mail.
async fn answer(
    tx: &mut TenantTx,
    text: &Text<'_>,
    to: &Answered<'_>,
    purpose: Purpose,
) -> anyhow::Result<()> {
    let said = text.said;
    if said.answered_by_provider || said.is_machine || !said.proves_its_sender() {
        return Ok(());
    }
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
    let subject = match said.channel {
        Channel::Email => Some(name),
        Channel::Sms | Channel::Whatsapp => None,
    };
    // the law counts from the receipt of a revocation; whoever asked for help seven hours ago is asleep, however late we were told
    let since = match purpose {
        Purpose::OptOutConfirmation => text.received_at,
        Purpose::OptInConfirmation
        | Purpose::HelpAnswer
        | Purpose::Marketing
        | Purpose::Service
        | Purpose::Transactional
        | Purpose::Reply => text.wrote_at,
    };
    let message = NewMessage {
        id: tx.new_id(),
        channel: said.channel,
        purpose,
        customer: to.customer,
        from: Some(to.from.to_owned()),
        to: to.to.to_owned(),
        subject,
        body,
        media_urls: Vec::new(),
        template: None,
        variables: Vec::new(),
        touch: None,
        answers: Some((text.event_key.to_owned(), since)),
        due_at: tx.now(),
    };
    messages::queue(tx, &[message]).await?;
    Ok(())
}
