//! Where a detector keeps its state, and where it is asked.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::control::SocketPath;
use crate::state_dir;

/// The directory of the control socket of the detector with the default state directory.
const RUN_DIRECTORY: &str = "/run/escape-detector";
/// The control socket's name.
const SOCKET: &str = "control.sock";

/// Which detector, of several on one host.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Directory of the detector's state and control socket: what its `run` was told by --state-dir
    /// or by `state_dir` of its configuration. The default directory has its socket in
    /// /run/escape-detector
    #[arg(long = "state-dir", value_name = "DIR", default_value = state_dir::DEFAULT)]
    state: PathBuf,
}

impl Place {
    /// The place of a detector with this state directory.
    #[must_use]
    pub const fn of(state: PathBuf) -> Self {
        Self { state }
    }

    /// The state directory.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The control socket.
    ///
    /// # Errors
    /// If its path is longer than the system allows.
    pub fn socket(&self) -> Result<SocketPath, crate::control::SocketError> {
        SocketPath::new(self.socket_directory().join(SOCKET))
    }

    /// Where the control socket stands.
    #[must_use]
    pub fn socket_directory(&self) -> &Path {
        if self.state == Path::new(state_dir::DEFAULT) {
            Path::new(RUN_DIRECTORY)
        } else {
            &self.state
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_holds_state_and_socket() {
        let place = Place::of("/tmp/x".into());
        assert_eq!(place.state(), Path::new("/tmp/x"));
        assert_eq!(
            place.socket().unwrap().as_path(),
            Path::new("/tmp/x/control.sock")
        );
    }

    #[test]
    fn the_default_directory_has_its_socket_where_the_system_wants_it() {
        for state in ["/var/lib/escape-detector", "/var/lib/escape-detector/"] {
            let socket = Place::of(state.into()).socket().unwrap();
            assert_eq!(
                socket.as_path(),
                Path::new("/run/escape-detector/control.sock")
            );
        }
    }
}
