//! The series of kernels that are tested, and where the newest of each is to be found.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};

/// A series of kernels, such as 6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    major: u32,
    /// Absent: the newest of this major number.
    minor: Option<u32>,
}

impl Series {
    /// The one that is tested where nobody names another: that of Debian 12, and the oldest that the
    /// whole sensor runs on.
    pub(crate) const DEFAULT: Self = Self::of(6, 1);

    /// The matrix: long-term kernels of which Debian has packages, and the newest one.
    pub(crate) const ALL: [Self; 5] = [
        Self::of(5, 10),
        Self::of(6, 1),
        Self::of(6, 12),
        Self::of(6, 18),
        Self::newest(7),
    ];

    const fn of(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor: Some(minor),
        }
    }

    const fn newest(major: u32) -> Self {
        Self { major, minor: None }
    }

    /// What takes its place where no suite has it any more: 6.19 followed 6.18 in Debian.
    pub(super) fn substitute(self) -> Option<Self> {
        (self == Self::of(6, 18)).then_some(Self::of(6, 19))
    }

    /// Whether a kernel of this version, such as `6.1.0-50-cloud-amd64`, belongs to it.
    pub(super) fn has(self, version: &str) -> bool {
        let mut numbers = version.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next().and_then(|number| number.parse().ok());
        let (major, minor): (Option<u32>, Option<u32>) = (number(), number());
        major == Some(self.major) && self.minor.is_none_or(|wanted| minor == Some(wanted))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            Some(minor) => write!(out, "{}.{minor}", self.major),
            None => write!(out, "{}", self.major),
        }
    }
}

impl FromStr for Series {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (major, minor) = match text.split_once('.') {
            Some((major, minor)) => (major.parse(), Some(minor.parse())),
            None => (text.parse(), None),
        };
        match (major, minor.transpose()) {
            (Ok(major), Ok(minor)) => Ok(Self { major, minor }),
            _ => bail!("a kernel's series is a version such as 6.1, or 7 for the newest 7.x"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_belong_to_their_series() {
        let series = |text: &str| text.parse::<Series>().unwrap();
        assert!(series("6.1").has("6.1.0-50-cloud-amd64"));
        assert!(!series("6.1").has("6.12.117+deb13-cloud-amd64"));
        assert!(series("7").has("7.3.4+deb13-cloud-amd64"));
        assert!(!series("7").has("6.18.15+deb13-cloud-amd64"));
        assert!(series("7.3").has("7.3.4+deb13-cloud-amd64"));
        assert_eq!(series("5.10").to_string(), "5.10");
        assert_eq!(series("7").to_string(), "7");
    }

    #[test]
    fn what_is_no_series_is_refused() {
        for text in ["", "six", "6.", "6.x", ".1", "6.1.0"] {
            assert!(text.parse::<Series>().is_err(), "{text}");
        }
    }
}
