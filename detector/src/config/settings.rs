//! Every option with the value that is in force.

use std::path::PathBuf;

use detector_common::tier::Tier;

use super::{Layer, ObjectPath, Output, Setting};
use crate::host::engine::Sockets;
use crate::host::selection::{Level, Selection, Selector};
use crate::rules::RuleMatching;
use crate::state_dir;

/// What a detector is told: checked, whole, and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
    /// Rule files and directories; the shipped rules, if there are none.
    pub rules: Setting<Vec<PathBuf>>,
    /// Which of the rules that match raise an alert.
    pub rule_matching: Setting<RuleMatching>,
    /// How alerts look on standard output.
    pub output: Setting<Output>,
    /// The state directory.
    pub state_dir: Setting<PathBuf>,
    /// The engines.
    pub engines: Setting<Sockets>,
    /// What is watched; at least one.
    pub watch: Setting<Vec<Selector>>,
    /// How closely, where nothing closer is said; by the container's labels, if nothing is said at
    /// all.
    pub level: Setting<Option<Level>>,
    /// The file into which everything is written besides.
    pub capture: Setting<Option<PathBuf>>,
    /// Which of the sensor's objects; the one that the kernel takes, if nothing is said.
    pub object: Setting<Option<Tier>>,
    /// Objects that are watched besides those that the detector knows.
    pub objects: Setting<Vec<ObjectPath>>,
    /// How closely for single containers; the first that fits counts.
    pub containers: Vec<Setting<ContainerLevel>>,
}

/// How closely something is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerLevel {
    /// What.
    pub watch: Selector,
    /// How closely.
    pub level: Level,
}

impl Settings {
    /// What is watched, and how closely.
    #[must_use]
    pub fn selection(&self) -> Selection {
        let levels = self.containers.iter().map(|container| {
            let ContainerLevel { watch, level } = &container.value;
            (watch.clone(), *level)
        });
        Selection {
            selectors: self.watch.value.clone(),
            level: self.level.value,
            levels: levels.collect(),
        }
    }

    /// Fills what a layer leaves open; engines are chosen already.
    pub(super) fn of(layer: Layer, file: Option<PathBuf>, engines: Setting<Sockets>) -> Self {
        let Layer {
            rules,
            rule_matching,
            output,
            state_dir,
            engines: _,
            watch,
            level,
            capture,
            object,
            objects,
            containers,
        } = layer;
        Self {
            file,
            rules: rules.unwrap_or(Setting::default_of(Vec::new())),
            rule_matching: rule_matching.unwrap_or(Setting::default_of(RuleMatching::All)),
            output: output.unwrap_or(Setting::default_of(Output::Text)),
            state_dir: state_dir.unwrap_or(Setting::default_of(state_dir::DEFAULT.into())),
            engines,
            watch: watch.unwrap_or(Setting::default_of(vec![Selector::AllContainers])),
            level: level.unwrap_or(Setting::default_of(None)),
            capture: capture.unwrap_or(Setting::default_of(None)),
            object: object.unwrap_or(Setting::default_of(None)),
            objects: objects.unwrap_or(Setting::default_of(Vec::new())),
            containers,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(Layer::default(), None, Setting::default_of(Sockets::Usual))
    }
}
