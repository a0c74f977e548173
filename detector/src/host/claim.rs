//! What a name stands for that only the caller gave.

use super::Host;
use super::world::Effort;
use crate::event::{Event, FileKind, Operation};

impl Host {
    /// What a name that only the caller gave stands for. Refused opens are many, mounts are few:
    /// only for these a file system is asked.
    pub(super) fn claimed_kind(&mut self, event: &Event) -> Option<FileKind> {
        let act = event.act()?;
        match &act.operation {
            Operation::Mount(mount) => {
                let source = mount.source()?;
                self.world
                    .kind(event.meta.process, source.known()?, Effort::Bounded)
            }
            Operation::Open(_) if act.refused() => {
                let named = act.named()?;
                self.world
                    .kind(event.meta.process, &named.path, Effort::Cached)
            }
            _ => None,
        }
    }
}
