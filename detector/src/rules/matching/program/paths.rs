//! Paths that a path lies at or below, found by one walk along its components.

use rustc_hash::FxHashMap;

use super::Atom;
use super::scratch::Marks;
use crate::rules::matching::glob::Glob;
use crate::rules::matching::prefixes::{Component, Prefixes, components};

/// A tree of components.
#[derive(Clone, Debug)]
pub(super) struct Paths(Vec<Place>);

#[derive(Clone, Debug, Default)]
struct Place {
    named: FxHashMap<Box<[u8]>, u32>,
    like: Vec<(Glob, u32)>,
    atoms: Vec<Atom>,
}

impl Paths {
    /// A tree of paths and what holds of a path at or below one of each.
    pub(super) fn new<'a>(tests: impl IntoIterator<Item = (&'a Prefixes, Atom)>) -> Self {
        let mut tree = Self(vec![Place::default()]);
        for (prefixes, atom) in tests {
            for path in prefixes.paths() {
                let end = path
                    .iter()
                    .fold(0, |at, component| tree.below(at, component));
                if let Some(place) = tree.0.get_mut(end) {
                    place.atoms.push(atom);
                }
            }
        }
        tree
    }

    /// The place of a component below another, made if it is not there.
    fn below(&mut self, at: usize, component: &Component) -> usize {
        let fresh = self.0.len();
        let Some(place) = self.0.get_mut(at) else {
            return at;
        };
        let next = match component {
            Component::Exactly(name) => *place.named.entry(name.clone()).or_insert(fresh as u32),
            Component::Like(glob) => match place.like.iter().find(|(known, _)| known == glob) {
                Some((_, next)) => *next,
                None => {
                    place.like.push((glob.clone(), fresh as u32));
                    fresh as u32
                }
            },
        };
        if next as usize == fresh {
            self.0.push(Place::default());
        }
        next as usize
    }

    /// Marks what holds of a path.
    pub(super) fn walk(&self, path: &[u8], marks: &mut Marks) {
        let (mut here, mut next) = (
            std::mem::take(&mut marks.here),
            std::mem::take(&mut marks.next),
        );
        here.clear();
        here.push(0);
        let mut names = components(path);
        while !here.is_empty() {
            let name = names.next();
            next.clear();
            for place in here.iter().filter_map(|at| self.0.get(*at as usize)) {
                marks.add_all(&place.atoms);
                let Some(name) = name else { continue };
                next.extend(place.named.get(name));
                let like = place.like.iter().filter(|(glob, _)| glob.matches(name));
                next.extend(like.map(|(_, next)| *next));
            }
            std::mem::swap(&mut here, &mut next);
        }
        (marks.here, marks.next) = (here, next);
    }
}
