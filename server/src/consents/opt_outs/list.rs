//! Reads a list of opt-outs as people's tools export it: any order of columns, common names, good rows kept and bad ones named.
use super::OptOut;
use crate::dates::{self, Day};
use jiff::tz::TimeZone;
use rules::address::{E164, Email};
use rules::channel::Channel;
use serde::Serialize;

/// A list that was read.
#[derive(Debug, Clone, Default)]
pub struct List {
    pub headers: Vec<String>,
    pub rows: Vec<OptOut>,
    pub refused: Vec<Refused>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub line: u64,
    pub column: String,
    pub reason: String,
    pub fields: Vec<String>,
}

const PHONE: [&str; 10] = [
    "phone",
    "phonenumber",
    "mobile",
    "mobilephone",
    "mobilenumber",
    "cell",
    "cellphone",
    "number",
    "msisdn",
    "from",
];
const EMAIL: [&str; 4] = ["email", "emailaddress", "mail", "subscriber"];
const CHANNEL: [&str; 4] = ["channel", "type", "medium", "messagetype"];
const DATE: [&str; 13] = [
    "date",
    "optoutdate",
    "optedoutat",
    "optedoutdate",
    "optoutat",
    "unsubscribedat",
    "unsubscribedate",
    "unsubscribetime",
    "revokedat",
    "timestamp",
    "datetime",
    "createdat",
    "time",
];
const REASON: [&str; 6] = ["reason", "optoutreason", "keyword", "note", "notes", "comment"];

/// Where the columns are.
struct Columns {
    phone: Option<usize>,
    email: Option<usize>,
    channel: Option<usize>,
    date: Option<usize>,
    reason: Option<usize>,
}

/// Reads the list. Phones are read as dialled in `region` (two letters), times without a zone as those of `zone`. A list without a phone or
/// e-mail column, or one that is no table at all, is an error; a bad row is not.
pub fn read(bytes: &[u8], region: &str, zone: &TimeZone) -> anyhow::Result<List> {
    let text = decode(bytes);
    let header_line = text.lines().next().unwrap_or_default();
    let count = |letter| header_line.matches(letter).count();
    let delimiter = [',', ';', '\t']
        .into_iter()
        .max_by_key(|letter| (count(*letter), *letter == ','))
        .and_then(|letter| u8::try_from(letter).ok())
        .unwrap_or(b',');
    let mut table = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers: Vec<String> = table.headers()?.iter().map(str::to_owned).collect();
    let columns = Columns::find(&headers)?;
    let mut list = List::default();
    for record in table.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        if fields.iter().all(String::is_empty) {
            continue;
        }
        match columns.row(&fields, line, (region, zone), &headers) {
            Ok(rows) => list.rows.extend(rows),
            Err((column, reason)) => list.refused.push(Refused {
                line,
                column,
                reason,
                fields,
            }),
        }
    }
    list.headers = headers;
    Ok(list)
}

/// UTF-8, or the Windows code page that old spreadsheets write.
fn decode(bytes: &[u8]) -> String {
    let (text, _, is_broken) = encoding_rs::UTF_8.decode(bytes);
    if is_broken {
        encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned()
    } else {
        text.into_owned()
    }
}

impl Columns {
    fn find(headers: &[String]) -> anyhow::Result<Self> {
        let plain: Vec<String> = headers
            .iter()
            .map(|header| {
                let letters = header.chars().filter(char::is_ascii_alphanumeric);
                letters.collect::<String>().to_ascii_lowercase()
            })
            .collect();
        // the first synonym that the list has, not the first column that is one
        let find = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| plain.iter().position(|header| header == name))
        };
        let columns = Self {
            phone: find(&PHONE),
            email: find(&EMAIL),
            channel: find(&CHANNEL),
            date: find(&DATE),
            reason: find(&REASON),
        };
        anyhow::ensure!(
            columns.phone.is_some() || columns.email.is_some(),
            "the first line should name a column `phone` or `email`; it has: {}",
            headers.join(", ")
        );
        Ok(columns)
    }

    /// The opt-outs that a row means, or the column that is wrong and why.
    fn row(
        &self,
        fields: &[String],
        line: u64,
        (region, zone): (&str, &TimeZone),
        headers: &[String],
    ) -> Result<Vec<OptOut>, (String, String)> {
        let get = |column: Option<usize>| {
            column
                .and_then(|column| fields.get(column))
                .map(String::as_str)
                .filter(|text| !text.is_empty())
        };
        let name = |column: Option<usize>, otherwise: &str| {
            column
                .and_then(|column| headers.get(column))
                .cloned()
                .unwrap_or_else(|| otherwise.to_owned())
        };
        let at = match get(self.date) {
            None => None,
            Some(text) => Some(
                dates::read(text, zone, region == "US", Day::Ends)
                    .map_err(|why| (name(self.date, "date"), why))?,
            ),
        };
        let channels = match get(self.channel) {
            None => {
                let mut there = Vec::new();
                there.extend(get(self.phone).map(|_| Channel::Sms));
                there.extend(get(self.email).map(|_| Channel::Email));
                there
            }
            Some(text) => {
                let all = |phone: &[Channel]| {
                    let mut there: Vec<Channel> = get(self.phone).map(|_| phone.to_vec()).unwrap_or_default();
                    there.extend(get(self.email).map(|_| Channel::Email));
                    there
                };
                match text.to_lowercase().as_str() {
                    "sms" | "mms" | "text" | "texts" | "phone" => vec![Channel::Sms],
                    "whatsapp" | "wa" => vec![Channel::Whatsapp],
                    "email" | "e-mail" | "mail" => vec![Channel::Email],
                    "all" | "any" | "both" => all(&[Channel::Sms, Channel::Whatsapp]),
                    _ => {
                        let why = format!("`{text}` should be sms, whatsapp, email or all");
                        return Err((name(self.channel, "channel"), why));
                    }
                }
            }
        };
        if channels.is_empty() {
            let column = name(self.phone.or(self.email), "phone");
            return Err((
                column,
                "the row has neither a phone number nor an e-mail address".to_owned(),
            ));
        }
        let opt_out = |channel: Channel| {
            let address = match channel {
                Channel::Sms | Channel::Whatsapp => {
                    let column = name(self.phone, "phone");
                    let text = get(self.phone).ok_or_else(|| (column.clone(), "it is empty".to_owned()))?;
                    let phone = E164::parse_opted_out(text, region).map_err(|why| {
                        (
                            column,
                            format!("`{text}` {why}; it should look like +1 504 523 0001"),
                        )
                    })?;
                    phone.e164.as_str().to_owned()
                }
                Channel::Email => {
                    let column = name(self.email, "email");
                    let text = get(self.email).ok_or_else(|| (column.clone(), "it is empty".to_owned()))?;
                    let email = Email::parse(text).map_err(|why| {
                        (
                            column,
                            format!("`{text}` {why}; it should look like ann@example.com"),
                        )
                    })?;
                    email.norm()
                }
            };
            Ok(OptOut {
                line,
                channel,
                address,
                at,
                reason: get(self.reason).map(str::to_owned),
            })
        };
        channels.into_iter().map(opt_out).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> List {
        read(text.as_bytes(), "US", &TimeZone::UTC).unwrap()
    }

    #[test]
    fn columns_are_found_under_their_common_names_in_any_order() {
        let found =
            list("Opt-Out Date;Reason;Mobile Phone;E-Mail\n2025-03-31;STOP;(504) 523-0001;Ann@Example.com\n");
        assert_eq!(found.refused, []);
        let said: Vec<_> = found
            .rows
            .iter()
            .map(|row| (row.line, row.channel, row.address.as_str(), row.reason.as_deref()))
            .collect();
        assert_eq!(
            said,
            [
                (2, Channel::Sms, "+15045230001", Some("STOP")),
                (2, Channel::Email, "ann@example.com", Some("STOP")),
            ]
        );
    }

    #[test]
    fn a_bad_row_is_named_with_line_column_and_reason_and_the_others_stay() {
        let found = list(
            "phone,channel,date\n123,sms,\n+15045230001,pigeon,\n+15045230001,email,\n+15045230001,sms,soon\n,sms,\n+15045230001,,\n",
        );
        let said: Vec<_> = found
            .refused
            .iter()
            .map(|row| (row.line, row.column.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                (2, "phone"),
                (3, "channel"),
                (4, "email"),
                (5, "date"),
                (6, "phone")
            ]
        );
        assert_eq!(found.rows.len(), 1);
    }

    #[test]
    fn a_list_without_addresses_is_refused_whole() {
        let said = read(b"name,when\nAnn,now\n", "US", &TimeZone::UTC)
            .unwrap_err()
            .to_string();
        assert!(said.contains("`phone` or `email`"), "{said}");
    }
}
