//! `fd.*` of sockets: where a connection leads.

use std::net::{IpAddr, SocketAddr};

use super::Facts;
use super::file::{self, Name};
use crate::event::{Connect, Endpoint, Named, Operation, Text};
use crate::host::Observation;
use crate::rules::{Field, Value};

/// Whether the act is about a socket.
pub(super) fn applies(observation: &Observation) -> bool {
    connect(observation).is_some()
}

fn connect(observation: &Observation) -> Option<&Connect> {
    match &observation.event.act()?.operation {
        Operation::Connect(connect) => Some(connect),
        _ => None,
    }
}

/// The name of a connection: the peer's path, `@` and an abstract name, or both addresses.
pub(super) fn name(connect: &Connect, named: Option<Named>) -> Option<Name> {
    let bytes = match &connect.endpoint {
        Endpoint::Internet { local, remote, .. } => match local {
            Some(local) => format!("{local}->{remote}").into_bytes(),
            None => format!("->{remote}").into_bytes(),
        },
        Endpoint::Unix => match named {
            Some(named) => return Some(Name::new(named.path, named.truth)),
            None => connect.abstract_name()?,
        },
        Endpoint::Other { .. } => return None,
    };
    Some(Name::new(bytes, connect.truth))
}

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let connect = connect(facts.observation)?;
    let (local, remote) = (connect.endpoint.local(), connect.endpoint.remote());
    match field {
        Field::FdType => Some(Value::text(match remote {
            Some(SocketAddr::V4(_)) => "ipv4",
            Some(SocketAddr::V6(_)) => "ipv6",
            None => unix(connect)?,
        })),
        Field::FdTypechar => Some(Value::text(match remote {
            Some(SocketAddr::V4(_)) => "4",
            Some(SocketAddr::V6(_)) => "6",
            None => unix(connect).map(|_| "u")?,
        })),
        Field::FdL4proto => connect.endpoint.protocol()?.name().map(Value::text),
        // Who connects is the client.
        Field::FdSip | Field::FdRip | Field::FdSnet | Field::FdRnet => ip(remote),
        Field::FdCip | Field::FdLip | Field::FdCnet | Field::FdLnet => ip(local),
        Field::FdSport | Field::FdRport => port(remote),
        Field::FdCport | Field::FdLport => port(local),
        Field::FdIp | Field::FdNet => both(ip(local), ip(remote)),
        Field::FdPort => both(port(local), port(remote)),
        Field::FdNameraw => connect
            .socket_name
            .as_ref()
            .and_then(Text::known)
            .map(Value::text),
        _ => file::value(facts, field),
    }
}

fn unix(connect: &Connect) -> Option<&'static str> {
    (connect.endpoint == Endpoint::Unix).then_some("unix")
}

fn ip(end: Option<SocketAddr>) -> Option<Value<'static>> {
    end.map(|end| Value::Ip(IpAddr::to_canonical(&end.ip())))
}

fn port(end: Option<SocketAddr>) -> Option<Value<'static>> {
    end.map(|end| Value::Unsigned(end.port().into()))
}

fn both(local: Option<Value<'static>>, remote: Option<Value<'static>>) -> Option<Value<'static>> {
    let ends: Vec<_> = local.into_iter().chain(remote).collect();
    (!ends.is_empty()).then_some(Value::List(ends))
}
