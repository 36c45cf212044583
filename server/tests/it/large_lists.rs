//! Customers of a large list are found alike whichever way the search takes: by a rare term, among the newest, or in whole ranges.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
use crate::support::{World, world};
use server::customers::{self, Filter};

/// More than is read of a range before it counts as frequent.
const CUSTOMERS: usize = 12_000;

/// Number n is called `Any<n>`. All are tagged `all`, the first half `old`, every second `even`, every thousandth `rare`; every
/// hundredth is archived.
async fn seeded() -> World {
    let world = world().await;
    world
        .run(&format!(
            "insert into customers (tenant_id, id, first_name, phone_raw, phone_status, tags, status, created_by, updated_by, created_at, updated_at)
             select $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Any' || n, 'none', 'invalid',
                    to_jsonb(array_remove(array['all', case when n <= {CUSTOMERS} / 2 then 'old' end, case when n % 2 = 0 then 'even' end,
                             case when n % 1000 = 0 then 'rare' end], null)),
                    case when n % 100 = 0 then 'archived' else 'active' end, 'test', 'test', now(), now()
             from generate_series(1, {CUSTOMERS}) n"
        ))
        .await;
    world
        .run(
            "insert into customer_terms (tenant_id, kind, term, customer_id)
             select tenant_id, 'tag', jsonb_array_elements_text(tags), id from customers where tenant_id = $1
             union all select tenant_id, 'word', lower(first_name), id from customers where tenant_id = $1",
        )
        .await;
    world
}

/// The numbers of those found, page after page.
async fn found(world: &World, filter: &Filter, pages: usize) -> Vec<usize> {
    let mut filter = filter.clone();
    let mut numbers = Vec::new();
    for _ in 0..pages {
        let mut tx = world.tx().await;
        let page = customers::list(&mut tx, &filter).await.unwrap();
        numbers.extend(page.customers.iter().map(|customer| {
            let name = customer.profile.first_name.as_deref().unwrap();
            name.strip_prefix("Any").unwrap().parse::<usize>().unwrap()
        }));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    numbers
}

fn wanted(search: Option<&str>, all: &[&str], any: &[&str], status: Option<&str>) -> Filter {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    Filter {
        search: search.map(str::to_owned),
        tags_all: owned(all),
        tags_any: owned(any),
        status: status.map(str::to_owned),
        limit: 20,
        ..Filter::default()
    }
}

fn newest(matches: impl Fn(usize) -> bool, most: usize) -> Vec<usize> {
    (1..=CUSTOMERS).rev().filter(|n| matches(*n)).take(most).collect()
}

#[tokio::test]
async fn a_search_finds_the_same_whichever_way_it_takes() {
    let world = seeded().await;
    let is_old = |n: usize| n <= CUSTOMERS / 2;
    // one tag, off the index
    let tag = wanted(None, &["even"], &[], None);
    assert_eq!(found(&world, &tag, 3).await, newest(|n| n % 2 == 0, 60));
    let tag = wanted(None, &["even"], &[], Some("archived"));
    assert_eq!(found(&world, &tag, 2).await, newest(|n| n % 100 == 0, 40));
    // a rare one leads
    let rare = wanted(Some("any"), &["rare", "old"], &[], None);
    assert_eq!(
        found(&world, &rare, 2).await,
        newest(|n| n % 1000 == 0 && is_old(n), 40)
    );
    let rare = wanted(None, &["even"], &["rare", "unheard"], Some("active"));
    assert_eq!(found(&world, &rare, 2).await, Vec::<usize>::new());
    let word = wanted(Some("any1199"), &["all"], &[], None);
    assert_eq!(
        found(&world, &word, 2).await,
        newest(|n| n == 1199 || n / 10 == 1199, 40)
    );
    // all are frequent, one has few terms, and they meet among its newest
    let both = wanted(Some("any"), &["even"], &[], Some("active"));
    assert_eq!(
        found(&world, &both, 3).await,
        newest(|n| n % 2 == 0 && n % 100 != 0, 60)
    );
    let several = wanted(Some("any"), &["even"], &["old", "all"], None);
    assert_eq!(found(&world, &several, 3).await, newest(|n| n % 2 == 0, 60));
    // all are frequent and of many terms
    let words = wanted(Some("a any"), &[], &[], Some("active"));
    assert_eq!(found(&world, &words, 3).await, newest(|n| n % 100 != 0, 60));
    let words = wanted(Some("any an"), &[], &[], Some("archived"));
    assert_eq!(found(&world, &words, 9).await, newest(|n| n % 100 == 0, 180));
    // terms of one group end at different customers
    let uneven = wanted(Some("any"), &[], &["old", "even"], None);
    assert_eq!(
        found(&world, &uneven, 9).await,
        newest(|n| is_old(n) || n % 2 == 0, 180)
    );
    // the newest of one end before the newest of the other begin: those between are not forgotten
    let gap = Filter {
        limit: 40,
        ..wanted(None, &[], &["old", "even"], Some("archived"))
    };
    assert_eq!(found(&world, &gap, 2).await, newest(|n| n % 100 == 0, 80));
    // all are frequent, and none of the newest has them
    let old = wanted(Some("any"), &["old"], &[], None);
    assert_eq!(found(&world, &old, 3).await, newest(is_old, 60));
    let old = wanted(Some("any"), &["old"], &[], Some("archived"));
    assert_eq!(
        found(&world, &old, 4).await,
        newest(|n| is_old(n) && n % 100 == 0, 80)
    );
    // the last page is the last
    let last = wanted(Some("any"), &["rare"], &[], None);
    assert_eq!(found(&world, &last, 9).await, newest(|n| n % 1000 == 0, 99));
}
