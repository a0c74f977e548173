//! Who performs the acts: the process itself, or one that is harder to keep in sight.
//!
//! | wrapper | the acts are performed |
//! |---|---|
//! | `hold` | as ever; the process that made them then lives until its standard input ends |
//! | `thread` | by a thread that is not the leader |
//! | `thread-exec` | by the image that such a thread executed |
//! | `memfd` | by a copy of this program that lies in memory only |
//! | `memfd-path` | by such a copy, executed by its name under `/proc` |
//! | `by-descriptor FILE` | by the program in this file, executed by its descriptor and no name |
//! | `unlinked FILE` | by the same, after the file was unlinked |
//! | `padded PADDING` | by the process itself; the padding makes its command line long |
//! | `relay MICROSECONDS FILE` | by the last of a chain of processes that fork one after the other, each dead before its child goes on, until `FILE` is there |
//!
//! `hold` stands first and stays with whoever performs the acts in the end.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::exec;
use crate::words::{Misuse, Words};

/// Takes the wrappers off and performs what is inside.
pub(crate) fn perform(words: &[String]) -> Result<(), Misuse> {
    match words.split_first() {
        Some((first, rest)) if first == "hold" => unwrap(rest, true),
        _ => unwrap(words, false),
    }
}

fn unwrap(words: &[String], hold: bool) -> Result<(), Misuse> {
    let mut inner = Words::new(words);
    match inner.optional() {
        Some("thread") => in_thread(inner.rest(), hold),
        Some("thread-exec") => exec_in_thread(inner.rest(), hold),
        Some("memfd") => exec::from_memory(&command_line(inner.rest(), hold)),
        Some("memfd-path") => exec::from_memory_by_path(&command_line(inner.rest(), hold)),
        Some("by-descriptor") => {
            let file = inner.text("a file")?;
            exec::by_descriptor(Path::new(file), &command_line(inner.rest(), hold))
        }
        Some("unlinked") => {
            let file = inner.text("a file")?;
            exec::unlinked(Path::new(file), &command_line(inner.rest(), hold))
        }
        Some("padded") => {
            inner.text("padding")?;
            unwrap(inner.rest(), hold)
        }
        Some("relay") => {
            let pace = Duration::from_micros(inner.number("microseconds")?);
            let until = inner.text("a file")?;
            relay(pace, Path::new(until));
            unwrap(inner.rest(), hold)
        }
        _ => {
            crate::perform_all(words)?;
            if hold {
                await_end_of_input();
            }
            Ok(())
        }
    }
}

/// The command line under which another image does the rest.
fn command_line(rest: &[String], hold: bool) -> Vec<String> {
    hold.then(|| "hold".to_owned())
        .into_iter()
        .chain(rest.iter().cloned())
        .collect()
}

fn in_thread(rest: &[String], hold: bool) -> Result<(), Misuse> {
    let performed = std::thread::scope(|scope| scope.spawn(|| unwrap(rest, hold)).join());
    performed.unwrap_or_else(|_| Err(Misuse::new("the thread ended early")))
}

fn exec_in_thread(rest: &[String], hold: bool) -> Result<(), Misuse> {
    let own = std::env::current_exe().map_err(|error| Misuse::new(error.to_string()))?;
    let line = command_line(rest, hold);
    // The kernel ends this thread's leader, the main thread, while it waits.
    let error =
        std::thread::scope(|scope| scope.spawn(|| Command::new(own).args(line).exec()).join());
    Err(Misuse::new(format!(
        "the thread could not execute: {error:?}"
    )))
}

/// Returns in the first process of the chain that finds the file.
fn relay(pace: Duration, until: &Path) {
    while !until.exists() {
        // SAFETY: this process has one thread, so the child finds no lock taken.
        match unsafe { libc::fork() } {
            0 => std::thread::sleep(pace),
            _ => std::process::exit(0),
        }
    }
}

/// Says who is held, as the last line, so that nobody waits for more.
fn await_end_of_input() {
    println!("{{\"held\":{}}}", std::process::id());
    std::io::stdin()
        .lock()
        .read_to_end(&mut Vec::new())
        .unwrap_or_default();
}
