//! Code for the kernel: bpf and modules.

use libc::{O_CLOEXEC, c_int, c_long};

use crate::call::{address, call, string};
use crate::words::{Misuse, Words};

const BPF_MAP_CREATE: c_long = 0;
const BPF_MAP_TYPE_ARRAY: u32 = 2;

/// `bpf map-create`: makes an array of one element, which goes with the process.
pub(crate) fn bpf(words: &mut Words<'_>) -> Result<(), Misuse> {
    match words.text("a bpf command")? {
        "map-create" => {
            // map_type, key_size, value_size, max_entries
            let attributes: [u32; 4] = [BPF_MAP_TYPE_ARRAY, 4, 4, 1];
            let size = size_of_val(&attributes) as c_long;
            // SAFETY: `attributes` has the size given and lives to the end of the call.
            unsafe { call(libc::SYS_bpf, [BPF_MAP_CREATE, address(&attributes), size]) }
                .told("bpf");
            Ok(())
        }
        other => Err(Misuse::unknown("bpf command", other)),
    }
}

/// `init-module`: hands over four bytes that are no module.
pub(crate) fn init_module(_: &mut Words<'_>) -> Result<(), Misuse> {
    let image = *b"none";
    // SAFETY: `image` has the length given; the parameters end in a zero byte.
    unsafe { call(libc::SYS_init_module, [address(&image), 4, string(c"")]) }.told("init_module");
    Ok(())
}

/// `finit-module PATH`
pub(crate) fn finit_module(words: &mut Words<'_>) -> Result<(), Misuse> {
    let path = words.c_string("a path")?;
    let here = c_long::from(libc::AT_FDCWD);
    // SAFETY: `path` ends in a zero byte and lives to the end of the call.
    let file = unsafe { call(libc::SYS_openat, [here, string(&path), O_CLOEXEC.into()]) };
    let file: c_int = file.descriptor().unwrap_or(-1);
    // SAFETY: the parameters end in a zero byte.
    unsafe { call(libc::SYS_finit_module, [file.into(), string(c""), 0]) }.told("finit_module");
    Ok(())
}

/// `delete-module NAME`
pub(crate) fn delete_module(words: &mut Words<'_>) -> Result<(), Misuse> {
    let name = words.c_string("a module's name")?;
    let flags = c_long::from(libc::O_NONBLOCK);
    // SAFETY: `name` ends in a zero byte and lives to the end of the call.
    unsafe { call(libc::SYS_delete_module, [string(&name), flags]) }.told("delete_module");
    Ok(())
}

/// `kexec load|file`: hands over no parts, or no file.
pub(crate) fn kexec(words: &mut Words<'_>) -> Result<(), Misuse> {
    let nothing: c_long = -1;
    // SAFETY: the calls take numbers alone here: no parts lie at the null pointer.
    unsafe {
        match words.text("load or file")? {
            "load" => call(libc::SYS_kexec_load, [0, 0, 0, 0]).told("kexec_load"),
            "file" => {
                call(libc::SYS_kexec_file_load, [nothing, nothing, 0, 0, 0]).told("kexec_file_load")
            }
            other => return Err(Misuse::unknown("way", other)),
        }
    };
    Ok(())
}
