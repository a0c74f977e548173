//! Descriptors that one process has opened and another uses: files, directories, io_urings.

use std::ffi::CString;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use libc::{O_CLOEXEC, O_RDONLY, SCM_RIGHTS, SOL_SOCKET, c_int, c_long};

use crate::call::{Answer, call, string};
use crate::exec;
use crate::file;
use crate::ring::{ASYNC, PARAMETERS, REGISTER_PERSONALITY, Request, Ring, SETUP_SQPOLL};
use crate::words::{Misuse, Words};

/// How long somebody may take to offer something.
const PATIENCE: Duration = Duration::from_secs(20);

/// What goes along with a descriptor. Of a file it says nothing.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Letter {
    /// As the kernel set the ring up.
    ring: [u32; PARAMETERS],
    /// The lender's credential, by the number that the ring has for it.
    personality: u64,
    /// Where in the lender's memory a name stands.
    name: u64,
    /// The descriptor, as the lender numbers it.
    number: c_long,
}

/// `struct cmsghdr` with one descriptor behind it.
#[repr(C, align(8))]
struct Passed {
    header: libc::cmsghdr,
    descriptor: c_int,
}

/// `lend SOCKET file PATH`, `lend SOCKET ring plain|sqpoll PATH`: opens a file or sets up a ring, and
/// listens there until somebody borrows it and has ended. The path of a ring is a name that lies in
/// this process's memory. Where the kernel passes no rings on (`EINVAL`), the borrower takes it.
pub(crate) fn lend(words: &mut Words<'_>) -> Result<(), Misuse> {
    let place = words.text("a socket")?;
    let listener = UnixListener::bind(place)
        .map_err(|error| Misuse::new(format!("cannot listen at {place}: {error}")))?;
    match words.text("file or ring")? {
        "file" => {
            let path = words.c_string("a path")?;
            let flags = c_long::from(O_RDONLY | O_CLOEXEC);
            // SAFETY: `path` ends in a zero byte and lives to the end of the call.
            let opened = unsafe {
                let here = c_long::from(libc::AT_FDCWD);
                call(libc::SYS_openat, [here, string(&path), flags])
            };
            opened.told("openat");
            let descriptor = opened.descriptor();
            let descriptor = descriptor.ok_or_else(|| Misuse::new("there is nothing to lend"))?;
            hand_over(&listener, descriptor, &Letter::default())
        }
        "ring" => {
            let flags = match words.text("plain or sqpoll")? {
                "plain" => 0,
                "sqpoll" => SETUP_SQPOLL,
                other => return Err(Misuse::unknown("kind of ring", other)),
            };
            let path = words.c_string("a path")?;
            let ring = Ring::new(flags)?;
            let letter = Letter {
                ring: ring.parameters,
                personality: personality(&ring),
                name: string(&path).unsigned_abs(),
                number: ring.descriptor,
            };
            hand_over(&listener, ring.descriptor as c_int, &letter)
        }
        other => Err(Misuse::unknown("thing to lend", other)),
    }
}

/// `borrow SOCKET USE ...`: takes what is lent there, and uses it.
///
/// | use | how |
/// |---|---|
/// | `read` | reads from it |
/// | `open PATH ACCESS` | opens a path below it |
/// | `request PATH` | opens a path below it, by a request to a ring |
/// | `remove NAME` | removes a name below it |
/// | `make NAME` | makes a directory below it |
/// | `mode NAME` | gives a file below it the mode 0640 |
/// | `own-mode` | gives it the mode 0750 |
/// | `again ACCESS` | opens it anew, by `/proc/self/fd` |
/// | `enter PATH` | makes it the working directory, and opens a path from there |
/// | `execute ACT...` | executes it, for that act |
/// | `ring WAY PATH` | opens a path by a request: `plain`, `async`, under the `personality` of the lender, or `theirs`: by the name in the lender's memory |
pub(crate) fn borrow(words: &mut Words<'_>) -> Result<(), Misuse> {
    let lender = await_lender(words.text("a socket")?)?;
    let (descriptor, letter) = receive(&lender)?;
    match words.text("a use")? {
        "read" => {
            let mut bytes = [0_u8; 16];
            let into = bytes.as_mut_ptr().addr() as c_long;
            // SAFETY: the place has the size given.
            unsafe { call(libc::SYS_read, [descriptor.into(), into, 16]) }.told("read");
        }
        "open" => {
            let path = words.c_string("a path")?;
            open_below(descriptor, &path, words)?;
        }
        "request" => {
            let path = words.c_string("a path")?;
            let request = Request::open(&path, O_RDONLY | O_CLOEXEC);
            let request = Request {
                descriptor,
                ..request
            };
            Ring::new(0)?.answer(&request).told("openat");
        }
        "remove" => {
            let name = words.c_string("a name")?;
            let arguments = [descriptor.into(), string(&name), 0];
            // SAFETY: `name` ends in a zero byte and lives to the end of the call.
            unsafe { call(libc::SYS_unlinkat, arguments) }.told("unlinkat");
        }
        "make" => {
            let name = words.c_string("a name")?;
            let arguments = [descriptor.into(), string(&name), 0o750];
            // SAFETY: as above.
            unsafe { call(libc::SYS_mkdirat, arguments) }.told("mkdirat");
        }
        "mode" => {
            let name = words.c_string("a name")?;
            let arguments = [descriptor.into(), string(&name), 0o640];
            // SAFETY: as above.
            unsafe { call(libc::SYS_fchmodat, arguments) }.told("fchmodat");
        }
        "own-mode" => {
            // SAFETY: the call takes numbers alone.
            unsafe { call(libc::SYS_fchmod, [descriptor.into(), 0o750]) }.told("fchmod");
        }
        "again" => {
            let path = format!("/proc/self/fd/{descriptor}");
            let path = CString::new(path).map_err(|_| Misuse::new("no path"))?;
            open_below(libc::AT_FDCWD, &path, words)?;
        }
        "enter" => {
            let path = words.c_string("a path")?;
            // SAFETY: the call takes a number alone.
            unsafe { call(libc::SYS_fchdir, [descriptor.into()]) }.told("fchdir");
            open_below(libc::AT_FDCWD, &path, words)?;
        }
        "execute" => exec::descriptor(descriptor, words.rest())?,
        "ring" => {
            let way = words.text("a way")?;
            let path = words.c_string("a path")?;
            ask(
                &mut Ring::of(descriptor.into(), letter.ring)?,
                way,
                &path,
                &letter,
            )?;
        }
        other => return Err(Misuse::unknown("use", other)),
    }
    Ok(())
}

/// `uring-child WAY PATH`: sets up a ring, and has a child make the request by it. Tells the child's
/// number as `child`. With `theirs` the thread that polls the parent's ring carries it out; with
/// `personality` the child is another user, and asks under the credential of its parent.
pub(crate) fn child(words: &mut Words<'_>) -> Result<(), Misuse> {
    let way = words.text("a way")?;
    let path = words.c_string("a path")?;
    let mut ring = Ring::new(if way == "theirs" { SETUP_SQPOLL } else { 0 })?;
    let letter = Letter {
        personality: personality(&ring),
        name: string(&path).unsigned_abs(),
        ..Letter::default()
    };
    // SAFETY: this process has one thread that runs in it, so the child finds no lock taken.
    let child = unsafe { call(libc::SYS_fork, []) };
    if child.descriptor() == Some(0) {
        if way == "personality" {
            // SAFETY: the call takes a number alone.
            unsafe { call(libc::SYS_setuid, [1000]) }.told("setuid");
        }
        let asked = ask(&mut ring, way, &path, &letter);
        std::process::exit(asked.map_or(2, |()| 0));
    }
    let mut status = -1;
    // SAFETY: `status` is ours to write.
    unsafe { libc::waitpid(-1, &raw mut status, 0) };
    child.told("child");
    Ok(())
}

/// Registers the credential of this process with a ring; its number there.
fn personality(ring: &Ring) -> u64 {
    let arguments = [ring.descriptor, REGISTER_PERSONALITY];
    // SAFETY: the call takes numbers alone.
    let answer = unsafe { call(libc::SYS_io_uring_register, arguments) };
    answer.told("io_uring_register").unsigned_abs()
}

fn ask(ring: &mut Ring, way: &str, path: &CString, letter: &Letter) -> Result<(), Misuse> {
    let request = Request::open(path, O_RDONLY | O_CLOEXEC);
    let request = match way {
        "plain" => request,
        "async" => Request {
            flags: ASYNC,
            ..request
        },
        "personality" => Request {
            personality: letter.personality as u16,
            ..request
        },
        "theirs" => Request {
            address: letter.name,
            ..request
        },
        other => return Err(Misuse::unknown("way to ask", other)),
    };
    ring.answer(&request).told("openat");
    Ok(())
}

fn open_below(directory: c_int, path: &CString, words: &mut Words<'_>) -> Result<(), Misuse> {
    let flags = file::access(words.text("read, write or both")?)?;
    let arguments = [directory.into(), string(path), flags.into(), 0];
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    unsafe { call(libc::SYS_openat, arguments) }.told("openat");
    Ok(())
}

fn await_lender(place: &str) -> Result<UnixStream, Misuse> {
    let end = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(place) {
            Ok(lender) => return Ok(lender),
            Err(error) if Instant::now() > end => {
                return Err(Misuse::new(format!("nobody lends at {place}: {error}")));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn hand_over(listener: &UnixListener, descriptor: c_int, letter: &Letter) -> Result<(), Misuse> {
    let failed = |error: std::io::Error| Misuse::new(format!("nothing was handed over: {error}"));
    let (mut borrower, _) = listener.accept().map_err(failed)?;
    let mut letter = *letter;
    // SAFETY: the message and all that it points at live to the end of the call.
    let mut send = |descriptor| unsafe {
        with_message(&mut letter, descriptor, |message| {
            call(
                libc::SYS_sendmsg,
                [borrower.as_raw_fd().into(), message.addr() as c_long, 0],
            )
        })
        .0
    };
    if send(Some(descriptor)).told("sendmsg") < 0 && send(None).failed() {
        return Err(failed(std::io::Error::last_os_error()));
    }
    // What is lent is the lender's until the borrower has ended.
    borrower.read_to_end(&mut Vec::new()).map_err(failed)?;
    Ok(())
}

fn receive(lender: &UnixStream) -> Result<(c_int, Letter), Misuse> {
    let mut letter = Letter::default();
    // SAFETY: as above; the kernel writes no more than the lengths in the message.
    let (received, descriptor) = unsafe {
        with_message(&mut letter, Some(-1), |message| {
            let socket = c_long::from(lender.as_raw_fd());
            call(libc::SYS_recvmsg, [socket, message.addr() as c_long, 0])
        })
    };
    if received.failed() {
        return Err(Misuse::new("nothing was received"));
    }
    let descriptor = match descriptor {
        -1 => take(lender, letter.number).descriptor(),
        given => Some(given),
    };
    let descriptor = descriptor.ok_or_else(|| Misuse::new("there is nothing to borrow"))?;
    Ok((descriptor, letter))
}

/// Takes a descriptor of the lender's, who has not given it.
fn take(lender: &UnixStream, number: c_long) -> Answer {
    let mut credential = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut size = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the place has the size given; the other calls take numbers alone.
    unsafe {
        libc::getsockopt(
            lender.as_raw_fd(),
            SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credential).cast(),
            &raw mut size,
        );
        let process = call(libc::SYS_pidfd_open, [credential.pid.into(), 0]);
        let taken = call(
            libc::SYS_pidfd_getfd,
            [process.told("pidfd_open"), number, 0],
        );
        taken.told("pidfd_getfd");
        taken
    }
}

/// A message of a letter and, where there is one, a descriptor, sent or received; what came of it, and
/// the descriptor.
///
/// # Safety
/// `pass` keeps no pointer to the message.
unsafe fn with_message(
    letter: &mut Letter,
    descriptor: Option<c_int>,
    pass: impl FnOnce(*mut libc::msghdr) -> Answer,
) -> (Answer, c_int) {
    let mut part = libc::iovec {
        iov_base: std::ptr::from_mut(letter).cast(),
        iov_len: size_of::<Letter>(),
    };
    let mut passed = Passed {
        header: libc::cmsghdr {
            cmsg_len: size_of::<libc::cmsghdr>() + size_of::<c_int>(),
            cmsg_level: SOL_SOCKET,
            cmsg_type: SCM_RIGHTS,
        },
        descriptor: descriptor.unwrap_or(-1),
    };
    // SAFETY: a message of zeroes is one with nothing in it.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    if descriptor.is_some() {
        message.msg_control = (&raw mut passed).cast();
        message.msg_controllen = size_of::<Passed>();
    }
    let answer = pass(&raw mut message);
    (answer, passed.descriptor)
}
