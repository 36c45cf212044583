//! Puts messages into their threads: one per channel, address of ours and address of theirs, with counts that are true at every commit.
use super::store::thread::{self as store, Heard, Outgoing, Threaded};
use crate::db::TenantTx;
use rules::channel::Channel;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An address as threads know it: e-mail addresses in lower case.
pub fn address(channel: Channel, written: &str) -> String {
    match channel {
        Channel::Email => written.trim().to_lowercase(),
        Channel::Sms | Channel::Whatsapp => written.trim().to_owned(),
    }
}

/// Puts messages that are being let go into their threads, which are made when they are not there: one statement for a whole batch, in
/// the order of the addresses. Answers each thread's id, in the order given. The caller holds the recipients' locks.
pub async fn thread(tx: &mut TenantTx, outgoing: &[Outgoing]) -> sqlx::Result<Vec<Option<Uuid>>> {
    let mut threads: BTreeMap<(&str, &str, &str), Threaded> = BTreeMap::new();
    for one in outgoing {
        let thread = threads
            .entry((&one.channel, &one.ours, &one.theirs))
            .or_insert(Threaded {
                id: tx.new_id(),
                customer: None,
                campaign: None,
                messages: 0,
            });
        thread.customer = thread.customer.or(one.customer);
        thread.campaign = one.campaign.or(thread.campaign);
        thread.messages += i32::from(one.is_new);
    }
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let ids = store::thread(tx, &threads).await?;
    Ok(outgoing
        .iter()
        .map(|one| {
            ids.get(&(one.channel.clone(), one.ours.clone(), one.theirs.clone()))
                .copied()
        })
        .collect())
}

/// Counts threads anew from their messages: of those that a message has left for another, since it was tried again from another address.
pub async fn recount(tx: &mut TenantTx, threads: &[Uuid]) -> sqlx::Result<()> {
    if threads.is_empty() {
        return Ok(());
    }
    store::recount(tx, threads).await
}

/// A message of theirs has come: its thread is made when it is not there, is unread, and active again when it was over. Answers the
/// thread. The caller holds the recipient's lock.
pub async fn hear(tx: &mut TenantTx, heard: &Heard<'_>) -> sqlx::Result<Uuid> {
    store::hear(tx, heard).await
}

/// The recipient opted out of everything, whichever way: their conversations say since when, and why.
pub async fn opt_out(tx: &mut TenantTx, channel: Channel, their_address: &str) -> sqlx::Result<()> {
    store::opt_out(tx, channel.name(), their_address).await
}

/// The recipient asked for messages again; where that re-opened their address, their conversations say so.
pub async fn opt_in(tx: &mut TenantTx, channel: Channel, their_address: &str) -> sqlx::Result<()> {
    store::opt_in(tx, channel.name(), their_address).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_are_one_whatever_their_case_and_numbers_stay() {
        assert_eq!(address(Channel::Email, " Ann@Example.COM "), "ann@example.com");
        assert_eq!(address(Channel::Sms, "+15045230001"), "+15045230001");
        assert_eq!(address(Channel::Whatsapp, "US.AbC1"), "US.AbC1");
    }
}
