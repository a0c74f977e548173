//! The programs that resolve names before an act, where security modules are asked.
//!
//! Whether a kernel runs them can be told by none of what it says: one without `bpf` among its active
//! security modules loads and attaches them all the same. So each is shown an act that it must see.
//! Without them nothing is missing but the kernel's word for names that are gone, or that the kernel does
//! not say.

use std::ffi::CStr;
use std::io;

use aya::maps::Array;
use aya::programs::Lsm;
use detector_common::state::Before;
use rustix::fs::{AtFlags, CWD, Mode, chmodat, mkdirat, renameat, unlinkat};
use rustix::io::Errno;

use super::error::{Hook, SensorError};
use super::load::{Sensor, program, refused};

/// A program, the hook on which it runs, and the index of its runs.
pub(super) struct Spec {
    /// Its name in the object.
    pub(super) program: &'static str,
    /// The hook, by the kernel's name.
    pub(super) hook: &'static str,
    /// The act that it is for.
    pub(super) act: Before,
}

/// All of them.
pub(super) const BEFORE: &[Spec] = &[
    Spec {
        program: "before_unlink",
        hook: "path_unlink",
        act: Before::Unlink,
    },
    Spec {
        program: "before_rmdir",
        hook: "path_rmdir",
        act: Before::Rmdir,
    },
    Spec {
        program: "before_rename",
        hook: "path_rename",
        act: Before::Rename,
    },
    Spec {
        program: "before_truncate",
        hook: "path_truncate",
        act: Before::Truncate,
    },
    Spec {
        program: "before_mkdir",
        hook: "path_mkdir",
        act: Before::Mkdir,
    },
    Spec {
        program: "before_chmod",
        hook: "path_chmod",
        act: Before::Chmod,
    },
];

/// The map that counts their runs.
const RUNS: &str = "BEFORE_RUNS";

impl Sensor {
    /// Loads and attaches each, and keeps those that run.
    pub(super) fn attach_before(&mut self) {
        for spec in BEFORE {
            let hook = match self.prove(spec) {
                Ok(()) => Hook::on(spec.hook),
                Err(error) => Hook::off(spec.hook, &error),
            };
            self.add_hook(hook);
        }
    }

    /// Loads and attaches one, and lets it see an act of ours. One that does not is taken out again.
    pub(super) fn prove(&mut self, spec: &Spec) -> Result<(), SensorError> {
        let Self { object, btf, .. } = self;
        if object.program(spec.program).is_none() {
            return Err(SensorError::Legacy);
        }
        let lsm = program::<Lsm>(object, spec.program)?;
        lsm.load(spec.hook, btf)
            .and_then(|()| lsm.attach())
            .map_err(|source| refused(spec.program, source))?;
        let shown = show(spec.act)
            .map_err(SensorError::Unshown)
            .and_then(|()| self.runs(spec.act));
        match shown {
            Ok(1..) => Ok(()),
            other => {
                program::<Lsm>(&mut self.object, spec.program)?
                    .unload()
                    .map_err(|source| refused(spec.program, source))?;
                Err(other.err().unwrap_or(SensorError::NeverRuns))
            }
        }
    }

    fn runs(&self, act: Before) -> Result<u64, SensorError> {
        let unread = |source| SensorError::Map { name: RUNS, source };
        let map = self.object.map(RUNS).ok_or(SensorError::Absent(RUNS))?;
        let runs = Array::<_, u64>::try_from(map).map_err(unread)?;
        runs.get(&(act as u32), 0).map_err(unread)
    }
}

/// Acts so that the hook is asked. Files of /proc cannot be removed, renamed or get another mode, and cutting
/// one does nothing; below /sys no directory can be made. The kernel asks first, and then has no such
/// operation.
fn show(act: Before) -> io::Result<()> {
    const FILE: &CStr = c"/proc/self/comm";
    const OTHER: &CStr = c"/proc/self/stat";
    const DIRECTORY: &CStr = c"/proc/self/fd";
    const NEW: &CStr = c"/sys/nonexistent-escape-detector";
    let answer = match act {
        Before::Unlink => unlinkat(CWD, FILE, AtFlags::empty()),
        Before::Rmdir => unlinkat(CWD, DIRECTORY, AtFlags::REMOVEDIR),
        Before::Rename => renameat(CWD, FILE, CWD, OTHER),
        Before::Truncate => truncate(FILE),
        Before::Mkdir => mkdirat(CWD, NEW, Mode::empty()),
        Before::Chmod => chmodat(CWD, FILE, Mode::empty(), AtFlags::empty()),
    };
    match answer {
        // What the file system says that has been asked; before that come other refusals.
        Ok(()) | Err(Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Cuts a file to no bytes.
fn truncate(file: &CStr) -> Result<(), Errno> {
    // SAFETY: the string ends in NUL and lives to the end of the call.
    match unsafe { libc::truncate(file.as_ptr(), 0) } {
        0 => Ok(()),
        _ => Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)),
    }
}

#[cfg(test)]
mod tests {
    use detector_common::state::BEFORE_HOOKS;

    use super::*;

    #[test]
    fn showing_changes_nothing() {
        let before = std::fs::read_to_string("/proc/self/comm").unwrap();
        for spec in BEFORE {
            show(spec.act).unwrap_or_else(|error| panic!("{}: {error}", spec.hook));
        }
        assert_eq!(std::fs::read_to_string("/proc/self/comm").unwrap(), before);
        assert!(std::fs::read_dir("/proc/self/fd").unwrap().count() > 0);
    }

    #[test]
    fn each_has_a_counter_of_its_own() {
        let numbers: Vec<_> = BEFORE.iter().map(|spec| spec.act as u32).collect();
        assert_eq!(numbers, (0..BEFORE_HOOKS).collect::<Vec<_>>());
    }
}
