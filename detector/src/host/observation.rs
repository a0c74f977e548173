//! An event with its actor: what rules and alerts ask about.

use std::sync::Arc;

use super::attribution::Attribution;
use super::container::{ContainerInfo, ContainerRef};
use super::object::By;
use super::registry::Container;
use super::tree::{Ancestor, Image};
use crate::event::{BootTime, Event, ExecKey, FileKind, Ids, Phase, ProcessKey, Session, Subject};

/// An event and everything that is known of who did it.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Its number: how many events had been taken in by then.
    pub number: u64,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: Actor,
    /// Where; `None` for the host.
    pub container: Option<ContainerView>,
    /// The container into which a task has crossed.
    pub crossed_into: Option<ContainerView>,
    /// The path of the cgroup that a task has got into, where it left its container's.
    pub crossed_cgroup: Option<Vec<u8>>,
    /// At which process it was aimed, where the kernel could tell.
    pub target: Option<TargetView>,
    /// Whether the object's mount belongs to a mount namespace that is not the container's.
    pub foreign_mount: bool,
    /// Whether the actor's user namespace was made inside the container.
    pub own_user_ns: bool,
    /// Of a change of users or groups: what they were before, as far as was told.
    pub ids_before: Option<Ids>,
    /// What the caller's name stands for, where the kernel resolved nothing: the source of a mount,
    /// the object of a refused open.
    pub claimed_kind: Option<FileKind>,
    /// Of a watched object: by whom it was changed, as seen from its owner.
    pub changed_by: Option<By>,
    /// Whether something about the actor is not known that should be.
    pub incomplete: bool,
}

/// The process that acted.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The program that it ran.
    pub exec: ExecKey,
    /// That program; an empty one where nothing is known.
    pub image: Arc<Image>,
    /// Its working directory.
    pub cwd: Option<Vec<u8>>,
    /// Its ancestors, nearest first.
    pub lineage: Vec<Ancestor>,
    /// Agent, session and user.
    pub attribution: Attribution,
    /// What the process was part of, where the sensor told that.
    pub membership: Option<Membership>,
}

/// What a process was part of when it was made or last executed, and who leads that.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Session, process group and terminal.
    pub session: Session,
    /// The program of the session's leader, as far as that is known.
    pub leader: Option<Arc<Image>>,
    /// That of the process group's.
    pub group_leader: Option<Arc<Image>>,
}

/// A container at the moment of the event.
#[derive(Clone, Debug)]
pub struct ContainerView {
    /// What its cgroup says.
    pub reference: ContainerRef,
    /// What its engine says, if it has answered.
    pub info: Option<Arc<ContainerInfo>>,
    /// When it began, as far as that is known.
    pub began: Option<BootTime>,
}

impl ContainerView {
    /// A container as it is now.
    pub(super) fn of(container: &Container) -> Self {
        Self {
            reference: container.reference.clone(),
            info: container.info.clone(),
            began: container.beginning.time(),
        }
    }
}

/// The process at which an act was aimed.
#[derive(Clone, Debug)]
pub struct TargetView {
    /// The process.
    pub process: ProcessKey,
    /// Its executable's path in its own view.
    pub exe_path: Option<Vec<u8>>,
    /// Its container; `None` for the host.
    pub container: Option<ContainerRef>,
    /// Whether that is the actor's, or neither is in one.
    pub same_container: bool,
    /// Whether it is the actor, or descends from it or from its parent in the same container.
    pub own_tree: bool,
    /// Where it stood before the act.
    pub phase: Phase,
    /// Whether it is the detector.
    pub is_detector: bool,
}

impl Observation {
    /// Credential and namespaces of the actor, where the record told.
    pub fn subject(&self) -> Option<&Subject> {
        self.event.subject()
    }
}
