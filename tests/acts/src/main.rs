//! `acts`: performs system calls that an escape would make, one word a call, and says what the
//! kernel answered.
//!
//! ```text
//! acts [WRAPPER...] ACT ARGUMENT... [then ACT ARGUMENT...]...
//! ```
//!
//! Each call prints one JSON line `{"act","result","errno"}`. The program exits 0 when it
//! could make its calls, whatever the kernel said, and 2 when it was called wrongly. It is linked
//! statically, so that it runs in an empty image and no library adds calls of its own.
//!
//! Acts joined by `then` run in one process. A wrapper stands before them and changes *who*
//! performs them: see [`wrap`].

mod alter;
mod birth;
mod call;
mod clock;
mod compat;
mod exec;
mod file;
mod flip;
mod hostile;
mod kernel;
mod lend;
mod line;
mod mode;
mod mount;
mod namespace;
mod network;
mod privilege;
mod remote;
mod request;
mod ring;
mod sandbox;
mod storm;
mod tamper;
mod trace;
mod uring;
mod wait;
mod words;
mod wrap;

use std::process::ExitCode;

use words::{Misuse, Words};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match wrap::perform(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(misuse) => {
            eprintln!("acts: {misuse}");
            ExitCode::from(2)
        }
    }
}

/// Performs acts joined by `then`, in order, whatever the kernel says to each.
fn perform_all(words: &[String]) -> Result<(), Misuse> {
    words
        .split(|word| word == "then")
        .try_for_each(|act| perform(&mut Words::new(act)))
}

fn perform(words: &mut Words<'_>) -> Result<(), Misuse> {
    let act = words.text("an act")?;
    match act {
        "open" => file::open(words),
        "map-write" => file::map_write(words),
        "chdir" => file::chdir(words),
        "fchdir" => file::fchdir(words),
        "chroot" => file::chroot(words),
        "pivot-root" => file::pivot_root(words),
        "mknod-block" => file::mknod_block(words),
        "mount" => mount::mount(words),
        "umount" => mount::umount(words),
        "new-mount" => mount::new_mount(words),
        "open-tree" => mount::open_tree(words),
        "setns" => namespace::setns(words),
        "setns-descriptor" => namespace::setns_descriptor(words),
        "unshare" => namespace::unshare(words),
        "setns-storm" => storm::setns_storm(words),
        "open-storm" => storm::open_storm(words),
        "refused-storm" => storm::refused_storm(words),
        "write-storm" => storm::write_storm(words),
        "setid-storm" => storm::setid_storm(words),
        "connect-storm" => storm::connect_storm(words),
        "numbered-storm" => storm::numbered_storm(words),
        "fork-storm" => storm::fork_storm(words),
        "exec-storm" => storm::exec_storm(words),
        "bpf" => kernel::bpf(words),
        "empty-slots" => tamper::empty_slots(words),
        "init-module" => kernel::init_module(words),
        "finit-module" => kernel::finit_module(words),
        "delete-module" => kernel::delete_module(words),
        "kexec" => kernel::kexec(words),
        "connect" => network::connect(words),
        "listen" => network::listen(words),
        "remote-shell" => remote::shell(words),
        "remote-input" => remote::input(words),
        "flip-open" => flip::open(words),
        "uring-open" => uring::open(words),
        "uring-connect" => uring::connect(words),
        "uring-names" => request::names(words),
        "uring-name" => hostile::name(words),
        "uring-no-name" => hostile::no_name(words),
        "uring-flip" => hostile::flip(words),
        "uring-child" => lend::child(words),
        "lend" => lend::lend(words),
        "borrow" => lend::borrow(words),
        "uring-storm" => storm::uring_storm(words),
        "flip-how" => flip::how(words),
        "flip-root" => flip::root(words),
        "flip-words" => line::flip(words),
        "overwrite-words" => line::overwrite(words),
        "born" => birth::born(words),
        "sandboxed" => sandbox::sandboxed(words),
        "setid" => privilege::setid(words),
        "capset" => privilege::capset(words),
        "prctl" => privilege::prctl(words),
        "await" => wait::await_change(words),
        "exec" => exec::again(words),
        "in-session" => exec::in_session(words),
        "fspick" => mount::fspick(words),
        "mount-attributes" => mount::attributes(words),
        "ptrace" => trace::ptrace(words),
        "debug-child" => trace::debug_child(words),
        "memory" => trace::memory(words),
        "take-file" => trace::take_file(words),
        "signal" => trace::signal(words),
        "hunt" => trace::hunt(words),
        "clock" => clock::clock(words),
        "remove" => alter::remove(words),
        "name" => alter::name(words),
        "make" => mode::make(words),
        "mode" => mode::mode(words),
        "userfaultfd" => mode::userfaultfd(words),
        "cut" => alter::cut(words),
        "open-handle" => alter::open_handle(words),
        "refused-exec" => alter::refused_exec(words),
        "new-process" => alter::new_process(words),
        "compat" => compat::compat(words),
        other => Err(Misuse::unknown("act", other)),
    }?;
    words.end()
}
