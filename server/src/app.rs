//! What a running Courtesy is made of: database, clock, providers.
use crate::clock::Clock;
use crate::db::{Database, TenantId, TenantTx};
use providers::Provider;
use providers::sandbox::Sandbox;
use std::sync::Arc;

/// Handed to every verb that opens a transaction or speaks to a provider.
#[derive(Clone)]
pub struct App {
    pub db: Database,
    pub clock: Clock,
    pub sandbox: Arc<Sandbox>,
}

impl App {
    /// A transaction of this tenant at the clock's present time.
    pub async fn tenant(&self, tenant: TenantId) -> sqlx::Result<TenantTx> {
        self.db.tenant(tenant, self.clock.now()).await
    }

    /// The provider of that stored name, if this installation speaks to it.
    pub fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        (name == self.sandbox.name()).then(|| Arc::clone(&self.sandbox) as Arc<dyn Provider>)
    }
}
