//! Following engines that come, go, restart, hang and lie.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc::Receiver;

use super::fake::{Answer, FakeEngine, place};
use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Impatient, and with one listing only, so that each fact has one possible cause.
fn quick() -> Timing {
    Timing {
        call: Duration::from_secs(30),
        listing: Duration::from_secs(3600),
        retry: Duration::from_millis(10),
        retry_at_most: Duration::from_millis(40),
        discovery: Duration::from_millis(20),
    }
}

fn following(socket: &Path, timing: Timing) -> Receiver<EngineFact> {
    let (sender, receiver) = channel();
    tokio::spawn(follow(
        Sockets::Named(vec![socket.to_owned()]),
        timing,
        sender,
    ));
    receiver
}

/// The next fact but that an engine is asked.
async fn next_fact(facts: &mut Receiver<EngineFact>) -> EngineFact {
    loop {
        let fact = tokio::time::timeout(Duration::from_secs(10), facts.recv()).await;
        match fact.expect("a fact within 10 s").expect("an open channel") {
            EngineFact::Asked { .. } => {}
            fact => return fact,
        }
    }
}

/// The next fact, in short: `up VERSION`, `down REASON`, `NAME (first letter of id)`, `gone LETTER`.
async fn next(facts: &mut Receiver<EngineFact>) -> String {
    match next_fact(facts).await {
        EngineFact::Asked { socket } => format!("asked {}", socket.display()),
        EngineFact::Up { version, .. } => format!("up {version}"),
        EngineFact::Down { reason, .. } => format!("down {reason}"),
        EngineFact::Container(info) => format!("{} ({})", info.name, &info.id.as_str()[..1]),
        EngineFact::Gone { id, .. } => format!("gone {}", &id.as_str()[..1]),
    }
}

/// Whether nothing is said for a while that is long beside all pauses of [`quick`].
async fn quiet(facts: &mut Receiver<EngineFact>) -> bool {
    tokio::time::timeout(Duration::from_millis(250), facts.recv())
        .await
        .is_err()
}

#[tokio::test]
async fn that_an_engine_is_asked_is_told_before_it_answers_or_fails() {
    let (_dir, socket) = place();
    let mut facts = following(&socket, quick());
    let asked = EngineFact::Asked {
        socket: socket.clone(),
    };
    assert_eq!(facts.recv().await, Some(asked));
    assert!(next(&mut facts).await.starts_with("down "));
    // Once: that it is tried again is no news.
    assert!(quiet(&mut facts).await);
}

#[tokio::test]
async fn what_runs_is_told_then_what_comes_and_goes() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    engine.put(A, "first", json!({ "openclaw.sandbox": "1" }));
    let mut facts = following(&socket, quick());
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    let EngineFact::Container(info) = next_fact(&mut facts).await else {
        panic!("no container")
    };
    assert_eq!(
        (info.name.as_str(), info.image.tag.as_deref()),
        ("first", Some("1.27"))
    );
    assert_eq!(info.labels["openclaw.sandbox"], "1");
    assert_eq!(info.source.socket, socket);
    let me = rustix::process::getuid().as_raw();
    assert_eq!(info.source.owner, Some(me).filter(|uid| *uid != 0));

    engine.followed().await;
    engine.put(B, "second", json!({}));
    engine.event("create", B);
    assert_eq!(next(&mut facts).await, "second (b)");
    engine.put(B, "renamed", json!({}));
    engine.event("rename", B);
    assert_eq!(next(&mut facts).await, "renamed (b)");
    engine.event("exec_create: /bin/sh -c x", B);
    engine.event("die", B);
    engine.remove(B);
    engine.event("destroy", B);
    assert_eq!(next(&mut facts).await, "gone b");
    engine.event("destroy", B);
    assert!(quiet(&mut facts).await);
}

#[tokio::test]
async fn a_restart_is_said_once_and_what_vanished_meanwhile_is_taken_back() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    engine.put(A, "first", json!({}));
    let mut facts = following(&socket, quick());
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    assert_eq!(next(&mut facts).await, "first (a)");

    engine.followed().await;
    drop(engine);
    let reason = next(&mut facts).await;
    assert!(reason.contains("stops or restarts"), "{reason}");
    assert!(quiet(&mut facts).await, "one loss, said twice");

    let engine = FakeEngine::start(&socket);
    engine.put(B, "second", json!({}));
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    assert_eq!(next(&mut facts).await, "gone a");
    assert_eq!(next(&mut facts).await, "second (b)");
}

#[tokio::test]
async fn an_engine_that_is_not_there_yet_is_waited_for() {
    let (_dir, socket) = place();
    let mut facts = following(&socket, quick());
    let reason = next(&mut facts).await;
    assert!(
        reason.contains("does not exist") && reason.contains("--engine"),
        "{reason}"
    );
    assert!(quiet(&mut facts).await);
    let _engine = FakeEngine::start(&socket);
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
}

#[tokio::test]
async fn a_socket_that_nobody_serves_is_named_so() {
    let (_dir, socket) = place();
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let mut facts = following(&socket, quick());
    let reason = next(&mut facts).await;
    assert!(
        reason.contains("cannot connect") && reason.contains("running?"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_silent_engine_is_lost_after_the_time_for_one_call() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    engine.answer("/version", Answer::Silence);
    let hasty = Timing {
        call: Duration::from_millis(300),
        ..quick()
    };
    let mut facts = following(&socket, hasty);
    assert_eq!(
        next(&mut facts).await,
        "down no answer to version within 0.3 s; is the engine stuck?"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    for path in ["/version", "/containers/json", "/events"] {
        let (_dir, socket) = place();
        let engine = FakeEngine::start(&socket);
        engine.answer(path, Answer::Flood);
        let patient = Timing {
            call: Duration::from_secs(60),
            ..quick()
        };
        let mut facts = following(&socket, patient);
        let mut fact = next(&mut facts).await;
        if fact.starts_with("up") {
            fact = next(&mut facts).await;
        }
        assert!(
            fact.starts_with("down") && fact.contains("bytes in one answer"),
            "{path}: {fact}"
        );
    }
}

#[tokio::test]
async fn one_hanging_container_holds_up_no_other() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    engine.put(A, "stuck", json!({}));
    engine.put(B, "well", json!({}));
    engine.answer(&format!("/containers/{A}/json"), Answer::Silence);
    let mut facts = following(&socket, quick());
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    assert_eq!(next(&mut facts).await, "well (b)");
}

#[tokio::test]
async fn a_container_that_goes_while_it_is_asked_for_is_not_told() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    let mut facts = following(&socket, quick());
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    engine.followed().await;
    engine.event("create", A);
    engine.put(B, "other", json!({}));
    engine.event("create", B);
    assert_eq!(next(&mut facts).await, "other (b)");
    assert!(engine.requests().contains(&format!("/containers/{A}/json")));
}

#[tokio::test]
async fn listings_find_what_the_events_left_out() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    let timing = Timing {
        listing: Duration::from_millis(30),
        ..quick()
    };
    let mut facts = following(&socket, timing);
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    engine.put(A, "unannounced", json!({}));
    assert_eq!(next(&mut facts).await, "unannounced (a)");
    assert!(quiet(&mut facts).await, "the same container, told again");
    engine.remove(A);
    assert_eq!(next(&mut facts).await, "gone a");
}

#[tokio::test]
async fn an_unreadable_list_does_not_end_the_rest() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    engine.answer(
        "/containers/json",
        Answer::Json(json!([{ "Id": A, "State": "levitating" }])),
    );
    let mut facts = following(&socket, quick());
    assert_eq!(next(&mut facts).await, "up Docker 29.1");
    engine.followed().await;
    engine.put(B, "second", json!({}));
    engine.event("start", B);
    assert_eq!(next(&mut facts).await, "second (b)");
}

#[tokio::test]
async fn podman_is_told_apart() {
    let (_dir, socket) = place();
    let engine = FakeEngine::start(&socket);
    let components = json!([{ "Name": "Podman Engine", "Version": "5.4.0" }]);
    let version = json!({ "Version": "5.4.0", "ApiVersion": "1.41", "Components": components });
    engine.answer("/version", Answer::Json(version));
    engine.put(A, "pod", json!({}));
    let mut facts = following(&socket, quick());
    assert_eq!(next(&mut facts).await, "up Podman 5.4.0");
    let EngineFact::Container(info) = next_fact(&mut facts).await else {
        panic!("no container")
    };
    assert_eq!(info.engine, crate::host::container::Engine::Podman);
}

#[tokio::test]
async fn following_ends_when_nobody_takes_the_facts() {
    let (_dir, socket) = place();
    let _engine = FakeEngine::start(&socket);
    let (sender, mut receiver) = channel();
    let task = tokio::spawn(follow(Sockets::Named(vec![socket]), quick(), sender));
    receiver.recv().await.unwrap();
    drop(receiver);
    tokio::time::timeout(Duration::from_secs(5), task)
        .await
        .expect("ends")
        .unwrap();
}

#[tokio::test]
async fn sockets_of_the_usual_places_are_followed_when_they_come_and_again_after_they_went() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("var/run")).unwrap();
    let socket = root
        .path()
        .canonicalize()
        .unwrap()
        .join("var/run/docker.sock");
    let (sender, mut facts) = channel();
    let place = root.path().to_owned();
    tokio::spawn(async move { discover(&place, quick(), sender).await });
    assert!(quiet(&mut facts).await);
    for _ in 0..2 {
        let engine = FakeEngine::start(&socket);
        assert_eq!(next(&mut facts).await, "up Docker 29.1");
        std::fs::remove_file(&socket).unwrap();
        drop(engine);
        assert!(next(&mut facts).await.starts_with("down "));
    }
}

#[tokio::test]
async fn nobody_but_the_user_may_listen_in_the_users_place() {
    let (_dir, path) = place();
    let _engine = FakeEngine::start(&path);
    let (sender, mut facts) = channel();
    let someone_else = rustix::process::getuid().as_raw() + 1;
    let endpoint = Endpoint {
        path,
        user: Some(someone_else),
    };
    tokio::spawn(Watch::new(endpoint, Stay::Always, quick(), sender).run());
    let reason = next(&mut facts).await;
    assert!(reason.contains("belongs to user"), "{reason}");
}
