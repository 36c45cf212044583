//! A server on loopback that writes down what comes and gives one answer to all.
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Came {
    /// Method, path and query.
    pub line: String,
    head: String,
    pub body: Value,
}

impl Came {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

pub struct Recorder {
    pub url: String,
    came: Arc<Mutex<Vec<Came>>>,
    _tasks: JoinSet<()>,
}

impl Recorder {
    pub async fn start(status: u16, answer: &Value) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::<Mutex<Vec<Came>>>::default();
        let (book, body) = (Arc::clone(&came), answer.to_string());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if let Some(one) = hear(&mut stream).await {
                    book.lock().unwrap().push(one);
                    let answer = format!(
                        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _told = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        Self {
            url,
            came,
            _tasks: tasks,
        }
    }

    /// All that came until now, in turn.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

async fn hear(stream: &mut TcpStream) -> Option<Came> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8(bytes.drain(..end).collect()).unwrap();
    let mut came = Came {
        line: head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned(),
        head,
        body: Value::Null,
    };
    let length = came
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < length {
        more(stream, &mut bytes).await?;
    }
    if length > 0 {
        came.body = serde_json::from_slice(&bytes).unwrap();
    }
    Some(came)
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 4096];
    let length = stream.read(&mut piece).await.ok().filter(|length| *length > 0)?;
    bytes.extend_from_slice(&piece[..length]);
    Some(())
}
