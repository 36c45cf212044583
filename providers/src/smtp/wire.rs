//! The way to a relay: an address that was looked at, then TLS for the relay's name. STARTTLS is spoken here, so that nothing that was
//! said in the clear is believed after it.
use super::failed::{Failed, Lost, NoTls};
use crate::http::Http;
use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::CertificateError;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// More of a greeting or a list of abilities is nobody's relay.
const LONGEST_REPLY: usize = 32 * 1024;
/// What the mail client waits for at first; a relay says it once, before STARTTLS.
const GREETING: &[u8] = b"220 again\r\n";

/// How a relay is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    StartTls,
    Tls,
    None,
}

/// A connection on which mail may be spoken.
#[derive(Debug)]
pub struct Wire {
    /// What is read before what the other side says.
    first: &'static [u8],
    stream: Stream,
}

#[derive(Debug)]
enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Opens the way. `hello` is how we call ourselves.
pub async fn open(
    http: &Http,
    (host, port): (&str, u16),
    security: Security,
    tls: &Arc<rustls::ClientConfig>,
    hello: &str,
) -> Result<Wire, Failed> {
    let lost = Failed::Lost;
    let addresses = http.resolve(host, port).await.map_err(|error| {
        lost(match error.kind() {
            io::ErrorKind::PermissionDenied => Lost::Forbidden,
            _ => Lost::Name,
        })
    })?;
    let connecting = TcpStream::connect(&addresses[..]);
    let stream = tokio::time::timeout(http.timeouts().connect, connecting)
        .await
        .map_err(|_| lost(Lost::NotReached))?
        .map_err(|_| lost(Lost::NotReached))?;
    // a mail's end is a small packet of its own, which would wait for the ones before
    stream.set_nodelay(true).map_err(|_| lost(Lost::Line))?;
    let (first, stream) = match security {
        Security::None => return Ok(Wire::clear(stream)),
        Security::Tls => (&b""[..], stream),
        Security::StartTls => (GREETING, start_tls(stream, hello).await?),
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Failed::Tls(NoTls::OtherName))?;
    let stream = TlsConnector::from(Arc::clone(tls))
        .connect(name, stream)
        .await
        .map_err(|error| because(&error))?;
    Ok(Wire {
        first,
        stream: Stream::Tls(Box::new(stream)),
    })
}

/// A certificate that is not trusted stays so; all else may be the line.
fn because(error: &io::Error) -> Failed {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(wrong)) => Failed::Tls(match wrong {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                NoTls::OtherName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => NoTls::NotNow,
            _ => NoTls::NotTrusted,
        }),
        Some(rustls::Error::InvalidMessage(_)) => Failed::Lost(Lost::NotTls),
        _ => Failed::Lost(Lost::Line),
    }
}

/// Speaks until the other side waits for TLS (RFC 3207).
async fn start_tls(stream: TcpStream, hello: &str) -> Result<TcpStream, Failed> {
    let mut stream = BufReader::new(stream);
    expect(&mut stream, 220).await?;
    stream
        .write_all(format!("EHLO {hello}\r\n").as_bytes())
        .await
        .map_err(|_| Failed::Lost(Lost::Line))?;
    let abilities = expect(&mut stream, 250).await?;
    if !abilities
        .lines()
        .any(|line| line.trim().eq_ignore_ascii_case("STARTTLS"))
    {
        return Err(Failed::Tls(NoTls::NotOffered));
    }
    stream
        .write_all(b"STARTTLS\r\n")
        .await
        .map_err(|_| Failed::Lost(Lost::Line))?;
    expect(&mut stream, 220).await?;
    if stream.buffer().is_empty() {
        Ok(stream.into_inner())
    } else {
        // somebody on the way says what the relay should say under TLS
        Err(Failed::Tls(NoTls::SaidEarly))
    }
}

/// The words of a reply with that code, a line each.
async fn expect(stream: &mut BufReader<TcpStream>, wanted: u16) -> Result<String, Failed> {
    let mut words = String::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let piece = stream.fill_buf().await.map_err(|_| Failed::Lost(Lost::Line))?;
            let taken = piece
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(piece.len(), |end| end + 1);
            if taken == 0 || words.len() + line.len() + taken > LONGEST_REPLY {
                return Err(Failed::Lost(Lost::Line));
            }
            line.extend_from_slice(&piece[..taken]);
            stream.consume(taken);
        }
        let line = String::from_utf8_lossy(&line);
        let code: u16 = line
            .get(..3)
            .and_then(|code| code.parse().ok())
            .ok_or(Failed::Lost(Lost::Line))?;
        words.push_str(line.get(4..).unwrap_or("\n"));
        if line.as_bytes().get(3) != Some(&b'-') {
            return if code == wanted {
                Ok(words)
            } else {
                Err(Failed::Said { code, words })
            };
        }
    }
}

impl Wire {
    fn clear(stream: TcpStream) -> Self {
        Self {
            first: b"",
            stream: Stream::Clear(stream),
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.stream {
            Stream::Clear(stream) => stream.peer_addr(),
            Stream::Tls(stream) => stream.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let (now, later) = self.first.split_at(self.first.len().min(buffer.remaining()));
            buffer.put_slice(now);
            self.first = later;
            return Poll::Ready(Ok(()));
        }
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Clear(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
