//! The world of a replay: it answers what the recorded world answered.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::Fact;
use super::facts::{self, Name, Process};
use crate::event::{Clock, FileKind, ProcessKey};
use crate::host::cgroupfs::Walk;
use crate::host::tree::Image;
use crate::host::world::{Effort, World};

/// The answers that belong to the step in hand. Asked what nobody asked then, it knows nothing.
#[derive(Clone, Debug, Default)]
pub struct Told(Rc<RefCell<Answers>>);

#[derive(Debug, Default)]
struct Answers {
    images: HashMap<Process, VecDeque<Option<Image>>>,
    kinds: HashMap<(Process, Vec<u8>, Effort), VecDeque<Option<FileKind>>>,
    walks: VecDeque<Walk>,
    clocks: VecDeque<Option<Clock>>,
    /// Questions without an answer.
    unanswered: u64,
}

impl Told {
    /// Takes the answers of the next step in place of those of the last.
    pub fn hear(&self, facts: Vec<Fact>) {
        let mut answers = self.0.borrow_mut();
        *answers = Answers {
            unanswered: answers.unanswered,
            ..Answers::default()
        };
        for fact in facts {
            match fact {
                Fact::Image { process, answer } => {
                    let told = answers.images.entry(process).or_default();
                    told.push_back(answer.map(Into::into));
                }
                Fact::Kind {
                    process,
                    name: Name(name),
                    effort,
                    answer,
                } => {
                    let told = answers.kinds.entry((process, name, effort)).or_default();
                    told.push_back(answer.as_deref().and_then(facts::kind));
                }
                Fact::Cgroups { cgroups, left_out } => {
                    answers.walks.push_back(facts::walk(cgroups, left_out));
                }
                Fact::Clock { answer } => {
                    answers.clocks.push_back(answer.map(Clock::with_offset));
                }
            }
        }
    }

    /// Questions that the capture has no answer for.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.0.borrow().unanswered
    }
}

impl World for Told {
    fn image(&mut self, process: ProcessKey) -> Option<Image> {
        let mut answers = self.0.borrow_mut();
        let key = Process::from(process);
        let told = answers.images.get_mut(&key).and_then(VecDeque::pop_front);
        answers.unanswered += u64::from(told.is_none());
        told.flatten()
    }

    fn kind(&mut self, process: ProcessKey, name: &[u8], effort: Effort) -> Option<FileKind> {
        let mut answers = self.0.borrow_mut();
        let key = (Process::from(process), name.to_vec(), effort);
        let told = answers.kinds.get_mut(&key).and_then(VecDeque::pop_front);
        answers.unanswered += u64::from(told.is_none());
        told.flatten()
    }

    fn cgroups(&mut self) -> Walk {
        let mut answers = self.0.borrow_mut();
        let told = answers.walks.pop_front();
        answers.unanswered += u64::from(told.is_none());
        told.unwrap_or_default()
    }

    fn clock(&mut self) -> Option<Clock> {
        let mut answers = self.0.borrow_mut();
        let told = answers.clocks.pop_front();
        answers.unanswered += u64::from(told.is_none());
        told.flatten()
    }
}
