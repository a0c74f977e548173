//! Opens, directories and device nodes.

use libc::{O_CLOEXEC, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_WRONLY, c_int, c_long};

use crate::call::{address, call, string};
use crate::words::{Misuse, Words};

const HERE: c_long = libc::AT_FDCWD as c_long;

/// `open PATH read|write|both [openat|openat2|open|creat]`
pub(crate) fn open(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let flags = access(words.text("read, write or both")?)?;
    let name = string(&path);
    let way = words.optional().unwrap_or("openat");
    // SAFETY: `path` ends in a zero byte and lives to the end of the call; `how` has the size given.
    let answer = unsafe {
        match way {
            "openat" => call(libc::SYS_openat, [HERE, name, flags.into(), 0]),
            "open" => call(libc::SYS_open, [name, flags.into(), 0]),
            // creat truncates: fit for kernel interfaces, which have nothing to lose.
            "creat" => call(libc::SYS_creat, [name, 0o644]),
            "openat2" => {
                let how: [u64; 3] = [flags.unsigned_abs().into(), 0, 0];
                let size = size_of_val(&how) as c_long;
                call(libc::SYS_openat2, [HERE, name, address(&how), size])
            }
            other => return Err(Misuse::unknown("way to open", other)),
        }
    };
    answer.told(way);
    Ok(())
}

pub(crate) fn access(word: &str) -> Result<c_int, Misuse> {
    let mode = match word {
        "read" => O_RDONLY,
        "write" => O_WRONLY,
        "both" => O_RDWR,
        "create" => O_WRONLY | O_CREAT,
        other => return Err(Misuse::unknown("access", other)),
    };
    Ok(mode | O_CLOEXEC)
}

/// `chdir PATH`
pub(crate) fn chdir(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    unsafe { call(libc::SYS_chdir, [string(&path)]) }.told("chdir");
    Ok(())
}

/// `fchdir PATH`: opens the directory, then enters it by its descriptor.
pub(crate) fn fchdir(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let flags = c_long::from(O_DIRECTORY | O_CLOEXEC);
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let opened = unsafe { call(libc::SYS_openat, [HERE, string(&path), flags]) };
    let directory = opened.told("openat");
    // SAFETY: the call takes a number alone.
    unsafe { call(libc::SYS_fchdir, [directory]) }.told("fchdir");
    Ok(())
}

/// `chroot PATH`
pub(crate) fn chroot(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    unsafe { call(libc::SYS_chroot, [string(&path)]) }.told("chroot");
    Ok(())
}

/// `pivot-root NEW OLD`
pub(crate) fn pivot_root(words: &mut Words<'_>) -> Result<(), Misuse> {
    let new = words.c_string("the new root")?;
    let old = words.c_string("where the old root goes")?;
    // SAFETY: both strings end in a zero byte and live to the end of the call.
    unsafe { call(libc::SYS_pivot_root, [string(&new), string(&old)]) }.told("pivot_root");
    Ok(())
}

/// `mknod-block PATH MAJOR MINOR`
pub(crate) fn mknod_block(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let device = libc::makedev(
        words.number("a major number")?,
        words.number("a minor number")?,
    );
    let mode = c_long::from(libc::S_IFBLK | 0o600);
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    unsafe {
        call(
            libc::SYS_mknodat,
            [HERE, string(&path), mode, device as c_long],
        )
    }
    .told("mknodat");
    Ok(())
}

/// `map-write PATH`: overwrites the first byte through a mapping, by no call that writes.
pub(crate) fn map_write(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let flags = c_long::from(O_RDWR | O_CLOEXEC);
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let opened = unsafe { call(libc::SYS_openat, [HERE, string(&path), flags]) };
    let file = opened.told("openat");
    let access = c_long::from(libc::PROT_READ | libc::PROT_WRITE);
    let shared = c_long::from(libc::MAP_SHARED);
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
    let mapped = unsafe { call(libc::SYS_mmap, [0, 1, access, shared, file, 0]) };
    if !mapped.failed() {
        let first = std::ptr::with_exposed_provenance_mut::<u8>(mapped.pointer());
        // SAFETY: the page was just mapped for writing, and nobody else refers to it.
        unsafe { first.write_volatile(b'!') };
    }
    mapped.told("mmap");
    Ok(())
}
