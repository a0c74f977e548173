//! Where settings are read from: a file, the command line, the environment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{ConfigProblem, ConfigProblems, Fault, Given, Layer, Origin, Setting, Settings, file};
use crate::host::engine::{SocketError, Sockets};

/// The file that is read where none is named, if it is there.
pub const DEFAULT_FILE: &str = "/etc/escape-detector/config.toml";

/// The variable that names an engine's socket.
const DOCKER_HOST: &str = "DOCKER_HOST";

/// All places that say something of the options. They can be read again: what the command line and
/// the environment said stays, the file may have changed.
#[derive(Clone, Debug)]
pub struct Sources {
    pub(super) file: File,
    pub(super) command_line: Layer,
    pub(super) docker_host: Option<String>,
}

/// Which file is read.
#[derive(Clone, Debug)]
pub(super) enum File {
    /// This one.
    Named(PathBuf),
    /// This one, if it is there.
    Usual(PathBuf),
    /// None.
    None,
}

impl Sources {
    /// The sources of a detector with this file, if one was named, and command line.
    #[must_use]
    pub fn new(named: Option<PathBuf>, command_line: Layer) -> Self {
        let file = named.map_or_else(|| File::Usual(DEFAULT_FILE.into()), File::Named);
        Self {
            file,
            ..Self::without_file(command_line)
        }
    }

    /// The sources of a command that reads no file.
    #[must_use]
    pub fn without_file(command_line: Layer) -> Self {
        let docker_host = std::env::var_os(DOCKER_HOST);
        Self {
            file: File::None,
            command_line,
            docker_host: docker_host.map(|host| host.to_string_lossy().into_owned()),
        }
    }

    /// The file that is read, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.file {
            File::Named(path) => Some(path),
            File::Usual(path) => exists(path).then_some(path),
            File::None => None,
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// With everything that is wrong in the file, or with the environment.
    pub fn read(&self) -> Result<Settings, ConfigProblems> {
        let file = self.file();
        let said = match file {
            Some(path) => file::read(path)?,
            None => Layer::default(),
        };
        let layer = self.command_line.clone().over(said);
        let engines = self
            .engines(layer.engines.clone())
            .map_err(|error| ConfigProblem::with_file(DOCKER_HOST, Fault::DockerHost(error)))?;
        Ok(Settings::of(layer, file.map(Path::to_owned), engines))
    }

    /// What was given goes first, then DOCKER_HOST, else the usual places.
    fn engines(&self, given: Given<Vec<String>>) -> Result<Setting<Sockets>, SocketError> {
        let Setting { value, origin } = given.unwrap_or(Setting::default_of(Vec::new()));
        let sockets = Sockets::choose(&value, self.docker_host.as_deref())?;
        let asked = value.is_empty() && sockets != Sockets::Usual;
        let variable = DOCKER_HOST;
        Ok(Setting {
            value: sockets,
            origin: if asked {
                Origin::Environment { variable }
            } else {
                origin
            },
        })
    }
}

/// A file that may not be looked at is there.
fn exists(path: &Path) -> bool {
    let looked = fs::symlink_metadata(path);
    !looked.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}
