//! Constants that a text begins with, found by one walk along the text.

use std::collections::BTreeMap;

use super::Atom;

/// A tree of bytes.
#[derive(Clone, Debug)]
pub(super) struct Trie(Vec<Place>);

#[derive(Clone, Debug, Default)]
struct Place {
    /// Sorted by byte.
    next: Box<[(u8, u32)]>,
    atoms: Box<[Atom]>,
}

/// A place while the tree is made.
#[derive(Default)]
struct Growing {
    next: BTreeMap<u8, u32>,
    atoms: Vec<Atom>,
}

/// The place of a byte below another, made if it is not there.
fn below(places: &mut Vec<Growing>, at: usize, byte: u8) -> usize {
    let fresh = places.len();
    let Some(place) = places.get_mut(at) else {
        return at;
    };
    let next = *place.next.entry(byte).or_insert(fresh as u32) as usize;
    if next == fresh {
        places.push(Growing::default());
    }
    next
}

impl Trie {
    /// A tree of constants and what holds of a text that begins with each.
    pub(super) fn new<B>(constants: impl IntoIterator<Item = (B, Atom)>) -> Self
    where
        B: Iterator<Item = u8>,
    {
        let mut places = vec![Growing::default()];
        for (bytes, atom) in constants {
            let end = bytes.fold(0, |at, byte| below(&mut places, at, byte));
            if let Some(place) = places.get_mut(end) {
                place.atoms.push(atom);
            }
        }
        let place = |growing: Growing| Place {
            next: growing.next.into_iter().collect(),
            atoms: growing.atoms.into(),
        };
        Self(places.into_iter().map(place).collect())
    }

    /// Tells what holds of a text.
    pub(super) fn walk(&self, text: impl Iterator<Item = u8>, mut found: impl FnMut(&[Atom])) {
        let mut at = self.0.first();
        let mut text = text;
        while let Some(place) = at {
            found(&place.atoms);
            at = text.next().and_then(|byte| {
                let index = place.next.binary_search_by_key(&byte, |(byte, _)| *byte);
                let (_, next) = place.next.get(index.ok()?)?;
                self.0.get(*next as usize)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_constant_that_the_text_begins_with() {
        let constants = ["/etc/", "/etc/passwd", "/e", "/var", ""];
        let numbered = constants.iter().zip(0..);
        let trie = Trie::new(numbered.map(|(text, atom)| (text.bytes(), Atom(atom))));
        let found = |text: &str| {
            let mut all = Vec::new();
            trie.walk(text.bytes(), |atoms| {
                all.extend(atoms.iter().map(|atom| atom.0))
            });
            all
        };
        assert_eq!(found("/etc/passwd-"), [4, 2, 0, 1]);
        assert_eq!(found("/etc"), [4, 2]);
        assert_eq!(found(""), [4]);
    }
}
