//! An other side over real HTTP on loopback. It speaks by hand, so that it can also misbehave: fall silent, drip, cut the line.
use crate::entry::Made;
use crate::mood::{Mood, Moods};
use providers::Provider;
use providers::http::{Egress, Http};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Came {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Request line and headers.
    pub head: String,
    pub body: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// How a provider's other side speaks.
#[derive(Clone, Copy)]
pub struct Speech {
    /// Is it a hand-over? All else are questions.
    pub is_send: fn(&Came) -> bool,
    /// Takes the hand-over of this number: 0 is the first that came.
    pub accepts: fn(usize, &Came) -> Reply,
    pub refuses: fn(&Came) -> Reply,
    pub opted_out: fn(&Came) -> Reply,
    /// Asks for thirty seconds.
    pub limits: fn(&Came) -> Reply,
    pub fails: fn(&Came) -> Reply,
    /// Answers a question by what was taken: each hand-over with its number.
    pub answers: fn(&Came, &[(usize, Came)]) -> Reply,
}

#[derive(Default)]
struct Book {
    moods: Moods,
    sends: usize,
    connections: usize,
    taken: Vec<(usize, Came)>,
}

type Shared = Arc<Mutex<Book>>;

/// A provider that was made by `connect` of a client and the other side's URL, in front of an other side with these moods.
pub async fn made(
    speech: Speech,
    moods: impl Into<Moods>,
    connect: impl FnOnce(Http, &str) -> Arc<dyn Provider>,
) -> Made {
    let moods = moods.into();
    let timeouts = moods.timeouts();
    let (listener, at) = door(moods.of_hand_overs.first().copied()).await;
    let url = format!("http://{at}");
    let book = Shared::new(Mutex::new(Book {
        moods,
        ..Book::default()
    }));
    let mut tasks = JoinSet::new();
    let mut waiting = None;
    match listener {
        Door::Open(listener) => {
            tasks.spawn(listen(listener, speech, Arc::clone(&book)));
        }
        Door::Full(full) => waiting = Some(full),
        Door::Shut => {}
    }
    let http = Http::with_timeouts(Egress::Anywhere, timeouts).unwrap();
    Made {
        provider: connect(http, &url),
        came: Box::new(move || {
            let book = book.lock().unwrap();
            // a connection that was cut before it was read may have carried one
            book.sends.max(book.connections)
        }),
        _keeps: Box::new((tasks, waiting)),
    }
}

/// Where a provider is reached.
pub enum Door {
    Open(TcpListener),
    /// With all that it has room for before it.
    Full((TcpListener, Vec<TcpStream>)),
    Shut,
}

/// A door for an other side that begins with this mood, and its address.
pub async fn door(first: Option<Mood>) -> (Door, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let is_full = first == Some(Mood::IsNeverReached);
    let listener = socket.listen(if is_full { 1 } else { 1024 }).unwrap();
    let at = listener.local_addr().unwrap();
    if first == Some(Mood::RefusesTheConnection) {
        return (Door::Shut, at);
    }
    if !is_full {
        return (Door::Open(listener), at);
    }
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = timeout(Duration::from_millis(200), TcpStream::connect(at)).await {
        waiting.push(stream);
    }
    (Door::Full((listener, waiting)), at)
}

async fn listen(listener: TcpListener, speech: Speech, book: Shared) {
    let mut speaking = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let mut of_now = book.lock().unwrap();
        of_now.connections += 1;
        let is_cut = of_now.moods.of_hand_overs.get(of_now.sends) == Some(&Mood::ResetsUnread);
        if is_cut {
            of_now.sends += 1;
        }
        drop(of_now);
        if is_cut {
            cut(stream);
        } else {
            speaking.spawn(speak(stream, speech, Arc::clone(&book)));
        }
    }
}

/// Speaks until somebody hangs up.
async fn speak(mut stream: TcpStream, speech: Speech, book: Shared) {
    let mut unread = Vec::new();
    while let Some(came) = hear(&mut stream, &mut unread).await {
        if !(speech.is_send)(&came) {
            let (reply, mood) = {
                let book = book.lock().unwrap();
                ((speech.answers)(&came, &book.taken), book.moods.of_questions)
            };
            let Some(still) = act(stream, mood.unwrap_or(Mood::Takes), reply, speech, &came).await else {
                return;
            };
            stream = still;
            continue;
        }
        let (mood, number) = {
            let mut book = book.lock().unwrap();
            let number = book.sends;
            book.sends += 1;
            let mood = book
                .moods
                .of_hand_overs
                .get(number)
                .copied()
                .unwrap_or(Mood::Takes);
            if mood.takes() {
                book.taken.push((number, came.clone()));
            }
            (mood, number)
        };
        let Some(still) = act(stream, mood, (speech.accepts)(number, &came), speech, &came).await else {
            return;
        };
        stream = still;
    }
}

/// Answers one hand-over; the connection, if it is still there.
async fn act(
    mut stream: TcpStream,
    mood: Mood,
    accepts: Reply,
    speech: Speech,
    came: &Came,
) -> Option<TcpStream> {
    let good = accepts.bytes();
    let half = good.len() - 1;
    let whole = match mood {
        Mood::Takes => good,
        Mood::RefusesForGood => (speech.refuses)(came).bytes(),
        Mood::RefusesOptedOut => (speech.opted_out)(came).bytes(),
        Mood::LimitsTheRate => (speech.limits)(came).bytes(),
        Mood::FailsBeforeTaking | Mood::FailsAfterTaking => (speech.fails)(came).bytes(),
        Mood::AnswersHtml => page(came).bytes(),
        Mood::AnswersWithoutAName => Reply::json(accepts.status, "{}").bytes(),
        Mood::Redirects => Reply {
            status: 307,
            headers: vec![("Location", came.target.clone())],
            body: accepts.body,
        }
        .bytes(),
        Mood::IsSlow => {
            for piece in good.chunks(good.len().div_ceil(8)) {
                stream.write_all(piece).await.ok()?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            return Some(stream);
        }
        Mood::Drips => {
            for byte in &good[..half] {
                stream.write_all(&[*byte]).await.ok()?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            return None;
        }
        Mood::AnswersTooMuch => {
            let endless = Reply {
                body: accepts.body + &" ".repeat(1024 * 1024),
                ..accepts
            };
            endless.bytes()
        }
        Mood::SaysNothing => return silence(stream).await,
        Mood::StopsMidAnswer => {
            stream.write_all(&good[..half]).await.ok()?;
            return silence(stream).await;
        }
        Mood::HangsUp => return None,
        Mood::ResetsMidAnswer => {
            stream.write_all(&good[..half]).await.ok()?;
            // so that what was written is read before the line is cut
            tokio::time::sleep(Duration::from_millis(50)).await;
            return cut(stream);
        }
        Mood::ResetsAfterReading | Mood::ResetsUnread | Mood::RefusesTheConnection | Mood::IsNeverReached => {
            return cut(stream);
        }
    };
    stream.write_all(&whole).await.ok()?;
    Some(stream)
}

/// Waits until the other end gives up.
async fn silence(mut stream: TcpStream) -> Option<TcpStream> {
    let _ended = stream.read(&mut [0; 64]).await;
    None
}

/// Closes with a reset instead of a farewell.
fn cut(stream: TcpStream) -> Option<TcpStream> {
    stream.set_zero_linger().unwrap();
    None
}

/// A page that repeats all it heard, as pages of proxies do.
fn page(came: &Came) -> Reply {
    Reply {
        status: 200,
        headers: vec![("Content-Type", "text/html".to_owned())],
        body: format!(
            "<html><h1>Welcome</h1><pre>{}\n{}</pre></html>",
            came.head, came.body
        ),
    }
}

/// The next request of the connection.
async fn hear(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Came> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, unread).await?;
    };
    let head = String::from_utf8(unread.drain(..end).collect()).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    while unread.len() < length {
        more(stream, unread).await?;
    }
    let mut words = head.split(' ');
    Some(Came {
        method: words.next()?.to_owned(),
        target: words.next()?.to_owned(),
        body: String::from_utf8(unread.drain(..length).collect()).unwrap(),
        head,
    })
}

async fn more(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 4096];
    match stream.read(&mut piece).await {
        Ok(0) | Err(_) => None,
        Ok(length) => {
            unread.extend_from_slice(&piece[..length]);
            Some(())
        }
    }
}

impl Reply {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", "application/json".to_owned())],
            body: body.into(),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Said\r\n", self.status);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body);
        text.into_bytes()
    }
}
