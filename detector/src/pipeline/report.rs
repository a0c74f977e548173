//! How things stand in the pipeline, for whoever shows it.

use std::collections::BTreeMap;

use super::account::Taken;
use super::sight::Beat;
use crate::event::{Gap, Kind, Lane};
use crate::host::engine::EngineFact;
use crate::host::registry::{Activity, Container, Place};
use crate::host::selection::Level;

/// How things stand.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The containers that are there and watched.
    pub containers: Vec<ContainerReport>,
    /// What is watched besides.
    pub services: Vec<ServiceReport>,
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
    /// The last gaps, oldest first.
    pub gaps: Vec<Gap>,
    /// The last sign of life of each lane.
    pub beats: BTreeMap<Lane, Beat>,
    /// Runs of programs that the kernel skipped.
    pub skipped: u64,
    /// How often somebody was found to have altered the sensor.
    pub alterations: u64,
}

/// A container that is watched.
#[derive(Clone, Debug)]
pub struct ContainerReport {
    /// Its id.
    pub id: String,
    /// Its name, where its engine has said it.
    pub name: Option<String>,
    /// How closely it is looked at; nothing for one that is being let go.
    pub level: Option<Level>,
    /// Whether only its engine can tell if anybody asked for it.
    pub undecided: bool,
    /// What it was seen doing.
    pub activity: Activity,
}

impl ContainerReport {
    pub(super) fn of(container: &Container) -> Self {
        Self {
            id: container.reference.id.as_str().to_owned(),
            name: container.info.as_ref().map(|info| info.name.clone()),
            level: container.level(),
            undecided: container.is_undecided(),
            activity: container.activity,
        }
    }
}

/// A cgroup that is watched and no container's.
#[derive(Clone, Debug)]
pub struct ServiceReport {
    /// Its path in the v2 hierarchy.
    pub cgroup: String,
    /// How closely it is looked at.
    pub level: Level,
}

impl ServiceReport {
    pub(super) fn of((path, place): (&[u8], Place)) -> Self {
        Self {
            cgroup: String::from_utf8_lossy(path).into_owned(),
            level: place.level,
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
    /// Whether its first answer is still to come.
    pub pending: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// Notes whether an engine answers.
pub(super) fn note(engines: &mut BTreeMap<String, EngineReport>, fact: &EngineFact) {
    let (socket, up, pending, reason) = match fact {
        EngineFact::Asked { socket } => (socket, false, true, None),
        EngineFact::Up { socket, .. } => (socket, true, false, None),
        EngineFact::Down { socket, reason } => (socket, false, false, Some(reason.clone())),
        EngineFact::Container(_) | EngineFact::Gone { .. } => return,
    };
    let socket = socket.display().to_string();
    let report = EngineReport {
        socket: socket.clone(),
        up,
        pending,
        reason,
    };
    engines.insert(socket, report);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_pending_until_it_answers_or_fails() {
        let socket = std::path::PathBuf::from("/run/docker.sock");
        let asked = EngineFact::Asked {
            socket: socket.clone(),
        };
        let up = EngineFact::Up {
            socket: socket.clone(),
            version: "1".into(),
        };
        let down = EngineFact::Down {
            socket,
            reason: "no".into(),
        };
        let mut engines = BTreeMap::new();
        for (fact, expected) in [
            (&asked, (false, true)),
            (&up, (true, false)),
            (&down, (false, false)),
            (&asked, (false, true)),
        ] {
            note(&mut engines, fact);
            assert_eq!(engines.len(), 1);
            let report = &engines["/run/docker.sock"];
            assert_eq!((report.up, report.pending), expected, "{fact:?}");
        }
    }
}
