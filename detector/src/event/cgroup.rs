//! Cgroups made and removed.

use detector_common::record::CgroupBody;

use super::id::CgroupId;
use super::section::Sections;
use super::text::Text;

/// A cgroup of the v2 hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cgroup {
    /// Which one.
    pub id: CgroupId,
    /// The one that it lies in.
    pub parent: Option<CgroupId>,
    /// Its depth; the root is 0.
    pub level: u32,
    /// Its path below the root of its hierarchy.
    pub path: Option<Text>,
}

impl Cgroup {
    pub(super) fn new(body: &CgroupBody, sections: Sections) -> Self {
        Self {
            id: CgroupId(body.id),
            parent: (body.parent != 0).then_some(CgroupId(body.parent)),
            level: body.level,
            path: sections.cgroup_path,
        }
    }
}
