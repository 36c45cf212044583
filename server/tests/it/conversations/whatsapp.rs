//! WhatsApp's window: free text for a day after they wrote, approved templates at any time.
use super::{ANN, all, hear, ours, told};
use crate::support::people::{job, live, receipts, stranger};
use crate::support::{World, moment, world};
use providers::{Approved, Asked, CheckFailed, Checked, Inbound, LookUp, Outcome, Provider, Request};
use rules::channel::Channel;
use rules::consent::{ConsentMethod, ConsentStatus};
use rules::purpose::Purpose;
use rules::verdict::StopReason;
use server::campaigns;
use server::consents::{self, NewConsent, Source};
use server::messages::reply::{self, NewReply, ReplyError};
use server::templates::{self, NewTemplate, TemplateError};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// A provider that takes everything and keeps what it was given.
struct Spy(Arc<Mutex<Vec<Request>>>);

#[async_trait::async_trait]
impl Provider for Spy {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    async fn send(&self, request: &Request) -> Outcome {
        self.0.lock().unwrap().push(request.clone());
        Outcome::Accepted {
            external_id: request.message_id.to_string(),
        }
    }

    async fn look_up(&self, _: &Asked) -> LookUp {
        LookUp::NotKnown
    }

    async fn check(&self) -> Result<Checked, CheckFailed> {
        Ok(Checked::says(String::new()))
    }
}

/// Ann may be written to by WhatsApp, and the campaign of her job begins with it. Answers the template.
async fn followed_up(world: &World) -> Uuid {
    let ann = stranger(world, "Ann", ANN, "ann@example.com").await;
    world
        .run(&format!(
            "update customers set whatsapp_number = '{ANN}' where tenant_id = $1"
        ))
        .await;
    let mut tx = world.tx().await;
    let proof = (Source::Staff, ConsentMethod::ServiceAgreement);
    let at = moment("2026-02-01T18:00:00Z");
    let consent = NewConsent::new(ann, Channel::Whatsapp, ANN, ConsentStatus::OptedIn, at, proof);
    consents::record(&mut tx, consent).await.unwrap();
    let template = NewTemplate {
        name: "after the job".to_owned(),
        channel: Channel::Whatsapp,
        purpose: Purpose::Service,
        service_type: None,
        subject: None,
        body: "Hi {{ first_name | default(\"there\") }}, {{ sender_name }} here: how did we do?".to_owned(),
        copied_from: None,
    };
    let template = templates::create(&mut tx, &template).await.unwrap();
    campaigns::presets::copy(&mut tx, "test", "plumbing")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world
        .run(&format!(
            "update campaign_touches set channel = 'whatsapp', template_id = '{template}' where tenant_id = $1 and touch_number = 1"
        ))
        .await;
    job(world, ann, "J-1", Some("2026-03-02T14:00:00Z")).await;
    template
}

async fn what_became_of_it(world: &World) -> String {
    world
        .text("select concat_ws(' ', status, error_code) from messages where tenant_id = $1 and channel = 'whatsapp' and direction = 'outbound'")
        .await
}

#[tokio::test]
async fn the_sandbox_approves_every_template() {
    let world = world().await;
    followed_up(&world).await;
    live(&world, "2026-03-05T14:00:00Z").await;
    let sent = receipts(&world);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].body, "Hi Ann, Test Plumbing here: how did we do?");
}

#[tokio::test]
async fn a_real_provider_gets_an_approved_template_with_its_values_and_nothing_else() {
    for approved in [false, true] {
        let mut world = world().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        world.app = world.app.clone().with_provider(Arc::new(Spy(Arc::clone(&seen))));
        world
            .run("update tenant_channel_settings set provider = 'whatsapp' where tenant_id = $1 and channel = 'whatsapp'")
            .await;
        let template = followed_up(&world).await;
        if approved {
            let mut tx = world.tx().await;
            templates::approve(&mut tx, template, "job_done", "en_US")
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        live(&world, "2026-03-05T14:00:00Z").await;
        let seen = seen.lock().unwrap().clone();
        if approved {
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(seen.len(), 1);
            assert_eq!(
                seen[0].approved,
                Some(Approved {
                    name: "job_done".to_owned(),
                    language: "en_US".to_owned(),
                    variables: vec![pair("first_name", "Ann"), pair("sender_name", "Test Plumbing")],
                })
            );
        } else {
            assert_eq!(seen, []);
            assert_eq!(what_became_of_it(&world).await, "stopped whatsapp_not_allowed");
        }
    }
}

#[tokio::test]
async fn an_approval_ends_with_the_text_that_was_approved() {
    let world = world().await;
    let template = followed_up(&world).await;
    let mut tx = world.tx().await;
    templates::approve(&mut tx, template, "job_done", "en_US")
        .await
        .unwrap();
    let before = templates::get(&mut tx, template).await.unwrap();
    assert_eq!(before.approved_name.as_deref(), Some("job_done"));
    templates::edit(&mut tx, template, None, &before.body)
        .await
        .unwrap();
    assert!(
        templates::get(&mut tx, template)
            .await
            .unwrap()
            .approved_name
            .is_some()
    );
    templates::edit(&mut tx, template, None, "{{ sender_name }}: all well?")
        .await
        .unwrap();
    let after = templates::get(&mut tx, template).await.unwrap();
    assert_eq!((after.approved_name, after.approved_language), (None, None));
    let of_sms = templates::list(&mut tx)
        .await
        .unwrap()
        .into_iter()
        .find(|one| one.channel == Channel::Sms)
        .unwrap();
    let refused = templates::approve(&mut tx, of_sms.id, "x", "en_US").await;
    assert!(
        matches!(refused, Err(TemplateError::NotForWhatsapp)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_reply_goes_within_24_hours_of_their_message_and_is_refused_after() {
    let world = world().await;
    let to = ours(&world, Channel::Whatsapp).await;
    let said = Inbound::text("1", Channel::Whatsapp, (ANN, &to), "Hi");
    hear(&world, &[told(&world, &said)]).await;
    let id = all(&world).await[0].conversation.id;
    let new = NewReply {
        body: "Hello Ann".to_owned(),
        media_urls: Vec::new(),
        at: None,
    };
    world.at("2026-03-03T14:59:00Z");
    let mut tx = world.tx().await;
    reply::reply(&mut tx, id, &new).await.unwrap();
    drop(tx);
    // one that is scheduled for later is refused today
    let mut tx = world.tx().await;
    let later = NewReply {
        at: Some(moment("2026-03-03T15:30:00Z")),
        ..new.clone()
    };
    let refused = reply::reply(&mut tx, id, &later).await;
    let is_refused = |refused: &Result<_, ReplyError>| matches!(refused, Err(ReplyError::Stopped { why: StopReason::WhatsappNotAllowed, said }) if said.contains("24 hours"));
    assert!(is_refused(&refused), "{refused:?}");
    drop(tx);
    world.at("2026-03-03T15:00:00Z");
    let mut tx = world.tx().await;
    let refused = reply::reply(&mut tx, id, &new).await;
    assert!(is_refused(&refused), "{refused:?}");
}
