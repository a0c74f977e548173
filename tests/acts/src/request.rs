//! Requests to an io_uring that act on names.

use std::ffi::CString;

use libc::c_int;

use crate::call::{Answer, string};
use crate::ring::{ASYNC, Request, Ring, SETUP_DEFERRED, SKIP_SUCCESS};
use crate::words::{Misuse, Words};

// include/uapi/linux/io_uring.h
const OP_RENAMEAT: u8 = 35;
const OP_UNLINKAT: u8 = 36;
const OP_MKDIRAT: u8 = 37;
const OP_SYMLINKAT: u8 = 38;
const OP_LINKAT: u8 = 39;

/// `uring-names ACT PATH [OTHER] WAY`: `mkdirat`, `unlinkat` and `rmdir` take one path, `renameat2`,
/// `linkat` and `symlinkat` two. Tells the answer under the name of the call that it equals.
///
/// | way | how |
/// |---|---|
/// | `plain` | as the kernel likes |
/// | `async` | by a worker |
/// | `silent` | with no answer asked for where it succeeds; then none is told |
/// | `deferred` | on a ring whose answers wait until they are fetched |
pub(crate) fn names(words: &mut Words<'_>) -> Result<(), Misuse> {
    let act = words.text("an act")?;
    let path = words.c_string("a path")?;
    let other = match act {
        "mkdirat" | "unlinkat" | "rmdir" => CString::default(),
        _ => words.c_string("another path")?,
    };
    let way = words.text("a way")?;
    let mut ring = Ring::new(if way == "deferred" { SETUP_DEFERRED } else { 0 })?;
    let (told, request) = request(act, &path, &other)?;
    let flags = match way {
        "plain" | "deferred" => 0,
        "async" => ASYNC,
        "silent" => SKIP_SUCCESS,
        other => return Err(Misuse::unknown("way to ask", other)),
    };
    let request = Request { flags, ..request };
    if way == "silent" {
        ring.push(&request);
        // The ring ends with its requests, so that this one is carried out.
        ring.enter(1, 0);
        Answer::of(0).told(told);
    } else {
        ring.answer(&request).told(told);
    }
    Ok(())
}

/// A request, and the call that it equals.
fn request<'a>(
    act: &'a str,
    path: &CString,
    other: &CString,
) -> Result<(&'a str, Request), Misuse> {
    let (path, other) = (string(path) as u64, string(other) as u64);
    let one = Request {
        descriptor: libc::AT_FDCWD,
        address: path,
        ..Request::default()
    };
    // The directory of the second name stands where others have a length.
    let two = Request {
        offset: other,
        length: libc::AT_FDCWD as c_int as u32,
        ..one
    };
    let (told, operation, request) = match act {
        "mkdirat" => (
            act,
            OP_MKDIRAT,
            Request {
                length: 0o750,
                ..one
            },
        ),
        "unlinkat" => (act, OP_UNLINKAT, one),
        "rmdir" => {
            let operation_flags = libc::AT_REMOVEDIR as u32;
            let request = Request {
                operation_flags,
                ..one
            };
            ("unlinkat", OP_UNLINKAT, request)
        }
        "renameat2" => (act, OP_RENAMEAT, two),
        "linkat" => (act, OP_LINKAT, two),
        "symlinkat" => (act, OP_SYMLINKAT, Request { length: 0, ..two }),
        other => return Err(Misuse::unknown("act", other)),
    };
    Ok((
        told,
        Request {
            operation,
            ..request
        },
    ))
}
