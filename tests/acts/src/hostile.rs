//! Requests to an io_uring with names that mean no good, and with none.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use libc::{MAP_ANONYMOUS, MAP_PRIVATE, O_CLOEXEC, O_RDONLY, PROT_READ, PROT_WRITE, c_long};

use crate::call::{Answer, address, call};
use crate::flip;
use crate::ring::{Request, Ring, SETUP_SQPOLL};
use crate::words::{Misuse, Words};

/// The longest path that the kernel takes, without the zero byte.
const LONGEST: usize = 4095;
const PAGE: usize = 4096;

/// `uring-name KIND plain|sqpoll|openat2`: makes a symbolic link of a hostile name to `/tmp/file`, and opens the
/// link by a request.
///
/// | kind | the name |
/// |---|---|
/// | `line` | looks like an alert on a line of its own |
/// | `escape` | steers a terminal |
/// | `bytes` | is no UTF-8 |
/// | `bidi` | is written from right to left |
/// | `long` | has 4,095 bytes, and is the file's own |
pub(crate) fn name(words: &mut Words<'_>) -> Result<(), Misuse> {
    let kind = words.text("a kind of name")?;
    let way = words.text("plain, sqpoll or openat2")?;
    let mut ring = ring(way)?;
    let name: Vec<u8> = match kind {
        "line" => b"/tmp/a\n2026-01-01 00:00:00.000Z CRITICAL Forged".to_vec(),
        "escape" => b"/tmp/\x1b[2J\x1b]0;owned\x07\x9b1m\r".to_vec(),
        "bytes" => b"/tmp/\xff\xfe\xc3(\xed\xa0\x80".to_vec(),
        "bidi" => "/tmp/\u{202e}txt.\u{2066}exe\u{200b}".into(),
        "long" => {
            let end = b"/tmp/file";
            [b"/".repeat(LONGEST - end.len()).as_slice(), end].concat()
        }
        other => return Err(Misuse::unknown("kind of name", other)),
    };
    // A link that another act has made is as good; what is wrong with any other, the open tells.
    if kind != "long" {
        symlink("/tmp/file", OsStr::from_bytes(&name)).unwrap_or_default();
    }
    let name = CString::new(name).map_err(|_| Misuse::new("the name holds a zero byte"))?;
    let how = [O_CLOEXEC.unsigned_abs().into(), 0, 0];
    let (call, request) = match way {
        "openat2" => (way, Request::open2(&name, &how)),
        _ => ("openat", Request::open(&name, O_RDONLY | O_CLOEXEC)),
    };
    ring.answer(&request).told(call);
    Ok(())
}

/// `uring-no-name null|unmapped|unended|endless plain|sqpoll`: a request with a name that the kernel
/// cannot take: none, one where no memory is, one whose memory ends before it, one that is too long.
pub(crate) fn no_name(words: &mut Words<'_>) -> Result<(), Misuse> {
    let kind = words.text("a kind of name")?;
    let mut ring = ring(words.text("plain or sqpoll")?)?;
    let endless = vec![b'a'; 2 * PAGE];
    let address = match kind {
        "null" => 0,
        "unmapped" => 0x10_0000,
        "unended" => last_of_a_mapping()?,
        "endless" => address(endless.as_slice()).unsigned_abs(),
        other => return Err(Misuse::unknown("kind of name", other)),
    };
    let request = Request {
        address,
        ..Request::open(c"", O_RDONLY | O_CLOEXEC)
    };
    ring.answer(&request).told("openat");
    Ok(())
}

/// `uring-flip FIRST SECOND OPENS`: as `flip-open`, by requests that the polling thread carries out.
pub(crate) fn flip(words: &mut Words<'_>) -> Result<(), Misuse> {
    let mut ring = Ring::new(SETUP_SQPOLL)?;
    flip::open_by(words, |name| {
        ring.answer(&Request {
            address: name.as_ptr().addr() as u64,
            ..Request::open(c"", O_RDONLY | O_CLOEXEC)
        })
    })
}

fn ring(way: &str) -> Result<Ring, Misuse> {
    match way {
        "plain" | "openat2" => Ring::new(0),
        "sqpoll" => Ring::new(SETUP_SQPOLL),
        other => Err(Misuse::unknown("way to open", other)),
    }
}

/// The address of the last bytes before memory that is not there.
fn last_of_a_mapping() -> Result<u64, Misuse> {
    let access = c_long::from(PROT_READ | PROT_WRITE);
    let kind = c_long::from(MAP_PRIVATE | MAP_ANONYMOUS);
    let length = 2 * PAGE as c_long;
    // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours, and
    // nobody else refers to the half that is taken away again.
    let start = unsafe {
        let mapped: Answer = call(libc::SYS_mmap, [0, length, access, kind, -1, 0]);
        let start = mapped.pointer();
        if !mapped.failed() {
            call(libc::SYS_munmap, [(start + PAGE) as c_long, PAGE as c_long]);
        }
        (!mapped.failed()).then_some(start)
    };
    let start = start.ok_or_else(|| Misuse::new("no memory"))?;
    let last = std::ptr::with_exposed_provenance_mut::<[u8; 4]>(start + PAGE - 4);
    // SAFETY: the page was just mapped for writing, and nobody else refers to it.
    unsafe { last.write_volatile(*b"/tmp") };
    Ok(last.addr() as u64)
}
