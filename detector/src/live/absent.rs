//! What is to be watched and is not there: it may come later, or its name may be wrong.

use crate::host::cgroupfs::{Bounds, Hierarchy};
use crate::host::selection::Selection;

/// Warns of each cgroup and unit that a selection names and that the host does not have now.
pub(super) fn warn(selection: &Selection, hierarchy: &Hierarchy) {
    let walk = hierarchy.walk(Bounds::default());
    for selector in selection.absent(&walk.cgroups) {
        tracing::warn!(
            "nothing matches {selector} yet: it is watched from the moment it comes; \
             `systemd-cgls` shows what there is"
        );
    }
}
