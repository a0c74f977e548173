//! Requests to an io_uring, made without a library: what would be a system call is none.

use std::ffi::CStr;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use libc::{AF_UNIX, MAP_POPULATE, MAP_SHARED, PROT_READ, PROT_WRITE, SOCK_DGRAM, SOCK_STREAM};
use libc::{c_int, c_long};

use crate::call::{Answer, address, call, string};
use crate::file;
use crate::network::{inet_address, unix_address};
use crate::words::{Misuse, Words};

// include/uapi/linux/io_uring.h
const SETUP_SQPOLL: u32 = 1 << 1;
const ENTER_GETEVENTS: c_long = 1;
const ENTER_SQ_WAKEUP: c_long = 1 << 1;
const SQ_NEED_WAKEUP: u32 = 1;
const REGISTER_FILES: c_long = 2;
const AT_RINGS: i64 = 0;
const AT_ENTRIES: i64 = 0x1000_0000;
const OP_NOP: u8 = 0;
const OP_CLOSE: u8 = 19;
const OP_CONNECT: u8 = 16;
const OP_OPENAT: u8 = 18;
const OP_READ: u8 = 22;
const OP_OPENAT2: u8 = 28;
const FIXED_FILE: u8 = 1;
const ASYNC: u8 = 1 << 4;
const SKIP_SUCCESS: u8 = 1 << 6;
const ENTRIES: u32 = 8;
/// How long a request without an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of `struct io_uring_params`, and where the offsets into the rings stand in it.
const PARAMETERS: usize = 120;
const SQ_OFFSETS: usize = 40;
const CQ_OFFSETS: usize = 80;

/// `struct io_uring_sqe`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Request {
    operation: u8,
    flags: u8,
    priority: u16,
    descriptor: c_int,
    offset: u64,
    address: u64,
    length: u32,
    operation_flags: u32,
    user_data: u64,
    buffer: u16,
    personality: u16,
    place: u32,
    rest: [u64; 2],
}

impl Request {
    /// openat, from the working directory.
    pub(crate) fn open(path: &CStr, flags: c_int) -> Self {
        Self {
            operation: OP_OPENAT,
            descriptor: libc::AT_FDCWD,
            address: string(path) as u64,
            operation_flags: flags as u32,
            ..Self::default()
        }
    }

    fn open2(path: &CStr, how: &[u64; 3]) -> Self {
        Self {
            operation: OP_OPENAT2,
            operation_flags: 0,
            offset: address(how) as u64,
            length: size_of_val(how) as u32,
            ..Self::open(path, 0)
        }
    }

    fn close(descriptor: c_int) -> Self {
        Self {
            operation: OP_CLOSE,
            descriptor,
            ..Self::default()
        }
    }
}

/// An io_uring of this process.
pub(crate) struct Ring {
    descriptor: c_long,
    rings: *mut u8,
    entries: *mut Request,
    offsets: [u32; PARAMETERS / 4],
    polled: bool,
}

impl Ring {
    /// Sets one up with these flags.
    pub(crate) fn new(flags: u32) -> Result<Self, Misuse> {
        let mut parameters = [0_u32; PARAMETERS / 4];
        parameters[2] = flags;
        // How long the polling thread stays awake, in ms.
        parameters[4] = 1000;
        let made = address(&parameters);
        // SAFETY: the parameters have the size that the kernel reads and writes.
        let setup = unsafe { call(libc::SYS_io_uring_setup, [ENTRIES.into(), made]) };
        let descriptor = setup.told("io_uring_setup");
        if descriptor < 0 {
            return Err(Misuse::new("no io_uring is to be had"));
        }
        let rings = map(descriptor, 4096, AT_RINGS)?;
        let entries = map(
            descriptor,
            size_of::<Request>() * ENTRIES as usize,
            AT_ENTRIES,
        )?;
        Ok(Self {
            descriptor,
            rings,
            entries: entries.cast(),
            offsets: parameters,
            polled: flags & SETUP_SQPOLL != 0,
        })
    }

    /// A number in the rings, by where its offset stands in the parameters.
    fn word(&self, at: usize) -> &AtomicU32 {
        let offset = self.offsets.get(at / 4).copied().unwrap_or_default() as usize;
        // SAFETY: the kernel gave the offset of an aligned word in the rings, which stay mapped.
        unsafe { &*self.rings.add(offset).cast::<AtomicU32>() }
    }

    /// Puts a request into the queue.
    fn push(&mut self, request: &Request) {
        let tail = self.word(SQ_OFFSETS + 4);
        let next = tail.load(Ordering::Acquire);
        let slot = next % ENTRIES;
        // SAFETY: the slot is one of the mapped entries, and free: answers are awaited.
        unsafe { *self.entries.add(slot as usize) = *request };
        let array = self.offsets[(SQ_OFFSETS + 24) / 4] as usize + slot as usize * 4;
        // SAFETY: the kernel gave the offset of the array of slots.
        unsafe { *self.rings.add(array).cast::<u32>() = slot };
        tail.store(next.wrapping_add(1), Ordering::Release);
    }

    /// Has so many requests carried out, and waits for so many answers.
    fn enter(&self, submit: usize, wait: usize) {
        let mut flags = if wait > 0 { ENTER_GETEVENTS } else { 0 };
        if self.polled && self.word(SQ_OFFSETS + 16).load(Ordering::SeqCst) & SQ_NEED_WAKEUP != 0 {
            flags |= ENTER_SQ_WAKEUP;
        }
        let [submit, wait] = [submit, wait].map(|count| count as c_long);
        // SAFETY: the call takes numbers alone.
        unsafe {
            call(
                libc::SYS_io_uring_enter,
                [self.descriptor, submit, wait, flags],
            )
        };
    }

    /// The next answer, behind the mark of its request; none where there is none.
    fn reap(&mut self) -> Option<(u64, c_int)> {
        let head = self.word(CQ_OFFSETS);
        let at = head.load(Ordering::Acquire);
        if at == self.word(CQ_OFFSETS + 4).load(Ordering::Acquire) {
            return None;
        }
        let slot = at % self.offsets[1];
        let offset = self.offsets[(CQ_OFFSETS + 20) / 4] as usize + slot as usize * 16;
        // SAFETY: the kernel gave the offset of the answers, of 16 bytes each, and their number.
        let answer = unsafe {
            let answer = self.rings.add(offset);
            (*answer.cast::<u64>(), *answer.add(8).cast::<c_int>())
        };
        head.store(at.wrapping_add(1), Ordering::Release);
        Some(answer)
    }

    /// Makes a request and waits for its answer.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        self.push(request);
        self.enter(1, 1);
        loop {
            if let Some((_, result)) = self.reap() {
                return Answer::of(result);
            }
            std::thread::yield_now();
        }
    }

    /// Makes requests in one go; the answers in their order, whichever came first.
    fn answers(&mut self, requests: &[Request]) -> Vec<c_int> {
        for (request, user_data) in requests.iter().zip(0..) {
            self.push(&Request {
                user_data,
                ..*request
            });
        }
        self.enter(requests.len(), requests.len());
        let mut answers: Vec<_> = std::iter::from_fn(|| self.reap()).collect();
        answers.sort_unstable();
        answers.into_iter().map(|(_, result)| result).collect()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the call takes a number alone, and nothing else owns the descriptor. The mappings
        // go with the process.
        unsafe { call(libc::SYS_close, [self.descriptor]) };
    }
}

fn map(descriptor: c_long, length: usize, offset: i64) -> Result<*mut u8, Misuse> {
    let protection = PROT_READ | PROT_WRITE;
    let flags = MAP_SHARED | MAP_POPULATE;
    let descriptor = descriptor as c_int;
    // SAFETY: a new mapping, wherever the kernel finds room.
    let mapped = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            protection,
            flags,
            descriptor,
            offset,
        )
    };
    if mapped == libc::MAP_FAILED {
        let error = io::Error::last_os_error();
        return Err(Misuse::new(format!("the ring cannot be mapped: {error}")));
    }
    Ok(mapped.cast())
}

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
/// | `batch` | with its reading, its closing and the open of `/dev/null` in its place, in one go |
pub(crate) fn open(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let flags = file::access(words.text("read, write or both")?)?;
    let way = words.text("a way")?;
    let mut ring = Ring::new(if way == "sqpoll" { SETUP_SQPOLL } else { 0 })?;
    let request = Request::open(&path, flags);
    let how = [flags.unsigned_abs().into(), 0, 0];
    let answer = match way {
        "plain" | "sqpoll" => ring.answer(&request),
        "openat2" => ring.answer(&Request::open2(&path, &how)),
        "async" => ring.answer(&Request {
            flags: ASYNC,
            ..request
        }),
        "direct" => return ring.open_directly(&request),
        "silent" => ring.open_silently(&request),
        "batch" => return ring.open_in_passing(&request),
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

impl Ring {
    fn open_directly(&mut self, request: &Request) -> Result<(), Misuse> {
        let table = [-1; 4];
        let arguments = [self.descriptor, REGISTER_FILES, address(&table), 4];
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
        self.answer(&request).told("openat");
        let mut bytes = [0_u8; 16];
        let read = Request {
            operation: OP_READ,
            flags: FIXED_FILE,
            descriptor: 2,
            address: bytes.as_mut_ptr().addr() as u64,
            length: 16,
            ..Request::default()
        };
        self.answer(&read).told("read");
        Ok(())
    }

    /// The descriptor is the lowest that is free.
    fn open_silently(&mut self, request: &Request) -> Answer {
        // SAFETY: the calls take numbers alone; the copy is closed again.
        let expected = unsafe {
            let lowest = libc::dup(0);
            libc::close(lowest);
            lowest
        };
        self.push(&Request {
            flags: SKIP_SUCCESS,
            ..*request
        });
        self.enter(1, 0);
        // A worker may take it, and then it lasts.
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some((_, result)) = self.reap() {
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

    fn open_in_passing(&mut self, request: &Request) -> Result<(), Misuse> {
        // A first open and its close let the kernel find the names without sleeping.
        if let Some(descriptor) = self.answer(request).descriptor() {
            self.answer(&Request::close(descriptor));
        }
        let expected = self.answer(request).descriptor().unwrap_or(-1);
        self.answer(&Request::close(expected));
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
        let answers = self.answers(&[*request, read, close, other, nothing]);
        for (answer, act) in answers
            .iter()
            .zip(["openat", "read", "close", "openat", "nop"])
        {
            Answer::of(*answer).told(act);
        }
        Ok(())
    }
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

/// `uring-connect unix PATH`, `uring-connect tcp|udp ADDRESS PORT`
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
    let mut ring = Ring::new(0)?;
    let request = Request {
        operation: OP_CONNECT,
        descriptor: socket,
        address: address(peer.as_slice()) as u64,
        offset: peer.len() as u64,
        ..Request::default()
    };
    ring.answer(&request).told("connect");
    Ok(())
}
