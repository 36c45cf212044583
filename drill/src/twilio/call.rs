//! One call of Twilio's API: read from a socket, and answered.
use base64::Engine as _;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use url::form_urlencoded;

/// A call of the API.
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub form: BTreeMap<String, String>,
    pub user: String,
    pub password: String,
}

/// Reads one call; `None` when the caller hung up.
pub async fn read(stream: &mut TcpStream) -> anyhow::Result<Option<Call>> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length, mut authorization) = (String::new(), 0, String::new());
    if reader.read_line(&mut first).await? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let basic = authorization.strip_prefix("Basic ").unwrap_or_default();
    let basic = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(basic)?)?;
    let (user, password) = basic.split_once(':').unwrap_or_default();
    let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect();
    Ok(Some(Call {
        method: method.to_owned(),
        path: path.to_owned(),
        query: pairs(query.as_bytes()),
        form: pairs(&body),
        user: user.to_owned(),
        password: password.to_owned(),
    }))
}

/// Answers a call.
pub async fn answer(stream: &mut TcpStream, status: u16, body: &Value) -> anyhow::Result<()> {
    let body = body.to_string();
    let retry = if status == 429 { "retry-after: 1\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{retry}connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    Ok(stream.write_all(body.as_bytes()).await?)
}
