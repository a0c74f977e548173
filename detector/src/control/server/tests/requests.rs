//! Requests, as clients make them and as they are answered.

use super::*;
use crate::control::Reload;

const RELOAD: &[u8] = b"{\"v\":1,\"command\":\"reload\"}\n";

#[test]
fn a_request_is_answered_when_it_is_done_and_holds_nobody_else_up() {
    let mut place = serve(Duration::from_millis(200));
    let mut asking = place.connect();
    asking.write_all(RELOAD).unwrap();
    let asked = place.inbox.wait().unwrap();
    // Longer than a client may be silent.
    thread::sleep(Duration::from_millis(400));
    let mut other = place.connect();
    other.write_all(STATUS).unwrap();
    assert!(answer(&other)["ok"].is_object());
    asked.answer(Reload {
        ok: true,
        rules: 7,
        ..Reload::default()
    });
    assert_eq!(answer(&asking)["ok"]["rules"], 7);

    asking.write_all(RELOAD).unwrap();
    place.inbox.wait().unwrap().answer(Reload {
        error: Some("my.yaml:1:1: unknown key".into()),
        ..Reload::default()
    });
    let error = json!({"code": "failed", "message": "my.yaml:1:1: unknown key"});
    assert_eq!(answer(&asking)["error"], error);
    place.server.finish();
}

#[test]
fn requests_that_nobody_takes_up_are_refused() {
    let mut place = serve(PATIENCE);
    let mut clients: Vec<_> = (0..8).map(|_| place.connect()).collect();
    for client in &mut clients {
        client.write_all(RELOAD).unwrap();
    }
    // The eight wait; whichever comes ninth has no place.
    let mut refused = place.connect();
    let code = loop {
        refused.write_all(STATUS).unwrap();
        answer(&refused);
        if place.inbox.waiting() == clients.len() {
            refused.write_all(RELOAD).unwrap();
            break answer(&refused)["error"]["code"].clone();
        }
    };
    assert_eq!(code, "busy");
    drop(place.inbox.wait().unwrap());
    drop(place.inbox);
    for client in &clients {
        assert_eq!(answer(client)["error"]["code"], "failed");
    }
    refused.write_all(RELOAD).unwrap();
    assert_eq!(
        answer(&refused)["error"]["message"],
        "the detector is ending"
    );
    refused
        .write_all(b"{\"v\":1,\"command\":\"reload\",\"args\":{\"soon\":1}}\n")
        .unwrap();
    let message = answer(&refused)["error"]["message"].clone();
    assert_eq!(message, "`reload` takes no argument \"soon\"");
    place.server.finish();
}
