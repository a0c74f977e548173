//! Whether somebody keeps the kernel's clock.

use std::io;
use std::mem::MaybeUninit;

/// Who looks after the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// A time service, here or on the hypervisor, keeps it.
    Kept,
    /// Nobody: it drifts.
    Free,
}

/// Asks the kernel, without changing anything.
///
/// # Errors
/// When the kernel refuses, as some sandboxes do.
pub fn discipline() -> io::Result<Discipline> {
    // SAFETY: `timex` is plain numbers, for which zero is a value. With `modes` 0 the call only
    // writes what it knows into the structure, which is ours.
    let (state, status) = unsafe {
        let mut state: libc::timex = MaybeUninit::zeroed().assume_init();
        (libc::adjtimex(&raw mut state), state.status)
    };
    match state {
        -1 => Err(io::Error::last_os_error()),
        libc::TIME_ERROR => Ok(Discipline::Free),
        _ if status & libc::STA_UNSYNC != 0 => Ok(Discipline::Free),
        _ => Ok(Discipline::Kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_twice_gives_one_answer() {
        assert_eq!(discipline().unwrap(), discipline().unwrap());
    }
}
