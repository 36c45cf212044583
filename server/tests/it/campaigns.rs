//! Campaigns: enrollment, repeat jobs, pause and resume, deletion, edits; and the presets that ship with the product.
use crate::support::people::{customer, job, live, plumbing, receipts};
use crate::support::{moment, world};
use rules::lifecycle::{EnrollmentStopReason, WorkOrderStatus};
use rules::purpose::Purpose;
use server::campaigns::{self, CampaignError, Touch};
use server::ids::Noun;
use server::messages::tasks;
use server::templates::NewTemplate;
use server::{customers, templates, work_orders};

const ANN: &str = "+15045230001";
const COMPLETED: &str = "2026-03-02T14:00:00Z";

#[tokio::test]
async fn every_preset_can_be_copied_once_and_a_second_copy_is_the_same() {
    let world = world().await;
    let mut tx = world.tx().await;
    assert_eq!(campaigns::presets::all().len(), 9);
    for preset in campaigns::presets::all() {
        let one = campaigns::presets::copy(&mut tx, "test", &preset.key)
            .await
            .unwrap();
        let again = campaigns::presets::copy(&mut tx, "test", &preset.key)
            .await
            .unwrap();
        assert_eq!(one, again, "{}", preset.key);
    }
    assert_eq!(campaigns::list(&mut tx).await.unwrap().len(), 9);
    let first: std::collections::BTreeMap<&str, i32> = campaigns::presets::all()
        .iter()
        .map(|preset| (preset.key.as_str(), preset.touches[0].delay_hours))
        .collect();
    for (key, hours) in [
        ("hvac", 24),
        ("plumbing", 48),
        ("electrical", 24),
        ("cleaning", 4),
        ("roofing", 72),
        ("painting", 48),
        ("handyman", 24),
        ("other", 24),
    ] {
        assert_eq!(first[key], hours);
    }
    let error = campaigns::presets::copy(&mut tx, "test", "gardening")
        .await
        .unwrap_err();
    assert!(matches!(error, CampaignError::UnknownPreset(_)));
}

#[tokio::test]
async fn a_repeat_job_ends_the_follow_up_of_the_one_before() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    world.at("2026-03-03T14:00:00Z");
    job(&world, ann, "J-2", Some("2026-03-03T13:00:00Z")).await;
    let states = world.text("select string_agg(status || coalesce(':' || stop_reason, ''), ' ' order by enrolled_at) from campaign_enrollments where tenant_id = $1").await;
    assert_eq!(states, "stopped:repeat_job active");
    live(&world, "2026-03-05T20:00:00Z").await;
    let times: Vec<String> = receipts(&world)
        .iter()
        .map(|receipt| receipt.at.to_string())
        .collect();
    assert_eq!(
        times,
        ["2026-03-05T14:00:00Z"],
        "13:00 is 7:00 in New Orleans: the second job's text, at 8:00"
    );
}

#[tokio::test]
async fn a_pause_holds_what_is_scheduled_and_queued_and_a_resumption_sends_it_once() {
    let world = world().await;
    let campaign = plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    let ben = customer(&world, "Ben", "+15045230002").await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    world.at("2026-03-03T05:00:00Z");
    job(&world, ben, "J-2", Some("2026-03-03T04:00:00Z")).await;
    // Ann's text went; Ben's is held for the night
    live(&world, "2026-03-05T05:00:00Z").await;
    assert_eq!(receipts(&world).len(), 1);
    let mut tx = world.tx().await;
    assert!(campaigns::pause(&mut tx, campaign).await.unwrap());
    assert!(!campaigns::pause(&mut tx, campaign).await.unwrap());
    tx.commit().await.unwrap();
    live(&world, "2026-03-12T16:00:00Z").await;
    assert_eq!(
        receipts(&world).len(),
        1,
        "nothing goes while the campaign is paused"
    );
    let mut tx = world.tx().await;
    assert!(campaigns::resume(&mut tx, campaign).await.unwrap());
    tx.commit().await.unwrap();
    live(&world, "2026-03-12T17:00:00Z").await;
    let mut sent: Vec<(String, i64)> = receipts(&world)
        .iter()
        .map(|receipt| (receipt.to.clone(), receipt.at.as_second()))
        .collect();
    sent.sort();
    assert_eq!(
        sent.len(),
        4,
        "Ben's text, and both e-mails that were due: {sent:?}"
    );
    let ids: std::collections::BTreeSet<_> = receipts(&world)
        .iter()
        .map(|receipt| receipt.message_id)
        .collect();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_pause_of_over_thirty_days_ends_the_follow_ups() {
    let world = world().await;
    let campaign = plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    let mut tx = world.tx().await;
    campaigns::pause(&mut tx, campaign).await.unwrap();
    tx.commit().await.unwrap();
    world.at("2026-04-01T15:00:00Z");
    assert_eq!(world.engine().round().await.unwrap().ended, 0);
    world.at("2026-04-02T15:00:00Z");
    assert_eq!(world.engine().round().await.unwrap().ended, 1);
    assert!(world.engine().round().await.unwrap().is_idle());
    assert_eq!(
        world
            .text("select stop_reason from campaign_enrollments where tenant_id = $1")
            .await,
        "campaign_paused"
    );
}

#[tokio::test]
async fn deletion_is_soft_ends_follow_ups_and_frees_the_service_type() {
    let world = world().await;
    let campaign = plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    let mut tx = world.tx().await;
    assert_eq!(campaigns::delete(&mut tx, campaign).await.unwrap(), 1);
    assert!(matches!(
        campaigns::pause(&mut tx, campaign).await,
        Err(CampaignError::Deleted)
    ));
    let again = campaigns::presets::copy(&mut tx, "test", "plumbing")
        .await
        .unwrap();
    assert_ne!(again, campaign);
    tx.commit().await.unwrap();
    live(&world, "2026-03-10T14:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
    assert_eq!(
        world
            .text("select stop_reason from campaign_enrollments where tenant_id = $1")
            .await,
        "campaign_deleted"
    );
    assert_eq!(
        world
            .text("select count(*) from campaigns where tenant_id = $1")
            .await,
        "2"
    );
}

#[tokio::test]
async fn a_template_that_fails_for_many_is_one_task_until_a_person_closes_it() {
    let world = world().await;
    let campaign = plumbing(&world).await;
    let mut tx = world.tx().await;
    let touches = campaigns::get(&mut tx, campaign).await.unwrap().touches;
    let firm = "{{ sender_name }}: thank you, {{ company_name }}. Reply STOP to opt out.";
    templates::edit(&mut tx, touches[0].template, None, firm)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // nobody of them has a company
    for (name, phone) in [("Ann", ANN), ("Ben", "+15045230002")] {
        let person = customer(&world, name, phone).await;
        job(&world, person, name, Some(COMPLETED)).await;
    }
    live(&world, "2026-03-04T20:00:00Z").await;
    let failed =
        "select count(*) from enrollment_touches where tenant_id = $1 and why like 'cannot_render: %'";
    assert_eq!(world.text(failed).await, "2");
    let asked = tasks::Filter {
        kind: Some("failed_to_render".to_owned()),
        limit: 10,
        ..tasks::Filter::default()
    };
    let mut tx = world.tx().await;
    let open = tasks::list(&mut tx, &asked).await.unwrap().tasks;
    assert_eq!(open.len(), 1, "{open:?}");
    let template = Noun::Template.show(touches[0].template);
    assert!(open[0].said.starts_with(&template), "{}", open[0].said);
    assert!(open[0].said.contains("company_name"), "{}", open[0].said);
    tasks::close(&mut tx, open[0].id, "Pat", "mended, as I thought")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let carl = customer(&world, "Carl", "+15045230003").await;
    job(&world, carl, "Carl", Some("2026-03-04T14:00:00Z")).await;
    live(&world, "2026-03-06T20:00:00Z").await;
    assert_eq!(world.text(failed).await, "3");
    let mut tx = world.tx().await;
    let again = tasks::list(&mut tx, &asked).await.unwrap().tasks;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].id, open[0].id);
}

#[tokio::test]
async fn an_edit_of_touches_never_sends_again_and_a_wrong_one_is_refused() {
    let world = world().await;
    let campaign = plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    live(&world, "2026-03-04T20:00:00Z").await;
    let mut tx = world.tx().await;
    let touches = campaigns::get(&mut tx, campaign).await.unwrap().touches;
    let wrong = |change: fn(&mut Vec<Touch>)| {
        let mut all = touches.clone();
        change(&mut all);
        all
    };
    for bad in [
        wrong(Vec::clear),
        wrong(|all| all[1].number = 3),
        wrong(|all| all[0].delay_hours = 0),
        wrong(|all| all[0].channel = rules::channel::Channel::Email),
        wrong(|all| all.extend(all.clone())),
    ] {
        assert!(
            campaigns::edit_touches(&mut tx, campaign, &bad).await.is_err(),
            "{bad:?}"
        );
    }
    let answer = templates::create(
        &mut tx,
        &NewTemplate {
            name: "Answer".to_owned(),
            channel: touches[0].channel,
            purpose: Purpose::Reply,
            service_type: None,
            subject: None,
            body: "Thanks!".to_owned(),
            copied_from: None,
        },
    )
    .await
    .unwrap();
    let mut unasked = touches.clone();
    unasked[0].template = answer;
    assert!(matches!(
        campaigns::edit_touches(&mut tx, campaign, &unasked).await,
        Err(CampaignError::PurposeOfTemplate { number: 1, .. })
    ));
    campaigns::edit_touches(&mut tx, campaign, &touches[..2])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    live(&world, "2026-03-20T14:00:00Z").await;
    assert_eq!(
        receipts(&world).len(),
        2,
        "the text that went before the edit, and one e-mail"
    );
    assert_eq!(
        world
            .text("select status from campaign_enrollments where tenant_id = $1")
            .await,
        "completed"
    );
}

#[tokio::test]
async fn cancelled_jobs_and_archived_customers_are_not_followed_up() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    let ben = customer(&world, "Ben", "+15045230002").await;
    let cat = customer(&world, "Cat", "+15045230003").await;
    let order = job(&world, ann, "J-1", Some(COMPLETED)).await;
    job(&world, ben, "J-2", Some(COMPLETED)).await;
    job(&world, cat, "J-3", Some("2026-01-15T14:00:00Z")).await;
    let mut tx = world.tx().await;
    work_orders::move_to(&mut tx, order, WorkOrderStatus::DoNotSend, None)
        .await
        .unwrap();
    customers::archive(&mut tx, "test", &[ben]).await.unwrap();
    tx.commit().await.unwrap();
    let states = world.text("select string_agg(stop_reason, ',' order by stop_reason) from campaign_enrollments where tenant_id = $1").await;
    assert_eq!(
        states, "customer_archived,work_order_cancelled",
        "and the job of January was never enrolled"
    );
    live(&world, "2026-03-20T14:00:00Z").await;
    assert_eq!(receipts(&world).len(), 0);
}

#[tokio::test]
async fn one_follow_up_is_active_per_customer_and_campaign_whoever_asks_at_once() {
    let world = world().await;
    plumbing(&world).await;
    let ann = customer(&world, "Ann", ANN).await;
    let jobs = (0..8).map(|number| {
        job(
            &world,
            ann,
            Box::leak(format!("J-{number}").into_boxed_str()),
            Some(COMPLETED),
        )
    });
    for one in jobs {
        one.await;
    }
    assert_eq!(
        world
            .text("select count(*) from campaign_enrollments where tenant_id = $1 and status = 'active'")
            .await,
        "1"
    );
    let mut tx = world.tx().await;
    campaigns::stop_for_customers(&mut tx, &[ann], EnrollmentStopReason::OwnerStopped)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        world
            .text("select count(*) from campaign_enrollments where tenant_id = $1 and status = 'active'")
            .await,
        "0"
    );
}

#[tokio::test]
async fn a_campaign_of_the_service_type_goes_before_the_default() {
    let world = world().await;
    let mut tx = world.tx().await;
    campaigns::presets::copy(&mut tx, "test", "default")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let ann = customer(&world, "Ann", ANN).await;
    job(&world, ann, "J-1", Some(COMPLETED)).await;
    plumbing(&world).await;
    let ben = customer(&world, "Ben", "+15045230002").await;
    job(&world, ben, "J-2", Some(COMPLETED)).await;
    let keys = world.text("select string_agg(g.copied_from, ',' order by c.first_name) from campaign_enrollments e join customers c on c.tenant_id = e.tenant_id and c.id = e.customer_id join campaigns g on g.tenant_id = e.tenant_id and g.id = e.campaign_id where e.tenant_id = $1").await;
    assert_eq!(keys, "default,plumbing");
    assert_eq!(
        world
            .text("select min(scheduled_at)::text from enrollment_touches where tenant_id = $1")
            .await,
        moment("2026-03-03T14:00:00Z")
            .strftime("%Y-%m-%d %H:%M:%S+00")
            .to_string()
    );
}

#[tokio::test]
async fn a_template_that_cannot_be_rendered_or_names_nobody_is_refused() {
    let world = world().await;
    let mut tx = world.tx().await;
    let new = |body: &str| templates::NewTemplate {
        name: format!("t{}", body.len()),
        channel: rules::channel::Channel::Sms,
        purpose: rules::purpose::Purpose::Service,
        service_type: None,
        subject: None,
        body: body.to_owned(),
        copied_from: None,
    };
    for bad in [
        "Hi {{ nobody }} from {{ sender_name }}",
        "Hi {% for x in y %}",
        "Hi there, how was it?",
        "{{ sender_name }}: https://bit.ly/x",
        "",
    ] {
        assert!(templates::create(&mut tx, &new(bad)).await.is_err(), "{bad}");
    }
    templates::create(&mut tx, &new("{{ sender_name }}: how was it?"))
        .await
        .unwrap();
}
