//! Arguments that another thread overwrites while the kernel reads them.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use libc::c_long;

use crate::call::call;
use crate::words::{Misuse, Words};

/// `flip-open FIRST SECOND OPENS`: opens a name over and over, while another thread makes it the
/// other one and back; both have the same length. Tells as `first` and `second` how often the
/// descriptor stood for the file of that name.
pub(crate) fn open(words: &mut Words<'_>) -> Result<(), Misuse> {
    let names = [words.text("a path")?, words.text("a path")?];
    let opens: u32 = words.number("a number of opens")?;
    let inodes = names.map(inode);
    let [first, second] = names.map(str::as_bytes);
    if first.len() != second.len() {
        return Err(Misuse::new("both paths need the same length"));
    }
    let shared: Vec<AtomicU8> = first
        .iter()
        .chain(&[0])
        .map(|byte| AtomicU8::new(*byte))
        .collect();
    let over = AtomicBool::new(false);
    let turns = AtomicU32::new(0);
    let mut counts = [0_u32; 2];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for name in [second, first] {
                    for (at, byte) in shared.iter().zip(name) {
                        at.store(*byte, Ordering::Relaxed);
                    }
                    turns.fetch_add(1, Ordering::Relaxed);
                    std::thread::yield_now();
                }
            }
        });
        let mut turn = 0;
        for _ in 0..opens {
            // One turn at least lies between two opens, however busy the machine is.
            while turns.load(Ordering::Relaxed) == turn {
                std::thread::yield_now();
            }
            turn = turns.load(Ordering::Relaxed);
            let opened = inode_of_open(&shared);
            for (count, inode) in counts.iter_mut().zip(inodes) {
                *count += u32::from(opened.is_some() && opened == inode);
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    for (act, count) in ["first", "second"].iter().zip(counts) {
        println!("{{\"act\":\"{act}\",\"result\":{count},\"errno\":\"SUCCESS\"}}");
    }
    Ok(())
}

fn inode(path: &str) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| file.ino())
}

/// Opens the name as it is just then; what the descriptor stands for.
fn inode_of_open(name: &[AtomicU8]) -> Option<u64> {
    let here = c_long::from(libc::AT_FDCWD);
    let address = name.as_ptr().addr() as c_long;
    let flags = c_long::from(libc::O_CLOEXEC);
    // SAFETY: the name ends in a zero byte that nobody overwrites, and lives to the end of the call.
    let descriptor = unsafe { call(libc::SYS_openat, [here, address, flags]) }.descriptor()?;
    // SAFETY: a `stat` of zeroes is valid, and has the size that the kernel writes; nothing else owns
    // the descriptor.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        let failed = libc::fstat(descriptor, &raw mut stat);
        libc::close(descriptor);
        (failed == 0).then_some(stat.st_ino)
    }
}
