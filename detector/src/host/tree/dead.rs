//! Dead processes that are remembered, each container's for itself: a storm in one container cannot
//! make us forget another's.

use std::collections::{HashMap, VecDeque};

use crate::event::{CgroupId, ProcessKey};

/// Dead processes that are remembered of one container.
pub const DEAD_OF_CONTAINER: usize = 4096;

/// Dead processes that are remembered of all containers.
pub const DEAD: usize = 32_768;

/// Of how many of the oldest the one is chosen that goes before its time.
const CHOICE: usize = 64;

/// The dead of each container, in the order of their ends, near enough.
#[derive(Debug, Default)]
pub struct Dead {
    of: HashMap<CgroupId, VecDeque<ProcessKey>>,
    count: usize,
}

/// What becomes of a dead process.
pub enum Fate {
    /// It stays; and so do all that ended after it.
    Early,
    /// It stays: somebody needs it.
    Needed,
    /// It goes.
    Done,
}

impl Dead {
    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Takes up one.
    pub fn push(&mut self, container: CgroupId, key: ProcessKey) {
        self.of.entry(container).or_default().push_back(key);
        self.count += 1;
    }

    /// Takes out one that has to go for want of room: of the container, where it has too many of
    /// them, else of the one that has most. The oldest that nobody needs goes first.
    pub fn overflow(
        &mut self,
        container: CgroupId,
        is_needed: impl Fn(ProcessKey) -> bool,
    ) -> Option<ProcessKey> {
        let full = |queue: &VecDeque<_>| queue.len() > DEAD_OF_CONTAINER;
        let queue = if self.of.get(&container).is_some_and(full) {
            self.of.get_mut(&container)
        } else if self.count > DEAD {
            self.of.values_mut().max_by_key(|queue| queue.len())
        } else {
            None
        }?;
        let oldest = queue.iter().take(CHOICE);
        let at = oldest.take_while(|key| is_needed(**key)).count();
        // All of them needed: the oldest of all.
        let at = if at == CHOICE.min(queue.len()) { 0 } else { at };
        let gone = queue.remove(at);
        self.count -= usize::from(gone.is_some());
        gone
    }

    /// Takes out those that are done.
    pub fn sift(&mut self, mut fate: impl FnMut(ProcessKey) -> Fate) {
        for queue in self.of.values_mut() {
            for _ in 0..queue.len() {
                let Some(key) = queue.pop_front() else {
                    break;
                };
                match fate(key) {
                    Fate::Early => {
                        queue.push_front(key);
                        break;
                    }
                    Fate::Needed => queue.push_back(key),
                    Fate::Done => self.count -= 1,
                }
            }
        }
        self.of.retain(|_, queue| !queue.is_empty());
    }
}
