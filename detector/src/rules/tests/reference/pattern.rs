//! Regular expressions of POSIX, by trying all ways: as far as the generator writes them.

use std::collections::BTreeSet;

/// Whether the whole text fits a pattern.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let pattern: Vec<char> = std::str::from_utf8(pattern).unwrap().chars().collect();
    let text: Vec<char> = String::from_utf8_lossy(text).chars().collect();
    let mut reader = Reader {
        rest: &pattern,
        text: &text,
    };
    let ends = reader.alternatives(&BTreeSet::from([0]));
    assert!(reader.rest.is_empty(), "{pattern:?}");
    ends.contains(&text.len())
}

/// Reads a pattern and matches it meanwhile: each part makes of the places where it may begin
/// those where it may end.
struct Reader<'a> {
    rest: &'a [char],
    text: &'a [char],
}

type Places = BTreeSet<usize>;

impl Reader<'_> {
    fn alternatives(&mut self, starts: &Places) -> Places {
        let mut ends = self.sequence(starts);
        while let ['|', rest @ ..] = self.rest {
            self.rest = rest;
            ends.extend(self.sequence(starts));
        }
        ends
    }

    fn sequence(&mut self, starts: &Places) -> Places {
        let mut places = starts.clone();
        while !matches!(self.rest, [] | ['|' | ')', ..]) {
            places = self.repeated(&places);
        }
        places
    }

    fn repeated(&mut self, starts: &Places) -> Places {
        let atom = self.rest;
        self.atom(starts);
        let behind = self.rest;
        let times: String = behind.iter().take(5).collect();
        let (least, most, length) = match behind {
            ['*', ..] => (0, None, 1),
            ['+', ..] => (1, None, 1),
            ['?', ..] => (0, Some(1), 1),
            _ if times.starts_with("{1,2}") => (1, Some(2), 5),
            _ if times.starts_with("{2}") => (2, Some(2), 3),
            _ => (1, Some(1), 0),
        };
        let mut places = starts.clone();
        let mut ends = Places::new();
        // More rounds than the text is long lead nowhere new.
        for round in 0..=most.unwrap_or(self.text.len() + 1) {
            if round >= least {
                ends.extend(&places);
            }
            self.rest = atom;
            places = self.atom(&places);
        }
        self.rest = &behind[length..];
        ends
    }

    fn atom(&mut self, starts: &Places) -> Places {
        match self.rest {
            ['(', rest @ ..] => {
                self.rest = rest;
                let ends = self.alternatives(starts);
                self.rest = self.rest.strip_prefix(&[')']).unwrap();
                ends
            }
            ['[', rest @ ..] => {
                let (negated, rest) = match rest {
                    ['^', rest @ ..] => (true, rest),
                    rest => (false, rest),
                };
                let (members, rest) = set(rest);
                self.rest = rest;
                self.step(starts, |c| {
                    members
                        .iter()
                        .any(|(first, last)| (*first..=*last).contains(&c))
                        != negated
                })
            }
            ['.', rest @ ..] => {
                self.rest = rest;
                self.step(starts, |c| c != '\n')
            }
            ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
                self.rest = rest;
                self.step(starts, |c| c == *literal)
            }
            [] => panic!("a pattern ends too early"),
        }
    }

    fn step(&self, starts: &Places, fits: impl Fn(char) -> bool) -> Places {
        let next = starts
            .iter()
            .filter(|at| self.text.get(**at).is_some_and(|c| fits(*c)));
        next.map(|at| at + 1).collect()
    }
}

fn set(mut rest: &[char]) -> (Vec<(char, char)>, &[char]) {
    let mut members = Vec::new();
    loop {
        let text: String = rest.iter().take(9).collect();
        if text.starts_with("[:alpha:]") {
            members.extend([('a', 'z'), ('A', 'Z')]);
            rest = &rest[9..];
            continue;
        }
        rest = match rest {
            [']', behind @ ..] if !members.is_empty() => return (members, behind),
            [first, '-', last, behind @ ..] if *last != ']' => {
                members.push((*first, *last));
                behind
            }
            [one, behind @ ..] => {
                members.push((*one, *one));
                behind
            }
            [] => panic!("a set without an end"),
        };
    }
}
