//! What a running engine has under way beside its rounds: errands of tenants, one of a kind for each at a time, and only so many at once.
use crate::db::TenantId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};

/// What may take long: there is much of it, or a provider is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Errand {
    /// Apply what was heard.
    Apply,
    /// Gate, hand over, record.
    Send,
    /// Ask what became of messages.
    Rescue,
}

impl Errand {
    /// How many tenants are served at once. What is applied holds a connection to the database; who waits for a provider holds none, but
    /// up to sixteen sockets.
    fn most(self) -> usize {
        match self {
            Self::Apply => 3,
            Self::Send => 64,
            Self::Rescue => 16,
        }
    }
}

/// How many gates are at the database at once: the pool has more connections, so that what is heard is stored and applied meanwhile.
const AT_THE_DATABASE: usize = 4;

/// What is under way.
pub(super) struct Flights {
    /// Each answers whether it moved anything.
    tasks: JoinSet<bool>,
    of: HashMap<Id, (Errand, TenantId)>,
    busy: BTreeSet<(Errand, TenantId)>,
    /// The last whose errand of a kind was begun: the next round begins after it.
    last: BTreeMap<Errand, TenantId>,
    database: Arc<Semaphore>,
}

impl Flights {
    pub(super) fn new() -> Self {
        Self {
            tasks: JoinSet::new(),
            of: HashMap::new(),
            busy: BTreeSet::new(),
            last: BTreeMap::new(),
            database: Arc::new(Semaphore::new(AT_THE_DATABASE)),
        }
    }

    /// Where a gate takes its turn at the database.
    pub(super) fn database(&self) -> Arc<Semaphore> {
        Arc::clone(&self.database)
    }

    /// Is an errand of that kind under way for the tenant?
    pub(super) fn is_busy(&self, errand: Errand, tenant: TenantId) -> bool {
        self.busy.contains(&(errand, tenant))
    }

    /// May one more of that kind begin?
    pub(super) fn has_room(&self, errand: Errand) -> bool {
        self.busy.iter().filter(|(kind, _)| *kind == errand).count() < errand.most()
    }

    /// These tenants, beginning after the one that was served last: when there is not room for all, each has its turn.
    pub(super) fn in_turn(&self, errand: Errand, tenants: &[TenantId]) -> Vec<TenantId> {
        let mut tenants = tenants.to_vec();
        let last = self.last.get(&errand);
        let first = tenants.partition_point(|tenant| Some(tenant) <= last);
        let first = if first == tenants.len() { 0 } else { first };
        tenants.rotate_left(first);
        tenants
    }

    /// Begins an errand, which answers whether it moved anything.
    pub(super) fn begin(
        &mut self,
        errand: Errand,
        tenant: TenantId,
        work: impl Future<Output = bool> + Send + 'static,
    ) {
        let task = self.tasks.spawn(work).id();
        self.of.insert(task, (errand, tenant));
        self.busy.insert((errand, tenant));
        self.last.insert(errand, tenant);
    }

    /// Takes in what has ended by now.
    pub(super) fn land(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.landed(ended);
        }
    }

    /// Waits until one has ended that moved something, so that there may be more to do. For ever when nothing is under way.
    pub(super) async fn moved(&mut self) {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            if self.landed(ended) {
                return;
            }
        }
        std::future::pending().await
    }

    /// Waits until nothing is under way.
    pub(super) async fn land_all(&mut self) {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.landed(ended);
        }
    }

    fn landed(&mut self, ended: Result<(Id, bool), tokio::task::JoinError>) -> bool {
        let (task, moved) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // its messages are on disk with their leases, and are asked about when those end
                tracing::error!(%error, "an errand broke off");
                (error.id(), false)
            }
        };
        if let Some(errand) = self.of.remove(&task) {
            self.busy.remove(&errand);
        }
        moved
    }
}
