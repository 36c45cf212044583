//! Where everybody may be who was messaged: what the proof measures the night by.
use super::store;
use crate::app::App;
use rules::channel::Channel;
use rules::place::{Evidence, Place};
use std::collections::{BTreeSet, HashMap};

/// The zones of recipients.
#[derive(Debug, Clone, Default)]
pub struct Zones {
    by_address: HashMap<(Channel, String, String), Vec<String>>,
}

impl Zones {
    /// Every IANA zone that the recipient may be in, sorted; empty for an address that was never messaged.
    pub fn of(&self, ours: &str, theirs: &str, channel: Channel) -> Vec<String> {
        self.by_address
            .get(&(channel, ours.to_owned(), theirs.to_owned()))
            .cloned()
            .unwrap_or_default()
    }
}

/// Reads the zones of all recipients of all tenants. Where several customers share an address, all their zones count.
pub async fn zones(app: &App) -> sqlx::Result<Zones> {
    let mut tx = app.db.operator().await?;
    let mut found: HashMap<(Channel, String, String), BTreeSet<String>> = HashMap::new();
    for row in store::evidence(&mut tx).await? {
        let Some(channel) = Channel::parse(&row.channel) else {
            continue;
        };
        let phone = if channel.reaches_a_phone() {
            Some(row.theirs.as_str())
        } else {
            row.phone.as_deref()
        };
        let place = Place::from_evidence(&Evidence {
            postal_code: row.postal_code.as_deref(),
            state: row.state.as_deref(),
            explicit_zone: row.explicit_zone.as_deref(),
            phone,
        });
        found
            .entry((channel, row.ours, row.theirs))
            .or_default()
            .extend(place.zones);
    }
    Ok(Zones {
        by_address: found
            .into_iter()
            .map(|(key, zones)| (key, zones.into_iter().collect()))
            .collect(),
    })
}
