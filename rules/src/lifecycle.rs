//! The states of work orders, enrollments, touches, campaigns and customers: their names, what they mean, and which
//! may follow which. One list each; the database's checks, the documents and the screens are made from it.
use serde::{Deserialize, Serialize};

/// Writes an enum with its stored names and plain-language meanings from one list.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($variant:ident $name:literal $meaning:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $(#[doc = $meaning] $variant,)+ }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stored and displayed name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The one of that stored name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.name() == name)
            }

            /// What it means, in plain words.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

/// Writes down which state may follow which. What is not listed may not happen; staying is not a move.
macro_rules! moves {
    ($type:ident { $($from:ident => [$($to:ident),* $(,)?],)+ }) => {
        impl $type {
            /// Every permitted move.
            pub const TRANSITIONS: &'static [(Self, Self)] = &[$($((Self::$from, Self::$to),)*)+];

            /// May `to` follow this state?
            pub fn can_move(self, to: Self) -> bool {
                Self::TRANSITIONS.contains(&(self, to))
            }

            /// Does nothing follow this state?
            pub fn is_final(self) -> bool {
                !Self::TRANSITIONS.iter().any(|(from, _)| *from == self)
            }
        }
    };
}

named! {
    /// The state of a work order. Stored as its name.
    WorkOrderStatus {
        Scheduled "scheduled" "The job is planned.",
        InProgress "in_progress" "The job is being done.",
        Completed "completed" "The job is done; the follow-up may begin.",
        DoNotSend "do_not_send" "The owner wants no follow-up for this job.",
        Cancelled "cancelled" "The job will not be done, or is taken back.",
    }
}
moves! {
    WorkOrderStatus {
        Scheduled => [InProgress, Completed, DoNotSend, Cancelled],
        InProgress => [Scheduled, Completed, DoNotSend, Cancelled],
        Completed => [DoNotSend, Cancelled],
        DoNotSend => [Cancelled],
        Cancelled => [],
    }
}

named! {
    /// The state of a work order's way through a campaign. Stored as its name.
    EnrollmentStatus {
        Active "active" "Touches are still to come.",
        Completed "completed" "Every touch has been dealt with.",
        Stopped "stopped" "Ended before its last touch, for a reason.",
    }
}
moves! {
    EnrollmentStatus {
        Active => [Completed, Stopped],
        Completed => [],
        Stopped => [],
    }
}

named! {
    /// Why an enrollment ended before its last touch. Stored as its name.
    EnrollmentStopReason {
        ReviewClicked "review_clicked" "The customer opened the review link.",
        FeedbackSubmitted "feedback_submitted" "The customer gave feedback.",
        OptedOutSms "opted_out_sms" "The customer opted out of text messages.",
        OptedOutWhatsapp "opted_out_whatsapp" "The customer opted out of WhatsApp messages.",
        OptedOutEmail "opted_out_email" "The customer opted out of e-mail.",
        OwnerStopped "owner_stopped" "Somebody of the business ended it.",
        CampaignPaused "campaign_paused" "The campaign was paused for good, or for over 30 days.",
        CampaignDeleted "campaign_deleted" "The campaign was deleted.",
        RepeatJob "repeat_job" "A newer job of the same customer took its place.",
        Replied "replied" "The customer wrote back; a person goes on.",
        AddressInvalid "address_invalid" "The address turned out not to work.",
        CustomerArchived "customer_archived" "The customer was archived.",
        CustomerErased "customer_erased" "The customer's data were erased.",
        WorkOrderCancelled "work_order_cancelled" "The job was cancelled, or is not to be followed up.",
    }
}

named! {
    /// The state of one touch of an enrollment. Stored as its name.
    TouchStatus {
        Pending "pending" "Waits for its time.",
        Queued "queued" "Its message is made and waits for the gate.",
        Paused "paused" "Waits for its campaign to be resumed.",
        Sent "sent" "Its message was handed to the provider.",
        Skipped "skipped" "Was not to be sent; the record says why.",
        Failed "failed" "Could not be sent; the record says why.",
    }
}
moves! {
    TouchStatus {
        Pending => [Queued, Paused, Skipped, Failed],
        Queued => [Paused, Sent, Skipped, Failed],
        Paused => [Pending, Queued, Skipped],
        Sent => [],
        Skipped => [],
        Failed => [],
    }
}

named! {
    /// The state of a campaign. Stored as its name.
    CampaignStatus {
        Active "active" "Enrolls completed jobs and sends its touches.",
        Paused "paused" "Holds everything until it is resumed.",
    }
}
moves! {
    CampaignStatus {
        Active => [Paused],
        Paused => [Active],
    }
}

named! {
    /// The state of a tenant. Stored as its name.
    TenantStatus {
        Active "active" "Sends and receives.",
        Suspended "suspended" "Receives, but nothing goes out; what is queued waits.",
    }
}
moves! {
    TenantStatus {
        Active => [Suspended],
        Suspended => [Active],
    }
}

named! {
    /// How far a customer has come with the business. Stored as its name.
    CustomerStage {
        Lead "lead" "Known, and nothing has happened yet.",
        Marketing "marketing" "Has been messaged.",
        Trial "trial" "Tries the service.",
        Active "active" "Has had a job done or planned.",
        Churned "churned" "Has left.",
        Dormant "dormant" "Has not been heard of for long.",
    }
}
moves! {
    CustomerStage {
        Lead => [Marketing, Trial, Active, Churned, Dormant],
        Marketing => [Trial, Active, Churned, Dormant],
        Trial => [Active, Churned, Dormant],
        Active => [Churned, Dormant],
        Churned => [Marketing, Trial, Active],
        Dormant => [Marketing, Trial, Active, Churned],
    }
}

named! {
    /// Where a customer comes from. Stored as its name.
    CustomerSource {
        Website "website" "Came by the website.",
        SmsCampaign "sms_campaign" "Answered a text campaign.",
        EmailCampaign "email_campaign" "Answered an e-mail campaign.",
        Referral "referral" "Was sent by another customer.",
        Organic "organic" "Found the business without advertising.",
        PaidAds "paid_ads" "Came by an advertisement.",
        Social "social" "Came by a social network.",
        Other "other" "Came another way.",
    }
}

named! {
    /// What kind of work was done. Stored as its name.
    ServiceType {
        Hvac "hvac" "Heating, ventilation and air conditioning.",
        Plumbing "plumbing" "Pipes, drains and water heaters.",
        Electrical "electrical" "Wiring, panels and lights.",
        Cleaning "cleaning" "Cleaning of homes and offices.",
        Roofing "roofing" "Roofs and gutters.",
        Painting "painting" "Painting inside and outside.",
        Handyman "handyman" "Small repairs of every kind.",
        Other "other" "Any other work.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Debug;

    fn is_well_named<T: Copy + Debug + PartialEq + Serialize>(
        all: &[T],
        name: fn(T) -> &'static str,
        parse: fn(&str) -> Option<T>,
        meaning: fn(T) -> &'static str,
    ) {
        for each in all.iter().copied() {
            assert_eq!(parse(name(each)), Some(each));
            assert_eq!(
                serde_json::to_string(&each).unwrap(),
                format!("\"{}\"", name(each))
            );
            assert!(meaning(each).ends_with('.'));
        }
        assert_eq!(parse("no such thing"), None);
    }

    #[test]
    fn everything_is_stored_under_a_name_that_parses_back() {
        macro_rules! check { ($($type:ident)+) => { $(is_well_named($type::ALL, $type::name, $type::parse, $type::meaning);)+ } }
        check!(WorkOrderStatus EnrollmentStatus EnrollmentStopReason TouchStatus CampaignStatus TenantStatus CustomerStage CustomerSource ServiceType);
    }

    /// The same machines, written a second time as one reads them aloud: who, and where they may go.
    const REFERENCE: &[(&str, &str)] = &[
        (
            "work_order scheduled",
            "in_progress completed do_not_send cancelled",
        ),
        (
            "work_order in_progress",
            "scheduled completed do_not_send cancelled",
        ),
        ("work_order completed", "do_not_send cancelled"),
        ("work_order do_not_send", "cancelled"),
        ("enrollment active", "completed stopped"),
        ("touch pending", "queued paused skipped failed"),
        ("touch queued", "sent paused skipped failed"),
        ("touch paused", "pending queued skipped"),
        ("campaign active", "paused"),
        ("campaign paused", "active"),
        ("tenant active", "suspended"),
        ("tenant suspended", "active"),
        ("stage lead", "marketing trial active churned dormant"),
        ("stage marketing", "trial active churned dormant"),
        ("stage trial", "active churned dormant"),
        ("stage active", "churned dormant"),
        ("stage churned", "marketing trial active"),
        ("stage dormant", "marketing trial active churned"),
    ];

    fn reference_allows(machine: &str, from: &str, to: &str) -> bool {
        let key = format!("{machine} {from}");
        REFERENCE
            .iter()
            .any(|(state, next)| *state == key && next.split(' ').any(|word| word == to))
    }

    macro_rules! walks {
        ($($test:ident: $type:ident is $machine:literal, from $first:ident;)+) => {
            proptest! {
                #![proptest_config(ProptestConfig::with_cases(5_000))]
                $(#[test]
                fn $test(wishes in proptest::collection::vec(0..$type::ALL.len(), 0..40)) {
                    let mut state = $type::$first;
                    for to in wishes.into_iter().map(|index| $type::ALL[index]) {
                        let allowed = reference_allows($machine, state.name(), to.name());
                        prop_assert_eq!(state.can_move(to), allowed, "{:?} to {:?}", state, to);
                        prop_assert!(!(state.is_final() && allowed));
                        if allowed { state = to; }
                    }
                })+
            }
        };
    }
    walks! {
        a_work_order_walks_as_written: WorkOrderStatus is "work_order", from Scheduled;
        an_enrollment_walks_as_written: EnrollmentStatus is "enrollment", from Active;
        a_touch_walks_as_written: TouchStatus is "touch", from Pending;
        a_campaign_walks_as_written: CampaignStatus is "campaign", from Active;
        a_tenant_walks_as_written: TenantStatus is "tenant", from Active;
        a_customer_walks_as_written: CustomerStage is "stage", from Lead;
    }

    #[test]
    fn what_was_sent_stays_sent_and_what_ended_stays_ended() {
        for state in [TouchStatus::Sent, TouchStatus::Skipped, TouchStatus::Failed] {
            assert!(state.is_final());
        }
        for state in [EnrollmentStatus::Completed, EnrollmentStatus::Stopped] {
            assert!(state.is_final());
        }
        assert!(WorkOrderStatus::Cancelled.is_final());
    }
}
