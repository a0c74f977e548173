//! Whether this process may do what the sensor needs, asked before anything is written.

use rustix::process::geteuid;
use rustix::thread::{CapabilitySet, capabilities};

use crate::doctor::{NEEDED, names};

/// What is missing. The message says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PrivilegeError {
    #[error("this needs root with {}; start it with sudo", names(NEEDED))]
    NotRoot,
    #[error("this process is root without {}; start it outside a container, or in one with --privileged and the host's pid namespace", names(*.0))]
    Missing(CapabilitySet),
    #[error("the capabilities of this process cannot be read: {0}")]
    Unknown(#[source] rustix::io::Errno),
}

/// Refuses a process that may not do it.
pub(super) fn check() -> Result<(), PrivilegeError> {
    let held = capabilities(None).map_err(PrivilegeError::Unknown)?;
    judge(geteuid().is_root(), held.effective)
}

fn judge(root: bool, held: CapabilitySet) -> Result<(), PrivilegeError> {
    let missing = NEEDED.difference(held);
    match (root, missing.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(PrivilegeError::Missing(missing)),
        // Its capabilities alone would not let it write its state.
        (false, _) => Err(PrivilegeError::NotRoot),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_with_all_of_them_may_go_on() {
        assert_eq!(judge(true, CapabilitySet::all()), Ok(()));
        assert_eq!(judge(true, NEEDED), Ok(()));
    }

    #[test]
    fn others_are_told_to_use_sudo() {
        let error = judge(false, CapabilitySet::empty())
            .unwrap_err()
            .to_string();
        for part in ["root", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_ADMIN", "sudo"] {
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(
            judge(false, CapabilitySet::all()),
            Err(PrivilegeError::NotRoot)
        );
    }

    #[test]
    fn root_of_a_container_is_told_what_it_lacks() {
        let held = NEEDED.difference(CapabilitySet::BPF);
        let error = judge(true, held).unwrap_err().to_string();
        assert!(
            error.contains("CAP_BPF") && !error.contains("CAP_SYS_ADMIN"),
            "{error}"
        );
    }
}
