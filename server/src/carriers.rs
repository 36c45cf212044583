//! Connections that are open: a provider that was made of settings and credentials is kept until the connection changes.
use jiff::Timestamp;
use providers::{Outcome, Provider, Request};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// A connection ready for use.
#[derive(Clone)]
pub struct Opened {
    pub provider: Arc<dyn Provider>,
    /// Where this provider reaches us; none when it does not call, or this installation has no public URL. It holds the token: never
    /// in a log.
    pub hook_url: Option<String>,
}

impl Opened {
    /// Hands a message over; the provider is told where to tell what becomes of it.
    pub async fn send(&self, mut request: Request) -> Outcome {
        request.callback_url = self
            .hook_url
            .as_ref()
            .map(|url| format!("{url}?message={}", request.message_id));
        self.provider.send(&request).await
    }
}

/// Those that are open, each with the version that it was made of.
#[derive(Default)]
pub struct Carriers {
    open: Mutex<HashMap<Uuid, (Timestamp, Opened)>>,
}

impl Carriers {
    /// The open connection, if it is of this version.
    pub fn get(&self, connection: Uuid, version: Timestamp) -> Option<Opened> {
        self.open()
            .get(&connection)
            .filter(|(of, _)| *of == version)
            .map(|(_, opened)| opened.clone())
    }

    /// Keeps it in place of an older version.
    pub fn put(&self, connection: Uuid, version: Timestamp, opened: Opened) {
        self.open().insert(connection, (version, opened));
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Uuid, (Timestamp, Opened)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
