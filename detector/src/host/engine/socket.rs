//! Where engines listen.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Sockets of system-wide engines, below the root.
const OF_THE_SYSTEM: [&str; 2] = ["var/run/docker.sock", "run/podman/podman.sock"];
/// Sockets of a user's engines, below `/run/user/UID`.
const OF_A_USER: [&str; 2] = ["docker.sock", "podman/podman.sock"];
/// Logged-in users that are looked at.
const MAX_USERS: usize = 256;

/// Which engines to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sockets {
    /// These, whether they listen yet or not.
    Named(Vec<PathBuf>),
    /// Whatever listens where Docker and Podman usually do, for the system or for a user.
    Usual,
}

/// Why a text names no socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// Another scheme than `unix`.
    #[error("{0:?} is not a socket of this host; give an absolute path or unix:///PATH")]
    NotLocal(String),
}

impl Sockets {
    /// What the user asked for: options first, then `DOCKER_HOST`, else the usual places.
    ///
    /// # Errors
    /// Where a text names something else than a local socket.
    pub fn choose<S: AsRef<str>>(
        options: &[S],
        docker_host: Option<&str>,
    ) -> Result<Self, SocketError> {
        let docker_host = docker_host.filter(|host| !host.is_empty());
        match (options, docker_host) {
            ([], None) => Ok(Self::Usual),
            ([], Some(host)) => Ok(Self::Named(vec![local(host)?])),
            (options, _) => {
                let paths = options.iter().map(|option| local(option.as_ref()));
                Ok(Self::Named(paths.collect::<Result<_, _>>()?))
            }
        }
    }
}

fn local(text: &str) -> Result<PathBuf, SocketError> {
    let path = Path::new(text.strip_prefix("unix://").unwrap_or(text));
    match path.is_absolute() {
        true => Ok(path.to_owned()),
        false => Err(SocketError::NotLocal(text.to_owned())),
    }
}

/// A socket to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) path: PathBuf,
    /// The user in whose runtime directory it stands: nobody else may be listening there, or that
    /// user could make the detector talk to a socket that only root may open.
    pub(super) user: Option<u32>,
}

/// The sockets that exist in the usual places.
pub(super) fn listening(root: &Path) -> Vec<Endpoint> {
    let system = OF_THE_SYSTEM.iter().filter_map(|place| {
        // `/var/run` is a link to `/run`: one engine, one name.
        let path = fs::canonicalize(root.join(place)).ok()?;
        Some(Endpoint { path, user: None })
    });
    let users = users(&root.join("run/user")).into_iter().flat_map(|uid| {
        let home = root.join("run/user").join(uid.to_string());
        OF_A_USER.map(|place| Endpoint {
            path: home.join(place),
            user: Some(uid),
        })
    });
    system
        .chain(users)
        .filter(|endpoint| is_socket(&endpoint.path))
        .collect()
}

fn users(directory: &Path) -> BTreeSet<u32> {
    let number = |name: &OsStr| name.to_str()?.parse().ok();
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| number(&entry.file_name()))
        .take(MAX_USERS)
        .collect()
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn options_go_before_the_environment_and_both_before_the_usual_places() {
        let none: [&str; 0] = [];
        let named = |paths: &[&str]| Ok(Sockets::Named(paths.iter().map(PathBuf::from).collect()));
        let host = Some("unix:///run/other.sock");
        assert_eq!(Sockets::choose(&none, None), Ok(Sockets::Usual));
        assert_eq!(Sockets::choose(&none, Some("")), Ok(Sockets::Usual));
        assert_eq!(Sockets::choose(&none, host), named(&["/run/other.sock"]));
        assert_eq!(
            Sockets::choose(&["/a.sock", "unix:///b"], host),
            named(&["/a.sock", "/b"])
        );
    }

    #[test]
    fn other_hosts_are_refused_with_what_to_write_instead() {
        for host in [
            "tcp://10.0.0.1:2376",
            "ssh://user@host",
            "docker.sock",
            "unix://docker.sock",
        ] {
            let error = Sockets::choose(&[host], None).unwrap_err();
            assert_eq!(error, SocketError::NotLocal(host.to_owned()));
            assert!(error.to_string().contains("unix:///PATH"));
        }
    }

    #[test]
    fn sockets_in_the_usual_places_are_found_once_each() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for dir in [
            "run/podman",
            "run/user/1000/podman",
            "run/user/1001",
            "run/user/x",
            "var",
        ] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        symlink(root.join("run"), root.join("var/run")).unwrap();
        let mut listeners = Vec::new();
        for place in [
            "run/docker.sock",
            "run/user/1000/podman/podman.sock",
            "run/user/x/docker.sock",
        ] {
            listeners.push(UnixListener::bind(root.join(place)).unwrap());
        }
        // Neither a plain file nor a user's link to somebody else's socket is one.
        fs::write(root.join("run/podman/podman.sock"), "").unwrap();
        symlink(
            root.join("run/docker.sock"),
            root.join("run/user/1001/docker.sock"),
        )
        .unwrap();

        let expected = [
            Endpoint {
                path: root.join("run/docker.sock"),
                user: None,
            },
            Endpoint {
                path: root.join("run/user/1000/podman/podman.sock"),
                user: Some(1000),
            },
        ];
        assert_eq!(listening(&root), expected);
    }

    #[test]
    fn nothing_listens_in_an_empty_place() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(listening(root.path()), []);
    }
}
