//! Which names matter in a directory, and what for.
//!
//! A [`Trail`] says how far into which patterns a directory lies. Directories on the way to an object
//! are walked and marked, all others are left alone.

use std::collections::BTreeSet;

use crate::event::Class;

/// One component of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// This name.
    Name(Vec<u8>),
    /// Names that fit, with `*` for any part.
    Glob(Vec<u8>),
    /// Everything below.
    Deep,
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) class: Class,
    /// Whether any number of others may be the same: its pattern leaves names open.
    pub(super) open: bool,
}

#[derive(Debug)]
struct Pattern {
    parts: Vec<Part>,
    class: Class,
}

impl Pattern {
    fn meaning(&self) -> Meaning {
        let named = |part: &Part| matches!(part, Part::Name(_));
        Meaning {
            class: self.class,
            open: !self.parts.iter().all(named),
        }
    }
}

/// All patterns.
#[derive(Debug, Default)]
pub(super) struct Patterns(Vec<Pattern>);

/// How far into which patterns a directory lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trail(BTreeSet<(usize, usize)>);

/// What a name means in a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hit {
    /// It is an object.
    pub(super) object: Option<Meaning>,
    /// It is a directory on the way to objects.
    pub(super) below: Trail,
}

impl Trail {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lies on these ways too. Whether that is anything new.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let before = self.0.len();
        self.0.extend(&other.0);
        self.0.len() > before
    }
}

impl Patterns {
    /// Adds a pattern, and gives the trail of the directory where it begins.
    pub(super) fn add(&mut self, path: &[u8], class: Class) -> Trail {
        let parts = path.split(|byte| *byte == b'/').map(|part| match part {
            b"**" => Part::Deep,
            glob if glob.contains(&b'*') => Part::Glob(glob.to_vec()),
            name => Part::Name(name.to_vec()),
        });
        self.add_parts(parts.collect(), class)
    }

    /// Adds one name, whatever is in it.
    pub(super) fn add_name(&mut self, name: &[u8], class: Class) -> Trail {
        self.add_parts(vec![Part::Name(name.to_vec())], class)
    }

    fn add_parts(&mut self, parts: Vec<Part>, class: Class) -> Trail {
        self.0.push(Pattern { parts, class });
        Trail([(self.0.len() - 1, 0)].into())
    }

    fn part(&self, (pattern, part): (usize, usize)) -> Option<(&Pattern, &Part)> {
        let pattern = self.0.get(pattern)?;
        Some((pattern, pattern.parts.get(part)?))
    }

    /// What a name means in a directory. Of several patterns the first says what it is.
    pub(super) fn step(&self, trail: &Trail, name: &[u8]) -> Hit {
        let mut hit = Hit::default();
        for &(index, place) in &trail.0 {
            let Some((pattern, part)) = self.part((index, place)) else {
                continue;
            };
            let (fits, next) = match part {
                Part::Name(wanted) => (wanted == name, place + 1),
                Part::Glob(glob) => (glob_fits(glob, name), place + 1),
                Part::Deep => {
                    hit.below.0.insert((index, place));
                    (true, pattern.parts.len())
                }
            };
            if fits && next == pattern.parts.len() {
                hit.object.get_or_insert(pattern.meaning());
            } else if fits {
                hit.below.0.insert((index, next));
            }
        }
        hit
    }

    /// The names to look for in a directory; `None` where it has to be listed.
    pub(super) fn names(&self, trail: &Trail) -> Option<BTreeSet<&[u8]>> {
        let parts = trail.0.iter().filter_map(|at| self.part(*at));
        parts
            .map(|(_, part)| match part {
                Part::Name(name) => Some(name.as_slice()),
                Part::Glob(_) | Part::Deep => None,
            })
            .collect()
    }

    /// What lies on a trail: that of the first pattern.
    pub(super) fn first(&self, trail: &Trail) -> Option<Meaning> {
        let (first, _) = trail.0.first()?;
        self.0.get(*first).map(Pattern::meaning)
    }

    /// What a directory itself is, since all that lies in it is.
    pub(super) fn of_all(&self, trail: &Trail) -> Option<Meaning> {
        let mut parts = trail.0.iter().filter_map(|at| self.part(*at));
        let deep = parts.find(|(_, part)| **part == Part::Deep);
        deep.map(|(pattern, _)| pattern.meaning())
    }
}

/// Whether a name fits a pattern in which `*` stands for any part, an empty one too.
fn glob_fits(glob: &[u8], name: &[u8]) -> bool {
    let mut parts = glob.split(|byte| *byte == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&[u8]> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let at = (0..=rest.len()).find(|at| rest.get(*at..).is_some_and(|r| r.starts_with(part)));
        let Some(after) = at.and_then(|at| rest.get(at + part.len()..)) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a path is, and whether directories on it lead on.
    fn class(patterns: &Patterns, trail: &Trail, path: &str) -> Option<Class> {
        let mut trail = trail.clone();
        let mut object = None;
        for name in path.split('/') {
            let hit = patterns.step(&trail, name.as_bytes());
            (trail, object) = (hit.below, hit.object);
        }
        object.map(|meaning: Meaning| meaning.class)
    }

    #[test]
    fn objects_are_found_along_their_patterns() {
        let mut patterns = Patterns::default();
        let mut trail = patterns.add(b".x/settings.json", Class::AgentConfig);
        trail.join(&patterns.add(b".x/work*/MEMORY.md", Class::AgentMemory));
        trail.join(&patterns.add(b".x/hooks/**", Class::AgentConfig));
        let class = |path| class(&patterns, &trail, path);
        assert_eq!(class(".x/settings.json"), Some(Class::AgentConfig));
        assert_eq!(class(".x/work/MEMORY.md"), Some(Class::AgentMemory));
        assert_eq!(class(".x/workspace-2/MEMORY.md"), Some(Class::AgentMemory));
        assert_eq!(class(".x/hooks/a/b/c.js"), Some(Class::AgentConfig));
        assert_eq!(class(".x/hooks"), None, "a directory on the way");
        assert_eq!(class(".x/other.json"), None);
        assert_eq!(class("settings.json"), None);
        assert_eq!(class(".x/settings.json/more"), None);
    }

    #[test]
    fn a_directory_is_listed_only_where_names_are_open() {
        let mut patterns = Patterns::default();
        let start = patterns.add(b"a/*/c", Class::Custom);
        assert_eq!(patterns.names(&start), Some([b"a".as_slice()].into()));
        let below = patterns.step(&start, b"a").below;
        assert_eq!(patterns.names(&below), None);
        assert_eq!(
            patterns.first(&below).map(|meaning| meaning.class),
            Some(Class::Custom)
        );
        assert_eq!(patterns.of_all(&below), None);
    }

    #[test]
    fn all_of_a_directory_is_one_class() {
        let mut patterns = Patterns::default();
        let all = patterns.add(b"**", Class::DetectorState);
        let meaning = Meaning {
            class: Class::DetectorState,
            open: true,
        };
        assert_eq!(patterns.of_all(&all), Some(meaning));
        let hit = patterns.step(&all, b"x");
        assert_eq!((hit.object, hit.below), (Some(meaning), all));
    }

    #[test]
    fn globs_fit_as_one_expects() {
        for (glob, name, fits) in [
            ("*.log", "a.log", true),
            ("*.log", ".log", true),
            ("*.log", "a.log.1", false),
            ("user-*.journal", "user-1000.journal", true),
            ("user-*.journal", "user-.journa", false),
            ("a*b*c", "abbc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
        ] {
            assert_eq!(
                glob_fits(glob.as_bytes(), name.as_bytes()),
                fits,
                "{glob} {name}"
            );
        }
    }

    #[test]
    fn a_name_that_was_asked_for_is_no_pattern() {
        let mut patterns = Patterns::default();
        let trail = patterns.add_name(b"a*", Class::Custom);
        assert_eq!(class(&patterns, &trail, "a*"), Some(Class::Custom));
        assert_eq!(class(&patterns, &trail, "ab"), None);
    }
}
