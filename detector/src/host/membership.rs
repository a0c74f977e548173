//! What a process is part of: its session and process group, and who leads them.

use super::Host;
use super::observation::Membership;
use crate::event::{BootTime, ExecKey};

impl Host {
    /// What a process was part of while it ran a program.
    pub(super) fn membership(&self, actor: &ExecKey, time: BootTime) -> Option<Membership> {
        let key = actor.process;
        let session = self.tree.get(key)?.session(actor.count, time)?;
        let tree = &self.tree;
        Some(Membership {
            session,
            leader: tree.leader(key, session.number, |session| session.number, time),
            group_leader: tree.leader(key, session.group, |session| session.group, time),
        })
    }
}
