//! `courtesy why`: the recorded decisions about a message, in plain words.
use super::report::addresses;
use super::report::page::{Page, mark};
use super::screen;
use super::session::Session;
use crate::ids::Noun;
use crate::reports::{self, GateLook, shortened, words};
use crate::tenants;
use anyhow::Context;
use clap::Args;
use console::style;

/// As much of a text as is shown.
const SHOWN: usize = 90;

#[derive(Debug, Args)]
pub struct Why {
    /// The message: msg_ and 32 hexadecimal digits, as reports and timelines show it.
    #[arg(value_name = "msg_…")]
    message: String,
    /// The tenant's slug; looked up when not given.
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// Show phone numbers and e-mail addresses whole.
    #[arg(long)]
    show_addresses: bool,
}

impl Why {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let message = Noun::Message
            .read(&self.message)
            .map_err(|error| anyhow::anyhow!("message: {error}"))?;
        let open = session.open().await?;
        let slug = match self.tenant {
            Some(slug) => slug,
            None => reports::tenant_of(&open, message)
                .await?
                .with_context(|| format!("message: no tenant has a message {}", self.message))?,
        };
        let tenant = tenants::by_slug(&open, &slug).await?;
        let mut tx = open.tenant(tenant).await?;
        let why = reports::why(&mut tx, message, addresses(self.show_addresses))
            .await?
            .with_context(|| format!("message: `{slug}` has no message {}", self.message))?;
        if session.settings.json {
            return screen::json(&why);
        }
        let mut page = Page::default();
        show(&mut page, &why);
        screen::page(&page);
        Ok(())
    }
}

/// Puts the record of a message on the page.
pub fn show(page: &mut Page, why: &reports::Why) {
    page.title(&format!("Why {}?", why.message));
    let what = match (&why.campaign, why.touch) {
        (Some(campaign), Some(touch)) => format!("touch {touch} of \"{campaign}\""),
        _ => words::plain(&why.purpose),
    };
    let line = |page: &mut Page, name: &str, text: &str| page.hanging(&format!("  {name:<10} "), text);
    line(
        page,
        "what",
        &format!("{what}, by {}", words::channel(&why.channel)),
    );
    if let Some(subject) = &why.subject {
        line(page, "subject", &shortened(subject, SHOWN));
    }
    line(page, "text", &format!("“{}”", shortened(&why.body, SHOWN)));
    if why.direction == "inbound" {
        line(page, "from", &why.to);
        line(page, "received", &why.created.local);
    } else {
        line(page, "to", &why.to);
        line(page, "made", &why.created.local);
    }
    if let Some(due) = &why.first_due {
        line(page, "due", &due.local);
    }
    page.dim(&format!("  the times are those of {}", why.zone));
    for (index, look) in why.looks.iter().enumerate() {
        decision(page, index + 1, look);
    }
    if why.looks.is_empty() && why.direction == "outbound" {
        page.heading("The gate", "");
        page.line("  has not looked at it yet");
    }
    if let Some(external_id) = &why.external_id {
        let provider = why.provider.as_deref().unwrap_or("the provider");
        page.heading("What the provider said", "");
        let says = format!("{provider} took it as {external_id}, at attempt {}", why.attempts);
        page.hanging("  ", &says);
    } else if why.attempts > 0 {
        page.heading("What the provider said", "");
        page.line(&format!(
            "  it was handed over {} times; none was confirmed",
            why.attempts
        ));
    }
    for report in &why.reports {
        page.hanging(&format!("  {:<16}  ", report.when.local), &report.says);
    }
    if let Some(settled) = &why.settled {
        page.heading("Settled by a person", "");
        let says = format!("{}: {}", settled.by, settled.because);
        page.hanging(&format!("  {:<16}  ", settled.when.local), &says);
    }
    page.heading("The end", "");
    page.hanging("  ", &format!("{}: {}", words::plain(&why.status), why.end));
}

fn decision(page: &mut Page, number: usize, look: &GateLook) {
    let verdict = match look.verdict.as_str() {
        "send" => style("send".to_owned()).green(),
        "hold" => {
            let until = look
                .until
                .as_ref()
                .map_or("that ends", |until| until.local.as_str());
            style(format!("hold until {until}")).yellow()
        }
        other => style(other.to_owned()).red(),
    };
    let why = look
        .words
        .as_ref()
        .map(|words| format!(": {words}"))
        .unwrap_or_default();
    page.heading(
        &format!("Look {number} of the gate, {}", look.when.local),
        &look.zones.join(", "),
    );
    page.line(&format!("  {verdict}{why}"));
    for finding in &look.findings {
        page.hanging(
            &format!("    {} {:<5} ", mark(finding.passed), finding.rule),
            &finding.said,
        );
    }
}
