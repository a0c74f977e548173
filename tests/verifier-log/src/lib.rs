//! A library that is loaded before the C library and stands in for its `syscall`: where a program
//! loads kernel programs without asking the verifier for a log, it asks, and writes down what the
//! verifier said at the end. So the product needs no option for it.

use std::arch::asm;
use std::fs::OpenOptions;
use std::io::Write;

use libc::{SYS_bpf, c_long};

/// Where the log goes: one JSON object a line.
const LOG: &str = "/run/verifier.jsonl";

const PROG_LOAD: c_long = 5;

/// Numbers of instructions and the depth of the stack, no trace.
const STATS: u32 = 4;

const LOG_LENGTH: usize = 1 << 16;

/// Where the kernel's `union bpf_attr` has what is of interest here.
const LOG_LEVEL: usize = 24;
const LOG_SIZE: usize = 28;
const LOG_BUFFER: usize = 32;
const NAME: usize = 48;
const NAME_LENGTH: usize = 16;

/// Stands in for the C library's function: seven integers, as its callers pass them.
///
/// # Safety
/// As for the system call that is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    let result = if number == SYS_bpf && a == PROG_LOAD {
        // SAFETY: the caller hands over attributes of `c` bytes at `b`, as for the call itself.
        unsafe { load(b, c) }
    } else {
        // SAFETY: the caller's own call.
        unsafe { raw(number, [a, b, c, d, e, f]) }
    };
    match result {
        -4095..0 => {
            // SAFETY: the C library's own variable of this thread.
            unsafe { *libc::__errno_location() = -result as i32 };
            -1
        }
        done => done,
    }
}

/// Loads a program with a log where the caller wants none.
///
/// # Safety
/// `attributes` must point at `size` bytes that the kernel can read as `union bpf_attr`.
unsafe fn load(attributes: c_long, size: c_long) -> c_long {
    let length = size as usize;
    // SAFETY: the caller answers for pointer and size.
    let own = unsafe { std::slice::from_raw_parts(attributes as *const u8, length) };
    let mut own = own.to_vec();
    if length < NAME + NAME_LENGTH || word(&own, LOG_LEVEL) != 0 {
        // SAFETY: the caller's own call.
        return unsafe { raw(SYS_bpf, [PROG_LOAD, attributes, size, 0, 0, 0]) };
    }
    let mut log = vec![0_u8; LOG_LENGTH];
    put(&mut own, LOG_LEVEL, &STATS.to_ne_bytes());
    put(&mut own, LOG_SIZE, &(LOG_LENGTH as u32).to_ne_bytes());
    put(
        &mut own,
        LOG_BUFFER,
        &(log.as_mut_ptr() as u64).to_ne_bytes(),
    );
    let at = own.as_ptr() as c_long;
    // SAFETY: a copy of the caller's attributes, with a log that lives to the end of the call.
    let result = unsafe { raw(SYS_bpf, [PROG_LOAD, at, size, 0, 0, 0]) };
    if result >= 0 {
        let name = text(own.get(NAME..NAME + NAME_LENGTH).unwrap_or_default());
        write_down(&name, &text(&log));
    }
    result
}

fn write_down(program: &str, log: &str) {
    let after = |key: &str| {
        let mut found = log.lines().filter_map(|line| line.split_once(key));
        found.next().map(|(_, rest)| rest.trim())
    };
    let instructions = after("processed ").and_then(|rest| rest.split_whitespace().next());
    let (Some(instructions), Some(stack)) = (instructions, after("stack depth ")) else {
        return;
    };
    // Probes for what the kernel can do are no programs of the sensor.
    if program.is_empty() || program.starts_with("aya_") {
        return;
    }
    let file = OpenOptions::new().create(true).append(true).open(LOG);
    if let Ok(mut file) = file {
        let _ = writeln!(
            file,
            r#"{{"say":"verifier","program":"{program}","instructions":{instructions},"stack":"{stack}"}}"#
        );
    }
}

fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
    word.map_or(0, u32::from_ne_bytes)
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(slot) = bytes.get_mut(at..at + value.len()) {
        slot.copy_from_slice(value);
    }
}

/// The system call itself; the kernel's answer, errors as negative numbers.
///
/// # Safety
/// As for that call.
unsafe fn raw(number: c_long, arguments: [c_long; 6]) -> c_long {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: x86-64's way of calling the kernel, which changes these registers and no other.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}
