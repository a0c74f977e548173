//! How things stand in the pipeline, for whoever shows it.

use std::collections::BTreeMap;

use super::account::Taken;
use crate::event::Kind;
use crate::host::engine::EngineFact;
use crate::host::registry::{Activity, Container};

/// How things stand.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The containers that are there.
    pub containers: Vec<ContainerReport>,
    /// The engines that were heard of.
    pub engines: Vec<EngineReport>,
    /// What became of records, by kind.
    pub events: BTreeMap<Kind, Taken>,
    /// Records that could not be read.
    pub unread: u64,
    /// Events of cgroups that turned out to be nobody's concern.
    pub discarded: u64,
    /// Processes that were forgotten before their time.
    pub evicted: u64,
    /// Cgroups that could not be looked at.
    pub left_out: u64,
}

/// A container that is watched.
#[derive(Clone, Debug)]
pub struct ContainerReport {
    /// Its id.
    pub id: String,
    /// Its name, where its engine has said it.
    pub name: Option<String>,
    /// What it was seen doing.
    pub activity: Activity,
}

impl ContainerReport {
    pub(super) fn of(container: &Container) -> Self {
        Self {
            id: container.reference.id.as_str().to_owned(),
            name: container.info.as_ref().map(|info| info.name.clone()),
            activity: container.activity,
        }
    }
}

/// An engine.
#[derive(Clone, Debug)]
pub struct EngineReport {
    /// Its socket.
    pub socket: String,
    /// Whether it answers.
    pub up: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// Notes whether an engine answers.
pub(super) fn note(engines: &mut BTreeMap<String, EngineReport>, fact: &EngineFact) {
    let (socket, up, reason) = match fact {
        EngineFact::Up { socket, .. } => (socket, true, None),
        EngineFact::Down { socket, reason } => (socket, false, Some(reason.clone())),
        EngineFact::Container(_) | EngineFact::Gone { .. } => return,
    };
    let socket = socket.display().to_string();
    engines.insert(socket.clone(), EngineReport { socket, up, reason });
}
