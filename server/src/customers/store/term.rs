//! The SQL of what customers are found by. Row security turns off GIN and LIKE; ranges over plain text stay.
use crate::customers::Profile;
use crate::db::TenantTx;
use uuid::Uuid;

/// A range of terms that is wanted; of each group one must be met.
#[derive(Debug, Clone)]
pub struct Wanted {
    group: i32,
    kind: &'static str,
    from: String,
    to: String,
}

impl Wanted {
    /// A word that begins so.
    pub fn beginning(group: i32, word: &str) -> Self {
        // the last character of Unicode: in the order of bytes nothing that begins with the word comes after it
        Self {
            group,
            kind: "word",
            from: word.to_owned(),
            to: format!("{word}\u{10FFFF}"),
        }
    }

    /// Just this tag.
    pub fn tag(group: i32, tag: &str) -> Self {
        let tag = tag.trim().to_lowercase();
        Self {
            group,
            kind: "tag",
            from: tag.clone(),
            to: tag,
        }
    }
}

pub async fn clear(tx: &mut TenantTx, customers: &[Uuid]) -> sqlx::Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    let tenant = tx.id();
    sqlx::query!(
        "delete from customer_terms where tenant_id = $1 and customer_id = any($2)",
        tenant,
        customers
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Sorted before they are inserted, for the index's sake.
pub async fn insert<'a>(
    tx: &mut TenantTx,
    profiles: impl Iterator<Item = (Uuid, &'a Profile)>,
) -> sqlx::Result<()> {
    let mut terms: Vec<(&'static str, String, Uuid)> = Vec::new();
    for (id, profile) in profiles {
        terms.extend(profile.tags.iter().map(|tag| ("tag", tag.clone(), id)));
        terms.extend(profile.words().into_iter().map(|word| ("word", word, id)));
    }
    if terms.is_empty() {
        return Ok(());
    }
    terms.sort_unstable();
    let kinds: Vec<String> = terms.iter().map(|(kind, _, _)| (*kind).to_owned()).collect();
    let customers: Vec<Uuid> = terms.iter().map(|(_, _, id)| *id).collect();
    let words: Vec<String> = terms.into_iter().map(|(_, word, _)| word).collect();
    let tenant = tx.id();
    sqlx::query!(
        r#"insert into customer_terms (tenant_id, kind, term, customer_id)
           select $1, t.kind, t.term, t.customer_id
           from unnest($2::text[], $3::text[], $4::uuid[]) as t (kind, term, customer_id)
           on conflict do nothing"#,
        tenant,
        &kinds,
        &words,
        &customers,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The newest customers that meet every group, before `after`.
pub async fn find(
    tx: &mut TenantTx,
    wanted: &[Wanted],
    status: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let groups: Vec<i32> = wanted.iter().map(|one| one.group).collect();
    let kinds: Vec<String> = wanted.iter().map(|one| one.kind.to_owned()).collect();
    let from: Vec<String> = wanted.iter().map(|one| one.from.clone()).collect();
    let to: Vec<String> = wanted.iter().map(|one| one.to.clone()).collect();
    let mut distinct = groups.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select t.customer_id
           from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as w (grp, kind, low, high)
           join customer_terms t
             on t.tenant_id = $1 and t.kind = w.kind
            and t.term >= w.low collate "C" and t.term <= w.high collate "C"
           join customers c on c.tenant_id = $1 and c.id = t.customer_id and ($7::text is null or c.status = $7)
           where $6::uuid is null or t.customer_id < $6
           group by t.customer_id
           having count(distinct w.grp) = $8
           order by t.customer_id desc
           limit $9"#,
        tenant,
        &groups,
        &kinds,
        &from,
        &to,
        after,
        status,
        i64::try_from(distinct.len()).unwrap_or(i64::MAX),
        limit,
    )
    .fetch_all(tx.conn())
    .await
}
