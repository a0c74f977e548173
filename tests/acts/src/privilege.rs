//! Identities, capabilities and what a process may become.

use libc::c_long;

use crate::call::{address, call};
use crate::words::{Misuse, Words};

const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

/// `setid CALL NUMBER...`: `setid setresuid 0 0 0`
pub(crate) fn setid(words: &mut Words<'_>) -> Result<(), Misuse> {
    let name = words.text("a call")?;
    let (number, ids) = match name {
        "setuid" => (libc::SYS_setuid, 1),
        "setgid" => (libc::SYS_setgid, 1),
        "setreuid" => (libc::SYS_setreuid, 2),
        "setregid" => (libc::SYS_setregid, 2),
        "setresuid" => (libc::SYS_setresuid, 3),
        "setresgid" => (libc::SYS_setresgid, 3),
        "setfsuid" => (libc::SYS_setfsuid, 1),
        "setfsgid" => (libc::SYS_setfsgid, 1),
        other => return Err(Misuse::unknown("call", other)),
    };
    let mut arguments: [c_long; 3] = [0; 3];
    for argument in arguments.iter_mut().take(ids) {
        *argument = words.number("an id")?;
    }
    // SAFETY: these calls take numbers alone.
    unsafe { call(number, arguments) }.told(name);
    Ok(())
}

/// `capset EFFECTIVE PERMITTED INHERITABLE`: the lower 32 capabilities, as decimal masks.
pub(crate) fn capset(words: &mut Words<'_>) -> Result<(), Misuse> {
    let header: [u32; 2] = [CAPABILITY_VERSION_3, 0];
    let mut sets: [u32; 6] = [0; 6];
    for set in sets.iter_mut().take(3) {
        *set = words.number("a set of capabilities")?;
    }
    // SAFETY: this version reads a header of two numbers and two sets of three.
    unsafe { call(libc::SYS_capset, [address(&header), address(&sets)]) }.told("capset");
    Ok(())
}

/// `prctl no-new-privs|keep-caps|drop-bounding|clear-ambient`
pub(crate) fn prctl(words: &mut Words<'_>) -> Result<(), Misuse> {
    const CAP_SYS_CHROOT: c_long = 18;
    let (option, value) = match words.text("an option")? {
        "no-new-privs" => (libc::PR_SET_NO_NEW_PRIVS, 1),
        "keep-caps" => (libc::PR_SET_KEEPCAPS, 1),
        "drop-bounding" => (libc::PR_CAPBSET_DROP, CAP_SYS_CHROOT),
        "clear-ambient" => (
            libc::PR_CAP_AMBIENT,
            c_long::from(libc::PR_CAP_AMBIENT_CLEAR_ALL),
        ),
        other => return Err(Misuse::unknown("option", other)),
    };
    // SAFETY: these options take numbers alone.
    unsafe { call(libc::SYS_prctl, [option.into(), value]) }.told("prctl");
    Ok(())
}
