//! The server as clients meet it: the orderly, the slow, the silent and the nonsensical.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::control::{Board, Feed, Inbox, Recent, SocketPath};
use crate::sinks::{Sink, sample};

struct Place {
    _directory: tempfile::TempDir,
    path: SocketPath,
    server: Server,
    board: Arc<Board>,
    recent: Arc<Recent>,
    feed: Arc<Feed>,
    inbox: Inbox,
}

fn serve(patience: Duration) -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = SocketPath::new(directory.path().join("control.sock")).unwrap();
    let board = Arc::new(Board::new(Arc::default()));
    let bound = Bound::bind(&path).unwrap();
    let (requests, inbox) = Requests::channel();
    let views = Views {
        feed: Arc::new(Feed::new(&["open", "mount"])),
        requests,
        ..Views::of(Arc::clone(&board))
    };
    let server = Server::start_with(bound, views.clone(), patience).unwrap();
    Place {
        _directory: directory,
        path,
        server,
        board,
        recent: views.recent,
        feed: views.feed,
        inbox,
    }
}

impl Place {
    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.path.as_path()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }
}

fn answer(stream: &UnixStream) -> Value {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

const STATUS: &[u8] = b"{\"v\":1,\"command\":\"status\",\"args\":{}}\n";

#[test]
fn several_questions_of_one_client_are_answered_in_order() {
    let place = serve(PATIENCE);
    let mut stream = place.connect();
    stream.write_all(STATUS).unwrap();
    assert_eq!(answer(&stream)["ok"]["ready"], false);
    place.board.ready();
    stream.write_all(STATUS).unwrap();
    assert_eq!(answer(&stream)["ok"]["ready"], true);
    stream
        .write_all(b"{\"v\":1,\"command\":\"dance\"}\n")
        .unwrap();
    let refused = answer(&stream);
    assert_eq!(refused["error"]["code"], "unknown_command");
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("\"dance\"")
    );
    stream.write_all(b"nonsense\n").unwrap();
    assert_eq!(answer(&stream)["error"]["code"], "bad_request");
    stream.write_all(b"{\"v\":9}\n").unwrap();
    assert_eq!(answer(&stream)["error"]["code"], "unsupported_version");
    stream.write_all(STATUS).unwrap();
    assert_eq!(answer(&stream)["v"], json!(1));
    place.server.finish();
}

#[test]
fn a_request_without_line_break_counts_at_the_end() {
    let place = serve(PATIENCE);
    let mut stream = place.connect();
    stream.write_all(STATUS.trim_ascii_end()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(answer(&stream)["ok"].is_object());
    place.server.finish();
}

#[test]
fn the_longest_request_is_read_and_a_longer_one_refused() {
    let place = serve(PATIENCE);
    let padded = |length: usize| {
        let mut line = STATUS.trim_ascii_end().to_vec();
        line.resize(length - 1, b' ');
        line.push(b'\n');
        line
    };
    let mut stream = place.connect();
    stream.write_all(&padded(LONGEST_REQUEST)).unwrap();
    assert!(answer(&stream)["ok"].is_object());
    stream.write_all(&padded(LONGEST_REQUEST + 1)).unwrap();
    let refused = answer(&stream);
    assert_eq!(refused["error"]["code"], "bad_request");
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("65536")
    );
    let mut rest = Vec::new();
    assert_eq!(
        stream.read_to_end(&mut rest).unwrap_or_default(),
        0,
        "the connection ends"
    );
    place.server.finish();
}

#[test]
fn silent_and_slow_clients_are_cut_off() {
    let place = serve(Duration::from_millis(200));
    let mut silent = place.connect();
    let mut slow = place.connect();
    let start = Instant::now();
    let drip = thread::spawn(move || {
        while slow.write_all(b" ").is_ok() && start.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(20));
        }
        start.elapsed()
    });
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
    assert!(drip.join().unwrap() < Duration::from_secs(20));
    place.server.finish();
}

#[test]
fn many_clients_are_served_while_others_stay_silent() {
    let place = serve(PATIENCE);
    let silent: Vec<_> = (0..CLIENTS / 2).map(|_| place.connect()).collect();
    for _ in 0..3 * CLIENTS {
        let mut stream = place.connect();
        stream.write_all(STATUS).unwrap();
        assert!(answer(&stream)["ok"].is_object());
    }
    drop(silent);
    place.server.finish();
}

#[test]
fn one_client_too_many_is_told() {
    let place = serve(PATIENCE);
    let seated: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut stream = place.connect();
            stream.write_all(STATUS).unwrap();
            assert!(answer(&stream)["ok"].is_object());
            stream
        })
        .collect();
    assert_eq!(answer(&place.connect())["error"]["code"], "busy");
    drop(seated);
    place.server.finish();
}

#[test]
fn the_end_cuts_clients_off_and_removes_the_name() {
    let place = serve(Duration::from_secs(600));
    let mut waiting = place.connect();
    waiting.write_all(STATUS).unwrap();
    answer(&waiting);
    place.server.finish();
    assert_eq!(waiting.read(&mut [0]).unwrap(), 0);
    assert!(!place.path.as_path().exists());
}

#[test]
fn the_last_alerts_are_told() {
    let place = serve(PATIENCE);
    for message in ["first", "second", "third"] {
        Arc::clone(&place.recent).deliver(&sample::outgoing(message));
    }
    let mut stream = place.connect();
    stream
        .write_all(b"{\"v\":1,\"command\":\"alerts\",\"args\":{\"last\":2}}\n")
        .unwrap();
    let alerts = answer(&stream)["ok"]["alerts"].clone();
    let outputs: Vec<_> = alerts.as_array().unwrap().iter().collect();
    assert_eq!(outputs.len(), 2);
    for (alert, message) in outputs.iter().zip(["second", "third"]) {
        assert!(alert["output"].as_str().unwrap().ends_with(message));
    }
    stream
        .write_all(b"{\"v\":1,\"command\":\"alerts\",\"args\":{\"first\":2}}\n")
        .unwrap();
    let refused = answer(&stream);
    assert_eq!(refused["error"]["code"], "bad_request");
    place.server.finish();
}

mod requests;
mod streams;
