//! `courtesy doctor --deep`: every check over every tenant, a line each, with the rows that offend below it.
use crate::commands::demo;
use crate::commands::report::page::{Page, number};
use crate::commands::screen;
use crate::commands::session::Session;
use crate::doctor::deep::{self, Examined};
use crate::tenants;
use anyhow::ensure;
use jiff::Timestamp;
use serde::Serialize;

/// What was found, for `--json`.
#[derive(Debug, Serialize)]
pub struct Examination {
    pub at: Timestamp,
    pub offences: u64,
    pub tenants: Vec<OfTenant>,
    /// Left out when one tenant is asked for.
    pub installation: Option<Vec<Examined>>,
}

#[derive(Debug, Serialize)]
pub struct OfTenant {
    pub slug: String,
    pub checks: Vec<Examined>,
}

/// Examines all tenants and the installation, or the tenant of that slug. An error when anything offends.
pub async fn run(session: &Session, slug: Option<&str>) -> anyhow::Result<()> {
    let open = session
        .open_with(demo::clock_of(&session.settings)?, None)
        .await?;
    let slugs = match slug {
        Some(slug) => vec![slug.to_owned()],
        None => tenants::list(&open)
            .await?
            .into_iter()
            .map(|tenant| tenant.slug)
            .collect(),
    };
    let mut of_tenants = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let tenant = tenants::by_slug(&open, &slug).await?;
        let checks = deep::tenant(&open, tenant).await?;
        of_tenants.push(OfTenant { slug, checks });
    }
    let installation = match slug {
        Some(_) => None,
        None => Some(deep::installation(&open, &session.journal()).await?),
    };
    let checks = of_tenants.iter().flat_map(|one| &one.checks);
    let offences = checks
        .chain(installation.iter().flatten())
        .map(|check| check.offences)
        .sum();
    let found = Examination {
        at: open.clock.now(),
        offences,
        tenants: of_tenants,
        installation,
    };
    if session.settings.json {
        screen::json(&found)?;
    } else {
        screen::page(&page(&found));
    }
    open.close().await?;
    ensure!(
        offences == 0,
        "{} rows should not be as they are: see above",
        number(offences)
    );
    Ok(())
}

/// The page for people.
pub fn page(found: &Examination) -> Page {
    let mut page = Page::default();
    for tenant in &found.tenants {
        page.heading(&tenant.slug, "");
        show(&mut page, &tenant.checks);
    }
    if let Some(checks) = &found.installation {
        page.heading("The installation", "");
        show(&mut page, checks);
    }
    page.line("");
    page.dim(&format!(
        "  at {} UTC; what is overdue is overdue by then",
        found.at.strftime("%Y-%m-%d %H:%M")
    ));
    page
}

fn show(page: &mut Page, checks: &[Examined]) {
    for check in checks {
        let aside = if check.holds() {
            format!("{} looked at", number(check.looked_at))
        } else {
            format!("{} of {}", number(check.offences), number(check.looked_at))
        };
        page.check(check.holds(), check.says, &aside);
        if check.holds() {
            continue;
        }
        page.hanging("      ", &format!("{}: {}", check.check, check.because));
        for row in &check.rows {
            page.line(&format!("      {} {}", row.table, row.id));
            page.hanging("        ", &row.what);
        }
        let named = check.rows.len() as u64;
        if check.offences > named {
            page.dim(&format!("      and {} more", number(check.offences - named)));
        }
    }
}
