//! A private Docker daemon: own socket, own data, own containerd, no network.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::image::Image;
use crate::warden::Warden;

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// No single Docker command may hang a test for longer, in seconds.
const COMMAND_LIMIT: &str = "300";

/// A running daemon. It and all its containers end with the value or with the test process.
pub struct Engine {
    directory: PathBuf,
    images: [OnceLock<Result<()>>; Image::ALL.len()],
    // Last: it removes the directory.
    warden: Warden,
}

impl Engine {
    /// The daemon of this test binary, started when the first test asks for it.
    ///
    /// # Errors
    /// If it could not be started; every test then fails with the reason.
    pub fn shared() -> Result<&'static Self> {
        static ENGINE: OnceLock<Result<Engine>> = OnceLock::new();
        ENGINE
            .get_or_init(Self::start)
            .as_ref()
            .map_err(|error| anyhow!("{error:#}"))
    }

    /// Starts a daemon and waits until it answers.
    ///
    /// # Errors
    /// If it does not, with the end of its log.
    pub fn start() -> Result<Self> {
        ensure!(
            rustix::process::geteuid().is_root(),
            "the end-to-end tests start containers and a sensor: run them as root"
        );
        // Unix socket paths are short, and a file system in memory would hold whole images.
        let directory = tempfile::Builder::new()
            .prefix("ed-")
            .tempdir_in("/var/tmp")?
            .keep();
        std::fs::write(directory.join("daemon.json"), "{}")?;
        let engine = Self {
            warden: start_daemon(&directory)?,
            images: Default::default(),
            directory,
        };
        engine.await_answer()?;
        Ok(engine)
    }

    /// The API socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket(&self.directory)
    }

    /// A directory on the host for what tests hand into containers; it ends with the daemon.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn shared_directory(&self) -> Result<PathBuf> {
        let made = tempfile::Builder::new()
            .prefix("v-")
            .tempdir_in(&self.directory)?;
        Ok(made.keep())
    }

    /// A Docker command to this daemon.
    pub fn docker<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("timeout");
        command.args([COMMAND_LIMIT, "docker", "--host"]);
        command.arg(format!("unix://{}", self.socket().display()));
        command.args(arguments);
        command
            .env("DOCKER_CONFIG", &self.directory)
            .env_remove("DOCKER_HOST");
        command.stdin(Stdio::null());
        command
    }

    /// Runs a Docker command and hands back its standard output without the line's end.
    ///
    /// # Errors
    /// If it fails.
    pub fn ask<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        let mut command = self.docker(arguments);
        let output = command
            .output()
            .context("cannot start `docker`: install its client")?;
        checked(&command, &output)
    }

    /// The name of an image, imported at its first use.
    pub(crate) fn image(&self, image: Image) -> Result<&'static str> {
        let [bare, debian, browser] = &self.images;
        let imported = match image {
            Image::Bare => bare,
            Image::Debian => debian,
            Image::Browser => browser,
        };
        let imported = imported.get_or_init(|| image.import_into(self));
        imported.as_ref().map_err(|error| anyhow!("{error:#}"))?;
        Ok(image.name())
    }

    fn await_answer(&self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self.warden.has_ended() {
                bail!("dockerd ended at once:\n{}", self.log());
            }
            if self.socket().exists() && self.ask(["version"]).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("dockerd does not answer:\n{}", self.log())
    }

    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// Standard output of a command that succeeded.
pub(crate) fn checked(command: &Command, output: &Output) -> Result<String> {
    ensure!(
        output.status.success(),
        "{command:?} failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

fn socket(directory: &Path) -> PathBuf {
    directory.join("docker.sock")
}

fn start_daemon(directory: &Path) -> Result<Warden> {
    let pid_file = directory.join("warden.pid");
    let mut command = Warden::over(Path::new("dockerd"), &pid_file, Some(directory))?;
    command
        .arg("--host")
        .arg(format!("unix://{}", socket(directory).display()));
    for (option, place) in [
        ("--config-file", "daemon.json"),
        ("--data-root", "data"),
        ("--exec-root", "exec"),
        ("--pidfile", "dockerd.pid"),
    ] {
        command.arg(option).arg(directory.join(place));
    }
    // Where a system's containerd runs, dockerd takes that one: keep the containers apart.
    let own = directory.file_name().unwrap_or_default().to_string_lossy();
    command.arg(format!("--containerd-namespace={own}"));
    command.arg(format!("--containerd-plugins-namespace={own}-plugins"));
    command.args(["--bridge=none", "--iptables=false", "--ip6tables=false"]);
    command.args(["--storage-driver=overlay2", "--shutdown-timeout=1"]);
    let log = File::create(directory.join("log"))?;
    command.stdout(log.try_clone()?).stderr(log);
    Warden::start(command, &pid_file)
}
