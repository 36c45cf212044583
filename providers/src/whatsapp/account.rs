//! What Meta says of the account, its number and its templates: when asked, and by itself.
use super::WORDS;
use super::callbacks::{full, moment, word};
use crate::event::{Event, EventKind};
use crate::hook::Refusal;
use crate::http::{Answer, NoAnswer};
use crate::signed::sha256_hex;
use crate::{CheckFailed, Checked};
use serde_json::Value;

/// What somebody has to look at. All other fields of the webhook are not of our concern.
const OF_THE_ACCOUNT: &[&str] = &[
    "account_alerts",
    "account_review_update",
    "account_update",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
];
/// Where the words of these stand. Nothing here is of a person.
const WORDS_AT: &[&str] = &[
    "/event",
    "/decision",
    "/alert_type",
    "/alert_severity",
    "/alert_status",
    "/alert_description",
    "/violation_info/violation_type",
    "/ban_info/waba_ban_state",
    "/current_limit",
    "/max_daily_conversations_per_business",
    "/message_template_name",
    "/message_template_language",
    "/previous_quality_score",
    "/new_quality_score",
    "/previous_category",
    "/new_category",
    "/reason",
    "/rejection_reason",
];

/// The event of a change that is of the account.
pub fn read(field: &str, value: &Value, piece: &Value) -> Result<Vec<Event>, Refusal> {
    if !OF_THE_ACCOUNT.contains(&field) {
        return Ok(Vec::new());
    }
    let words: Vec<&str> = WORDS_AT
        .iter()
        .filter_map(|at| value.pointer(at).and_then(word))
        .collect();
    Ok(vec![Event {
        key: format!("account:{}", &sha256_hex(piece.to_string().as_bytes())[..32]),
        our_address: full(&value["display_phone_number"]).unwrap_or_default(),
        occurred_at: moment(&piece["time"]).ok_or(Refusal::Malformed)?,
        kind: EventKind::Account {
            code: field.to_owned(),
            detail: words.join(", "),
        },
    }])
}

/// What a question was answered; `field` is what a person should look at when it was refused.
pub fn told(answer: &Result<Answer, NoAnswer>, field: &str) -> Result<Value, CheckFailed> {
    let said = answer.as_ref().ok().and_then(Answer::json);
    match (answer, said) {
        (Ok(answer), Some(said)) if answer.status.is_success() => Ok(said),
        (_, Some(said)) if is_about_the_secret(&said) => Err(CheckFailed::Refused(
            "app_secret: is not that of the token's app".to_owned(),
        )),
        _ => Err(WORDS.check_failed(answer, field)),
    }
}

/// A wrong proof has the code of any wrong parameter; only the words name it.
fn is_about_the_secret(said: &Value) -> bool {
    said["error"]["message"]
        .as_str()
        .is_some_and(|message| message.contains("appsecret_proof"))
}

/// The number is one of the account's, and this is what is said of it.
pub fn checked(number: &Value, numbers: &Value, id: &str) -> Result<Checked, CheckFailed> {
    let of_account = numbers["data"]
        .as_array()
        .ok_or_else(|| CheckFailed::NotNow("the list of numbers can't be read".to_owned()))?;
    if !of_account.iter().any(|number| number["id"] == id) {
        return Err(CheckFailed::Refused(
            "business_account_id: the number phone_number_id is not one of this account".to_owned(),
        ));
    }
    let words: Vec<&str> = ["verified_name", "display_phone_number", "quality_rating"]
        .iter()
        .filter_map(|name| word(&number[*name]))
        .collect();
    Ok(Checked {
        number: full(&number["display_phone_number"]),
        ..Checked::says(words.join(", "))
    })
}
