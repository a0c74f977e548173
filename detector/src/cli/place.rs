//! Where a detector keeps its state, and where it is asked.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::control::SocketPath;
use crate::state_dir;

/// The directory of the control socket of a detector that was given no directory.
pub(super) const RUN_DIRECTORY: &str = "/run/escape-detector";
/// The control socket's name.
const SOCKET: &str = "control.sock";

/// Which detector, of several on one host.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// Directory of the detector's state and control socket [default: /var/lib/escape-detector,
    /// socket in /run/escape-detector]
    #[arg(long = "state-dir", value_name = "DIR")]
    given: Option<PathBuf>,
}

impl Place {
    /// The state directory.
    #[must_use]
    pub fn state(&self) -> &Path {
        self.given
            .as_deref()
            .unwrap_or(Path::new(state_dir::DEFAULT))
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
        self.given.as_deref().unwrap_or(Path::new(RUN_DIRECTORY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_directory_holds_state_and_socket() {
        let place = Place {
            given: Some("/tmp/x".into()),
        };
        assert_eq!(place.state(), Path::new("/tmp/x"));
        assert_eq!(
            place.socket().unwrap().as_path(),
            Path::new("/tmp/x/control.sock")
        );
    }

    #[test]
    fn without_one_each_stands_where_the_system_wants_it() {
        let place = Place::default();
        assert_eq!(place.state(), Path::new("/var/lib/escape-detector"));
        let socket = place.socket().unwrap();
        assert_eq!(
            socket.as_path(),
            Path::new("/run/escape-detector/control.sock")
        );
    }
}
