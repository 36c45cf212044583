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

/// From how many terms on a group counts as frequent, and how many of the newest customers are looked at one by one.
const FREQUENT: i64 = 5_000;
/// Up to how many different terms a group counts as narrow.
const NARROW: i64 = 40;
/// How many customers the terms of a narrow group give together, and each of them at least.
const NEWEST: (i64, i64) = (3_000, 200);

/// The newest customers that meet every group, before `after`. One tag is read off its index in order. Else the group with the fewest
/// terms leads, if it is a short one. When all are long, matches are many, and the newest are looked at one by one: of a group
/// with few different terms, or of all customers. Only when these are too few are the ranges read whole.
pub async fn find(
    tx: &mut TenantTx,
    wanted: &[Wanted],
    status: Option<&str>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let page = Paging { status, after, limit };
    if let [only] = wanted
        && only.from == only.to
    {
        return of_one_term(tx, only, &page).await;
    }
    let ranges = Ranges::of(wanted);
    let counted = count(tx, &ranges).await?;
    if let Some(rarest) = counted.iter().min_by_key(|group| group.terms)
        && rarest.terms < FREQUENT
    {
        return led_by(tx, rarest.group, &ranges, &page).await;
    }
    let found = match counted.iter().min_by_key(|group| group.different) {
        Some(narrow) if narrow.different <= NARROW => newest_of_terms(tx, narrow, &ranges, &page).await?,
        Some(_) | None => among_newest(tx, &ranges, &page).await?,
    };
    if i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit {
        return Ok(found);
    }
    in_whole_ranges(tx, &ranges, &page).await
}

struct Paging<'a> {
    status: Option<&'a str>,
    after: Option<Uuid>,
    limit: i64,
}

/// What is wanted, column by column.
struct Ranges {
    groups: Vec<i32>,
    kinds: Vec<String>,
    from: Vec<String>,
    to: Vec<String>,
    /// How many groups there are.
    count: i64,
}

impl Ranges {
    fn of(wanted: &[Wanted]) -> Self {
        let groups: Vec<i32> = wanted.iter().map(|one| one.group).collect();
        let mut distinct = groups.clone();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            groups,
            kinds: wanted.iter().map(|one| one.kind.to_owned()).collect(),
            from: wanted.iter().map(|one| one.from.clone()).collect(),
            to: wanted.iter().map(|one| one.to.clone()).collect(),
            count: i64::try_from(distinct.len()).unwrap_or(i64::MAX),
        }
    }
}

async fn of_one_term(tx: &mut TenantTx, only: &Wanted, page: &Paging<'_>) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_file_scalar!(
        "src/customers/find_of_one_term.sql",
        tenant,
        only.kind,
        &only.from,
        page.after,
        page.status,
        page.limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// How large a group is: its terms, counted to `FREQUENT` per range, and how many of them differ, to one more than `NARROW`.
struct Counted {
    group: i32,
    terms: i64,
    different: i64,
}

async fn count(tx: &mut TenantTx, ranges: &Ranges) -> sqlx::Result<Vec<Counted>> {
    let tenant = tx.id();
    let rows = sqlx::query_file!(
        "src/customers/find_count.sql",
        tenant,
        &ranges.groups,
        &ranges.kinds,
        &ranges.from,
        &ranges.to,
        FREQUENT,
        NARROW + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Counted {
            group: row.grp,
            terms: row.terms,
            different: row.different,
        })
        .collect())
}

/// Those who match of the newest customers of a narrow group.
async fn newest_of_terms(
    tx: &mut TenantTx,
    narrow: &Counted,
    ranges: &Ranges,
    page: &Paging<'_>,
) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    let (all, each) = NEWEST;
    sqlx::query_file_scalar!(
        "src/customers/find_newest_of_terms.sql",
        tenant,
        &ranges.groups,
        &ranges.kinds,
        &ranges.from,
        &ranges.to,
        page.after,
        page.status,
        ranges.count,
        page.limit,
        narrow.group,
        (all / narrow.different.max(1)).max(each),
    )
    .fetch_all(tx.conn())
    .await
}

async fn led_by(
    tx: &mut TenantTx,
    group: i32,
    ranges: &Ranges,
    page: &Paging<'_>,
) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_file_scalar!(
        "src/customers/find_led_by.sql",
        tenant,
        &ranges.groups,
        &ranges.kinds,
        &ranges.from,
        &ranges.to,
        page.after,
        page.status,
        ranges.count,
        page.limit,
        group,
    )
    .fetch_all(tx.conn())
    .await
}

/// Those who match of the newest `FREQUENT` customers.
async fn among_newest(tx: &mut TenantTx, ranges: &Ranges, page: &Paging<'_>) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_file_scalar!(
        "src/customers/find_among_newest.sql",
        tenant,
        &ranges.groups,
        &ranges.kinds,
        &ranges.from,
        &ranges.to,
        page.after,
        page.status,
        ranges.count,
        page.limit,
        FREQUENT,
    )
    .fetch_all(tx.conn())
    .await
}

async fn in_whole_ranges(tx: &mut TenantTx, ranges: &Ranges, page: &Paging<'_>) -> sqlx::Result<Vec<Uuid>> {
    let tenant = tx.id();
    sqlx::query_file_scalar!(
        "src/customers/find_in_whole_ranges.sql",
        tenant,
        &ranges.groups,
        &ranges.kinds,
        &ranges.from,
        &ranges.to,
        page.after,
        page.status,
        ranges.count,
        page.limit,
    )
    .fetch_all(tx.conn())
    .await
}
