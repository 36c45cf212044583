//! The drill's provider: one sandbox for all workers, over the network, with a journal that no fault touches. It tells what
//! happens as a webhook would: stored by the product first, acknowledged after.
use crate::twilio::{self, Twilio, call};
use crate::wire::{Answer, Question};
use crate::words::Book;
use anyhow::Context;
use jiff::Timestamp;
use providers::sandbox::Sandbox;
use providers::{Event, EventKind, Inbound, Outcome, Provider, Request};
use rules::channel::Channel;
use rules::purpose::Purpose;
use server::app::App;
use server::inbound;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use uuid::Uuid;

/// How many calls are under way at once.
const CALLS_AT_ONCE: usize = 8;

pub struct Desk {
    app: App,
    sandbox: Sandbox,
    pub journal: PathBuf,
    stop_in_flight: HashSet<String>,
    /// Texts go by Twilio's API, and what happens to them is told by its calls.
    pub twilio: Option<Twilio>,
    /// Hangs up on some, before or after the message was taken.
    pub is_rude: AtomicBool,
    pub hung_up: AtomicU64,
    pub stops_while_in_flight: AtomicU64,
    pub lies: AtomicU64,
    /// Words that were told once more when the product had them.
    pub told_again: AtomicU64,
    /// What customers wrote.
    pub book: Book,
}

impl Desk {
    /// `app` is the product as its webhooks see it; its clock is right.
    pub fn new(
        app: App,
        sandbox: Sandbox,
        journal: &Path,
        stop_in_flight: HashSet<String>,
        twilio: Option<Twilio>,
    ) -> Arc<Self> {
        Arc::new(Self {
            app,
            sandbox,
            journal: journal.to_owned(),
            stop_in_flight,
            twilio,
            is_rude: AtomicBool::new(true),
            hung_up: AtomicU64::new(0),
            stops_while_in_flight: AtomicU64::new(0),
            lies: AtomicU64::new(0),
            told_again: AtomicU64::new(0),
            book: Book::default(),
        })
    }

    /// Answers workers from now on.
    pub async fn open(self: &Arc<Self>) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    // a worker that was killed hangs up on us
                    let _ = desk.answer(stream).await;
                });
            }
        });
        Ok(address)
    }

    /// Answers calls of Twilio's API from now on.
    pub async fn open_twilio(self: &Arc<Self>) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    // a worker that was killed hangs up on us
                    let _ = desk.answer_call(stream).await;
                });
            }
        });
        Ok(address)
    }

    async fn answer_call(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        let twilio = self.twilio.as_ref().context("texts don't go by Twilio")?;
        let Some(call) = call::read(&mut stream).await? else {
            return Ok(());
        };
        if !twilio.knows(&call) {
            let refused = serde_json::json!({ "status": 401, "code": 20003, "message": "Authenticate" });
            return call::answer(&mut stream, 401, &refused).await;
        }
        if call.method == "GET" {
            let (status, body) = twilio.look_up(&call);
            return call::answer(&mut stream, status, &body).await;
        }
        if self.hangs_up() {
            return Ok(());
        }
        let request = twilio.request(&call, self.app.clock.now())?;
        let outcome = self.take_up(&request).await;
        // noted before it is answered: a callback may come first
        let answer = twilio.answer_to(&request, &outcome);
        self.stop_while_in_flight(&request).await;
        match answer {
            Some((status, body)) if !self.hangs_up() => call::answer(&mut stream, status, &body).await,
            _ => Ok(()),
        }
    }

    /// Does it hang up on this one?
    fn hangs_up(&self) -> bool {
        let hangs_up = self.is_rude.load(Ordering::Relaxed) && rand::random_bool(0.01);
        self.hung_up.fetch_add(u64::from(hangs_up), Ordering::Relaxed);
        hangs_up
    }

    async fn answer(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        let mut line = String::new();
        BufReader::new(&mut stream).read_line(&mut line).await?;
        let answer = match serde_json::from_str(&line)? {
            Question::LookUp(message) => Answer::from(self.sandbox.look_up(&message).await),
            Question::Send(_) if self.hangs_up() => return Ok(()),
            Question::Send(request) => {
                let answer = self.take(*request).await;
                if self.hangs_up() {
                    return Ok(());
                }
                answer
            }
        };
        let mut bytes = serde_json::to_vec(&answer)?;
        bytes.push(b'\n');
        Ok(stream.write_all(&bytes).await?)
    }

    /// The time of a receipt is ours: a worker's clock may be wrong.
    async fn take(&self, mut request: Request) -> Answer {
        request.now = self.app.clock.now();
        let outcome = self.take_up(&request).await;
        self.stop_while_in_flight(&request).await;
        Answer::from(outcome)
    }

    async fn take_up(&self, request: &Request) -> Outcome {
        self.sandbox.send(request).await
    }

    async fn stop_while_in_flight(&self, request: &Request) {
        let is_text = request.channel == Channel::Sms && request.purpose == Purpose::Service;
        if is_text && self.stop_in_flight.contains(&request.to) {
            let stop = written(
                &request.from,
                &request.to,
                "STOP",
                request.now,
                request.message_id,
            );
            if self.keep(&[stop]).await.is_ok() {
                self.stops_while_in_flight.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Tells the product what is due, as long as the drill lasts.
    pub async fn tell(self: Arc<Self>) {
        loop {
            let due = self.sandbox.due_events(self.app.clock.now());
            let mut telling = JoinSet::new();
            for some in due.chunks(50) {
                let (desk, some) = (Arc::clone(&self), some.to_vec());
                // what could not be kept comes again
                telling.spawn(async move { desk.keep_and_acknowledge(&some).await.is_ok() });
                if telling.len() == CALLS_AT_ONCE {
                    telling.join_next().await;
                }
            }
            while telling.join_next().await.is_some() {}
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn keep_and_acknowledge(&self, events: &[Event]) -> anyhow::Result<()> {
        let kept = self.keep(events).await?;
        Ok(self.sandbox.acknowledge(&kept, self.app.clock.now())?)
    }

    /// A text was written: the product may hear of it from now on.
    pub fn write(&self, event: &Event) {
        self.book.told(event, self.app.clock.now());
        if let Some(twilio) = &self.twilio {
            twilio.list(event);
        }
    }

    /// Does who carries the texts of our number list what was written to it, and knows its time?
    pub fn lists_words_to(&self, ours: &str) -> bool {
        self.twilio.as_ref().is_some_and(|twilio| twilio.has(ours))
    }

    /// The key under which the product stores a text.
    pub fn stored_key(&self, key: &str, ours: &str) -> String {
        if self.lists_words_to(ours) {
            twilio::stored_key(key)
        } else {
            key.to_owned()
        }
    }

    /// Stores events as a webhook does, and notes which texts are on disk. Answers which need not be told again: a text that Twilio called
    /// for in vain is told by its list alone.
    pub async fn keep(&self, events: &[Event]) -> anyhow::Result<Vec<String>> {
        for event in events {
            self.write(event);
        }
        let (by_twilio, others): (Vec<&Event>, Vec<&Event>) =
            events.iter().partition(|event| self.is_told_by_twilio(event));
        let others: Vec<Event> = others.into_iter().cloned().collect();
        let mut kept = inbound::keep(&self.app, "sandbox", &others).await?;
        let mut given_up = Vec::new();
        for event in by_twilio {
            let Some(twilio) = &self.twilio else { continue };
            if twilio.tell(event).await.is_ok() {
                kept.push(event.key.clone());
            } else if twilio.calls_no_more(event) {
                given_up.push(event.key.clone());
            }
        }
        let now = self.app.clock.now();
        for event in events.iter().filter(|event| kept.contains(&event.key)) {
            self.book.kept(event, now);
        }
        kept.extend(given_up);
        Ok(kept)
    }

    /// Clicks and feedback come by our own links, not by Twilio.
    fn is_told_by_twilio(&self, event: &Event) -> bool {
        let is_of_a_text = matches!(event.kind, EventKind::Status { .. } | EventKind::Inbound(_));
        let twilio = self.twilio.as_ref();
        is_of_a_text && twilio.is_some_and(|twilio| twilio.has(&event.our_address))
    }

    /// A text that somebody writes now.
    pub fn says(&self, ours: &str, theirs: &str, body: &str) -> Event {
        written(ours, theirs, body, self.app.clock.now(), Uuid::new_v4())
    }

    /// Somebody writes STOP out of the blue.
    pub async fn stop(&self, ours: &str, theirs: &str) -> anyhow::Result<()> {
        let event = self.says(ours, theirs, "STOP");
        self.keep(&[event]).await.map(drop)
    }

    /// Tells what is not true: a status of a message that nobody sent, words that are no provider's statuses, that a message is on its
    /// way which arrived long ago.
    pub async fn lie(&self, ours: &str, queued: Uuid, delivered: Option<Uuid>) -> anyhow::Result<()> {
        let mut statuses = vec![
            (Uuid::new_v4(), "delivered"),
            (queued, "flying"),
            (queued, "cancelled"),
        ];
        statuses.extend(delivered.map(|message| (message, "sent")));
        let now = self.app.clock.now();
        let lies: Vec<Event> = statuses
            .into_iter()
            .map(|(message_id, status)| Event {
                key: format!("lie-{}", Uuid::new_v4()),
                our_address: ours.to_owned(),
                occurred_at: now,
                kind: EventKind::Status {
                    message_id: Some(message_id),
                    external_id: "SBlie".to_owned(),
                    status: status.to_owned(),
                    code: None,
                },
            })
            .collect();
        self.keep(&lies).await?;
        self.lies.fetch_add(lies.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Is there nothing left to tell?
    pub fn has_told_all(&self) -> bool {
        self.sandbox.next_event_at().is_none()
    }
}

fn written(ours: &str, theirs: &str, body: &str, at: Timestamp, name: Uuid) -> Event {
    let key = format!("drill-{name}");
    Event {
        our_address: ours.to_owned(),
        occurred_at: at,
        kind: EventKind::Inbound(Inbound::text(&key, Channel::Sms, (theirs, ours), body)),
        key,
    }
}
