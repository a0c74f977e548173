//! Matches that wait for what an engine says of their container, or the kernel of their process.
//!
//! A container's first act may come before its engine has answered. Such a match is held for a
//! bounded time and joined with the answer; never given another container's name. It is dropped only
//! where the answer says that nobody asked for the container, and it concerns us by that alone.
//!
//! The kernel tells of a move into a cgroup once it is done. What a task does before that is guessed to
//! be a workload's; once it is told to be a runtime's, the rules are asked again.

use std::collections::VecDeque;

use crate::detect::Matches;
use crate::event::BootTime;
use crate::host::registry::Registry;
use crate::host::{ContainerView, Host, Observation};

/// How long an answer is waited for.
const PATIENCE: u64 = 2_000_000_000;

/// How many matches may wait. Beyond, the oldest go as they are.
const LIMIT: usize = 4096;

/// A match that waits.
#[derive(Debug)]
struct Waiting {
    observation: Observation,
    rules: Matches,
    until: BootTime,
}

/// What becomes of a match that has waited.
pub(super) enum Released {
    /// It is told.
    Raised(Observation, Matches),
    /// It was matched under a wrong guess.
    Corrected(Observation),
}

/// All matches that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Held {
    waiting: VecDeque<Waiting>,
}

impl Held {
    /// Holds a match from now on.
    pub(super) fn hold(&mut self, observation: Observation, rules: Matches, now: BootTime) {
        let until = BootTime(now.0.saturating_add(PATIENCE));
        self.waiting.push_back(Waiting {
            observation,
            rules,
            until,
        });
    }

    /// Lets go what has its answer, is overdue or too much. Those of containers that nobody asked
    /// for end here.
    pub(super) fn release(
        &mut self,
        now: BootTime,
        engine_answers: bool,
        host: &mut Host,
    ) -> Vec<Released> {
        let excess = self.waiting.len().saturating_sub(LIMIT);
        let mut released = Vec::new();
        let mut kept = VecDeque::new();
        for (index, mut waiting) in self.waiting.drain(..).enumerate() {
            if host.has_let_go(&waiting.observation.event) {
                host.discard();
                continue;
            }
            if host.correct(&mut waiting.observation.event) {
                released.push(Released::Corrected(waiting.observation));
                continue;
            }
            // While an engine answers, it is decided in time whether anybody asked for the container.
            let meta = &waiting.observation.event.meta;
            let open = engine_answers && host.is_undecided(meta);
            let guessed = meta.is_guessed();
            let answered = join(&mut waiting.observation, host.registry()) && !guessed;
            let overdue = waiting.until <= now && !open;
            if answered || overdue || index < excess {
                released.push(Released::Raised(waiting.observation, waiting.rules));
            } else {
                kept.push_back(waiting);
            }
        }
        self.waiting = kept;
        released
    }

    /// Lets everything go.
    pub(super) fn release_all(&mut self, host: &mut Host) -> Vec<Released> {
        self.release(BootTime(u64::MAX), false, host)
    }
}

/// Puts the engine's answer into an observation, if it is there.
fn join(observation: &mut Observation, registry: &Registry) -> bool {
    let Some(container) = registry.container(observation.event.meta.cgroup) else {
        return false;
    };
    let Some(info) = container.info.clone() else {
        return false;
    };
    let labels = container.attribution();
    let attribution = std::mem::take(&mut observation.actor.attribution);
    observation.actor.attribution = labels.or(attribution);
    observation.container = Some(ContainerView {
        reference: container.reference.clone(),
        info: Some(info),
        began: container.beginning.time(),
    });
    true
}
