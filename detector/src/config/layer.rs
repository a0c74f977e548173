//! What one place says of the options: each of them, or nothing.

use std::ffi::OsStr;
use std::path::PathBuf;

use detector_common::tier::Tier;

use super::settings::ContainerLevel;
use super::value::{ValueError, Word};
use super::{ObjectPath, Opt, Origin, Output, Setting};
use crate::host::selection::{Level, Selector};
use crate::rules::RuleMatching;

/// What the command line says, or the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    pub(super) rules: Given<Vec<PathBuf>>,
    pub(super) rule_matching: Given<RuleMatching>,
    pub(super) output: Given<Output>,
    pub(super) state_dir: Given<PathBuf>,
    pub(super) engines: Given<Vec<String>>,
    pub(super) watch: Given<Vec<Selector>>,
    pub(super) level: Given<Option<Level>>,
    pub(super) capture: Given<Option<PathBuf>>,
    pub(super) object: Given<Option<Tier>>,
    pub(super) objects: Given<Vec<ObjectPath>>,
    pub(super) containers: Vec<Setting<ContainerLevel>>,
}

/// A value, where one was given.
pub type Given<T> = Option<Setting<T>>;

impl Layer {
    /// Takes what the command line says of an option.
    ///
    /// # Errors
    /// If one of the words is no value of it.
    pub fn take(&mut self, option: &Opt, words: &[&OsStr]) -> Result<(), ValueError> {
        let words: Vec<_> = words.iter().map(|text| Word::typed(text)).collect();
        let said = Said {
            words: &words,
            origin: Origin::CommandLine,
        };
        let wrong = (option.read)(self, said);
        wrong
            .into_iter()
            .next()
            .map_or(Ok(()), |wrong| Err(wrong.error))
    }

    /// What this says, and where it says nothing, what the other says.
    pub(super) fn over(self, below: Self) -> Self {
        let Self {
            rules,
            rule_matching,
            output,
            state_dir,
            engines,
            watch,
            level,
            capture,
            object,
            objects,
            containers,
        } = self;
        Self {
            rules: rules.or(below.rules),
            rule_matching: rule_matching.or(below.rule_matching),
            output: output.or(below.output),
            state_dir: state_dir.or(below.state_dir),
            engines: engines.or(below.engines),
            watch: watch.or(below.watch),
            level: level.or(below.level),
            capture: capture.or(below.capture),
            object: object.or(below.object),
            objects: objects.or(below.objects),
            containers: if containers.is_empty() {
                below.containers
            } else {
                containers
            },
        }
    }
}

/// What was said of one option.
#[derive(Debug)]
pub(super) struct Said<'a> {
    pub(super) words: &'a [Word<'a>],
    pub(super) origin: Origin,
}

/// A word that is no value.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Which of the words.
    pub(super) index: usize,
    pub(super) error: ValueError,
}

impl Said<'_> {
    /// One value, from the first word.
    pub(super) fn one<T>(
        self,
        given: &mut Given<T>,
        read: impl Fn(Word<'_>) -> Result<T, ValueError>,
    ) -> Vec<Wrong> {
        let mut values = None;
        let wrong = self.many(&mut values, read);
        *given = values.and_then(|Setting { value, origin }: Setting<Vec<T>>| {
            let value = value.into_iter().next()?;
            Some(Setting { value, origin })
        });
        wrong
    }

    /// A list of values, from all words; nothing if one of them is wrong.
    pub(super) fn many<T>(
        self,
        given: &mut Given<Vec<T>>,
        read: impl Fn(Word<'_>) -> Result<T, ValueError>,
    ) -> Vec<Wrong> {
        let Self { words, origin } = self;
        let mut value = Vec::new();
        let mut wrong = Vec::new();
        for (index, word) in words.iter().enumerate() {
            match read(*word) {
                Ok(read) => value.push(read),
                Err(error) => wrong.push(Wrong { index, error }),
            }
        }
        if wrong.is_empty() {
            *given = Some(Setting { value, origin });
        }
        wrong
    }
}
