//! Which column of a file is which field: by the caller's mapping, else by common names in any order and spelling.
use std::collections::BTreeMap;

/// Our fields, each with the headers under which people's tools export it, in plain letters, the best first.
pub type Fields = &'static [(&'static str, &'static [&'static str])];

/// Their header, in plain letters, to our field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<String, String>);

impl Mapping {
    /// Reads `Their header=our_field`; an error names what would be right.
    pub fn read(pairs: &[String], known: &[(&str, &[&str])]) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for pair in pairs {
            let (header, field) = pair
                .rsplit_once('=')
                .ok_or_else(|| format!("`{pair}` should look like \"Their header=our_field\""))?;
            let field = field.trim();
            if !known.iter().any(|(name, _)| *name == field) {
                return Err(format!("`{field}` is no field; there are: {}", names(known)));
            }
            all.insert(plain(header), field.to_owned());
        }
        Ok(Self(all))
    }

    /// A header of the mapping that the file does not have.
    pub(super) fn missing(&self, headers: &[String]) -> Option<String> {
        let there: Vec<String> = headers.iter().map(|header| plain(header)).collect();
        self.0.keys().find(|header| !there.contains(header)).cloned()
    }
}

/// The names of the fields, for messages.
pub fn names(known: &[(&str, &[&str])]) -> String {
    known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The fields of a customer, each with the headers under which people's tools export it, in plain letters.
pub const CUSTOMER: Fields = &[
    ("first_name", &["firstname", "first", "givenname", "fname"]),
    (
        "last_name",
        &["lastname", "last", "surname", "familyname", "lname"],
    ),
    (
        "name",
        &[
            "name",
            "fullname",
            "customername",
            "customer",
            "displayname",
            "contactname",
        ],
    ),
    (
        "company_name",
        &[
            "companyname",
            "company",
            "business",
            "businessname",
            "organization",
            "organisation",
        ],
    ),
    ("contact_person", &["contactperson", "contact", "attention"]),
    (
        "email",
        &["email", "emailaddress", "mail", "email1", "primaryemail"],
    ),
    (
        "phone",
        // a mobile number before one that may be a landline: texts go there
        &[
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cell",
            "cellphone",
            "cellnumber",
            "phone",
            "phone1",
            "phonenumber",
            "primaryphone",
            "telephone",
            "tel",
        ],
    ),
    (
        "phone2",
        &[
            "phone2",
            "secondaryphone",
            "otherphone",
            "altphone",
            "alternatephone",
            "homephone",
            "workphone",
            "businessphone",
            "phone",
            "mobile",
            "cell",
            "telephone",
        ],
    ),
    ("whatsapp_number", &["whatsapp", "whatsappnumber"]),
    (
        "line1",
        &[
            "address",
            "address1",
            "addressline1",
            "street",
            "streetaddress",
            "line1",
        ],
    ),
    (
        "line2",
        &["address2", "addressline2", "unit", "apartment", "suite", "line2"],
    ),
    ("city", &["city", "town"]),
    ("state", &["state", "province", "region", "stateprovince"]),
    ("postal_code", &["zip", "zipcode", "postalcode", "postcode"]),
    ("country", &["country", "countrycode"]),
    ("zone", &["zone", "timezone", "tz"]),
    ("tags", &["tags", "labels", "groups"]),
    ("source", &["source", "leadsource"]),
    ("notes", &["notes", "note", "comments", "comment"]),
    (
        "external_id",
        &[
            "externalid",
            "customerid",
            "id",
            "customernumber",
            "accountnumber",
        ],
    ),
    (
        "consent",
        &[
            "consent",
            "smsconsent",
            "smsoptin",
            "optin",
            "textconsent",
            "smsstatus",
            "smsmarketing",
        ],
    ),
    (
        "consent_date",
        &[
            "consentdate",
            "smsconsentdate",
            "optindate",
            "smsoptindate",
            "consentat",
        ],
    ),
    (
        "consent_source",
        &["consentsource", "smsconsentsource", "optinsource"],
    ),
    (
        "consent_method",
        &["consentmethod", "smsconsentmethod", "optinmethod"],
    ),
    (
        "disclosure",
        &[
            "disclosure",
            "smsdisclosure",
            "consenttext",
            "consentwording",
            "disclosuretext",
        ],
    ),
    (
        "email_consent",
        &["emailconsent", "emailoptin", "emailstatus", "newsletter"],
    ),
];

/// The fields of a work order.
pub const WORK_ORDER: Fields = &[
    (
        "number",
        &[
            "job",
            "jobnumber",
            "number",
            "workorder",
            "workordernumber",
            "invoice",
            "invoicenumber",
            "ordernumber",
            "jobid",
        ],
    ),
    (
        "customer_email",
        &["customeremail", "email", "emailaddress", "clientemail"],
    ),
    (
        "customer_phone",
        &["customerphone", "phone", "phonenumber", "mobile", "clientphone"],
    ),
    ("customer_external_id", &["customerid", "clientid", "externalid"]),
    (
        "service",
        &["service", "servicetype", "trade", "category", "jobtype", "type"],
    ),
    (
        "title",
        &["title", "description", "jobtitle", "summary", "jobname"],
    ),
    ("status", &["status", "jobstatus", "stage"]),
    (
        "scheduled_at",
        &["scheduled", "scheduledat", "scheduleddate", "startdate", "start"],
    ),
    (
        "completed_at",
        &[
            "completed",
            "completedat",
            "completeddate",
            "finished",
            "enddate",
            "completedon",
            "end",
        ],
    ),
    ("amount", &["amount", "total", "price", "invoiceamount"]),
];

/// Where each field stands.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub headers: Vec<String>,
    at: BTreeMap<&'static str, usize>,
}

impl Columns {
    /// Finds the fields of a header; of several columns for one field the one whose name comes first in our list.
    pub fn find(headers: Vec<String>, known: Fields, mapping: &Mapping) -> Self {
        let plain: Vec<String> = headers.iter().map(|header| plain(header)).collect();
        let mut at = BTreeMap::new();
        for (index, header) in plain.iter().enumerate() {
            if let Some(field) = mapping.0.get(header)
                && let Some((name, _)) = known.iter().find(|(name, _)| name == field)
            {
                at.insert(*name, index);
            }
        }
        for (name, synonyms) in known {
            if at.contains_key(name) {
                continue;
            }
            let own = self::plain(name);
            // the field's own name comes first, unless our list puts better ones before it
            let found = std::iter::once(own.as_str())
                .filter(|own| !synonyms.contains(own))
                .chain(synonyms.iter().copied())
                .find_map(|synonym| {
                    let is_free = |index: &usize| !at.values().any(|taken| taken == index);
                    plain.iter().position(|header| header == synonym).filter(is_free)
                });
            if let Some(index) = found {
                at.insert(name, index);
            }
        }
        Self { headers, at }
    }

    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    pub fn has(&self, field: &str) -> bool {
        self.at.contains_key(field)
    }

    /// The fields that the file has.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.at.keys().copied()
    }

    /// The header of a field, as it stands in the file; the field's own name when the file has none.
    pub fn header(&self, field: &'static str) -> String {
        self.at
            .get(field)
            .and_then(|at| self.headers.get(*at))
            .cloned()
            .unwrap_or_else(|| field.to_owned())
    }

    /// The cell of a field, without spaces around it; empty when there is none.
    pub fn cell<'a>(&self, cells: &'a [String], field: &str) -> &'a str {
        self.at
            .get(field)
            .and_then(|at| cells.get(*at))
            .map_or("", |cell| cell.trim())
    }

    /// Headers that are no field.
    pub fn ignored(&self) -> Vec<String> {
        let is_ignored = |index: &usize| !self.at.values().any(|at| at == index);
        self.headers
            .iter()
            .enumerate()
            .filter(|(index, _)| is_ignored(index))
            .map(|(_, header)| header.clone())
            .collect()
    }
}

/// Letters and digits only, in lower case: "E-Mail Address" and "email_address" are the same.
fn plain(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_headers_are_found_in_any_order_and_a_mapping_goes_before() {
        let headers: Vec<String> = ["Phone 2", "E-Mail Address", "PHONE", "Mobile", "Remark"]
            .map(str::to_owned)
            .to_vec();
        let columns = Columns::find(headers.clone(), CUSTOMER, &Mapping::default());
        assert_eq!(
            (columns.at["phone"], columns.at["phone2"], columns.at["email"]),
            (3, 0, 1)
        );
        assert_eq!(columns.ignored(), ["PHONE", "Remark"]);
        let mapping =
            Mapping::read(&["PHONE=phone".to_owned(), "Remark=notes".to_owned()], CUSTOMER).unwrap();
        assert_eq!(mapping.missing(&headers), None);
        assert_eq!(mapping.missing(&headers[..3]).as_deref(), Some("remark"));
        let columns = Columns::find(headers, CUSTOMER, &mapping);
        assert_eq!((columns.at["phone"], columns.at["notes"]), (2, 4));
    }

    #[test]
    fn of_two_phones_the_mobile_one_is_first() {
        let headers: Vec<String> = ["Phone", "Mobile", "Email"].map(str::to_owned).to_vec();
        let columns = Columns::find(headers, CUSTOMER, &Mapping::default());
        assert_eq!((columns.at["phone"], columns.at["phone2"]), (1, 0));
    }

    #[test]
    fn a_wrong_mapping_says_what_would_be_right() {
        assert!(
            Mapping::read(&["Mobile".to_owned()], CUSTOMER)
                .unwrap_err()
                .contains("Their header=our_field")
        );
        assert!(
            Mapping::read(&["Mobile=telefon".to_owned()], CUSTOMER)
                .unwrap_err()
                .contains("first_name")
        );
    }
}
