//! What stands between the workers and PostgreSQL: passes bytes on, and now and then cuts a connection when a COMMIT has gone
//! through and its answer has not come back.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

/// How sqlx commits: a simple query.
const COMMIT: &[u8] = b"COMMIT\0";

/// The proxy, and how often it cut.
pub struct Proxy {
    pub address: SocketAddr,
    pub cuts: Arc<AtomicU64>,
    /// One commit in so many is cut; 0: none.
    pub one_in: Arc<AtomicU32>,
}

impl Proxy {
    /// Listens on loopback, in front of PostgreSQL's socket.
    pub async fn start(socket: PathBuf) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Self {
            address: listener.local_addr()?,
            cuts: Arc::default(),
            one_in: Arc::default(),
        };
        let (cuts, one_in) = (Arc::clone(&proxy.cuts), Arc::clone(&proxy.one_in));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (socket, cuts, one_in) = (socket.clone(), Arc::clone(&cuts), Arc::clone(&one_in));
                tokio::spawn(async move {
                    // a client whose server is away is dropped, as by a host that is down
                    if let Ok(server) = UnixStream::connect(socket).await {
                        pass(client, server, &cuts, &one_in).await;
                    }
                });
            }
        });
        Ok(proxy)
    }
}

async fn pass(
    mut client: tokio::net::TcpStream,
    mut server: UnixStream,
    cuts: &AtomicU64,
    one_in: &AtomicU32,
) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Some(bytes) = read.ok().filter(|read| *read > 0).map(|read| &asked[..read]) else { return };
                if server.write_all(bytes).await.is_err() {
                    return;
                }
                if bytes.ends_with(COMMIT) && is_turn(one_in) {
                    cuts.fetch_add(1, Ordering::Relaxed);
                    // the server carries it out and finds nobody to answer
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Some(bytes) = read.ok().filter(|read| *read > 0).map(|read| &answered[..read]) else { return };
                if client.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn is_turn(one_in: &AtomicU32) -> bool {
    match one_in.load(Ordering::Relaxed) {
        0 => false,
        every => rand::random_ratio(1, every),
    }
}
