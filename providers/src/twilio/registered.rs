//! The 10DLC campaign of a Messaging Service and what carriers take of it, by asking Twilio (`Usa2p`).
use super::outcome::checked;
use super::{SENDERS, Twilio};
use crate::{CheckFailed, Registered};
use rules::channel::Channel;
use rules::pacing;
use serde_json::Value;

/// The campaign that the sender's service is under: one that carriers have approved, else the first. None without a service, whose numbers
/// the campaign has; none of WhatsApp.
pub async fn of(twilio: &Twilio, channel: Channel, ours: &str) -> Result<Option<Registered>, CheckFailed> {
    let of_settings = twilio.settings.messaging_service_sid.as_deref();
    let service = SENDERS.is_pool(ours).then_some(ours).or(of_settings);
    let (Channel::Sms, Some(service)) = (channel, service) else {
        return Ok(None);
    };
    let host = twilio.settings.messaging_url();
    let path = format!("/v1/Services/{service}/Compliance/Usa2p?PageSize=50");
    let page = checked(
        twilio.http.call(twilio.ask_at(&host, &path)).await,
        "they may not see the service's 10DLC campaign",
    )?;
    let all = page["compliance"]
        .as_array()
        .ok_or_else(|| CheckFailed::NotNow("a list of 10DLC campaigns that can't be read".to_owned()))?;
    let approved = all.iter().find(|one| one["campaign_status"] == "VERIFIED");
    Ok(approved.or(all.first()).and_then(read))
}

/// AT&T's rate is in message parts a second, T-Mobile's tier in a word, as in the examples of Twilio's document; what else they may say
/// is shown and caps nothing.
fn read(campaign: &Value) -> Option<Registered> {
    let text = |name: &str| campaign[name].as_str().filter(|text| !text.is_empty());
    let id = text("campaign_id").or_else(|| text("sid"))?;
    let limits = &campaign["rate_limits"];
    let rate = limits["att"]["mps"].as_f64();
    let tier = limits["tmobile"]["brand_tier"].as_str();
    let is_sole_proprietor = text("us_app_to_person_usecase") == Some("SOLE_PROPRIETOR");
    let caps = [
        rate.and_then(pacing::att_minute),
        tier.and_then(|tier| pacing::t_mobile_day(tier, is_sole_proprietor)),
    ];
    let status = text("campaign_status").unwrap_or("of unknown state");
    let rate = rate.map_or_else(String::new, |rate| format!(", AT&T {rate} a second"));
    let tier = tier.map_or_else(String::new, |tier| format!(", T-Mobile's tier {tier}"));
    Some(Registered {
        id: id.to_owned(),
        summary: format!("10DLC campaign {id} is {status}{rate}{tier}"),
        caps: caps.into_iter().flatten().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::pacing::{Pace, PaceScope};
    use serde_json::json;

    #[test]
    fn what_carriers_take_is_read_as_twilio_tells_it() {
        let campaign = |usecase: &str, limits: Value| {
            json!({ "sid": "QE1", "campaign_id": "CABC123", "campaign_status": "VERIFIED",
                    "us_app_to_person_usecase": usecase, "rate_limits": limits })
        };
        let limits = |mps: f64, tier: &str| json!({ "att": { "mps": mps, "msg_class": "A" }, "tmobile": { "brand_tier": tier } });
        let pace = |tokens, seconds| Pace {
            tokens,
            seconds,
            burst: tokens,
        };
        for (usecase, mps, tier, minute, day) in [
            ("MARKETING", 75.0, "TOP", Some(4_500), Some(200_000)),
            ("MIXED", 4.0, "LOW", Some(240), Some(2_000)),
            ("LOW_VOLUME", 1.25, "LOW_MID", Some(75), Some(10_000)),
            ("SOLE_PROPRIETOR", 0.25, "LOW", Some(15), Some(1_000)),
            ("MIXED", 0.0, "UNTIERED", None, None),
        ] {
            let told = read(&campaign(usecase, limits(mps, tier))).unwrap();
            let of = |scope| {
                let cap = told.caps.iter().find(|(cap, _)| cap.scope == scope);
                cap.map(|(cap, pace)| (cap.carrier, *pace))
            };
            assert_eq!(
                of(PaceScope::CarrierMinute),
                minute.map(|minute| ("at&t", pace(minute, 60))),
                "{usecase}"
            );
            assert_eq!(
                of(PaceScope::CarrierDay),
                day.map(|day| ("t-mobile", pace(day, 86_400))),
                "{usecase}"
            );
            assert_eq!(told.id, "CABC123");
        }
        for nothing in [json!(null), json!({}), json!({ "att": "A", "tmobile": [] })] {
            let told = read(&campaign("MIXED", nothing)).unwrap();
            assert_eq!(
                (told.caps, told.summary),
                (vec![], "10DLC campaign CABC123 is VERIFIED".to_owned())
            );
        }
        assert_eq!(read(&json!({ "campaign_status": "PENDING" })), None);
    }
}
