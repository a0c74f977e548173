//! `fd.*` of sockets: where a connection leads.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use super::file::{self, Name};
use super::{Facts, Room};
use crate::event::{Act, Connect, Endpoint, Operation, Stage, Text, Truth};
use crate::host::Observation;
use crate::rules::{Field, Value};

/// Whether the act is about a socket.
pub(super) fn applies(observation: &Observation) -> bool {
    endpoint(observation).is_some()
}

fn endpoint(observation: &Observation) -> Option<&Endpoint> {
    match &observation.event.act()?.operation {
        Operation::Connect(connect) => Some(&connect.endpoint),
        Operation::Descriptor(descriptor) => Some(&descriptor.endpoint),
        _ => None,
    }
}

fn connect(observation: &Observation) -> Option<&Connect> {
    match &observation.event.act()?.operation {
        Operation::Connect(connect) => Some(connect),
        _ => None,
    }
}

/// The name of a connection: the peer's path, `@` and an abstract name, or both addresses.
pub(super) fn name<'a>(connect: &Connect, act: &'a Act, room: &'a Room) -> Option<Name<'a>> {
    match &connect.endpoint {
        Endpoint::Internet { .. } => {
            let ends = ends(&connect.endpoint, room)?;
            Some(Name::new(ends, connect.truth))
        }
        Endpoint::Unix => file::of_act(act, room),
        Endpoint::Other { .. } => None,
    }
}

/// The name of an internet socket that the kernel resolved.
pub(super) fn resolved<'a>(endpoint: &Endpoint, room: &'a Room) -> Option<Name<'a>> {
    ends(endpoint, room).map(|bytes| Name::new(bytes, Truth::Kernel))
}

fn ends<'a>(endpoint: &Endpoint, room: &'a Room) -> Option<&'a [u8]> {
    let remote = endpoint.remote()?;
    Some(room.text(|text| {
        // Writing to memory cannot fail.
        if let Some(local) = endpoint.local() {
            let _ = write!(text, "{local}");
        }
        let _ = write!(text, "->{remote}");
    }))
}

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let endpoint = endpoint(facts.observation)?;
    let (local, remote) = (endpoint.local(), endpoint.remote());
    match field {
        Field::FdType => endpoint.type_name().map(Value::text),
        Field::FdTypechar => Some(Value::text(match endpoint.type_name()? {
            "ipv4" => "4",
            "ipv6" => "6",
            _ => "u",
        })),
        Field::FdL4proto => endpoint.protocol()?.name().map(Value::text),
        Field::FdSockfamily => match endpoint {
            Endpoint::Internet { .. } => Some(Value::text("ip")),
            Endpoint::Unix => Some(Value::text("unix")),
            Endpoint::Other { .. } => None,
        },
        Field::FdConnected => Some(Value::Bool(has_peer(facts.observation))),
        Field::FdNameChanged => {
            let connects = connect(facts.observation).is_some();
            Some(Value::Bool(connects && !facts.observation.event.refused()))
        }
        Field::FdIsServer => connect(facts.observation).map(|_| Value::Bool(false)),
        // Who connects is the client.
        Field::FdSip | Field::FdRip | Field::FdSnet | Field::FdRnet => ip(remote),
        Field::FdCip | Field::FdLip | Field::FdCnet | Field::FdLnet => ip(local),
        Field::FdSport | Field::FdRport => port(remote),
        Field::FdCport | Field::FdLport => port(local),
        Field::FdIp | Field::FdNet => both(ip(local), ip(remote)),
        Field::FdPort => both(port(local), port(remote)),
        Field::FdNameraw => connect(facts.observation)?
            .socket_name
            .as_ref()
            .and_then(Text::known)
            .map(Value::text),
        _ => file::value(facts, field),
    }
}

/// Whether the socket has a peer after the act. A connection that has begun has none yet.
fn has_peer(observation: &Observation) -> bool {
    match connect(observation) {
        Some(connect) => connect.stage != Stage::Started && observation.event.result().0 == 0,
        None => endpoint(observation)
            .and_then(Endpoint::remote)
            .is_some_and(|remote| remote.port() != 0),
    }
}

pub(super) fn ip(end: Option<SocketAddr>) -> Option<Value<'static>> {
    end.map(|end| Value::Ip(IpAddr::to_canonical(&end.ip())))
}

fn port(end: Option<SocketAddr>) -> Option<Value<'static>> {
    end.map(|end| Value::Unsigned(end.port().into()))
}

fn both(local: Option<Value<'static>>, remote: Option<Value<'static>>) -> Option<Value<'static>> {
    let ends: Vec<_> = local.into_iter().chain(remote).collect();
    (!ends.is_empty()).then_some(Value::List(ends))
}
