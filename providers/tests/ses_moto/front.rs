//! What stands where a connection believes its Amazon to be: keeps what came, serves certificates, its own or Moto's.
use crate::{anywhere, scope};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub struct Front {
    pub url: String,
    pub came: Arc<Mutex<Vec<String>>>,
    pub pem: Arc<Mutex<String>>,
    _tasks: JoinSet<()>,
}

impl Front {
    pub async fn open(moto: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (came, pem) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(Mutex::new(String::new())),
        );
        let (kept, served) = (Arc::clone(&came), Arc::clone(&pem));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut heard = Vec::new();
                while !is_whole(&heard) && stream.read_buf(&mut heard).await.unwrap_or(0) > 0 {}
                let heard = String::from_utf8(heard).unwrap();
                let path = heard.split(' ').nth(1).unwrap_or_default().to_owned();
                kept.lock().unwrap().push(heard);
                let body = match &moto {
                    Some(moto) if path.ends_with(".pem") => {
                        let asked = anywhere().get(&format!("{moto}{path}"));
                        let answer = anywhere().call(asked.header("authorization", scope("sns"))).await;
                        String::from_utf8(answer.unwrap().body).unwrap()
                    }
                    _ => served.lock().unwrap().clone(),
                };
                let head = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                let _sent = stream.write_all((head + &body).as_bytes()).await;
            }
        });
        Self {
            url,
            came,
            pem,
            _tasks: tasks,
        }
    }

    pub fn calls(&self, what: &str) -> usize {
        self.came
            .lock()
            .unwrap()
            .iter()
            .filter(|call| call.contains(what))
            .count()
    }
}

fn is_whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.to_lowercase();
    let length = length
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
