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
    /// There while an engine runs; other commands hand nothing over, and leave its journal alone.
    pub sandbox: Option<Arc<Sandbox>>,
}

impl App {
    /// A transaction of this tenant at the clock's present time.
    pub async fn tenant(&self, tenant: TenantId) -> sqlx::Result<TenantTx> {
        self.db.tenant(tenant, self.clock.now()).await
    }

    /// The provider of that stored name, if this installation speaks to it.
    pub fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        let sandbox = self.sandbox.as_ref().filter(|sandbox| sandbox.name() == name)?;
        Some(Arc::clone(sandbox) as Arc<dyn Provider>)
    }
}
