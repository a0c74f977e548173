//! A kernel's release, as far as it can be compared.

/// The first two numbers of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Release {
    major: u32,
    minor: u32,
}

impl Release {
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// The running kernel's.
    pub(crate) fn running() -> Option<Self> {
        Self::parse(&rustix::system::uname().release().to_string_lossy())
    }

    /// Reads `6.1.0-44-amd64`, `6.18-rc3`, `7.0`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next()?.parse().ok();
        let (major, minor) = (number()?, number()?);
        Some(Self { major, minor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_and_compared_by_number() {
        for (text, major, minor) in [
            ("6.1.0-44-cloud-amd64", 6, 1),
            ("6.18-rc3", 6, 18),
            ("7.0", 7, 0),
            ("5.10.234+deb11", 5, 10),
        ] {
            assert_eq!(
                Release::parse(text),
                Some(Release::new(major, minor)),
                "{text}"
            );
        }
        assert!(Release::new(6, 18) > Release::new(6, 9));
        for text in ["", "6", "six.one", "6.x"] {
            assert_eq!(Release::parse(text), None, "{text}");
        }
    }
}
