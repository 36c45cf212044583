//! `courtesy connection providers`, `list` and `show`.
use super::{Of, Show};
use crate::commands::screen;
use crate::commands::session::Open;
use crate::connections::{self, Connection};
use providers::email::UNSUBSCRIBE_MAILBOX;
use serde_json::{Value, json};

/// The longest value that is shown whole to a person, in letters; to machines all are.
const LONGEST_SHOWN: usize = 120;

/// What can be connected to. Needs no database.
pub fn providers(as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let all: Vec<Value> = providers::PROVIDERS
            .iter()
            .map(|provider| {
                let fields: Vec<Value> = provider
                    .fields
                    .iter()
                    .map(|field| {
                        json!({
                            "name": field.name, "help": field.help, "example": field.example,
                            "is_secret": field.is_secret, "is_required": field.is_required,
                        })
                    })
                    .collect();
                let channels: Vec<&str> = provider.channels.iter().map(|channel| channel.name()).collect();
                json!({
                    "name": provider.name, "title": provider.title, "channels": channels,
                    "fields": fields, "hook_is_entered": provider.hooks,
                })
            })
            .collect();
        return screen::json(&all);
    }
    for provider in providers::PROVIDERS {
        let channels: Vec<&str> = provider.channels.iter().map(|channel| channel.name()).collect();
        screen::say(format!(
            "{}: {}, carries {}",
            provider.name,
            provider.title,
            channels.join(", ")
        ));
        let mut table = screen::table(["field", "is", "example"]);
        for field in provider.fields {
            let marks = match (field.is_required, field.is_secret) {
                (true, true) => " (required, secret)",
                (true, false) => " (required)",
                (false, true) => " (secret)",
                (false, false) => "",
            };
            table.add_row([
                format!("{}{marks}", field.name),
                field.help.to_owned(),
                field.example.to_owned(),
            ]);
        }
        screen::say(table);
        if let Some(entered) = provider.hooks {
            screen::say(format!(
                "It tells us what happens; our address is entered there: {entered}."
            ));
        }
        screen::say("");
    }
    Ok(())
}

pub async fn list(open: &Open, of: Of, as_json: bool) -> anyhow::Result<()> {
    let mut tx = open.tenant(of.id(open).await?).await?;
    let all = connections::list(&mut tx).await?;
    if as_json {
        return screen::json(&all);
    }
    let mut table = screen::table(["name", "channel", "provider", "sender", "carries", "state"]);
    for one in all {
        let state = state(&one);
        let carries = match one.stands_in_for {
            Some(other) => format!("in place of {other}"),
            None => one.carries,
        };
        table.add_row([one.name, one.channel, one.provider, one.sender, carries, state]);
    }
    screen::say(table);
    Ok(())
}

pub async fn one(open: &Open, asked: Show, as_json: bool) -> anyhow::Result<()> {
    let mut tx = open.tenant(asked.one.of.id(open).await?).await?;
    let shown = connections::show(open, &mut tx, &asked.one.name, asked.show_hook_url).await?;
    if as_json {
        return screen::json(&shown);
    }
    let one = &shown.connection;
    let mut table = screen::table(["", "is"]);
    let mut row = |name: &str, is: String| {
        table.add_row([name.to_owned(), is]);
    };
    row("channel", one.channel.clone());
    row("provider", one.provider.clone());
    row("sender", one.sender.clone());
    if let Some(registration) = &one.registration {
        row("registration", registration.clone());
    }
    row(
        "carries",
        match &one.stands_in_for {
            Some(other) => format!("in place of {other} while its provider is out"),
            None => one.carries.clone(),
        },
    );
    row("state", state(one));
    row(
        "verified",
        one.verified_at
            .map_or_else(|| "never".to_owned(), |at| at.to_string()),
    );
    if let (Some(says), Some(at)) = (&one.account_says, one.account_said_at) {
        row("its provider says", format!("{says} (asked at {at})"));
    }
    for field in &shown.fields {
        let is = match (&field.value, field.is_set) {
            (Some(value), _) => shortened(value),
            (None, true) => "set, secret".to_owned(),
            (None, false) => "not set".to_owned(),
        };
        let is = match shown.offers_mailbox {
            Some(true) if field.name == UNSUBSCRIBE_MAILBOX => format!("{is} (offered to readers)"),
            Some(false) if field.name == UNSUBSCRIBE_MAILBOX => {
                format!("{is} (not offered: no mail to it was heard yet; send one)")
            }
            Some(_) | None => is,
        };
        row(field.name, is);
    }
    if let Some(key) = &shown.sealed_under {
        row("sealed under", key.clone());
    }
    if let Some(problem) = &shown.problem {
        row("problem", problem.clone());
    }
    screen::say(table);
    if let Some(hook) = &shown.hook {
        screen::say(format!(
            "Its provider has to know where to tell us what happens ({}):",
            hook.entered
        ));
        screen::say(format!(
            "  {}",
            hook.url
                .as_deref()
                .unwrap_or("--show-hook-url shows the address, which holds a token")
        ));
    }
    if asked.show_hook_url && shown.hook.is_some() {
        without_public_url(open);
    }
    Ok(())
}

/// A certificate fills a screen: its beginning, and how much there is.
fn shortened(value: &str) -> String {
    let letters = value.chars().count();
    if letters <= LONGEST_SHOWN {
        return value.to_owned();
    }
    let beginning: String = value.chars().take(LONGEST_SHOWN / 2).collect();
    format!("{beginning}… ({letters} characters)")
}

/// Says so where the addresses of hooks are paths only.
pub fn without_public_url(open: &Open) {
    if open.public_url.is_none() {
        screen::say(
            "That is its path: --public-url (COURTESY_PUBLIC_URL) says where this installation is reached from outside.",
        );
    }
}

/// RFC 8058, 3.1: the link of one click is https.
pub fn without_unsubscribing(open: &Open) {
    let is_https = |url: &String| url.starts_with("https://");
    if !open.public_url.as_ref().is_some_and(is_https) {
        screen::say(
            "Its mails carry no List-Unsubscribe as long as `serve` has no --public-url (COURTESY_PUBLIC_URL) that begins with https://. \
             Gmail, Yahoo and Outlook want it of marketing, which waits until then.",
        );
    }
}

fn state(one: &Connection) -> String {
    let mut state = if one.is_active { "in use" } else { "not in use" }.to_owned();
    if one.verified_at.is_none() {
        state.push_str(", not verified");
    }
    match one.unavailable_reason.as_deref() {
        Some("outage") => state.push_str(", its provider is out"),
        Some("account") => state.push_str(", its account is refused"),
        Some("unopened") => state.push_str(", it can't be opened: look at the key file"),
        Some(_) => state.push_str(", switched off"),
        None => {}
    }
    state
}
