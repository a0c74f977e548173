//! What changes when the file is read anew, and what of it a running detector takes up.

use super::file::CONTAINER;
use super::{Effect, OPTIONS, Settings};

/// An option that has another value than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The option's name in the file.
    pub key: &'static str,
    /// The value before, as the file has it.
    pub from: String,
    /// The value after.
    pub to: String,
    /// When it takes effect.
    pub effect: Effect,
}

impl Settings {
    /// What is different in others.
    #[must_use]
    pub fn changes(&self, read: &Self) -> Vec<Change> {
        let options = OPTIONS.iter().map(|option| Change {
            key: option.key,
            from: option.toml(self),
            to: option.toml(read),
            effect: option.effect,
        });
        let containers = Change {
            key: CONTAINER,
            from: self.containers_toml(),
            to: read.containers_toml(),
            effect: Effect::Reload,
        };
        let all = options.chain([containers]);
        all.filter(|change| change.from != change.to).collect()
    }

    /// What is in force when these were, and a running detector has read others.
    #[must_use]
    pub fn renewed(&self, read: Self) -> Self {
        Self {
            output: self.output.clone(),
            state_dir: self.state_dir.clone(),
            engines: self.engines.clone(),
            capture: self.capture.clone(),
            object: self.object.clone(),
            objects: self.objects.clone(),
            ..read
        }
    }
}
