//! The jobs that were done for people, each followed up by a campaign of its own.
use crate::people::{People, Person};
use crate::stage::Tenant;
use anyhow::Context;
use jiff::SignedDuration;
use rules::lifecycle::{ServiceType, WorkOrderStatus};
use server::app::App;
use server::db::TenantTx;
use server::work_orders::{self, NewWorkOrder};
use std::ops::Range;

/// The jobs that somebody may have had before they said anything.
pub const JOBS: [ServiceType; 3] = [ServiceType::Plumbing, ServiceType::Hvac, ServiceType::Electrical];
/// The job that is done for those who said START in the end; nobody has had it before.
pub const AGAIN: ServiceType = ServiceType::Roofing;

/// The jobs of these people were done four days ago: their first three touches are due one after the other.
pub async fn complete(
    app: &App,
    tenants: &[Tenant],
    people: &People,
    which: Range<usize>,
) -> anyhow::Result<()> {
    for (index, tenant) in tenants.iter().enumerate() {
        let mut tx = app.tenant(tenant.id).await?;
        let mut orders = Vec::new();
        for person in people.all[which.clone()]
            .iter()
            .filter(|person| person.tenant == index)
        {
            for service in JOBS.iter().take(person.jobs) {
                orders.push(order(&mut tx, app, person, *service).await?);
            }
        }
        work_orders::put_batch(&mut tx, "drill", orders).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One more job was done for somebody.
pub async fn complete_another(app: &App, tenant: &Tenant, person: &Person) -> anyhow::Result<()> {
    let mut tx = app.tenant(tenant.id).await?;
    let another = order(&mut tx, app, person, AGAIN).await?;
    work_orders::put_batch(&mut tx, "drill", vec![another]).await?;
    tx.commit().await
}

async fn order(
    tx: &mut TenantTx,
    app: &App,
    person: &Person,
    service: ServiceType,
) -> anyhow::Result<NewWorkOrder> {
    let found = server::customers::known_by(tx, &[], std::slice::from_ref(&person.phone)).await?;
    let customer = found
        .first()
        .with_context(|| format!("nobody has {}", person.number))?;
    Ok(NewWorkOrder {
        customer: customer.id,
        number: Some(order_number(service, person)),
        service_type: service,
        title: Some("Drill".to_owned()),
        status: WorkOrderStatus::Completed,
        scheduled_at: None,
        completed_at: Some(app.clock.now().checked_sub(SignedDuration::from_hours(96))?),
        amount_cents: None,
    })
}

/// The number of a job in the tenant's own books.
pub fn order_number(service: ServiceType, person: &Person) -> String {
    format!("{}-{}", service.name(), person.number)
}
