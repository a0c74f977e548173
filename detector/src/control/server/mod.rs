//! Answers clients, on a thread of its own.
//!
//! At most [`CLIENTS`] at a time, each with [`PATIENCE`] for a whole line and for taking its answer:
//! who is slower, or says nothing, is cut off. A request is at most 64 KiB long. Who watches events
//! need say nothing.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::protocol::{Code, LONGEST_REQUEST, Peer, Refusal, Request, answer_line};
use super::socket::{Bound, Name};
use super::stop::{Signals, Stop};
use super::{Hangups, Requests, Views, command};
use command::Answer;

mod stream;

/// Clients that are served at the same time.
const CLIENTS: usize = 64;
/// How long a client may take for a line, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before the next try, when the system has no descriptor for a client.
const PAUSE: Duration = Duration::from_millis(100);

/// A server at work.
#[derive(Debug)]
pub struct Server {
    handle: Handle,
    end: oneshot::Sender<()>,
    thread: JoinHandle<()>,
    _name: Name,
}

impl Server {
    /// Answers with what is there to see.
    ///
    /// # Errors
    /// If the system gives no thread or descriptor.
    pub fn start(bound: Bound, views: Views) -> io::Result<Self> {
        Self::start_with(bound, views, PATIENCE)
    }

    fn start_with(bound: Bound, views: Views, patience: Duration) -> io::Result<Self> {
        let Bound { listener, name } = bound;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let listener = UnixListener::from_std(listener)?;
        drop(inside);
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let serving = Serving {
            views,
            patience,
            places: Arc::new(Semaphore::new(CLIENTS)),
        };
        let thread = thread::Builder::new()
            .name("control".into())
            .spawn(move || run(&runtime, serving, &listener, ended))?;
        Ok(Self {
            handle,
            end,
            thread,
            _name: name,
        })
    }

    /// From here on SIGTERM and SIGINT no longer end the process: the first becomes this wish, the
    /// second ends it at once.
    ///
    /// # Errors
    /// If the system gives no signal.
    pub fn pass_signals_on(&self, stop: Stop) -> io::Result<()> {
        let _inside = self.handle.enter();
        self.handle.spawn(Signals::listen()?.pass_on(stop));
        Ok(())
    }

    /// Makes a request of each hangup.
    pub fn pass_hangups_on(&self, hangups: Hangups, requests: Requests) {
        self.handle.spawn(hangups.pass_on(requests));
    }

    /// Ends; clients that are being served are cut off, and the socket's name is removed.
    pub fn finish(self) {
        // Fails only where the thread has ended already.
        let _ = self.end.send(());
        if self.thread.join().is_err() {
            tracing::error!("the control socket ended with a fault");
        }
    }
}

fn run(runtime: &Runtime, serving: Serving, listener: &UnixListener, end: oneshot::Receiver<()>) {
    runtime.block_on(async {
        tokio::select! {
            () = serving.accept(listener) => {}
            _ = end => {}
        }
    });
}

#[derive(Clone)]
struct Serving {
    views: Views,
    patience: Duration,
    places: Arc<Semaphore>,
}

impl Serving {
    async fn accept(self, listener: &UnixListener) {
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a client of the control socket cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let serving = self.clone();
            match Arc::clone(&self.places).try_acquire_owned() {
                Ok(place) => {
                    tokio::spawn(async move {
                        serving.converse(stream).await;
                        drop(place);
                    });
                }
                Err(_) => turn_away(&stream),
            }
        }
    }

    /// Answers a client until it goes away, is too slow, or asks for too much.
    async fn converse(&self, stream: UnixStream) {
        let peer = match stream.peer_cred() {
            Ok(peer) => Peer {
                uid: peer.uid(),
                pid: peer.pid(),
            },
            Err(error) => {
                tracing::warn!(%error, "a client of the control socket has no name; it is not served");
                return;
            }
        };
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        loop {
            line.clear();
            match timeout(self.patience, read_line(&mut stream, &mut line)).await {
                Ok(Ok(0)) | Ok(Err(_)) | Err(_) => return,
                Ok(Ok(_)) => {}
            }
            let whole = line.len() <= LONGEST_REQUEST;
            let (answer, events) = match self.answer(&line, peer) {
                Ok(Answer::Value(value)) => (Ok(value), None),
                Ok(Answer::Pending(pending)) => (pending.wait().await, None),
                Ok(Answer::Events(events)) => (Ok(json!({})), Some(events)),
                Err(refusal) => (Err(refusal), None),
            };
            let answer = answer_line(&answer);
            let sent = timeout(self.patience, stream.write_all(answer.as_bytes())).await;
            if !whole || !matches!(sent, Ok(Ok(()))) {
                return;
            }
            if let Some(events) = events {
                return self.stream(&mut stream, &events).await;
            }
        }
    }

    fn answer(&self, line: &[u8], peer: Peer) -> Result<Answer, Refusal> {
        if line.len() > LONGEST_REQUEST {
            return Err(too_long());
        }
        let request = Request::parse(line, peer)?;
        tracing::debug!(uid = peer.uid, command = request.command, "a client asks");
        command::serve(&request, &self.views)
    }
}

/// Reads up to a line break, the end, or one byte more than a request may have.
async fn read_line(stream: &mut BufReader<UnixStream>, line: &mut Vec<u8>) -> io::Result<usize> {
    let limit = u64::try_from(LONGEST_REQUEST).unwrap_or(u64::MAX);
    stream
        .take(limit.saturating_add(1))
        .read_until(b'\n', line)
        .await
}

fn too_long() -> Refusal {
    let message = format!("a request has at most {LONGEST_REQUEST} bytes");
    Refusal::new(Code::BadRequest, message)
}

/// A client for whom there is no place hears so, if it listens at once.
fn turn_away(stream: &UnixStream) {
    let refusal = Refusal::new(Code::Busy, "too many clients at once; try again");
    let _ = stream.try_write(answer_line(&Err(refusal)).as_bytes());
}

#[cfg(test)]
mod tests;
