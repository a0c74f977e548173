//! HTTP to an engine over its Unix socket, with a bound on what it may answer.
//!
//! An engine may belong to an unprivileged user, and an answer is collected whole before it is
//! decoded. The client library bounds neither its size nor, past the header, its time. So each
//! connection carries an allowance of bytes, and the listener's uid is looked at before a byte is
//! sent.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bollard::errors::Error;
use bollard::{BollardRequest, ClientVersion, Docker};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

use super::socket::Endpoint;

/// Bytes that may still be received; shared where a long stream is refilled item by item.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    left: Arc<AtomicUsize>,
    full: usize,
}

impl Allowance {
    pub(super) fn new(full: usize) -> Self {
        Self {
            left: Arc::new(AtomicUsize::new(full)),
            full,
        }
    }

    /// Starts counting anew, after something whole was received.
    pub(super) fn refill(&self) {
        self.left.store(self.full, Ordering::Relaxed);
    }

    /// The error of a stream that asked for more, which the client library loses on the way.
    pub(super) fn overrun(&self) -> Option<io::Error> {
        (self.left.load(Ordering::Relaxed) == 0).then(|| self.error())
    }

    fn spend(&self, bytes: usize) -> io::Result<()> {
        let spend = |left: usize| Some(left.saturating_sub(bytes));
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        match left {
            Ok(left) if bytes < left => Ok(()),
            _ => Err(self.error()),
        }
    }

    fn error(&self) -> io::Error {
        io::Error::other(format!("more than {} bytes in one answer", self.full))
    }
}

/// How a client's connections are bounded.
pub(super) enum Bound {
    /// Each answer may have so many bytes.
    Each(usize),
    /// All draw on this allowance.
    Shared(Allowance),
}

/// A client of the engine at an endpoint.
pub(super) fn client(
    endpoint: &Endpoint,
    bound: Bound,
    timeout_secs: u64,
    version: &ClientVersion,
) -> Result<Docker, Error> {
    let endpoint = Arc::new(endpoint.clone());
    let transport = move |request: BollardRequest| {
        let allowance = match &bound {
            Bound::Each(bytes) => Allowance::new(*bytes),
            Bound::Shared(allowance) => allowance.clone(),
        };
        send(endpoint.clone(), allowance, request)
    };
    Docker::connect_with_custom_transport(transport, Some("http://engine"), timeout_secs, version)
}

async fn send(
    endpoint: Arc<Endpoint>,
    allowance: Allowance,
    request: BollardRequest,
) -> Result<Response<Incoming>, Error> {
    let (stream, _) = connect(&endpoint).await?;
    allowance.refill();
    let metered = Metered { stream, allowance };
    let (mut sender, connection) = http1::handshake(TokioIo::new(metered)).await?;
    // Ends with the answer's body, whose reader sees the error.
    tokio::spawn(connection);

    let (mut parts, body) = request.into_parts();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    parts.uri = target.parse::<Uri>()?;
    parts
        .headers
        .insert(HOST, HeaderValue::from_static("engine"));
    Ok(sender
        .send_request(Request::from_parts(parts, body))
        .await?)
}

/// Connects, and says which user listens at the other end.
pub(super) async fn connect(endpoint: &Endpoint) -> io::Result<(UnixStream, u32)> {
    let stream = UnixStream::connect(&endpoint.path).await?;
    let uid = stream.peer_cred()?.uid();
    match endpoint.user {
        Some(user) if user != uid => Err(foreign(&endpoint.path, user, uid)),
        _ => Ok((stream, uid)),
    }
}

fn foreign(path: &Path, user: u32, uid: u32) -> io::Error {
    let path = path.display();
    io::Error::other(format!(
        "{path} belongs to user {user}, but user {uid} listens there"
    ))
}

/// A stream that fails when its allowance is spent.
struct Metered {
    stream: UnixStream,
    allowance: Allowance,
}

impl Metered {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut UnixStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.as_mut().stream().poll_read(context, buffer))?;
        Poll::Ready(
            self.allowance
                .spend(buffer.filled().len().saturating_sub(before)),
        )
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
