//! Images, made here: no registry is asked.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::engine::{Engine, checked};
use crate::{act, workspace};

const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
/// What the benign behaviours need beyond a minimal system.
const PACKAGES: [&str; 9] = [
    "bubblewrap",
    "gcc",
    "git",
    "libc6-dev",
    "logrotate",
    "passwd",
    "python3",
    "redis-server",
    "uidmap",
];

/// A browser that needs no display.
const BROWSER: [&str; 1] = ["chromium-headless-shell"];

/// Decoys of what a rule calls a credential.
const SECRETS: [&str; 4] = [
    "etc/shadow",
    "root/.ssh/id_ed25519",
    "root/.aws/credentials",
    "run/secrets/kubernetes.io/serviceaccount/..2026_01_01/token",
];
const SERVICE_ACCOUNT: &str = "run/secrets/kubernetes.io/serviceaccount";

/// An image that containers of the tests run.
#[derive(Clone, Copy, Debug)]
pub enum Image {
    /// Busybox and the acts, nothing else.
    Bare,
    /// A Debian system with what developers use.
    Debian,
    /// A Debian system with a browser: some hundred megabytes to fetch, and so for the long suite.
    Browser,
}

impl Image {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Debian, Self::Browser];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare:1",
            Self::Debian => "debian:1",
            Self::Browser => "browser:1",
        }
    }

    pub(crate) fn import_into(self, engine: &Engine) -> Result<()> {
        match self {
            Self::Bare => {
                let tree = tempfile::tempdir()?;
                fill_bare_tree(tree.path())?;
                let mut tar = Command::new("tar");
                tar.arg("-C").arg(tree.path()).args(["-c", "."]);
                let mut packed = tar.stdout(Stdio::piped()).spawn()?;
                let stream = packed.stdout.take().context("tar has no output")?;
                import(engine, self.name(), stream.into())?;
                ensure!(packed.wait()?.success(), "tar failed");
                Ok(())
            }
            Self::Debian => self.import_debian(engine, "debian", &PACKAGES),
            Self::Browser => self.import_debian(engine, "browser", &BROWSER),
        }
    }

    fn import_debian(self, engine: &Engine, file: &str, packages: &[&str]) -> Result<()> {
        let archive = File::open(debian_archive(file, packages)?)?;
        import(engine, self.name(), archive.into())
    }
}

fn import(engine: &Engine, name: &str, archive: Stdio) -> Result<()> {
    let mut command = engine.docker(["import", "-", name]);
    let output = command.stdin(archive).output()?;
    checked(&command, &output).map(drop)
}

fn fill_bare_tree(tree: &Path) -> Result<()> {
    for directory in [
        "bin", "dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp", "var",
    ] {
        std::fs::create_dir(tree.join(directory))?;
    }
    symlink("../run", tree.join("var/run"))?;
    std::fs::copy("/bin/busybox", tree.join("bin/busybox"))
        .context("cannot copy /bin/busybox: install busybox-static")?;
    let mut list = Command::new("/bin/busybox");
    let listed = list.arg("--list").output()?;
    let applets = checked(&list, &listed)?;
    // Busybox lists itself; a link of that name would point at itself.
    for applet in applets.lines().filter(|applet| *applet != "busybox") {
        symlink("busybox", tree.join("bin").join(applet))?;
    }
    std::fs::copy(act::BINARY, tree.join("bin/acts"))?;
    let accounts = "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/tmp:/bin/sh\n";
    std::fs::write(tree.join("etc/passwd"), accounts)?;
    std::fs::write(tree.join("etc/group"), "root:x:0:\nguest:x:1000:\n")?;
    // World-writable, as everywhere: users other than root act too.
    std::fs::set_permissions(tree.join("tmp"), Permissions::from_mode(0o1777))?;
    for secret in SECRETS {
        let file = tree.join(secret);
        std::fs::create_dir_all(file.parent().unwrap_or(tree))?;
        std::fs::write(&file, "decoy\n")?;
        std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
    }
    // As Kubernetes lays it out: the name that everybody uses is a link to a link.
    let mounted = tree.join(SERVICE_ACCOUNT);
    symlink("..2026_01_01", mounted.join("..data"))?;
    symlink("..data/token", mounted.join("token"))?;
    Ok(())
}

/// The packed Debian system: from the cache if it was made of the same packages.
fn debian_archive(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let cache = workspace::root().join(".cache/images");
    std::fs::create_dir_all(&cache)?;
    let lock = File::create(cache.join("lock"))?;
    lock.lock()?;

    let archive = cache.join(format!("{name}.tar"));
    let recipe_file = cache.join(format!("{name}.recipe"));
    let recipe = format!("{SUITE} {}\n", packages.join(" "));
    if archive.exists() && std::fs::read_to_string(&recipe_file).is_ok_and(|old| old == recipe) {
        return Ok(archive);
    }
    // Without the recipe an archive that was cut short is not taken for a whole one.
    if recipe_file.exists() {
        std::fs::remove_file(&recipe_file)?;
    }
    eprintln!("making the image {name}: some minutes, once");
    let tree = tempfile::Builder::new()
        .prefix("tree-")
        .tempdir_in(&cache)?;
    let packages = packages.join(",");
    run(Command::new("debootstrap")
        .args(["--variant=minbase", &format!("--include={packages}"), SUITE])
        .arg(tree.path())
        .arg(MIRROR))?;
    run(Command::new("tar")
        .args([
            "--exclude=./var/cache/apt",
            "--exclude=./var/lib/apt/lists/*",
        ])
        .args([
            "--exclude=./usr/share/doc/*",
            "--exclude=./usr/share/locale/*",
        ])
        .arg("-C")
        .arg(tree.path())
        .arg("-cf")
        .arg(&archive)
        .arg("."))?;
    File::create(&recipe_file)?.write_all(recipe.as_bytes())?;
    Ok(archive)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| {
        format!(
            "cannot start {}: install it",
            command.get_program().display()
        )
    })?;
    checked(command, &output).map(drop)
}
