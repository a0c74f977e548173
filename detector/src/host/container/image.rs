//! Names of images: registry, repository, tag and digest in one text.

use serde::{Deserialize, Serialize};

use super::ContainerId;

/// The name of an image in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageName {
    /// As it was given to the engine.
    pub full: String,
    /// Registry and repository, without tag and digest; empty when only an image id is known.
    pub repository: String,
    /// The tag, where one was given.
    pub tag: Option<String>,
    /// The digest (`sha256:...`), where one was given.
    pub digest: Option<String>,
}

impl ImageName {
    /// Splits `[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]`; a bare image id has no repository.
    #[must_use]
    pub fn parse(full: &str) -> Self {
        let (name, digest) = match full.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (full, None),
        };
        if name.starts_with("sha256:") || ContainerId::hex(name.as_bytes()).is_some() {
            let digest = Some(name.to_owned());
            return Self {
                full: full.to_owned(),
                digest,
                ..Self::default()
            };
        }
        // A colon before the last slash belongs to the registry's port.
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag.to_owned())),
            _ => (name, None),
        };
        Self {
            full: full.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";

    #[test]
    fn image_names_split_into_their_parts() {
        let digest = format!("sha256:{ID}");
        for (full, repository, tag, has_digest) in [
            ("nginx", "nginx", None, false),
            ("nginx:1.27", "nginx", Some("1.27"), false),
            (
                "localhost:5000/team/app",
                "localhost:5000/team/app",
                None,
                false,
            ),
            (
                "localhost:5000/team/app:v2",
                "localhost:5000/team/app",
                Some("v2"),
                false,
            ),
            (
                &format!("ghcr.io/a/b:v1@{digest}"),
                "ghcr.io/a/b",
                Some("v1"),
                true,
            ),
            (
                &format!("ghcr.io:443/a/b@{digest}"),
                "ghcr.io:443/a/b",
                None,
                true,
            ),
            (&digest, "", None, true),
            (ID, "", None, true),
        ] {
            let image = ImageName::parse(full);
            assert_eq!(image.full, full);
            assert_eq!(
                (image.repository.as_str(), image.tag.as_deref()),
                (repository, tag)
            );
            assert_eq!(image.digest.is_some(), has_digest, "{full}");
        }
    }

    proptest! {
        #[test]
        fn any_image_name_is_taken_apart_without_loss(full in ".*") {
            let image = ImageName::parse(&full);
            prop_assert!(full.contains(&image.repository));
            prop_assert!(full.len() >= image.repository.len() + image.tag.map_or(0, |t| t.len()));
        }
    }
}
