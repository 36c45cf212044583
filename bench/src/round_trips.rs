//! Counts how often the product waits for PostgreSQL: a proxy that reads the protocol and passes it on.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// The proxy. Each simple query and each Sync is one round trip: the client reads on only when the answer is there.
pub struct RoundTrips {
    pub address: SocketAddr,
    pub count: Arc<AtomicU64>,
}

impl RoundTrips {
    /// Listens on loopback, in front of PostgreSQL's socket, until the program ends.
    #[expect(
        clippy::disallowed_methods,
        reason = "no engine runs here: what it listens with ends with the bench"
    )]
    pub async fn open(socket: PathBuf) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Self {
            address: listener.local_addr()?,
            count: Arc::default(),
        };
        let count = Arc::clone(&proxy.count);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (socket, count) = (socket.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    // a client that hangs up has what it wanted
                    let _ = pass(client, socket, &count).await;
                });
            }
        });
        Ok(proxy)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "no engine runs here: what it listens with ends with the bench"
)]
async fn pass(client: TcpStream, socket: PathBuf, count: &AtomicU64) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let server = UnixStream::connect(socket).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    // the first packet has no type: its length, the version, the user
    let mut length = [0; 4];
    from_client.read_exact(&mut length).await?;
    forward(&mut from_client, &mut to_server, &length, length).await?;
    loop {
        let mut head = [0; 5];
        if from_client.read_exact(&mut head).await.is_err() {
            break;
        }
        if matches!(head[0], b'Q' | b'S') {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let [_, length @ ..] = head;
        forward(&mut from_client, &mut to_server, &head, length).await?;
    }
    to_server.shutdown().await?;
    answers.await??;
    Ok(())
}

/// Passes on what was read of a packet, and the rest of it; its length counts itself.
async fn forward(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    read: &[u8],
    length: [u8; 4],
) -> std::io::Result<()> {
    let rest = (u32::from_be_bytes(length) as usize).saturating_sub(4);
    let mut packet = read.to_vec();
    packet.resize(read.len() + rest, 0);
    from.read_exact(&mut packet[read.len()..]).await?;
    to.write_all(&packet).await
}
