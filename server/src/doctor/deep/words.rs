//! The rules' own lists, as statements take them: nothing here is written a second time.
use crate::app::App;
use crate::connections::Carries;
use crate::consents::Source;
use crate::conversations;
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus, Scope};
use rules::jurisdiction::PER_DAY;
use rules::lifecycle::{
    CampaignStatus, CustomerSource, CustomerStage, EnrollmentStatus, EnrollmentStopReason, ServiceType,
    TenantStatus, TouchStatus, WorkOrderStatus,
};
use rules::may_send::AddressStatus;
use rules::pacing::PaceScope;
use rules::place::ZoneSource;
use rules::purpose::Purpose;
use rules::status::MessageStatus;
use rules::suppression::SuppressionReason;
use rules::verdict::{HoldReason, StopReason};

/// What the law allows after an opt-out: its confirmation, and the answer to HELP.
pub(super) fn after_an_opt_out() -> Vec<String> {
    [Purpose::OptOutConfirmation, Purpose::HelpAnswer]
        .map(|purpose| purpose.name().to_owned())
        .to_vec()
}

/// What goes at any hour.
pub(super) fn answers_to_keywords() -> Vec<String> {
    let answers = Purpose::ALL
        .into_iter()
        .filter(|purpose| purpose.answers_a_keyword());
    answers.map(|purpose| purpose.name().to_owned()).collect()
}

/// The pairs of a scope and a purpose that it covers.
pub(super) fn covered() -> (Vec<String>, Vec<String>) {
    Scope::ALL
        .into_iter()
        .flat_map(|scope| Purpose::ALL.map(|purpose| (scope, purpose)))
        .filter(|(scope, purpose)| scope.covers(*purpose))
        .map(|(scope, purpose)| (scope.name().to_owned(), purpose.name().to_owned()))
        .unzip()
}

/// How many follow-ups a recipient may get in 24 hours.
pub(super) fn per_day() -> i32 {
    i32::try_from(PER_DAY).unwrap_or(i32::MAX)
}

/// The statuses that can be reported, each with its rank.
pub(super) fn ranks() -> (Vec<String>, Vec<i32>) {
    MessageStatus::ALL
        .into_iter()
        .filter(|status| !status.is_our_decision())
        .map(|status| (status.name().to_owned(), i32::from(status.rank())))
        .unzip()
}

/// The names of the master keys that are there, and of the providers that call us.
pub(super) fn of_connections(app: &App) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let keys = match &app.keys {
        Some(ring) => ring.again()?,
        None => None,
    };
    let names = keys
        .iter()
        .flat_map(|keys| keys.names())
        .map(str::to_owned)
        .collect();
    let with_hooks = app.catalog.iter().filter(|provider| provider.hooks.is_some());
    Ok((
        names,
        with_hooks.map(|provider| provider.name.to_owned()).collect(),
    ))
}

/// Why an address is suppressed when somebody opted out, and not because it does not work.
pub(super) fn reasons_of_an_opt_out() -> Vec<String> {
    SuppressionReason::ALL
        .into_iter()
        .filter(|reason| match reason {
            SuppressionReason::Keyword
            | SuppressionReason::FreeText
            | SuppressionReason::Carrier
            | SuppressionReason::Staff
            | SuppressionReason::Import
            | SuppressionReason::Complaint => true,
            SuppressionReason::HardBounce | SuppressionReason::InvalidAddress => false,
        })
        .map(|reason| reason.name().to_owned())
        .collect()
}

/// Every word that is stored, each with what it is said of.
pub(super) fn known() -> (Vec<String>, Vec<String>) {
    let mut all: Vec<(&str, &str)> = [
        ("direction", "inbound"),
        ("direction", "outbound"),
        // of what somebody wrote to us
        ("message status", "received"),
        ("customer status", "active"),
        ("customer status", "archived"),
        ("verdict", "send"),
        ("verdict", "hold"),
        ("verdict", "stop"),
        ("kind of event", "status"),
        ("kind of event", "inbound"),
        ("kind of event", "click"),
        ("kind of event", "feedback"),
        ("kind of event", "bounce"),
        ("kind of event", "complaint"),
        ("kind of event", "preference"),
        ("kind of event", "account"),
        ("kind of event", "unreadable"),
        ("kind of event", "no_event"),
    ]
    .to_vec();
    all.extend(Channel::ALL.map(|one| ("channel", one.name())));
    all.extend(Purpose::ALL.map(|one| ("purpose", one.name())));
    all.extend(Carries::ALL.map(|one| ("what a connection carries", one.name())));
    all.extend(MessageStatus::ALL.map(|one| ("message status", one.name())));
    all.extend(HoldReason::ALL.map(|one| ("reason", one.name())));
    all.extend(StopReason::ALL.map(|one| ("reason", one.name())));
    all.extend(Scope::ALL.map(|one| ("scope", one.name())));
    all.extend(SuppressionReason::ALL.map(|one| ("suppression reason", one.name())));
    all.extend(AddressStatus::ALL.map(|one| ("address status", one.name())));
    all.extend(ConsentStatus::ALL.map(|one| ("consent status", one.name())));
    all.extend(ConsentMethod::ALL.map(|one| ("consent method", one.name())));
    all.extend(Source::ALL.map(|one| ("consent source", one.name())));
    all.extend(ZoneSource::ALL.map(|one| ("zone source", one.name())));
    all.extend(
        EnrollmentStatus::ALL
            .iter()
            .map(|one| ("enrollment status", one.name())),
    );
    all.extend(
        EnrollmentStopReason::ALL
            .iter()
            .map(|one| ("stop reason", one.name())),
    );
    all.extend(
        conversations::Status::ALL
            .iter()
            .map(|one| ("conversation status", one.name())),
    );
    all.extend(TouchStatus::ALL.iter().map(|one| ("touch status", one.name())));
    all.extend(
        CampaignStatus::ALL
            .iter()
            .map(|one| ("campaign status", one.name())),
    );
    all.extend(TenantStatus::ALL.iter().map(|one| ("tenant status", one.name())));
    all.extend(
        WorkOrderStatus::ALL
            .iter()
            .map(|one| ("work order status", one.name())),
    );
    all.extend(ServiceType::ALL.iter().map(|one| ("service type", one.name())));
    all.extend(PaceScope::ALL.map(|one| ("pace scope", one.name())));
    all.extend(CustomerStage::ALL.iter().map(|one| ("stage", one.name())));
    all.extend(
        CustomerSource::ALL
            .iter()
            .map(|one| ("customer source", one.name())),
    );
    all.into_iter()
        .map(|(what, word)| (what.to_owned(), word.to_owned()))
        .unzip()
}
