//! What became of a touch's message, and what follows for the enrollment.
use super::stop::stop;
use super::store::touch::Ended;
use super::store::{enrollment, touch};
use crate::customers;
use crate::db::TenantTx;
use crate::happened::{Fate, Settled};
use rules::lifecycle::EnrollmentStopReason;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Writes the outcomes of touches; ends or completes their enrollments where that follows.
pub async fn touch_outcomes(tx: &mut TenantTx, settled: &[Settled]) -> anyhow::Result<()> {
    let mut ended = Vec::new();
    let mut stops: BTreeMap<EnrollmentStopReason, Vec<Uuid>> = BTreeMap::new();
    let mut unreachable = Vec::new();
    let mut sent_to = Vec::new();
    for one in settled {
        if one.fate == Fate::Sent {
            sent_to.extend(one.customer);
        }
        let Some((enrollment, number)) = one.touch else {
            continue;
        };
        let (status, why) = match &one.fate {
            Fate::Sent => ("sent", None),
            Fate::Stopped { why, ends } => {
                if let Some(reason) = ends {
                    stops.entry(*reason).or_default().push(enrollment);
                }
                ("skipped", Some(why.clone()))
            }
            Fate::Failed {
                code,
                address_invalid,
            } => {
                if *address_invalid {
                    unreachable.push(enrollment);
                }
                ("failed", Some(code.clone()))
            }
            Fate::Unknown => ("failed", Some("unknown".to_owned())),
        };
        ended.push(Ended {
            enrollment,
            number,
            status,
            why,
        });
    }
    touch::end(tx, &ended).await?;
    for (reason, enrollments) in stops {
        stop(tx, &enrollments, reason).await?;
    }
    let lost = touch::without_another_way(tx, &unreachable).await?;
    stop(tx, &lost, EnrollmentStopReason::AddressInvalid).await?;
    let enrollments: Vec<Uuid> = ended.iter().map(|touch| touch.enrollment).collect();
    enrollment::complete_finished(tx, &enrollments).await?;
    customers::first_message_sent(tx, &sent_to).await?;
    Ok(())
}
