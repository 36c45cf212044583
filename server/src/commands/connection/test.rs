//! `courtesy connection test`: sends a test through a connection, by the way of all messages, and says what became of it.
use super::One;
use crate::commands::screen;
use crate::commands::session::Open;
use crate::db::TenantId;
use crate::ids::Noun;
use crate::messages::try_out::try_out;
use crate::reports::mask::Addresses;
use crate::reports::{self, words};
use clap::Args;
use rules::verdict::{StopReason, Verdict};
use serde_json::json;
use std::time::Duration;

/// How often the message is looked at while `courtesy serve` works.
const STEP: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub struct Test {
    #[command(flatten)]
    one: One,
    /// Who gets it: somebody with consent on record, in their daytime. The gate asks as for any other message. Five a day at most.
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// The address is your own, and you agree to get tests there: your name. It is taken down in the consent ledger, once, for tests alone.
    /// Refused for an address that opted out; a customer's is not yours to say.
    #[arg(long, value_name = "YOUR NAME")]
    mine: Option<String>,
    /// Wait so many seconds for `courtesy serve` to send it.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    wait: u32,
}

/// What became of it.
struct Outcome {
    status: String,
    says: String,
}

impl Outcome {
    /// It will not arrive. What waits, or of which nobody knows, may.
    fn is_a_failure(&self) -> bool {
        ["undelivered", "failed", "stopped", "cancelled"].contains(&self.status.as_str())
    }
}

impl Test {
    pub async fn run(self, open: &Open, as_json: bool) -> anyhow::Result<()> {
        let tenant = self.one.of.id(open).await?;
        let mut tx = open.tenant(tenant).await?;
        let test = try_out(&mut tx, &self.one.name, &self.to, self.mine.as_deref()).await?;
        let verdict = test.foretold.as_ref().map(|foretold| &foretold.decision.verdict);
        if let Some(Verdict::Stop { why }) = verdict {
            // dropped, not committed: nothing is left of it
            anyhow::bail!(
                "the gate would stop it: {}. Nothing was queued{}",
                words::reason(why.name()),
                way_out(*why, test.is_known)
            );
        }
        let held_by = test
            .foretold
            .as_ref()
            .and_then(|foretold| foretold.first_hold.as_ref())
            .and_then(|decision| match decision.verdict {
                Verdict::Hold { why, .. } => Some(why),
                Verdict::Send { .. } | Verdict::Stop { .. } => None,
            });
        // a hold without an end waits for somebody, not for a time
        let until = test
            .foretold
            .as_ref()
            .filter(|foretold| foretold.holds > 0)
            .map(|foretold| foretold.at);
        tx.commit().await?;
        if let Some(taken_down) = test.taken_down.as_ref().filter(|_| !as_json) {
            screen::say(format!(
                "Recorded as event {} of the consent ledger: \"{}\"",
                taken_down.event, taken_down.wording
            ));
        }
        let id = Noun::Message.show(test.message);
        let mut outcome = self.look(open, tenant, test.message).await?;
        if let Some(why) = held_by {
            let why = words::reason(why.name());
            outcome.says = match until {
                Some(until) => format!("held until {until}: {why}"),
                None => format!("held: {why}"),
            };
        } else {
            for _ in 0..self.wait.saturating_mul(2) {
                if !["queued", "sending"].contains(&outcome.status.as_str()) {
                    break;
                }
                tokio::time::sleep(STEP).await;
                outcome = self.look(open, tenant, test.message).await?;
            }
        }
        if as_json {
            screen::json(&json!({
                "message": id, "status": outcome.status, "says": outcome.says, "held_until": until,
                "taken_down": test.taken_down,
            }))?;
        } else {
            screen::say(format!("{id}: {}, {}", outcome.status, outcome.says));
        }
        anyhow::ensure!(!outcome.is_a_failure(), "the test did not arrive: see above");
        Ok(())
    }

    async fn look(&self, open: &Open, tenant: TenantId, message: uuid::Uuid) -> anyhow::Result<Outcome> {
        let mut tx = open.tenant(tenant).await?;
        let why = reports::why(&mut tx, message, Addresses::Masked)
            .await?
            .ok_or_else(|| anyhow::anyhow!("the message is gone"))?;
        let says = if why.status == "queued" && why.looks.is_empty() {
            "the gate has not looked at it yet: `courtesy serve` sends it".to_owned()
        } else if let Some(external_id) = &why.external_id {
            format!("{}; its provider took it as {external_id}", why.end)
        } else {
            why.end
        };
        Ok(Outcome {
            status: why.status,
            says,
        })
    }
}

/// What helps whom the gate stops for want of a consent.
fn way_out(why: StopReason, is_known: bool) -> &'static str {
    match (why, is_known) {
        (StopReason::ConsentUnknown, false) => ". If the address is your own, say so: --mine \"YOUR NAME\"",
        (StopReason::ConsentUnknown, true) => {
            ". A customer has the address: record what they agreed to with `courtesy consent record`"
        }
        _ => "",
    }
}
