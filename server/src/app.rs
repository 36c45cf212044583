//! What a running Courtesy is made of: database, clock, providers.
use crate::carriers::Carriers;
use crate::clock::Clock;
use crate::db::{Database, TenantId, TenantTx};
use crate::seal::KeyRing;
use crate::sent_away::SentAway;
use providers::http::Http;
use providers::sandbox::Sandbox;
use providers::{Description, Provider};
use std::sync::Arc;

/// Handed to every verb that opens a transaction or speaks to a provider.
#[derive(Clone)]
pub struct App {
    pub db: Database,
    pub clock: Clock,
    /// There while an engine runs that asks it for its events; other commands hand nothing over, and leave its journal alone.
    pub sandbox: Option<Arc<Sandbox>>,
    /// The client by which real providers are called; none in a command that hands nothing over.
    pub http: Option<Http>,
    /// What seals and opens credentials.
    pub keys: Option<Arc<KeyRing>>,
    /// The providers that a connection can be made to.
    pub catalog: &'static [Description],
    /// The address under which providers and readers reach this installation, e.g. `https://messages.example.com`.
    pub public_url: Option<String>,
    /// Connections that are open.
    pub carriers: Arc<Carriers>,
    /// Calls of providers that were sent away.
    pub sent_away: Arc<SentAway>,
    providers: Vec<Arc<dyn Provider>>,
}

impl App {
    /// An installation that speaks to no provider yet.
    pub fn new(db: Database, clock: Clock) -> Self {
        Self {
            db,
            clock,
            sandbox: None,
            http: None,
            keys: None,
            catalog: providers::PROVIDERS,
            public_url: None,
            carriers: Arc::default(),
            sent_away: Arc::default(),
            providers: Vec::new(),
        }
    }

    /// With the sandbox as a provider, whose events the engine asks for.
    #[must_use]
    pub fn with_sandbox(self, sandbox: Sandbox) -> Self {
        let sandbox = Arc::new(sandbox);
        Self {
            sandbox: Some(Arc::clone(&sandbox)),
            ..self.with_provider(sandbox)
        }
    }

    /// With one more provider; of two of the same name the first is spoken to.
    #[must_use]
    pub fn with_provider(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// A transaction of this tenant at the clock's present time. Refused when the database's clock says otherwise.
    pub async fn tenant(&self, tenant: TenantId) -> sqlx::Result<TenantTx> {
        let now = self.clock.now();
        self.db.tenant(tenant, now, self.clock.for_database(now)).await
    }

    /// What is to be said to connect to the provider of that stored name.
    pub fn described(&self, name: &str) -> Option<&'static Description> {
        self.catalog.iter().find(|provider| provider.name == name)
    }

    /// The provider of that stored name, if this installation speaks to it.
    pub fn provider(&self, name: &str) -> Option<Arc<dyn Provider>> {
        self.providers
            .iter()
            .find(|provider| provider.name() == name)
            .map(Arc::clone)
    }
}
