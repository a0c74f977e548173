//! Requests to an io_uring: what would be a system call is none.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use libc::{AF_UNIX, SOCK_DGRAM, SOCK_STREAM, c_int, c_long};

use crate::call::{Answer, address, call};
use crate::file;
use crate::network::{inet_address, unix_address};
use crate::ring::{
    ASYNC, FIXED_FILE, OP_CONNECT, OP_NOP, OP_READ, REGISTER_FILES, Request, Ring, SETUP_DEFERRED,
    SETUP_SQPOLL, SKIP_SUCCESS,
};
use crate::words::{Misuse, Words};

/// How long a request without an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// `uring-open PATH ACCESS WAY`: opens a file by a request, tells the answer as `openat` or `openat2`
/// and then, as `inode`, what is behind the descriptor.
///
/// | way | how |
/// |---|---|
/// | `plain`, `openat2` | at once |
/// | `async` | by a worker |
/// | `sqpoll` | by the thread that polls the queue: no call is made |
/// | `direct` | into the ring's own table; read from there, told as `read` |
/// | `silent` | with no answer asked for where it succeeds |
/// | `deferred` | at once, on a ring whose answers wait until they are fetched |
/// | `deferred-async` | on such a ring by a worker |
/// | `unfetched` | the same, and the answer is never fetched |
/// | `batch` | with its reading, its closing and the open of `/dev/null` in its place, in one go |
pub(crate) fn open(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let flags = file::access(words.text("read, write or both")?)?;
    let way = words.text("a way")?;
    let mut ring = Ring::new(setup(way))?;
    let request = Request::open(&path, flags);
    let how = [flags.unsigned_abs().into(), 0, 0];
    let answer = match way {
        "plain" | "sqpoll" | "deferred" => ring.answer(&request),
        "openat2" => ring.answer(&Request::open2(&path, &how)),
        "async" | "deferred-async" => ring.answer(&Request {
            flags: ASYNC,
            ..request
        }),
        "direct" => return open_directly(&mut ring, &request),
        "silent" => open_unheard(&mut ring, &request, SKIP_SUCCESS),
        "unfetched" => open_unheard(&mut ring, &request, ASYNC),
        "batch" => return open_in_passing(&mut ring, &request),
        other => return Err(Misuse::unknown("way to open", other)),
    };
    answer.told(if way == "openat2" {
        "openat2"
    } else {
        "openat"
    });
    if let Some(descriptor) = answer.descriptor() {
        tell_inode(descriptor);
    }
    Ok(())
}

/// How a ring is set up for a way to use it.
fn setup(way: &str) -> u32 {
    match way {
        "sqpoll" => SETUP_SQPOLL,
        "deferred" | "deferred-async" | "unfetched" => SETUP_DEFERRED,
        _ => 0,
    }
}

fn open_directly(ring: &mut Ring, request: &Request) -> Result<(), Misuse> {
    let table = [-1; 4];
    let arguments = [ring.descriptor, REGISTER_FILES, address(&table), 4];
    // SAFETY: the table has the length given.
    if unsafe { call(libc::SYS_io_uring_register, arguments) }.failed() {
        return Err(Misuse::new("the ring takes no table of files"));
    }
    // `O_CLOEXEC` is for descriptors.
    let request = Request {
        place: 3,
        operation_flags: request.operation_flags & !(libc::O_CLOEXEC as u32),
        ..*request
    };
    ring.answer(&request).told("openat");
    let mut bytes = [0_u8; 16];
    let read = Request {
        operation: OP_READ,
        flags: FIXED_FILE,
        descriptor: 2,
        address: bytes.as_mut_ptr().addr() as u64,
        length: 16,
        ..Request::default()
    };
    ring.answer(&read).told("read");
    Ok(())
}

/// Opens with flags after which no answer need come. The descriptor is the lowest that is free.
fn open_unheard(ring: &mut Ring, request: &Request, flags: u8) -> Answer {
    // SAFETY: the calls take numbers alone; the copy is closed again.
    let expected = unsafe {
        let lowest = libc::dup(0);
        libc::close(lowest);
        lowest
    };
    ring.push(&Request { flags, ..*request });
    ring.enter(1, 0);
    // A worker may take it, and then it lasts.
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some((_, result)) = ring.reap() {
            return Answer::of(result);
        }
        // SAFETY: the call takes numbers alone.
        if unsafe { libc::fcntl(expected, libc::F_GETFD) } >= 0 {
            break;
        }
        std::thread::yield_now();
    }
    Answer::of(expected)
}

fn open_in_passing(ring: &mut Ring, request: &Request) -> Result<(), Misuse> {
    // A first open and its close let the kernel find the names without sleeping.
    if let Some(descriptor) = ring.answer(request).descriptor() {
        ring.answer(&Request::close(descriptor));
    }
    let expected = ring.answer(request).descriptor().unwrap_or(-1);
    ring.answer(&Request::close(expected));
    let mut bytes = [0_u8; 16];
    let read = Request {
        operation: OP_READ,
        descriptor: expected,
        address: bytes.as_mut_ptr().addr() as u64,
        length: 16,
        ..Request::default()
    };
    let close = Request::close(expected);
    let other = Request::open(c"/dev/null", libc::O_RDONLY);
    let nothing = Request {
        operation: OP_NOP,
        ..Request::default()
    };
    let answers = ring.answers(&[*request, read, close, other, nothing]);
    for (answer, act) in answers
        .iter()
        .zip(["openat", "read", "close", "openat", "nop"])
    {
        Answer::of(*answer).told(act);
    }
    Ok(())
}

fn tell_inode(descriptor: c_int) {
    // SAFETY: a `stat` of zeroes is valid, and has the size that the kernel writes.
    let (failed, stat) = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::fstat(descriptor, &raw mut stat), stat)
    };
    let inode = if failed == 0 { stat.st_ino } else { 0 };
    println!("{{\"act\":\"inode\",\"result\":{inode},\"errno\":\"SUCCESS\"}}");
}

/// `uring-connect unix PATH [WAY]`, `uring-connect tcp|udp ADDRESS PORT [WAY]`: `silent` with no answer asked
/// for where it succeeds, `deferred` on a ring whose answers wait until they are fetched, `unfetched`
/// where they never are. Where no answer comes, whether the socket has its peer is told, as `getpeername`.
pub(crate) fn connect(words: &mut Words<'_>) -> Result<(), Misuse> {
    let transport = words.text("unix, tcp or udp")?;
    let (family, kind, peer) = match transport {
        "unix" => {
            let peer = unix_address(Path::new(words.text("a path")?))?;
            (AF_UNIX, SOCK_STREAM, peer)
        }
        "tcp" | "udp" => {
            let peer = SocketAddr::new(words.number("an address")?, words.number("a port")?);
            let (family, peer) = inet_address(peer);
            let kind = if transport == "tcp" {
                SOCK_STREAM
            } else {
                SOCK_DGRAM
            };
            (family, kind, peer)
        }
        other => return Err(Misuse::unknown("transport", other)),
    };
    // SAFETY: the call takes numbers alone.
    let socket = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, 0) };
    let way = words.optional().unwrap_or("plain");
    let mut ring = Ring::new(setup(way))?;
    let request = Request {
        operation: OP_CONNECT,
        descriptor: socket,
        address: address(peer.as_slice()) as u64,
        offset: peer.len() as u64,
        ..Request::default()
    };
    let flags = match way {
        "plain" | "deferred" => {
            ring.answer(&request).told("connect");
            return Ok(());
        }
        "silent" => SKIP_SUCCESS,
        "unfetched" => 0,
        other => return Err(Misuse::unknown("way to connect", other)),
    };
    ring.push(&Request { flags, ..request });
    ring.enter(1, 0);
    tell_peer(socket);
    Ok(())
}

fn tell_peer(socket: c_int) {
    let mut peer = [0_u8; 128];
    let mut length = peer.len() as libc::socklen_t;
    let arguments = [
        c_long::from(socket),
        peer.as_mut_ptr().addr() as c_long,
        (&raw mut length).addr() as c_long,
    ];
    // SAFETY: both places have the size that the kernel writes at most.
    unsafe { call(libc::SYS_getpeername, arguments) }.told("getpeername");
}
