//! What a START would do, asked before it is recorded: it may say nothing new, and it may have been written before a STOP that we know of.
use super::derive::{Fact, derive, outstanding};
use super::new_consent::Source;
use super::record::normal;
use super::store::{self, Past};
use crate::customers::recipients;
use crate::db::TenantTx;
use jiff::Timestamp;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};

/// What a START would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Everybody who has the address is in already.
    Nothing,
    Opens,
    /// The address said stop at that moment or later.
    IsTooOld,
}

/// What a START that was written at this moment would do. The caller holds the recipient's lock.
pub async fn what_a_start_does(
    tx: &mut TenantTx,
    channel: Channel,
    address: &str,
    at: Timestamp,
) -> anyhow::Result<Start> {
    let address = normal(channel, address);
    let customers = recipients::customers_of(tx, channel, &address).await?;
    let of_the_channel = |all: Vec<Past>| all.into_iter().filter(move |past| past.channel == channel);
    let known: Vec<Past> = of_the_channel(store::history(tx, &customers).await?).collect();
    let strangers: Vec<Past> = of_the_channel(store::history_of_strangers(tx, &[address]).await?).collect();
    let mut said: Vec<Fact> = known.iter().chain(&strangers).map(|past| past.fact).collect();
    let was_out = outstanding(&said).next().is_some();
    said.push(Fact {
        seq: i64::MAX,
        kind: ConsentStatus::OptedIn,
        scope: Scope::All,
        occurred_at: at,
        source: Source::Consumer,
        method: ConsentMethod::Keyword,
        told: None,
    });
    if outstanding(&said).next().is_some() {
        return Ok(Start::IsTooOld);
    }
    let is_in = |facts: &[Fact]| derive(facts).is_some_and(|state| state.status == ConsentStatus::OptedIn);
    let of = |customer| -> Vec<Fact> {
        let own = known.iter().filter(|past| past.customer == Some(customer));
        own.map(|past| past.fact).collect()
    };
    let were_in = if customers.is_empty() {
        is_in(&strangers.iter().map(|past| past.fact).collect::<Vec<_>>())
    } else {
        customers.into_iter().all(|customer| is_in(&of(customer)))
    };
    Ok(if were_in && !was_out {
        Start::Nothing
    } else {
        Start::Opens
    })
}
