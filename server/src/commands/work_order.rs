//! `courtesy work-order`: list, complete, cancel, do not send.
use super::screen;
use super::session::Session;
use crate::customers;
use crate::ids::Noun;
use crate::tenants;
use crate::work_orders;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use rules::lifecycle::WorkOrderStatus;

#[derive(Debug, Subcommand)]
pub enum WorkOrder {
    /// Show work orders, newest first.
    List(List),
    /// A job is done: its follow-up begins.
    Complete(Complete),
    /// A job was called off: its follow-up ends.
    Cancel(One),
    /// A job is not to be followed up.
    DoNotSend(One),
}

#[derive(Debug, Args)]
pub struct List {
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Of this customer only: id (cus_…), e-mail address or phone number.
    #[arg(long)]
    customer: Option<String>,
    /// In this status only: scheduled, in_progress, completed, do_not_send, cancelled.
    #[arg(long, value_parser = status)]
    status: Option<WorkOrderStatus>,
    /// Those after this id (wo_…): the next page.
    #[arg(long, value_name = "wo_…")]
    after: Option<String>,
    /// 1 to 100.
    #[arg(long, default_value_t = 50)]
    limit: i64,
}

#[derive(Debug, Args)]
pub struct One {
    /// Its id (wo_…) or its number.
    work_order: String,
    /// The tenant's slug.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
}

#[derive(Debug, Args)]
pub struct Complete {
    #[command(flatten)]
    one: One,
    /// When it was done, e.g. 2026-03-04T17:35:00Z; now when not given.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

fn status(text: &str) -> Result<WorkOrderStatus, String> {
    WorkOrderStatus::parse(text)
        .ok_or_else(|| "it should be scheduled, in_progress, completed, do_not_send or cancelled".to_owned())
}

impl WorkOrder {
    pub async fn run(self, session: Session) -> anyhow::Result<()> {
        let (one, to, at) = match self {
            Self::List(list) => return list.run(&session).await,
            Self::Complete(complete) => (complete.one, WorkOrderStatus::Completed, complete.at),
            Self::Cancel(one) => (one, WorkOrderStatus::Cancelled, None),
            Self::DoNotSend(one) => (one, WorkOrderStatus::DoNotSend, None),
        };
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &one.tenant).await?).await?;
        if at.is_some_and(|at| at > tx.now()) {
            anyhow::bail!("--at: a job can't have been completed in the future");
        }
        let order = work_orders::find(&mut tx, &one.work_order).await?;
        work_orders::move_to(&mut tx, order.id, to, at).await?;
        tx.commit().await?;
        screen::say(format!("{} is {}", one.work_order, to.name()));
        Ok(())
    }
}

impl List {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let after = self
            .after
            .map(|shown| Noun::WorkOrder.read(&shown))
            .transpose()
            .map_err(|error| anyhow::anyhow!("--after: {error}"))?;
        let open = session.open().await?;
        let mut tx = open.tenant(tenants::by_slug(&open, &self.tenant).await?).await?;
        let customer = match &self.customer {
            Some(named) => Some(customers::find(&mut tx, named).await?.id),
            None => None,
        };
        let orders = work_orders::list(&mut tx, customer, self.status, after, self.limit).await?;
        if session.settings.json {
            return screen::json(&orders);
        }
        if orders.is_empty() {
            screen::say("No work orders. Import some: courtesy import work-orders FILE --tenant SLUG");
            return Ok(());
        }
        let mut table = screen::table(["number", "service", "title", "status", "completed (UTC)", "id"]);
        for order in orders {
            table.add_row([
                order.number.unwrap_or_default(),
                order.service_type.name().to_owned(),
                order.title.unwrap_or_default(),
                order.status.name().to_owned(),
                order
                    .completed_at
                    .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
                    .unwrap_or_default(),
                Noun::WorkOrder.show(order.id),
            ]);
        }
        screen::say(table);
        Ok(())
    }
}
