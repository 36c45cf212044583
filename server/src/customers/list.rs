//! Lists customers, newest first, page by page, by what an index can answer under row security.
use super::Customer;
use super::profile::split_words;
use super::store::customer;
use super::store::term::{self, Wanted};
use crate::db::TenantTx;
use crate::tenants;
use rules::address::E164;
use serde::Serialize;
use uuid::Uuid;

/// Which customers. Everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Beginnings of words of the name or the company, or a whole e-mail address or phone number.
    pub search: Option<String>,
    /// One of these tags at least.
    pub tags_any: Vec<String>,
    /// All of these tags.
    pub tags_all: Vec<String>,
    /// active or archived; none: both.
    pub status: Option<String>,
    /// The last id of the page before.
    pub after: Option<Uuid>,
    /// 1 to 100.
    pub limit: i64,
}

/// A page of customers.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub customers: Vec<Customer>,
    /// Give it as `after` for the next page; none: this is the last.
    #[serde(serialize_with = "crate::ids::json::next_customer")]
    pub next: Option<Uuid>,
}

/// A page of the customers that the filter asks for.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> sqlx::Result<Page> {
    let limit = filter.limit.clamp(1, 100);
    let search = filter.search.as_deref().map(str::trim).unwrap_or_default();
    let address = if search.contains('@') {
        Some((search.to_lowercase(), String::new()))
    } else {
        E164::parse(search, &tenants::region(tx).await?)
            .ok()
            .map(|parsed| (String::new(), parsed.e164.to_string()))
    };
    if let Some((email, phone)) = address {
        let ids: Vec<Uuid> = customer::known_by(tx, &[email], &[phone])
            .await?
            .into_iter()
            .map(|known| known.id)
            .collect();
        return Ok(Page {
            customers: customer::load(tx, &ids).await?,
            next: None,
        });
    }
    let wanted = wanted(search, filter);
    let ids = if wanted.is_empty() {
        customer::newest(tx, filter.status.as_deref(), filter.after, limit + 1).await?
    } else {
        term::find(tx, &wanted, filter.status.as_deref(), filter.after, limit + 1).await?
    };
    let more = i64::try_from(ids.len()).unwrap_or(i64::MAX) > limit;
    let shown: Vec<Uuid> = ids
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(100))
        .collect();
    let mut customers = customer::load(tx, &shown).await?;
    customers.sort_unstable_by_key(|customer| std::cmp::Reverse(customer.id));
    Ok(Page {
        customers,
        next: if more { shown.last().copied() } else { None },
    })
}

/// Each search word and each tag of "all of" is a group of its own that must be met; the tags of "any of" share one.
fn wanted(search: &str, filter: &Filter) -> Vec<Wanted> {
    let mut group = 0;
    let mut next = || {
        group += 1;
        group
    };
    let mut wanted: Vec<Wanted> = split_words(search)
        .iter()
        .map(|word| Wanted::beginning(next(), word))
        .collect();
    wanted.extend(filter.tags_all.iter().map(|tag| Wanted::tag(next(), tag)));
    let any = next();
    wanted.extend(filter.tags_any.iter().map(|tag| Wanted::tag(any, tag)));
    wanted
}
