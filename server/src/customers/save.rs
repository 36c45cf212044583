//! Saves customers, many at once: new ones are made, known ones changed where they differ, and each change is kept as an activity.
use super::Profile;
use super::store::{activity, address, customer, term};
use crate::db::TenantTx;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// A profile to save: of a new customer, or of the one of that id.
#[derive(Debug, Clone)]
pub struct Save {
    pub id: Option<Uuid>,
    pub profile: Profile,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    Created {
        id: Uuid,
    },
    /// `changes` has for each field that changed its `from` and its `to`.
    Updated {
        id: Uuid,
        changes: Map<String, Value>,
    },
    Unchanged {
        id: Uuid,
    },
}

impl Saved {
    pub fn id(&self) -> Uuid {
        match self {
            Self::Created { id } | Self::Updated { id, .. } | Self::Unchanged { id } => *id,
        }
    }
}

/// Saves in the order given; answers in the same order. Give slices of some thousands. The caller has seen to it that no two have the
/// same e-mail address or phone: the database refuses the whole batch otherwise.
pub async fn save_batch(tx: &mut TenantTx, actor: &str, saves: Vec<Save>) -> sqlx::Result<Vec<Saved>> {
    let known: Vec<Uuid> = saves.iter().filter_map(|save| save.id).collect();
    let before: HashMap<Uuid, Profile> = customer::load(tx, &known)
        .await?
        .into_iter()
        .map(|customer| (customer.id, customer.profile))
        .collect();
    let (mut answers, mut new, mut changed) = (Vec::with_capacity(saves.len()), Vec::new(), Vec::new());
    for mut save in saves {
        save.profile.drop_outdone_zone();
        let Some(id) = save.id else {
            let id = tx.new_id();
            answers.push(Saved::Created { id });
            new.push((id, save.profile));
            continue;
        };
        let changes = before
            .get(&id)
            .map(|before| differences(before, &save.profile))
            .unwrap_or_default();
        if changes.is_empty() {
            answers.push(Saved::Unchanged { id });
        } else {
            answers.push(Saved::Updated {
                id,
                changes: changes.clone(),
            });
            changed.push((id, save.profile, changes));
        }
    }
    customer::insert(tx, actor, &new).await?;
    customer::update(tx, actor, &changed).await?;
    let profiles = || {
        new.iter()
            .map(|(id, profile)| (*id, profile))
            .chain(changed.iter().map(|(id, profile, _)| (*id, profile)))
    };
    term::clear(tx, &changed.iter().map(|(id, _, _)| *id).collect::<Vec<_>>()).await?;
    term::insert(tx, profiles()).await?;
    address::put(tx, profiles()).await?;
    activity::insert(
        tx,
        actor,
        "CustomerCreated",
        &new.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
    )
    .await?;
    activity::insert_with(
        tx,
        actor,
        "CustomerUpdated",
        changed
            .iter()
            .map(|(id, _, changes)| (*id, Value::Object(changes.clone()))),
    )
    .await?;
    Ok(answers)
}

/// Field by field, what differs.
fn differences(before: &Profile, after: &Profile) -> Map<String, Value> {
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return Map::new();
    };
    after
        .into_iter()
        .filter(|(field, to)| before.get(field) != Some(to))
        .map(|(field, to)| {
            let from = before.get(&field).cloned().unwrap_or(Value::Null);
            (field, json!({ "from": from, "to": to }))
        })
        .collect()
}
