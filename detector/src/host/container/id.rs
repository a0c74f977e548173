//! Container ids: validated once, cheap to copy, safe to print.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Longest id or name taken from a cgroup or an engine: a directory name's limit.
const LONGEST: usize = 255;

/// The id by which an engine knows a container: 64 hexadecimal digits, or the engine's own form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(Arc<str>);

/// Why a text is no container id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a container id: {0:?} (64 lower-case hexadecimal digits, or a name of letters, digits and ._:@\\-)"
)]
pub struct NotAnId(String);

impl ContainerId {
    /// An id of 64 lower-case hexadecimal digits, as OCI engines give them.
    #[must_use]
    pub fn hex(text: &[u8]) -> Option<Self> {
        let digits = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.iter().all(digits)).then(|| Self::from_ascii(text))
    }

    /// A name in the form of engines that do not number their containers (LXC, nspawn, `ctr run`).
    #[must_use]
    pub fn name(text: &[u8]) -> Option<Self> {
        let allowed = |b: &u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'@' | b'-' | b'\\')
        };
        let dots = text.iter().all(|b| *b == b'.');
        (text.len() <= LONGEST && !dots && text.iter().all(allowed)).then(|| Self::from_ascii(text))
    }

    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits of a hexadecimal id, as engines show them; a name whole.
    #[must_use]
    pub fn short(&self) -> &str {
        match Self::hex(self.0.as_bytes()) {
            Some(_) => self.0.get(..12).unwrap_or(&self.0),
            None => &self.0,
        }
    }

    fn from_ascii(text: &[u8]) -> Self {
        Self(String::from_utf8_lossy(text).into())
    }
}

impl TryFrom<String> for ContainerId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        Self::name(text.as_bytes()).ok_or(NotAnId(text))
    }
}

impl From<ContainerId> for String {
    fn from(id: ContainerId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

    #[test]
    fn ids_are_validated_and_shortened() {
        assert_eq!(
            ContainerId::hex(ID.as_bytes()).unwrap().short(),
            "3f4e8a1b2c3d"
        );
        assert_eq!(ContainerId::name(b"my-box").unwrap().short(), "my-box");
        assert_eq!(ContainerId::hex(&ID.as_bytes()[1..]), None);
        assert_eq!(ContainerId::hex(ID.to_uppercase().as_bytes()), None);
        for bad in ["", ".", "..", "a b", "a/b", "a\nb", "ä"] {
            assert_eq!(ContainerId::name(bad.as_bytes()), None, "{bad:?}");
        }
        assert!(serde_json::from_str::<ContainerId>("\"a/b\"").is_err());
    }
}
