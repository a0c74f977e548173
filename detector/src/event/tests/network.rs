//! Connections, as the kernel and as callers tell of them.

use detector_common::call;
use detector_common::record::{Call, ConnectBody, Endpoint, Object, family};

use super::*;

fn connect(result: i64, endpoint: Endpoint) -> ConnectBody {
    let call = Call {
        result,
        number: call::CONNECT,
        args: [6, 0, 0, 0, 0, 0],
        reserved: 0,
    };
    ConnectBody {
        subject: sample::subject(),
        call,
        object: Object::default(),
        endpoint,
    }
}

fn of_connect(event: &Event) -> &Connect {
    match &act(event).operation {
        Operation::Connect(connect) => connect,
        other => panic!("{other:?}"),
    }
}

#[test]
fn mapped_addresses_are_told_as_ipv4() {
    let mapped = |last: [u8; 4]| {
        let mut address = [0; 16];
        address[10..12].copy_from_slice(&[0xff, 0xff]);
        address[12..].copy_from_slice(&last);
        address
    };
    let endpoint = Endpoint {
        family: family::INET6,
        protocol: 6,
        local_port: 40000,
        remote_port: 80,
        local: mapped([10, 0, 0, 2]),
        remote: mapped([169, 254, 169, 254]),
        resolved: 1,
        socket_type: 1,
    };
    let body = connect(-115, endpoint);
    let event = Sample::new(Kind::Connect, &body)
        .with(|header| header.flags = flag::STARTED)
        .event();
    let connect = of_connect(&event);
    assert_eq!(connect.stage, Stage::Started);
    assert_eq!(connect.truth, Truth::Kernel);
    assert_eq!(connect.endpoint.protocol().unwrap().name(), Some("tcp"));
    let tuple = "10.0.0.2:40000->169.254.169.254:80";
    assert_eq!(connect.endpoint.tuple().unwrap(), tuple);
    assert!(
        !event.refused(),
        "a handshake that has begun is not refused"
    );
    assert_eq!(list(&event), format!("res=-115(EINPROGRESS) tuple={tuple}"));
}

#[test]
fn the_end_of_a_handshake_has_no_subject() {
    let endpoint = Endpoint {
        family: family::INET,
        resolved: 1,
        ..Endpoint::default()
    };
    let event = Sample::new(Kind::Connect, &connect(-111, endpoint))
        .with(|header| header.flags = flag::RESULT)
        .event();
    assert_eq!(event.subject(), None);
    assert_eq!(of_connect(&event).stage, Stage::Ended);
    assert!(event.refused());
    assert_eq!(event.result().to_string(), "ECONNREFUSED");
}

#[test]
fn a_refused_connection_is_a_claim() {
    let mut endpoint = Endpoint {
        family: family::INET,
        remote_port: 53,
        ..Endpoint::default()
    };
    endpoint.remote[..4].copy_from_slice(&[10, 0, 0, 1]);
    let event = Sample::new(Kind::Connect, &connect(-101, endpoint)).event();
    let connect = of_connect(&event);
    assert_eq!(
        (connect.truth, connect.endpoint.local()),
        (Truth::Claim, None)
    );
    assert_eq!(connect.endpoint.protocol(), None);
    assert_eq!(
        list(&event),
        "res=-101(ENETUNREACH) tuple=->10.0.0.1:53 fd=6"
    );
}

#[test]
fn unix_peers_are_told_by_file_or_name() {
    let endpoint = Endpoint {
        family: family::UNIX,
        resolved: 1,
        ..Endpoint::default()
    };
    let event = Sample::new(Kind::Connect, &connect(0, endpoint))
        .plain_path(Tag::Path, "/run/docker.sock")
        .text(Tag::SocketName, b"/tmp/link\0rest")
        .event();
    assert_eq!(act(&event).named().unwrap().path, b"/run/docker.sock");
    assert_eq!(
        act(&event).claimed_name().unwrap().known(),
        Some(&b"/tmp/link"[..])
    );
    assert_eq!(list(&event), "res=0 tuple=/run/docker.sock fd=6");

    let claimed = Endpoint {
        resolved: 0,
        ..endpoint
    };
    let event = Sample::new(Kind::Connect, &connect(-2, claimed))
        .text(Tag::SocketName, b"docker.sock")
        .plain_path(Tag::Cwd, "/run")
        .event();
    let named = act(&event).named().unwrap();
    assert_eq!(
        (named.path.as_slice(), named.truth),
        (&b"/run/docker.sock"[..], Truth::Claim)
    );

    let event = Sample::new(Kind::Connect, &connect(0, endpoint))
        .text(Tag::SocketName, b"\0containerd\0x")
        .event();
    let expected = Named {
        path: b"@containerd\0x".to_vec(),
        truth: Truth::Claim,
    };
    assert_eq!(act(&event).named(), Some(expected));
}
