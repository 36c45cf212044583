//! What a row of a list of customers says of consent, and what that proves.
use super::Note;
use super::columns::Columns;
use super::customer_row::{Context, Read, Wrong, country, whole};
use super::table::Row;
use crate::consents::opt_outs::OptOut;
use crate::consents::{LONGEST_NOTES, NewConsent, Source};
use crate::dates::{self, Day};
use jiff::Timestamp;
use rules::address::{E164, Email};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use uuid::Uuid;

/// What a row says of consent to texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Yes, with a date and a method: proof.
    Yes {
        at: Timestamp,
        method: ConsentMethod,
        source: Option<String>,
        disclosure: Option<String>,
    },
    /// No: recorded apart, see `opt_outs`.
    No,
    /// Yes without proof, or nothing.
    Unproven,
}

/// What the row says of texts. A yes without its date or method proves nothing.
pub(super) fn texts(
    columns: &Columns,
    row: &Row,
    context: &Context,
    notes: &mut Vec<Note>,
) -> Result<Said, Wrong> {
    let cell = |field: &str| columns.cell(&row.cells, field);
    let said = cell("consent").to_lowercase();
    let date = |day| match cell("consent_date") {
        "" => Ok(None),
        text => dates::read(text, &context.zone, context.region == "US", day)
            .map(Some)
            .map_err(|why| (columns.header("consent_date"), why)),
    };
    if is_no(&said) {
        return Ok(Said::No);
    }
    if !is_yes(&said) {
        return Ok(Said::Unproven);
    }
    let Some(at) = date(Day::Begins)? else {
        let said = "consent: a yes without a date proves nothing: unknown, never texted".to_owned();
        notes.push(Note { line: row.line, said });
        return Ok(Said::Unproven);
    };
    if at > context.now {
        let why = format!(
            "`{}` lies in the future; consent is recorded after it was given",
            cell("consent_date")
        );
        return Err((columns.header("consent_date"), why));
    }
    let own = |field: &str| Some(cell(field).to_owned()).filter(|text| !text.is_empty());
    Ok(match method(cell("consent_method")) {
        Some(method) => Said::Yes {
            at,
            method,
            source: own("consent_source"),
            disclosure: own("disclosure"),
        },
        None => {
            let said =
                "consent: a yes without how it was given proves nothing: unknown, never texted".to_owned();
            notes.push(Note { line: row.line, said });
            Said::Unproven
        }
    })
}

/// What the row refuses, bound to the addresses as they stand in it: it counts whoever has them and whatever becomes of the row.
pub(super) fn opt_outs(columns: &Columns, row: &Row, context: &Context) -> Vec<OptOut> {
    let cell = |field: &str| columns.cell(&row.cells, field);
    let out = |channel, address, at| OptOut {
        line: row.line,
        channel,
        address,
        at,
        reason: None,
    };
    let is_no_to_texts = is_no(cell("consent"));
    let mut outs = Vec::new();
    if is_no_to_texts {
        let region = country(cell("country"), &context.region).unwrap_or_else(|_| context.region.clone());
        let phone = ["phone", "phone2"]
            .into_iter()
            .find_map(|field| E164::parse(whole(cell(field)), &region).ok());
        let at = dates::read(
            cell("consent_date"),
            &context.zone,
            context.region == "US",
            Day::Ends,
        )
        .ok();
        outs.extend(phone.map(|phone| {
            out(
                Channel::Sms,
                phone.e164.to_string(),
                at.map(|at| at.min(context.now)),
            )
        }));
    }
    if is_no(cell("email_consent")) || (is_no_to_texts && is_for_everything(columns)) {
        let email = Email::parse(cell("email")).ok();
        outs.extend(email.map(|email| out(Channel::Email, email.norm(), None)));
    }
    outs
}

/// Does the column of consent speak of no channel? Then its "no" is one to e-mail as well; its "yes" counts for texts alone.
fn is_for_everything(columns: &Columns) -> bool {
    let header = columns.header("consent").to_lowercase();
    !["sms", "text", "phone", "mobile"]
        .iter()
        .any(|channel| header.contains(channel))
}

fn is_yes(text: &str) -> bool {
    matches!(
        text,
        "yes"
            | "y"
            | "true"
            | "1"
            | "opted in"
            | "opted_in"
            | "opt-in"
            | "optin"
            | "subscribed"
            | "granted"
            | "active"
    )
}

fn is_no(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "no" | "n"
            | "false"
            | "0"
            | "opted out"
            | "opted_out"
            | "opt-out"
            | "optout"
            | "unsubscribed"
            | "revoked"
            | "stop"
    )
}

fn method(text: &str) -> Option<ConsentMethod> {
    let plain = text.trim().to_lowercase().replace([' ', '-'], "_");
    match plain.as_str() {
        "form" | "web" | "website" | "web_form" | "online" | "online_form" => {
            Some(ConsentMethod::WebsiteForm)
        }
        "contract" | "agreement" | "signed" | "paper" | "signed_agreement" => {
            Some(ConsentMethod::ServiceAgreement)
        }
        "verbal" | "in_person" | "spoken" => Some(ConsentMethod::VerbalInPerson),
        "phone" | "call" => Some(ConsentMethod::PhoneCall),
        "text" | "sms" => Some(ConsentMethod::Keyword),
        // `import` proves nothing, and a customer's address is no operator's own
        "import" | "own_address" => None,
        other => ConsentMethod::parse(other),
    }
}

impl Read {
    /// The consent to texts that the row proves, or that it proves none; an opt-out is recorded apart.
    pub fn consent(&self, customer: Uuid, is_new: bool, now: Timestamp) -> Option<NewConsent> {
        let phone = self.profile.phone.as_deref()?;
        match &self.texts {
            Said::Yes {
                at,
                method,
                source,
                disclosure,
            } => {
                let proof = (Source::Import, *method);
                let mut new =
                    NewConsent::new(customer, Channel::Sms, phone, ConsentStatus::OptedIn, *at, proof);
                new.notes = source
                    .as_ref()
                    .map(|source| source.chars().take(LONGEST_NOTES).collect());
                new.disclosure_text.clone_from(disclosure);
                new.affirmative_act = disclosure.as_ref().map(|_| {
                    *method == ConsentMethod::WebsiteForm || *method == ConsentMethod::ServiceAgreement
                });
                Some(new)
            }
            Said::Unproven if is_new => Some(NewConsent::unproven_import(
                customer,
                Channel::Sms,
                phone,
                now,
                Source::Import,
            )),
            Said::Unproven | Said::No => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_proves_nothing_by_being_one_and_nobodys_address_is_an_operators() {
        for proves_nothing in ["import", "own_address", "Own address", "gossip"] {
            assert_eq!(method(proves_nothing), None, "{proves_nothing}");
        }
        assert_eq!(method("Web form"), Some(ConsentMethod::WebsiteForm));
        assert_eq!(method("phone-call"), Some(ConsentMethod::PhoneCall));
    }
}
