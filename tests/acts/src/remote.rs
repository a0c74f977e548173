//! A process at the hands of a connection: its standard descriptors are a socket, and whoever holds
//! the other end types its input. This process is that other end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

use libc::{c_int, c_long};

use crate::call::{Answer, call};
use crate::words::{Misuse, Words, c_string};

/// How long the far end waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the far end types, and what only somebody who does as told answers.
const ORDER: &[u8] = b"echo $((6*7))\nexit\n";
const OBEYED: &[u8] = b"42\n";

/// `remote-shell dup|dup2|dup3 ADDRESS PORT SHELL`: a shell whose input and outputs are a
/// connection to this address.
pub(crate) fn shell(words: &mut Words<'_>) -> Result<(), Misuse> {
    let how = How::read(words)?;
    let (far, near) = connection(words)?;
    let shell = c_string(words.text("a shell")?)?;
    let name = c_string("sh")?;
    in_child(|| {
        for descriptor in 0..3 {
            how.takes(&near, descriptor);
        }
        // SAFETY: path and argument end in a zero byte, and the list in a null pointer.
        unsafe {
            libc::execl(
                shell.as_ptr(),
                name.as_ptr(),
                std::ptr::null::<libc::c_char>(),
            )
        };
        1
    });
    drop(near);
    told("remote-shell", obeys(far));
    Ok(())
}

/// `remote-input dup|dup2|dup3 ADDRESS PORT`: a process that executes nothing and takes its input
/// from a connection to this address.
pub(crate) fn input(words: &mut Words<'_>) -> Result<(), Misuse> {
    let how = How::read(words)?;
    let (mut far, near) = connection(words)?;
    let child = in_child(|| {
        how.takes(&near, 0);
        let mut order = [0];
        // SAFETY: the kernel writes one byte into a buffer of one.
        let read = unsafe { libc::read(0, order.as_mut_ptr().cast(), 1) };
        c_int::from(read != 1 || order != *b"!")
    });
    drop(near);
    let sent = far.write_all(b"!").is_ok();
    let mut status = 0;
    // SAFETY: the kernel writes one number.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    told("remote-input", sent && status == 0);
    Ok(())
}

/// By which call a descriptor is doubled.
#[derive(Clone, Copy)]
enum How {
    Dup,
    Dup2,
    Dup3,
}

impl How {
    fn read(words: &mut Words<'_>) -> Result<Self, Misuse> {
        match words.text("dup, dup2 or dup3")? {
            "dup" => Ok(Self::Dup),
            "dup2" => Ok(Self::Dup2),
            "dup3" => Ok(Self::Dup3),
            other => Err(Misuse::unknown("call", other)),
        }
    }

    fn takes(self, socket: &TcpStream, descriptor: c_int) {
        let (old, new) = (c_long::from(socket.as_raw_fd()), c_long::from(descriptor));
        // SAFETY: these calls take numbers alone; nobody here uses the descriptor that is replaced.
        unsafe {
            match self {
                Self::Dup => {
                    call(libc::SYS_close, [new]);
                    call(libc::SYS_dup, [old]);
                }
                Self::Dup2 => {
                    call(libc::SYS_dup2, [old, new]);
                }
                Self::Dup3 => {
                    call(libc::SYS_dup3, [old, new, 0]);
                }
            }
        }
    }
}

/// Both ends of a new connection to an own address: the one that accepted it first.
fn connection(words: &mut Words<'_>) -> Result<(TcpStream, TcpStream), Misuse> {
    let address = SocketAddr::new(words.number("an address")?, words.number("a port")?);
    let connect = || {
        let listener = TcpListener::bind(address)?;
        let near = TcpStream::connect(address)?;
        let (far, _) = listener.accept()?;
        far.set_read_timeout(Some(PATIENCE))?;
        Ok::<_, std::io::Error>((far, near))
    };
    connect().map_err(|error| Misuse::new(format!("no connection to {address}: {error}")))
}

/// Runs something in a child, which ends with its answer.
fn in_child(run: impl FnOnce() -> c_int) -> libc::pid_t {
    // SAFETY: this process has one thread, so the child finds no lock taken.
    match unsafe { libc::fork() } {
        // SAFETY: ends the child without anything that is the parent's.
        0 => unsafe { libc::_exit(run()) },
        child => child,
    }
}

fn obeys(mut far: TcpStream) -> bool {
    let mut answer = Vec::new();
    let asked = far
        .write_all(ORDER)
        .and_then(|()| far.read_to_end(&mut answer));
    asked.is_ok() && answer == OBEYED
}

fn told(act: &str, done: bool) {
    let answer = if done { Answer::DONE } else { Answer::FAILED };
    answer.told(act);
}
