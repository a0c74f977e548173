//! One thing to watch, as a person writes it: `KIND=WHAT`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use super::Candidate;

/// A container's id is taken by its beginning from so many digits on, as engines print it.
const SHORTEST_ID: usize = 12;

/// How a selector looks, for help and errors.
const FORMS: &str = "all-containers, container=NAME, label=KEY[=VALUE], image=GLOB, cgroup=PATH, \
                     unit=NAME or pid=N";

/// One thing to watch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Selector {
    /// Every container of the host.
    AllContainers,
    /// The container with this name, or with this id or its first twelve digits or more.
    Container(String),
    /// Containers with this label.
    Label {
        /// The label's name.
        key: String,
        /// The value that it must have; any, if none is given.
        value: Option<String>,
    },
    /// Containers of images whose name, as given to the engine or without its tag, fits a pattern
    /// with `*` and `?`.
    Image(String),
    /// A cgroup and all below it, by its path in the v2 hierarchy.
    Cgroup(String),
    /// A unit of systemd: the cgroup of that name, wherever it stands.
    Unit(String),
    /// A process and what it starts.
    Pid(u32),
}

/// A text that is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Nothing of that name can be selected.
    #[error("{0:?} names nothing to watch; there is {FORMS}")]
    UnknownKind(String),
    /// The kind without its value.
    #[error("{0}= lacks what it is about; there is {FORMS}")]
    Empty(&'static str),
    /// A path that is none.
    #[error(
        "cgroup={0:?} must be an absolute path in the v2 hierarchy, such as \
         cgroup=/system.slice/gateway.service"
    )]
    Relative(String),
    /// A unit that is a path.
    #[error("unit={0:?} must be a unit's name, such as unit=gateway.service")]
    UnitPath(String),
    /// A pid that is none.
    #[error("pid={0:?} is no process id")]
    Pid(String),
}

impl Selector {
    /// Whether a candidate is selected; nothing where only the engine's answer can tell.
    pub(super) fn matches(&self, candidate: &Candidate<'_>) -> Option<bool> {
        let of_container = |judge: &dyn Fn(&super::ContainerInfo) -> bool| match (
            candidate.container,
            candidate.info,
        ) {
            (None, _) => Some(false),
            (Some(_), Some(info)) => Some(judge(info)),
            (Some(_), None) => None,
        };
        match self {
            Self::AllContainers => Some(candidate.container.is_some()),
            Self::Container(name) => {
                let id = candidate.container.map(|container| container.id.as_str());
                let by_id =
                    name.len() >= SHORTEST_ID && id.is_some_and(|id| id.starts_with(name.as_str()));
                if by_id {
                    return Some(true);
                }
                of_container(&|info| info.name == *name)
            }
            Self::Label { key, value } => of_container(&|info| {
                let found = info.labels.get(key);
                found.is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
            }),
            Self::Image(pattern) => of_container(&|info| {
                let pattern = WildMatch::new(pattern);
                pattern.matches(&info.image.full) || pattern.matches(&info.image.repository)
            }),
            Self::Cgroup(path) => Some(is_at_or_below(candidate.path, path.as_bytes())),
            Self::Unit(unit) => Some(
                candidate
                    .path
                    .split(|byte| *byte == b'/')
                    .any(|name| name == unit.as_bytes()),
            ),
            Self::Pid(_) => Some(false),
        }
    }
}

fn is_at_or_below(path: &[u8], top: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(top) else {
        return false;
    };
    rest.is_empty() || rest.starts_with(b"/") || top == b"/"
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (kind, what) = match text.split_once('=') {
            Some((kind, what)) => (kind, Some(what)),
            None => (text, None),
        };
        let what = |kind: &'static str| {
            what.filter(|what| !what.is_empty())
                .ok_or(SelectorError::Empty(kind))
        };
        Ok(match kind {
            "all-containers" if text == kind => Self::AllContainers,
            "container" => Self::Container(what("container")?.to_owned()),
            "label" => label(what("label")?)?,
            "image" => Self::Image(what("image")?.to_owned()),
            "cgroup" => cgroup(what("cgroup")?)?,
            "unit" => unit(what("unit")?)?,
            "pid" => pid(what("pid")?)?,
            _ => return Err(SelectorError::UnknownKind(text.to_owned())),
        })
    }
}

fn label(text: &str) -> Result<Selector, SelectorError> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (text, None),
    };
    if key.is_empty() {
        return Err(SelectorError::Empty("label"));
    }
    Ok(Selector::Label {
        key: key.to_owned(),
        value,
    })
}

fn cgroup(path: &str) -> Result<Selector, SelectorError> {
    if !path.starts_with('/') {
        return Err(SelectorError::Relative(path.to_owned()));
    }
    let trimmed = path.trim_end_matches('/');
    let path = if trimmed.is_empty() { "/" } else { trimmed };
    Ok(Selector::Cgroup(path.to_owned()))
}

/// As systemctl has it: a name without a type is a service's.
fn unit(name: &str) -> Result<Selector, SelectorError> {
    if name.contains('/') {
        return Err(SelectorError::UnitPath(name.to_owned()));
    }
    let known = [".service", ".scope", ".slice"];
    let name = if known.iter().any(|kind| name.ends_with(kind)) {
        name.to_owned()
    } else {
        format!("{name}.service")
    };
    Ok(Selector::Unit(name))
}

fn pid(text: &str) -> Result<Selector, SelectorError> {
    let pid = text.parse().ok().filter(|pid| *pid != 0);
    pid.map(Selector::Pid)
        .ok_or_else(|| SelectorError::Pid(text.to_owned()))
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllContainers => f.write_str("all-containers"),
            Self::Container(name) => write!(f, "container={name}"),
            Self::Label { key, value: None } => write!(f, "label={key}"),
            Self::Label {
                key,
                value: Some(value),
            } => write!(f, "label={key}={value}"),
            Self::Image(pattern) => write!(f, "image={pattern}"),
            Self::Cgroup(path) => write!(f, "cgroup={path}"),
            Self::Unit(name) => write!(f, "unit={name}"),
            Self::Pid(pid) => write!(f, "pid={pid}"),
        }
    }
}

impl TryFrom<String> for Selector {
    type Error = SelectorError;

    fn try_from(text: String) -> Result<Self, SelectorError> {
        text.parse()
    }
}

impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.to_string()
    }
}
