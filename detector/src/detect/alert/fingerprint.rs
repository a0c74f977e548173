//! By which alerts count as equal: the same rule, container, executable, object and outcome.
//!
//! No pid and no time goes in, so that the thousandth try of a loop folds onto the first; the
//! executable counts by device and inode, so that a renamed copy of the path does not.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::Outcome;

/// A SHA-256 over an [`Identity`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// What makes two alerts equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The rule's name.
    pub rule: &'a str,
    /// The container's whole id; `None` on the host.
    pub container: Option<&'a str>,
    /// Device and inode of the executable, where known.
    pub executable: Option<(u64, u64)>,
    /// What was acted on: a path, an address, a call's argument.
    pub object: &'a [u8],
    /// Whether the kernel let it happen.
    pub outcome: Outcome,
}

impl Fingerprint {
    /// The fingerprint of alerts of this identity.
    #[must_use]
    pub fn of(identity: &Identity<'_>) -> Self {
        let Identity {
            rule,
            container,
            executable,
            object,
            outcome,
        } = identity;
        let mut parts = Parts(Sha256::new());
        parts.add(Some(rule.as_bytes()));
        parts.add(container.map(str::as_bytes));
        parts.add(executable.map(|(device, _)| device.to_le_bytes()));
        parts.add(executable.map(|(_, inode)| inode.to_le_bytes()));
        parts.add(Some(*object));
        parts.add(Some(outcome.as_str()));
        Self(parts.0.finalize().into())
    }
}

/// Each part goes in behind its length, an absent one behind none, so that no two identities run
/// together into the same bytes.
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, part: Option<impl AsRef<[u8]>>) {
        let Some(part) = part else {
            return self.0.update([0]);
        };
        let bytes = part.as_ref();
        self.0.update([1]);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Identity<'_> = Identity {
        rule: "Mount by a workload",
        container: Some("3f4e"),
        executable: Some((8, 4711)),
        object: b"/mnt",
        outcome: Outcome::Refused,
    };

    #[test]
    fn equal_identities_share_it() {
        let print = Fingerprint::of(&BASE);
        assert_eq!(print, Fingerprint::of(&BASE.clone()));
        let text = print.to_string();
        assert_eq!(text.len(), 64);
        assert!(text.bytes().all(|b| b.is_ascii_hexdigit()));
    }

    #[test]
    fn every_part_counts() {
        let others = [
            Identity {
                rule: "Mount",
                ..BASE
            },
            Identity {
                container: None,
                ..BASE
            },
            Identity {
                container: Some(""),
                ..BASE
            },
            Identity {
                executable: None,
                ..BASE
            },
            Identity {
                executable: Some((9, 4711)),
                ..BASE
            },
            Identity {
                executable: Some((8, 4712)),
                ..BASE
            },
            Identity {
                object: b"",
                ..BASE
            },
            Identity {
                outcome: Outcome::Done,
                ..BASE
            },
        ];
        let mut prints: Vec<_> = others.iter().map(Fingerprint::of).collect();
        prints.push(Fingerprint::of(&BASE));
        let different: std::collections::HashSet<_> = prints.iter().collect();
        assert_eq!(different.len(), prints.len());
    }

    #[test]
    fn parts_do_not_run_together() {
        let one = Identity {
            rule: "ab",
            container: Some("c"),
            ..BASE
        };
        let other = Identity {
            rule: "a",
            container: Some("bc"),
            ..BASE
        };
        assert_ne!(Fingerprint::of(&one), Fingerprint::of(&other));
    }
}
