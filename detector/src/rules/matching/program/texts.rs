//! Constants that stand anywhere in a text, all found by one pass over it.

use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, BuildError};

use super::Atom;
use super::scratch::Marks;
use crate::rules::matching::glob::Glob;

/// What it means that a constant was found.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// That an atom holds.
    Holds(Atom),
    /// That a pattern, of which the constant is a part, has to be tried.
    Try(Glob, Atom),
}

/// Constants to look for.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    automaton: AhoCorasick,
    /// Of each constant of the automaton.
    meanings: Vec<Meaning>,
}

impl Texts {
    /// Looks for constants, none of them empty; with `fold`, whatever the case of their letters.
    pub(super) fn new(constants: &[(Box<[u8]>, Meaning)], fold: bool) -> Result<Self, BuildError> {
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(fold)
            .build(constants.iter().map(|(constant, _)| constant))?;
        let meanings = constants.iter().map(|(_, meaning)| meaning.clone());
        Ok(Self {
            automaton,
            meanings: meanings.collect(),
        })
    }

    /// Marks what holds of a text.
    pub(super) fn scan(&self, text: &[u8], marks: &mut Marks) {
        marks.look();
        let mut state = OverlappingState::start();
        loop {
            self.automaton.find_overlapping(text, &mut state);
            let Some(found) = state.get_match() else {
                return;
            };
            let constant = found.pattern().as_usize();
            match self.meanings.get(constant) {
                Some(Meaning::Holds(atom)) => marks.add(*atom),
                // Once for a text, however often it says the same.
                Some(Meaning::Try(glob, atom))
                    if marks.first_try(constant) && glob.matches(text) =>
                {
                    marks.add(*atom);
                }
                _ => {}
            }
        }
    }
}
