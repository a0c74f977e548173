//! Where it is measured: cgroups of our own, a file nine directories deep, and the processors.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::thread::sched_getaffinity;
use tempfile::TempDir;

use crate::options::Placed;
use crate::performer::stay_on;

/// Where v2 hierarchies are mounted: alone, or beside v1.
const HIERARCHIES: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
/// With the temporary directory the path has nine components.
const BELOW: &str = "srv/app/node/lib/util/data/entry.json";
/// How long a cgroup may take to become empty.
const PATIENCE: Duration = Duration::from_secs(10);

/// Made for the measuring, and gone with the value.
pub(crate) struct Ground {
    hierarchy: PathBuf,
    parent: PathBuf,
    directory: TempDir,
    processors: Vec<usize>,
}

impl Ground {
    /// Makes it all, and leaves the last processor to those who are measured.
    pub(crate) fn prepare() -> Result<Self> {
        let hierarchy = HIERARCHIES.into_iter().map(PathBuf::from);
        let hierarchy = hierarchy
            .into_iter()
            .find(|mount| mount.join("cgroup.procs").is_file())
            .context("no v2 cgroup hierarchy is mounted at its usual place")?;
        let set = sched_getaffinity(None)?;
        let processors: Vec<_> = (0..rustix::thread::CpuSet::MAX_CPU)
            .filter(|processor| set.is_set(*processor))
            .collect();
        let parent = hierarchy.join(format!("escape-detector-bench-{}", std::process::id()));
        fs::create_dir(&parent).with_context(|| parent.display().to_string())?;
        let directory = TempDir::new_in("/tmp")?;
        let ground = Self {
            hierarchy,
            parent,
            directory,
            processors,
        };
        let file = ground.file();
        fs::create_dir_all(file.parent().context("no directory")?)?;
        fs::write(file, "{}\n")?;
        if let [others @ .., _] = ground.processors.as_slice()
            && !others.is_empty()
        {
            stay_on(others)?;
        }
        Ok(ground)
    }

    /// The file that is opened.
    pub(crate) fn file(&self) -> PathBuf {
        self.directory.path().join(BELOW)
    }

    /// A directory that is gone afterwards.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The processors that there are.
    pub(crate) fn processors(&self) -> &[usize] {
        &self.processors
    }

    /// Makes a cgroup; its directory.
    pub(crate) fn cgroup(&self, name: &str) -> Result<PathBuf> {
        let directory = self.parent.join(name);
        fs::create_dir(&directory).with_context(|| directory.display().to_string())?;
        Ok(directory)
    }

    /// A cgroup's path in the hierarchy, as a selector names it.
    pub(crate) fn path_of(&self, cgroup: &Path) -> Result<PathBuf> {
        Ok(Path::new("/").join(cgroup.strip_prefix(&self.hierarchy)?))
    }

    /// A place for a performer in a cgroup: the last processor.
    pub(crate) fn place(&self, cgroup: PathBuf) -> Result<Placed> {
        let cpu = self.processors.last().copied().context("no processor")?;
        Ok(Placed {
            cpu,
            file: self.file(),
            cgroup,
        })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.parent) {
            eprintln!("bench: {} is left behind: {error}", self.parent.display());
        }
    }
}

/// Removes a cgroup and those below it, once their last process is gone.
fn remove(cgroup: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(cgroup)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    let started = Instant::now();
    loop {
        match fs::remove_dir(cgroup) {
            Err(_) if started.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            ended => return ended,
        }
    }
}

/// The kernel's number of a cgroup: the inode of its directory.
pub(crate) fn id_of(cgroup: &Path) -> Result<u64> {
    let metadata = fs::metadata(cgroup).with_context(|| cgroup.display().to_string())?;
    Ok(metadata.ino())
}
