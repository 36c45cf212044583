//! A provider over HTTP on this machine that takes everything at once: what Twilio answers, without Twilio's work.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The carrier, and how many messages it took.
pub struct Carrier {
    pub address: SocketAddr,
    pub taken: Arc<AtomicU64>,
}

impl Carrier {
    /// Listens on loopback until the program ends.
    #[expect(
        clippy::disallowed_methods,
        reason = "no engine runs here: what it listens with ends with the bench"
    )]
    pub async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let carrier = Self {
            address: listener.local_addr()?,
            taken: Arc::default(),
        };
        let taken = Arc::clone(&carrier.taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let taken = Arc::clone(&taken);
                tokio::spawn(async move {
                    // a client that hangs up has what it wanted
                    let _ = answer(stream, &taken).await;
                });
            }
        });
        Ok(carrier)
    }
}

/// Request after request on one connection, as HTTP/1.1 goes.
async fn answer(stream: TcpStream, taken: &AtomicU64) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        let number = taken.fetch_add(1, Ordering::Relaxed);
        let body = format!(r#"{{"sid":"SM{number:032x}","status":"queued","error_code":null}}"#);
        let answer = format!(
            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(answer.as_bytes()).await?;
    }
}
