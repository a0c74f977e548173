//! The hooks: each loaded, attached and looked at for itself.

use aya::VerifierLogLevel;
use detector_common::record::{Kind, flag};

use super::act::Acted;
use super::sight::{Sight, Sights};
use super::{Outcome, Trial};
use crate::sensor::before::{BEFORE, Spec};
use crate::sensor::error::VERIFIER;
use crate::sensor::load::{ALL_TASKS, CHOSEN_TASKS, FAMILIES, ITERATORS, OWN_TASK, TRACEPOINTS};
use crate::sensor::{Choice, Sensor, SensorError, families};

/// Without it no family is ever called.
const GATE: &str = "sys_exit";

/// The names of all hooks, in the order in which they are attached.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    Hooks::named().0.into_iter().map(|hook| hook.name)
}

/// A hook on its way.
struct Hook {
    name: &'static str,
    needed: bool,
    part: Part,
    state: State,
}

/// What it is made of.
#[derive(Clone, Copy)]
enum Part {
    /// A program on the tracepoint of the hook's name.
    Tracepoint { program: &'static str },
    /// A program that the gate calls.
    Family { program: &'static str, kind: Kind },
    /// An iterator over tasks, of the hook's name.
    Iterator,
    /// A program where security modules are asked.
    Before(&'static Spec),
}

/// How far it has come.
enum State {
    /// Nothing is in its way so far.
    Fine,
    /// It did what it is for.
    Proven,
    /// The kernel refused it.
    Failed(String),
    /// There is no telling.
    Untried(String),
}

/// All hooks.
pub(super) struct Hooks(Vec<Hook>);

impl Hooks {
    /// Loads every program, whatever becomes of the others.
    pub(super) fn load(sensor: &mut Sensor, object: &Choice) -> Self {
        let mut hooks = Self::named();
        for hook in &mut hooks.0 {
            hook.note(hook.load(sensor));
            if let (Part::Before(_), true) = (hook.part, hook.is_fine()) {
                hook.state = State::Proven;
            }
        }
        hooks.explain(object);
        hooks
    }

    /// Loads once more what was refused, now with the verifier's account of why.
    fn explain(&mut self, object: &Choice) {
        let failed = self
            .0
            .iter_mut()
            .filter(|hook| matches!(hook.state, State::Failed(_)));
        let mut failed = failed.peekable();
        if failed.peek().is_none() {
            return;
        }
        let Ok(mut sensor) = Sensor::prepare(object, VerifierLogLevel::DEBUG) else {
            return;
        };
        for hook in failed {
            let reason = hook.load(&mut sensor).err().map(|error| error.reason());
            // An account that is too long for the kernel is an error of its own, and tells nothing.
            if let Some(reason) = reason.filter(|reason| reason.contains(VERIFIER)) {
                hook.state = State::Failed(reason);
            }
        }
    }

    /// Every hook as what could not be tried.
    pub(super) fn untried(reason: &str) -> Vec<Trial> {
        let mut hooks = Self::named();
        hooks.give_up(reason);
        hooks.judge(&Sights::default())
    }

    fn named() -> Self {
        let hook = |name, needed, part| Hook {
            name,
            needed,
            part,
            state: State::Fine,
        };
        let tracepoints = TRACEPOINTS
            .iter()
            .map(|&(program, name, needed)| hook(name, needed, Part::Tracepoint { program }));
        let families = FAMILIES
            .iter()
            .map(|&(program, kind)| hook(kind.name(), false, Part::Family { program, kind }));
        let iterators = ITERATORS
            .iter()
            .map(|&name| hook(name, true, Part::Iterator));
        let before = BEFORE
            .iter()
            .map(|spec| hook(spec.hook, false, Part::Before(spec)));
        let all = tracepoints.chain(families).chain(iterators).chain(before);
        Self(all.collect())
    }

    /// Attaches what was loaded; what follows from a failure is told apart from it.
    pub(super) fn attach(&mut self, sensor: &mut Sensor) {
        for hook in &mut self.0 {
            if let (Part::Tracepoint { program }, true) = (hook.part, hook.is_fine()) {
                hook.note(sensor.attach_tracepoint(program));
            }
        }
        let gate = self.is_fine(GATE);
        let of_gate = |hook: &&mut Hook| matches!(hook.part, Part::Family { .. });
        let mut families = self.0.iter_mut().filter(of_gate);
        if !gate {
            families
                .for_each(|hook| hook.give_up("loaded; nothing calls it while sys_exit is off"));
        } else if !families.any(|hook| hook.is_fine())
            && let Some(gate) = self.0.iter_mut().find(|hook| hook.name == GATE)
        {
            gate.give_up("in place; no family is there to tell what it lets through");
        }
    }

    /// Whether all that is needed stands well so far.
    pub(super) fn are_fit(&self) -> bool {
        let mut needed = self.0.iter().filter(|hook| hook.needed);
        needed.all(|hook| !matches!(hook.state, State::Failed(_)))
    }

    /// Whether the iterator that describes this process is there.
    pub(super) fn can_check(&self) -> bool {
        self.is_fine(OWN_TASK)
    }

    /// Takes note of what came of the iterator that describes this process.
    pub(super) fn checked(&mut self, itself: &Outcome) {
        let own = self.0.iter_mut().find(|hook| hook.name == OWN_TASK);
        match (own, itself) {
            (Some(hook), Outcome::Works(_)) if hook.is_fine() => hook.state = State::Proven,
            (Some(hook), _) => hook.give_up("loaded; the self-check has failed"),
            (None, _) => {}
        }
    }

    /// Nothing more can be learnt of those that stand well so far.
    pub(super) fn give_up(&mut self, reason: &str) {
        self.0.iter_mut().for_each(|hook| hook.give_up(reason));
    }

    /// Takes note of the acts that could not be performed.
    pub(super) fn excuse(&mut self, acted: &Acted) {
        for (name, reason) in &acted.undone {
            if let Some(hook) = self.0.iter_mut().find(|hook| hook.name == *name) {
                hook.give_up(&format!("in place; no act of ours could try it: {reason}"));
            }
        }
    }

    /// Whether there is nothing to wait for.
    pub(super) fn all_seen(&self, sights: &Sights) -> bool {
        let fine = self.0.iter().filter(|hook| hook.is_fine());
        fine.into_iter().all(|hook| hook.has_seen(sights))
    }

    /// What is to be said of each in the end.
    pub(super) fn judge(self, sights: &Sights) -> Vec<Trial> {
        let judged = self.0.into_iter().map(|hook| Trial {
            name: hook.name,
            needed: hook.needed,
            outcome: match hook.state {
                State::Failed(reason) => Outcome::Fails(reason),
                State::Untried(reason) => Outcome::Untried(reason),
                State::Proven => Outcome::Works(match hook.part {
                    Part::Before(_) => "in place, and saw an act of ours".to_owned(),
                    _ => "in place, and told of this process".to_owned(),
                }),
                State::Fine if hook.has_seen(sights) => {
                    Outcome::Works("in place, and saw an act of ours".to_owned())
                }
                State::Fine => {
                    Outcome::Fails("in place, and did not see an act of ours".to_owned())
                }
            },
        });
        judged.collect()
    }

    fn is_fine(&self, name: &str) -> bool {
        let mut hooks = self.0.iter();
        hooks.any(|hook| hook.name == name && hook.is_fine())
    }
}

impl Hook {
    fn load(&self, sensor: &mut Sensor) -> Result<(), SensorError> {
        match self.part {
            Part::Tracepoint { program } => sensor.load_hook(program, self.name),
            Part::Family { program, kind } => sensor.load_family(program, kind),
            Part::Iterator => sensor.load_iterator(self.name),
            // It is attached as soon as it is loaded, and shown what it must see.
            Part::Before(spec) => sensor.prove(spec),
        }
    }

    fn note(&mut self, result: Result<(), SensorError>) {
        if let Err(error) = result {
            self.state = State::Failed(error.reason());
        }
    }

    const fn is_fine(&self) -> bool {
        matches!(self.state, State::Fine)
    }

    fn give_up(&mut self, reason: &str) {
        if self.is_fine() {
            self.state = State::Untried(reason.to_owned());
        }
    }

    fn has_seen(&self, sights: &Sights) -> bool {
        sights.0.iter().any(|sight| shows(sight, self.name))
    }
}

/// Whether a record can only have come by way of this hook.
fn shows(sight: &Sight, hook: &str) -> bool {
    let handshake = sight.flags & (flag::STARTED | flag::RESULT) != 0;
    let delivered = sight.flags & flag::DELIVERED != 0;
    let chosen = sight.flags & flag::CHOSEN != 0;
    let begun = sight.flags & flag::STARTED != 0;
    let request = sight.flags & flag::VIA_IO_URING != 0;
    let is_act = sight.kind as u16 >= Kind::Open as u16 && !request;
    match hook {
        "cgroup_mkdir" => sight.kind == Kind::CgroupMade,
        "cgroup_rmdir" => sight.kind == Kind::CgroupRemoved,
        "cgroup_attach_task" => sight.kind == Kind::Attach,
        "task_newtask" => sight.kind == Kind::TaskMade,
        "sched_process_exec" => sight.kind == Kind::Exec,
        "sched_process_exit" => sight.kind == Kind::Exit,
        "signal_generate" => sight.kind == Kind::Signal && delivered,
        "inet_sock_set_state" => sight.kind == Kind::Connect && handshake && !request,
        families::SUBMITTED => request && begun,
        families::ENDED => request && !begun,
        GATE => is_act && !handshake && !delivered,
        ALL_TASKS => sight.kind == Kind::Alive && !chosen,
        CHOSEN_TASKS => sight.kind == Kind::Alive && chosen,
        family => is_act && !handshake && !delivered && sight.kind.name() == family,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(kind: Kind, flags: u32) -> Sight {
        Sight {
            kind,
            flags,
            lane: 0,
        }
    }

    fn outcome<'a>(trials: &'a [Trial], name: &str) -> &'a Outcome {
        &trials
            .iter()
            .find(|trial| trial.name == name)
            .unwrap()
            .outcome
    }

    #[test]
    fn each_hook_is_shown_by_some_record_and_by_no_other_hooks() {
        let records: Vec<_> = Kind::ALL
            .iter()
            .map(|&kind| sight(kind, 0))
            .chain([
                sight(Kind::Connect, flag::STARTED),
                sight(Kind::Signal, flag::DELIVERED),
                sight(Kind::Alive, flag::CHOSEN),
                sight(Kind::Open, flag::VIA_IO_URING),
                sight(Kind::Open, flag::VIA_IO_URING | flag::STARTED),
            ])
            .collect();
        for hook in &Hooks::named().0 {
            let shown = records
                .iter()
                .filter(|sight| shows(sight, hook.name))
                .count();
            match hook.name {
                GATE => assert!(shown > 1),
                OWN_TASK => assert_eq!(shown, 0),
                // These speak through the records of others, and are shown by their own count.
                _ if matches!(hook.part, Part::Before(_)) => assert_eq!(shown, 0),
                name => assert_eq!(shown, 1, "{name}"),
            }
        }
    }

    #[test]
    fn a_failure_hides_no_other_and_is_told_apart_from_what_was_not_tried() {
        let mut hooks = Hooks::named();
        for hook in hooks.0.iter_mut() {
            if ["task_newtask", "open"].contains(&hook.name) {
                hook.note(Err(SensorError::Absent("task_made")));
            }
        }
        assert!(!hooks.are_fit());
        hooks.excuse(&Acted {
            child: None,
            undone: vec![("cgroup_mkdir", "read-only".to_owned())],
        });
        let sights = Sights(vec![sight(Kind::Mount, 0)]);
        assert!(!hooks.all_seen(&sights));
        let trials = hooks.judge(&sights);
        for name in ["task_newtask", "open", "sched_process_exec"] {
            assert!(
                matches!(outcome(&trials, name), Outcome::Fails(_)),
                "{name}"
            );
        }
        for name in ["mount", "sys_exit"] {
            assert!(
                matches!(outcome(&trials, name), Outcome::Works(_)),
                "{name}"
            );
        }
        assert_eq!(
            outcome(&trials, "cgroup_mkdir"),
            &Outcome::Untried("in place; no act of ours could try it: read-only".to_owned())
        );
    }
}
