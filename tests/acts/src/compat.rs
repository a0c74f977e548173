//! Calls through the 32-bit entry, by numbers of its own.

use std::arch::asm;
use std::path::Path;

use libc::{MAP_32BIT, MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE, c_int};

use crate::call::Answer;
use crate::network;
use crate::words::{Misuse, Words};

/// Numbers of arch/x86/entry/syscalls/syscall_32.tbl.
const CHMOD: u32 = 15;
const UMOUNT: u32 = 22;
const SETUID: u32 = 23;
const STIME: u32 = 25;
const MKDIR: u32 = 39;
const SOCKETCALL: u32 = 102;
/// What socketcall is to do (include/uapi/linux/net.h).
const SYS_SOCKET: u32 = 1;
const SYS_CONNECT: u32 = 3;

const PAGE: usize = 4096;

/// `compat connect PATH`, `compat umount PATH`, `compat setuid ID`, `compat stime`, `compat mkdir PATH`,
/// `compat chmod PATH`
pub(crate) fn compat(words: &mut Words<'_>) -> Result<(), Misuse> {
    let low = Low::map()?;
    match words.text("a call")? {
        "connect" => {
            let peer = network::unix_address(Path::new(words.text("a path")?))?;
            let at = low.put(64, &peer);
            let socket = low.put_words(0, &[libc::AF_UNIX as u32, libc::SOCK_STREAM as u32, 0]);
            let socket = enter(SOCKETCALL, [SYS_SOCKET, socket]).descriptor();
            let length = peer.len() as u32;
            let packed = low.put_words(0, &[socket.unwrap_or(-1) as u32, at, length]);
            enter(SOCKETCALL, [SYS_CONNECT, packed]).told("socketcall");
        }
        "umount" => {
            let path = words.c_string("a path")?;
            let at = low.put(0, path.as_bytes_with_nul());
            // The second argument is none, whatever stands there.
            enter(UMOUNT, [at, 0xffff]).told("umount");
        }
        "mkdir" => {
            let path = words.c_string("a path")?;
            let at = low.put(0, path.as_bytes_with_nul());
            enter(MKDIR, [at, 0o750]).told("mkdir");
        }
        "chmod" => {
            let path = words.c_string("a path")?;
            let at = low.put(0, path.as_bytes_with_nul());
            enter(CHMOD, [at, 0o4750]).told("chmod");
        }
        "setuid" => {
            let id: u16 = words.number("an id")?;
            // Of a register only the lower half counts.
            enter(SETUID, [0xabcd_0000 | u32::from(id), 0]).told("setuid");
        }
        "stime" => {
            let now = std::time::UNIX_EPOCH
                .elapsed()
                .unwrap_or_default()
                .as_secs();
            enter(STIME, [low.put_words(0, &[now as u32]), 0]).told("stime");
        }
        other => return Err(Misuse::unknown("call", other)),
    }
    Ok(())
}

/// Makes a call through the 32-bit entry.
fn enter(number: u32, [first, second]: [u32; 2]) -> Answer {
    let result: u64;
    // SAFETY: the kernel changes no register but rax, and on older kernels r8 to r11; `rbx`, which the
    // compiler keeps for itself, is put back. What the arguments point at lives in `Low`.
    unsafe {
        asm!(
            "xchg rbx, {first}",
            "int 0x80",
            "xchg rbx, {first}",
            first = inout(reg) u64::from(first) => _,
            inout("rax") u64::from(number) => result,
            in("rcx") u64::from(second),
            in("rdx") 0_u64,
            in("rsi") 0_u64,
            in("rdi") 0_u64,
            out("r8") _,
            out("r9") _,
            out("r10") _,
            out("r11") _,
        );
    }
    Answer::of_kernel(i64::from(result as u32 as i32))
}

/// Memory that 32 bits can name.
struct Low(*mut u8);

impl Low {
    fn map() -> Result<Self, Misuse> {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT;
        let access: c_int = PROT_READ | PROT_WRITE;
        // SAFETY: a new mapping takes nobody's memory.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, access, flags, -1, 0) };
        if page == libc::MAP_FAILED {
            return Err(Misuse::new("no memory below 4 GiB"));
        }
        Ok(Self(page.cast()))
    }

    /// Puts bytes into it and says where they are.
    fn put(&self, offset: usize, bytes: &[u8]) -> u32 {
        assert!(offset + bytes.len() <= PAGE, "the page is too small");
        // SAFETY: the bytes fit behind the offset, and nothing else uses this page.
        unsafe {
            let at = self.0.add(offset);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len());
            at.addr() as u32
        }
    }

    fn put_words(&self, offset: usize, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.put(offset, &bytes)
    }
}
