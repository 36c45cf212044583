//! Evidence: all seven fields, the wording, every later event, what relied on it, and a page that nobody can write into.
use super::{ANN, act, customer, opt_in, record};
use crate::support::{moment, world};
use rules::consent::ConsentMethod;
use server::consents::{self, ConsumerAct, NewConsent, Source};

#[tokio::test]
async fn evidence_has_the_seven_fields_the_wording_and_what_relied_on_it() {
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    let new = NewConsent {
        method: ConsentMethod::WebsiteForm,
        notes: Some("<script>alert('notes')</script>".to_owned()),
        ip: Some("203.0.113.9".to_owned()),
        captured_by: Some("form \"quote\" & co".to_owned()),
        disclosure_text: Some("I agree that Test Plumbing texts me. <b>Not</b> a condition.".to_owned()),
        affirmative_act: Some(true),
        ..opt_in(ann, moment("2026-02-01T18:30:00Z"), Source::Staff)
    };
    record(&world, new).await;
    world.at("2026-03-02T16:00:00Z");
    for (id, at) in [
        (1, "2026-03-02T15:10:00Z"),
        (2, "2026-03-02T15:20:00Z"),
        (3, "2026-03-02T17:00:00Z"),
    ] {
        world
            .run(&format!(
                "insert into send_logs (tenant_id, id, at, message_id, customer_id, channel, purpose, verdict, findings, facts)
                 values ($1, gen_random_uuid(), '{at}', lpad('{id}', 32, '0')::uuid, '{ann}', 'sms', 'service', 'send', '[]', '{{}}')"
            ))
            .await;
    }
    act(&world, ConsumerAct::Stop).await;

    let mut tx = world.tx().await;
    let evidence = consents::evidence(&mut tx, ann).await.unwrap().unwrap();
    drop(tx);
    let json = serde_json::to_value(&evidence).unwrap();
    let current = &json["consents"][0];
    for field in ["status", "at", "source", "method", "notes", "ip", "captured_by"] {
        assert!(current.get(field).is_some(), "{field}");
    }
    assert_eq!(current["status"], "opted_out");
    let first = &json["events"][0];
    assert_eq!(first["kind"], "opted_in");
    assert_eq!(first["occurred_at"], "2026-02-01T18:30:00Z");
    assert_eq!(
        first["occurred_at_local"],
        "2026-02-01 12:30:00 CST (America/Chicago)"
    );
    assert_eq!(first["source"], "staff");
    assert_eq!(first["method"], "website_form");
    assert_eq!(first["notes"], "<script>alert('notes')</script>");
    assert_eq!(first["ip"], "203.0.113.9");
    assert_eq!(first["captured_by"], "form \"quote\" & co");
    assert_eq!(first["address"], ANN);
    assert_eq!(first["names_seller"], true);
    assert_eq!(first["relied"]["messages"], 2, "the third left after the stop");
    assert_eq!(first["relied"]["last"], "2026-03-02T15:20:00Z");
    assert_eq!(json["events"][1]["kind"], "opted_out");
    assert_eq!(json["events"][1]["prev_hash"], first["hash"]);
    assert_eq!(first["prev_hash"], json["chain"]["genesis"]);

    let page = evidence.page();
    for said in [
        "203.0.113.9",
        "I agree that Test Plumbing texts me.",
        "&lt;script&gt;alert(&#39;notes&#39;)&lt;/script&gt;",
        "form &quot;quote&quot; &amp; co",
        "2026-02-01 18:30:00",
        "12:30:00 CST",
        "website_form",
        "suppressed for all",
        "2, the first at 2026-03-02 15:10:00",
        &evidence.events[0].hash,
        "SHA-256",
    ] {
        assert!(page.contains(said), "{said} is not on the page");
    }
    for never in ["<script", "<b>Not", "http://", "https://", " src="] {
        assert!(!page.contains(never), "{never} is on the page");
    }
}

#[tokio::test]
async fn the_hashes_on_a_page_can_be_computed_by_somebody_who_has_only_the_page() {
    use sha2::{Digest, Sha256};
    let world = world().await;
    let ann = customer(&world, "ann", ANN).await;
    record(&world, opt_in(ann, moment("2026-02-01T18:30:00Z"), Source::Staff)).await;
    let mut tx = world.tx().await;
    let evidence = consents::evidence(&mut tx, ann).await.unwrap().unwrap();
    drop(tx);
    let event = &evidence.events[0];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let unhex = |text: &str| {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect::<Vec<u8>>()
    };
    let genesis = Sha256::digest(format!("courtesy consent ledger v1\n{}", evidence.tenant_id));
    assert_eq!(hex(&genesis), evidence.chain.genesis);
    let mut detail = unhex(event.salt.as_ref().unwrap());
    let sorted: std::collections::BTreeMap<_, _> = event.detail.clone().unwrap().into_iter().collect();
    detail.extend(serde_json::to_vec(&sorted).unwrap());
    let digest = hex(&Sha256::digest(&detail));
    assert_eq!(digest, event.detail_digest);
    let mut bytes = genesis.to_vec();
    for field in [
        "courtesy.consent.v1".to_owned(),
        event.seq.to_string(),
        event.id.to_string(),
        event.customer_id.unwrap().to_string(),
        event.channel.clone(),
        event.kind.clone(),
        event.scope.clone(),
        event.occurred_at.as_microsecond().to_string(),
        event.recorded_at.as_microsecond().to_string(),
        event.source.clone(),
        event.method.clone(),
        digest,
    ] {
        bytes.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        bytes.extend(field.as_bytes());
    }
    assert_eq!(hex(&Sha256::digest(&bytes)), event.hash);
    assert_eq!(event.hash, evidence.chain.verification.head);
}
