//! A container engine for tests: the few calls that are made, over a real socket, with the ways in
//! which engines misbehave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast;
use tokio::task::{AbortHandle, JoinSet};

/// How an engine answers one of its calls.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Json(Value),
    /// Takes the request and never answers.
    Silence,
    /// Answers without end.
    Flood,
}

#[derive(Default)]
struct State {
    /// In place of the usual answers, by path.
    odd: BTreeMap<String, Answer>,
    containers: BTreeMap<String, Value>,
    requests: Vec<String>,
}

/// The engine; it stops when dropped.
pub(super) struct FakeEngine {
    state: Arc<Mutex<State>>,
    events: broadcast::Sender<String>,
    task: AbortHandle,
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeEngine {
    /// Listens at a path, taking the place of what was there.
    pub(super) fn start(socket: &Path) -> Self {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let (events, _) = broadcast::channel(64);
        let task = tokio::spawn(serve(listener, state.clone(), events.clone())).abort_handle();
        Self {
            state,
            events,
            task,
        }
    }

    /// Answers so at this path (`/version`, `/containers/json`, ...).
    pub(super) fn answer(&self, path: &str, answer: Answer) {
        self.state
            .lock()
            .unwrap()
            .odd
            .insert(path.to_owned(), answer);
    }

    /// Adds or replaces a container without saying so.
    pub(super) fn put(&self, id: &str, name: &str, labels: Value) {
        let container = json!({
            "Id": id,
            "Name": format!("/{name}"),
            "Created": "2026-03-01T10:20:30Z",
            "State": { "Status": "running", "Pid": 7 },
            "HostConfig": { "Privileged": false },
            "Config": { "Image": "nginx:1.27", "Labels": labels },
        });
        self.state
            .lock()
            .unwrap()
            .containers
            .insert(id.to_owned(), container);
    }

    pub(super) fn remove(&self, id: &str) {
        self.state.lock().unwrap().containers.remove(id);
    }

    /// Sends an event about a container to whoever follows.
    pub(super) fn event(&self, action: &str, id: &str) {
        let event = json!({
            "Type": "container", "Action": action, "Actor": { "ID": id, "Attributes": {} },
            "scope": "local", "time": 1,
        });
        self.events.send(format!("{event}\n")).unwrap();
    }

    /// Waits until somebody follows the events.
    pub(super) async fn followed(&self) {
        while self.events.receiver_count() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    /// The paths that were asked for, in order.
    pub(super) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

async fn serve(
    listener: UnixListener,
    state: Arc<Mutex<State>>,
    events: broadcast::Sender<String>,
) {
    // Dropped with this task, so that a stopped engine closes its connections.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (state, events) = (state.clone(), events.clone());
        connections.spawn(async move { serve_one(stream, &state, &events).await });
    }
}

async fn serve_one(
    stream: UnixStream,
    state: &Mutex<State>,
    events: &broadcast::Sender<String>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut request, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line).await? > 2 {
        request.push_str(&std::mem::take(&mut line));
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    state.lock().unwrap().requests.push(path.clone());
    let answer = answer_to(&path, &state.lock().unwrap());
    match answer {
        Some(Answer::Json(value)) => {
            let status = if value.get("message").is_some() {
                "404 Not Found"
            } else {
                "200 OK"
            };
            let body = value.to_string();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await
        }
        Some(Answer::Silence) => std::future::pending().await,
        Some(Answer::Flood) => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 64 * 1024]).await?;
            }
        }
        None => {
            let mut receiver = events.subscribe();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                .await?;
            while let Ok(event) = receiver.recv().await {
                stream
                    .write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())
                    .await?;
            }
            Ok(())
        }
    }
}

/// `None` stands for the event stream.
fn answer_to(path: &str, state: &State) -> Option<Answer> {
    if let Some(odd) = state.odd.get(path) {
        return Some(odd.clone());
    }
    let value = match path {
        "/events" => return None,
        "/version" => json!({ "Version": "29.1", "ApiVersion": "1.52" }),
        "/containers/json" => {
            let listed = |id: &String| json!({ "Id": id, "State": "running" });
            Value::Array(state.containers.keys().map(listed).collect())
        }
        _ => {
            let id = path
                .strip_prefix("/containers/")
                .and_then(|p| p.strip_suffix("/json"));
            let missing = json!({ "message": "No such container" });
            id.and_then(|id| state.containers.get(id))
                .cloned()
                .unwrap_or(missing)
        }
    };
    Some(Answer::Json(value))
}

/// A place for a socket; gone when dropped.
pub(super) fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("engine.sock");
    (dir, socket)
}
