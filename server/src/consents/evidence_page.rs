//! The evidence of a customer as one HTML page that needs nothing else and prints well. Whatever people wrote is escaped.
use super::evidence::{Current, Event, Evidence, Reach};
use jiff::Timestamp;
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.5 Georgia,serif;max-width:52em;margin:2em auto;padding:0 1em;color:#111}\
h1{font-size:1.6em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #999}\
section.event{border:1px solid #bbb;padding:.2em 1em 1em;margin:1em 0;break-inside:avoid}\
dl{display:grid;grid-template-columns:13em 1fr;gap:.2em 1em;margin:0}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}\
blockquote{margin:0;padding:.4em .8em;background:#f3f3f3;white-space:pre-wrap}\
code{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}.bad{color:#a00;font-weight:bold}\
@media print{body{margin:0;max-width:none}section.event{border-color:#000}}";

impl Evidence {
    /// The page, complete: no script, no picture, no address of anything outside.
    pub fn page(&self) -> String {
        let mut page = Page(String::new());
        page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Consent of ");
        page.text(&self.customer);
        page.raw("</title><style>");
        page.raw(STYLE);
        page.raw("</style></head><body>\n<h1>Record of consent</h1>\n<dl>");
        page.row("Customer", &self.customer);
        page.row("Customer id", &self.customer_id);
        page.row("Business", &self.business);
        page.row("Name in messages", &self.sender_name);
        page.row("Tenant id", &self.tenant_id.to_string());
        page.row("Printed at (UTC)", &utc(self.made_at));
        page.raw("</dl>\n<h2>Addresses</h2>\n<dl>");
        for reach in &self.addresses {
            page.row(&reach.channel, &suppression(reach));
        }
        page.raw("</dl>\n<h2>In force</h2>\n");
        for current in &self.consents {
            page.current(current);
        }
        if self.consents.is_empty() {
            page.raw("<p>No consent was ever recorded.</p>\n");
        }
        page.raw("<h2>Every event, in the order of recording</h2>\n");
        for event in &self.events {
            page.event(event);
        }
        page.chain(self);
        page.raw("</body></html>\n");
        page.0
    }
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // a control or a turn of the writing direction could make the page read as something else
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => self.0.push('\u{fffd}'),
                letter if letter.is_control() && letter != '\n' && letter != '\t' => self.0.push('\u{fffd}'),
                letter => self.0.push(letter),
            }
        }
    }

    fn row(&mut self, name: &str, value: &str) {
        self.raw("<dt>");
        self.text(name);
        self.raw("</dt><dd>");
        self.text(value);
        self.raw("</dd>");
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        self.row(name, value.unwrap_or("not recorded"));
    }

    fn code(&mut self, name: &str, value: &str) {
        self.raw("<dt>");
        self.text(name);
        self.raw("</dt><dd><code>");
        self.text(value);
        self.raw("</code></dd>");
    }

    fn current(&mut self, current: &Current) {
        self.raw("<section class=\"event\"><h3>");
        self.text(&format!(
            "{}: {} for {}",
            current.channel, current.status, current.scope
        ));
        self.raw("</h3><dl>");
        self.maybe("Address", current.address.as_deref());
        self.row("Status", &current.status);
        self.maybe("At (UTC)", current.at.map(utc).as_deref());
        self.maybe("Source", current.source.as_deref());
        self.maybe("Method", current.method.as_deref());
        self.maybe("Notes", current.notes.as_deref());
        self.maybe("IP", current.ip.as_deref());
        self.maybe("Captured by", current.captured_by.as_deref());
        self.row(
            "Wording agreed to by an act",
            if current.has_disclosure { "yes" } else { "no" },
        );
        self.row(
            "Wording names the seller",
            if current.names_seller { "yes" } else { "no" },
        );
        self.row("Decided by event", &current.event_seq.to_string());
        self.raw("</dl></section>\n");
    }

    fn event(&mut self, event: &Event) {
        self.raw("<section class=\"event\"><h3>");
        self.text(&format!(
            "Event {}: {}, {}, {}",
            event.seq, event.channel, event.kind, event.scope
        ));
        self.raw("</h3><dl>");
        if event.is_detail_erased {
            self.row(
                "Personal part",
                "erased at the customer's request; the chain holds without it",
            );
        }
        self.maybe("Address", event.address.as_deref());
        self.row("Given at (UTC)", &utc(event.occurred_at));
        self.maybe("Given at (local)", event.occurred_at_local.as_deref());
        self.row("Recorded at (UTC)", &utc(event.recorded_at));
        self.row("Source", &event.source);
        self.row("Method", &event.method);
        self.maybe("Captured by", event.captured_by.as_deref());
        self.maybe("IP", event.ip.as_deref());
        self.maybe("Notes", event.notes.as_deref());
        self.maybe("Message that is the evidence", event.message_id.as_deref());
        self.raw("<dt>Wording shown</dt><dd>");
        match &event.disclosure_text {
            Some(wording) => {
                self.raw("<blockquote>");
                self.text(wording);
                self.raw("</blockquote>");
            }
            None => self.raw("not recorded"),
        }
        self.raw("</dd>");
        self.maybe("Wording names the seller", event.names_seller.map(yes));
        self.maybe("Affirmative act", event.affirmative_act.map(yes));
        let relied = &event.relied;
        self.row(
            "Messages that relied on it",
            &match (relied.first, relied.last) {
                (Some(first), Some(last)) => {
                    format!(
                        "{}, the first at {}, the last at {} UTC",
                        relied.messages,
                        utc(first),
                        utc(last)
                    )
                }
                (None, _) | (_, None) => "none".to_owned(),
            },
        );
        self.code("Event id", &event.id.to_string());
        self.code("Detail digest", &event.detail_digest);
        self.code("Salt", event.salt.as_deref().unwrap_or("erased"));
        self.code("Previous hash", &event.prev_hash);
        self.code("Hash", &event.hash);
        self.raw("</dl></section>\n");
    }

    fn chain(&mut self, evidence: &Evidence) {
        let verified = &evidence.chain.verification;
        self.raw("<h2>The chain</h2>\n<p>");
        if verified.is_whole() {
            self.text(&format!(
                "The whole ledger of this business, {} events, was checked when this page was made: nothing was changed, removed or reordered.",
                verified.events
            ));
        } else {
            self.raw("<span class=\"bad\">The ledger was checked when this page was made, and it is broken.</span> ");
            if let Some(fault) = &verified.first_bad {
                self.text(&format!("Event {}: {}.", fault.seq, fault.what));
            }
        }
        self.raw("</p>\n<dl>");
        self.code("Genesis", &evidence.chain.genesis);
        self.code("Head", &verified.head);
        self.raw("</dl>\n<p>");
        self.text(evidence.chain.how_to_verify);
        self.raw("</p>\n");
    }
}

fn suppression(reach: &Reach) -> String {
    let mut said = reach.address.clone();
    if let (Some(scope), Some(reason), Some(at)) = (
        &reach.suppressed_scope,
        &reach.suppressed_reason,
        reach.suppressed_at,
    ) {
        // writing to a String never fails
        let _ = write!(said, " (suppressed for {scope} since {} UTC: {reason})", utc(at));
    }
    said
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
