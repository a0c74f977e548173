//! Streams of events, as clients meet them.

use super::*;
use crate::control::feed::{About, SUBSCRIBERS, Tell};

struct Text(String);

impl Tell for Text {
    fn line(&self) -> String {
        self.0.clone()
    }
}

impl Place {
    fn show(&self, event_type: &str, text: impl Into<String>) {
        let about = About {
            container: Some(("3f4e8a", Some("claw-1"))),
            event_type,
        };
        self.feed.show(&about, || Arc::new(Text(text.into())));
    }

    /// A client that watches, and whose events come from here on.
    fn watch(&self, args: &Value) -> BufReader<UnixStream> {
        let mut stream = self.ask(args);
        let answer = next(&mut stream);
        assert_eq!(answer, json!({"v": 1, "ok": {}}).to_string());
        stream
    }

    fn ask(&self, args: &Value) -> BufReader<UnixStream> {
        let mut stream = self.connect();
        let request = json!({"v": 1, "command": "events", "args": args});
        stream.write_all(format!("{request}\n").as_bytes()).unwrap();
        BufReader::new(stream)
    }

    fn await_unwatched(&self) {
        let start = Instant::now();
        while self.feed.is_watched() {
            assert!(start.elapsed() < Duration::from_secs(30), "still watched");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn next(stream: &mut BufReader<UnixStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn value(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn events_come_as_they_are_shown_and_by_filter() {
    let place = serve(PATIENCE);
    let mut all = place.watch(&json!({}));
    let mut mounts = place.watch(&json!({"type": ["mount"], "container": "claw-1"}));
    let mut others = place.watch(&json!({"container": "claw-2"}));
    for number in 0..100 {
        place.show("open", format!("open {number}"));
    }
    place.show("mount", "mount");
    for number in 0..100 {
        assert_eq!(next(&mut all), format!("open {number}"));
    }
    assert_eq!(
        (next(&mut all), next(&mut mounts)),
        ("mount".into(), "mount".into())
    );
    place.server.finish();
    assert_eq!(
        next(&mut others),
        "",
        "the end of the detector ends the stream"
    );
}

#[test]
fn wrong_wishes_are_refused_and_the_client_may_ask_again() {
    let place = serve(PATIENCE);
    let mut stream = place.ask(&json!({"types": ["open"]}));
    let refused = value(&next(&mut stream));
    assert_eq!(refused["error"]["code"], "bad_request");
    assert!(!place.feed.is_watched());
    stream.get_mut().write_all(STATUS).unwrap();
    assert!(value(&next(&mut stream))["ok"].is_object());
    let mut stream = place.ask(&json!({"type": ["openat3"]}));
    let message = value(&next(&mut stream))["error"]["message"].clone();
    assert!(message.as_str().unwrap().contains("openat3"), "{message}");
    place.server.finish();
}

#[test]
fn whoever_goes_away_is_forgotten() {
    let place = serve(PATIENCE);
    drop(place.watch(&json!({})));
    place.await_unwatched();
    place.server.finish();
}

#[test]
fn whoever_speaks_into_the_stream_is_told_and_cut_off() {
    let place = serve(PATIENCE);
    let mut stream = place.watch(&json!({}));
    stream.get_mut().write_all(b"nonsense\n").unwrap();
    let refused = value(&next(&mut stream));
    assert_eq!(refused["error"]["code"], "bad_request");
    place.await_unwatched();
    place.server.finish();
}

#[test]
fn a_slow_client_loses_events_and_is_told_how_many() {
    let place = serve(PATIENCE);
    let mut stream = place.watch(&json!({}));
    let long = "x".repeat(10_000);
    let shown = 5_000;
    for number in 0..shown {
        place.show("open", format!("{number} {long}"));
    }
    place.show("mount", "last");
    let (mut read, mut skipped, mut expected) = (0, 0, 0);
    loop {
        let line = next(&mut stream);
        if line == "last" {
            break;
        }
        if line.starts_with('{') {
            let count = value(&line)["skipped"].as_u64().unwrap();
            skipped += count;
            expected += count;
            continue;
        }
        let number: u64 = line.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(number, expected, "the hole is where the line says");
        expected += 1;
        read += 1;
    }
    assert!(skipped > 0, "nothing was lost, so nothing was tested");
    assert_eq!(read + skipped, shown);
    place.server.finish();
}

#[test]
fn a_client_that_never_reads_is_cut_off_and_holds_up_nobody() {
    let place = serve(Duration::from_millis(200));
    let stream = place.watch(&json!({}));
    let long = "x".repeat(60_000);
    let start = Instant::now();
    while place.feed.is_watched() {
        place.show("open", long.clone());
        assert!(start.elapsed() < Duration::from_secs(30), "never cut off");
        thread::sleep(Duration::from_millis(1));
    }
    drop(stream);
    let mut other = place.connect();
    other.write_all(STATUS).unwrap();
    assert!(answer(&other)["ok"].is_object());
    place.server.finish();
}

#[test]
fn one_watcher_too_many_is_told() {
    let place = serve(PATIENCE);
    let seated: Vec<_> = (0..SUBSCRIBERS).map(|_| place.watch(&json!({}))).collect();
    let mut stream = place.ask(&json!({}));
    assert_eq!(value(&next(&mut stream))["error"]["code"], "busy");
    drop(seated);
    place.await_unwatched();
    place.watch(&json!({}));
    place.server.finish();
}
