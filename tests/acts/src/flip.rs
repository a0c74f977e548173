//! Arguments that another thread overwrites while the kernel reads them.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use libc::{O_ACCMODE, O_CLOEXEC, O_RDONLY, O_RDWR, c_int, c_long};

use crate::call::{Answer, call, string};
use crate::words::{Misuse, Words};

const HERE: c_long = libc::AT_FDCWD as c_long;

/// Which of two contents the kernel found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flipped {
    First,
    Second,
}

/// How often it found each.
pub(crate) struct Counts([u32; 2]);

impl Counts {
    /// Tells both, as the results of acts of these names.
    pub(crate) fn told(self, names: [&str; 2]) {
        for (act, count) in names.iter().zip(self.0) {
            println!("{{\"act\":\"{act}\",\"result\":{count},\"errno\":\"SUCCESS\"}}");
        }
    }
}

/// Acts so many times with memory in which another thread puts one of two contents of equal length
/// and the other in turn.
pub(crate) fn flip(
    times: u32,
    contents: [&[u8]; 2],
    mut act: impl FnMut(&[AtomicU8]) -> Option<Flipped>,
) -> Counts {
    let [first, second] = contents;
    let shared: Vec<AtomicU8> = first.iter().map(|byte| AtomicU8::new(*byte)).collect();
    let over = AtomicBool::new(false);
    let turns = AtomicU32::new(0);
    let mut counts = [0; 2];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for content in [second, first] {
                    for (at, byte) in shared.iter().zip(content) {
                        at.store(*byte, Ordering::Relaxed);
                    }
                    turns.fetch_add(1, Ordering::Relaxed);
                    std::thread::yield_now();
                }
            }
        });
        let mut turn = 0;
        for _ in 0..times {
            // One turn at least lies between two acts, however busy the machine is.
            while turns.load(Ordering::Relaxed) == turn {
                std::thread::yield_now();
            }
            turn = turns.load(Ordering::Relaxed);
            let found = act(&shared);
            for (count, content) in counts.iter_mut().zip([Flipped::First, Flipped::Second]) {
                *count += u32::from(found == Some(content));
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    Counts(counts)
}

/// `flip-open FIRST SECOND OPENS`: opens a name over and over, while another thread makes it the
/// other one and back; both have the same length. Tells as `first` and `second` how often the
/// descriptor stood for the file of that name.
pub(crate) fn open(words: &mut Words<'_>) -> Result<(), Misuse> {
    open_by(words, |name| {
        let arguments = [HERE, name.as_ptr().addr() as c_long, O_CLOEXEC.into()];
        // SAFETY: the name ends in a zero byte that nobody overwrites, and lives to the end of the call.
        unsafe { call(libc::SYS_openat, arguments) }
    })
}

/// The same, opened in some way.
pub(crate) fn open_by(
    words: &mut Words<'_>,
    mut open: impl FnMut(&[AtomicU8]) -> Answer,
) -> Result<(), Misuse> {
    let paths = [words.text("a path")?, words.text("a path")?];
    let opens = words.number("a number of opens")?;
    let [first, second] = paths.map(inode);
    let names = paths.map(|path| [path.as_bytes(), b"\0"].concat());
    let [first_name, second_name] = &names;
    if first_name.len() != second_name.len() {
        return Err(Misuse::new("both paths need the same length"));
    }
    flip(
        opens,
        [first_name, second_name],
        |name| match inode_behind(open(name)) {
            None => None,
            opened if opened == first => Some(Flipped::First),
            opened if opened == second => Some(Flipped::Second),
            Some(_) => None,
        },
    )
    .told(["first", "second"]);
    Ok(())
}

fn inode(path: &str) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| file.ino())
}

/// What a descriptor stands for, which is closed again.
fn inode_behind(opened: Answer) -> Option<u64> {
    let descriptor = opened.descriptor()?;
    // SAFETY: a `stat` of zeroes is valid, and has the size that the kernel writes; nothing else owns
    // the descriptor.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        let failed = libc::fstat(descriptor, &raw mut stat);
        libc::close(descriptor);
        (failed == 0).then_some(stat.st_ino)
    }
}

/// `flip-how PATH OPENS`: opens a file by openat2 over and over, while another thread makes the
/// access that it asks for reading, or both, and back. Tells as `read` and `both` how often it got
/// that access.
pub(crate) fn how(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let opens = words.number("a number of opens")?;
    // `struct open_how` of include/uapi/linux/openat2.h: flags, mode, resolve.
    let how = |access: c_int| {
        [u64::from((access | O_CLOEXEC).unsigned_abs()), 0, 0]
            .map(u64::to_ne_bytes)
            .concat()
    };
    flip(opens, [&how(O_RDONLY), &how(O_RDWR)], |how| {
        let arguments = [string(&path), how.as_ptr().addr() as c_long];
        match access_granted(arguments, how.len() as c_long)? {
            O_RDONLY => Some(Flipped::First),
            O_RDWR => Some(Flipped::Second),
            _ => None,
        }
    })
    .told(["read", "both"]);
    Ok(())
}

/// The access of the descriptor that openat2 gives for a name and a structure.
fn access_granted([name, how]: [c_long; 2], size: c_long) -> Option<c_int> {
    // SAFETY: the name ends in a zero byte, the structure has that size, and both live to the end of
    // the call.
    let opened = unsafe { call(libc::SYS_openat2, [HERE, name, how, size]) };
    let descriptor = opened.descriptor()?;
    // SAFETY: the calls take numbers alone, and nothing else owns the descriptor.
    let flags = unsafe {
        let flags = libc::fcntl(descriptor, libc::F_GETFL);
        libc::close(descriptor);
        flags
    };
    (flags >= 0).then_some(flags & O_ACCMODE)
}

/// `flip-root TIMES`: changes the root directory to `tmp` and back so many times, each from the working
/// directory, which has to be the root, while another thread makes calls. Tells the changes as `chroot`.
pub(crate) fn root(words: &mut Words<'_>) -> Result<(), Misuse> {
    let times: u32 = words.number("how often")?;
    let over = AtomicBool::new(false);
    let mut changed = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                // SAFETY: the call takes numbers alone; -1 leaves each as it is.
                unsafe { libc::syscall(libc::SYS_setresuid, -1, -1, -1) };
            }
        });
        for path in [c"tmp", c"."].iter().cycle().take(2 * times as usize) {
            // SAFETY: the path ends in a zero byte and lives for ever.
            changed += u32::from(unsafe { libc::chroot(path.as_ptr()) } == 0);
        }
        over.store(true, Ordering::Relaxed);
    });
    println!("{{\"act\":\"chroot\",\"result\":{changed},\"errno\":\"SUCCESS\"}}");
    Ok(())
}
