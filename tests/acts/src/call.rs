//! One system call: made without a library in between, and its answer told.

use libc::{c_int, c_long};

/// What the kernel answered.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    result: c_long,
    errno: c_int,
}

impl Answer {
    /// That of something that is more than one call, and was done.
    pub(crate) const DONE: Self = Self {
        result: 0,
        errno: 0,
    };
    /// That of something that was not.
    pub(crate) const FAILED: Self = Self {
        result: -1,
        errno: libc::EIO,
    };

    /// Prints the answer as a line of JSON and hands the result back.
    pub(crate) fn told(self, act: &str) -> c_long {
        let errno = errno_name(self.errno);
        println!(
            "{{\"act\":\"{act}\",\"result\":{},\"errno\":\"{errno}\"}}",
            self.result
        );
        self.result
    }

    /// The answer as the kernel gives it: a negative number is an error's.
    pub(crate) fn of_kernel(result: c_long) -> Self {
        if (-4095..0).contains(&result) {
            let errno = c_int::try_from(-result).unwrap_or(0);
            return Self { result: -1, errno };
        }
        Self { result, errno: 0 }
    }

    /// The result as a descriptor, if it is one.
    pub(crate) fn descriptor(self) -> Option<c_int> {
        c_int::try_from(self.result).ok().filter(|fd| *fd >= 0)
    }

    /// The result as an address.
    pub(crate) fn pointer(self) -> usize {
        usize::try_from(self.result).unwrap_or_default()
    }

    pub(crate) fn failed(self) -> bool {
        self.result < 0
    }
}

impl Answer {
    /// The answer to what was no system call: a result, or a negative errno.
    pub(crate) fn of(result: c_int) -> Self {
        Self {
            result: result.max(-1).into(),
            errno: (-result).max(0),
        }
    }
}

/// Makes system call `number`. Arguments that are missing are zero.
///
/// # Safety
/// What the kernel reads or writes through `arguments` must be valid for that call.
pub(crate) unsafe fn call<const N: usize>(number: c_long, arguments: [c_long; N]) -> Answer {
    let mut all = [0; 6];
    all.iter_mut()
        .zip(arguments)
        .for_each(|(slot, argument)| *slot = argument);
    let [a, b, c, d, e, f] = all;
    // SAFETY: the caller answers for what the arguments point at.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    let errno = if result < 0 { last_errno() } else { 0 };
    Answer { result, errno }
}

/// A pointer as a system call's argument.
pub(crate) fn address<T: ?Sized>(of: &T) -> c_long {
    std::ptr::from_ref(of).cast::<u8>().addr() as c_long
}

/// The address of a string's first byte.
pub(crate) fn string(text: &std::ffi::CStr) -> c_long {
    text.as_ptr().addr() as c_long
}

fn last_errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

fn errno_name(errno: c_int) -> String {
    let name = match errno {
        0 => "SUCCESS",
        libc::EPERM => "EPERM",
        libc::ENOENT => "ENOENT",
        libc::ESRCH => "ESRCH",
        libc::ENXIO => "ENXIO",
        libc::EBADF => "EBADF",
        libc::EACCES => "EACCES",
        libc::EFAULT => "EFAULT",
        libc::EBUSY => "EBUSY",
        libc::ENODEV => "ENODEV",
        libc::ENOTDIR => "ENOTDIR",
        libc::EINVAL => "EINVAL",
        libc::EEXIST => "EEXIST",
        libc::EROFS => "EROFS",
        libc::ENOSYS => "ENOSYS",
        libc::EOVERFLOW => "EOVERFLOW",
        libc::ENETUNREACH => "ENETUNREACH",
        libc::ECONNREFUSED => "ECONNREFUSED",
        libc::EINPROGRESS => "EINPROGRESS",
        libc::ECANCELED => "ECANCELED",
        libc::ENAMETOOLONG => "ENAMETOOLONG",
        other => return other.to_string(),
    };
    name.to_owned()
}
