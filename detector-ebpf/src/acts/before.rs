//! What a name stands for before an act: programs where security modules are asked.
//!
//! When unlink or rename returns, the name is gone, and with it what the kernel had resolved; of mkdir
//! and chmod the kernel does not say what it was. These programs run before, resolve, allow, and leave
//! a note for their thread. The family `alter` puts it
//! into its record: one act makes one record, with them and without them; without, its names are the
//! caller's alone.
//!
//! A note counts for the call that it was left in, known by thread, number and arguments. Whatever
//! does the same without such a call, as io_uring does, leaves none. Notes stand in a map by thread
//! and not in the scratch memory: programs of this type may be preempted.

use core::ffi::c_void;

use aya_ebpf::btf_maps::{Array, HashMap};
use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::helpers::generated::{bpf_probe_read_kernel, bpf_task_pt_regs};
use aya_ebpf::macros::{btf_map, lsm};
use aya_ebpf::programs::LsmContext;
use detector_common::interest::want;
use detector_common::record::{ActBody, Call, Kind, Lane, Object, object_flag};
use detector_common::section::{PATH_MAX, PathHeader, SECTION_HEADER_SIZE, Tag, section_flag};
use detector_common::state::{BEFORE_HOOKS, Before, Cause, phase};

use crate::acts::alter;
use crate::acts::gate;
use crate::facts::identity;
use crate::facts::path::{self, NAME_SIZE, Place, Sheet, Walk};
use crate::facts::task::Task;
use crate::kernel::arch;
use crate::kernel::{Address, follow, offset, read};
use crate::record::Record;
use crate::record::account::lose;
use crate::tier;
use crate::watch::interest;
use crate::watch::watched;

/// Notes of the threads that are in such a call.
#[btf_map]
pub static NOTES: HashMap<u32, Note, 256> = HashMap::new();

/// What a note is before something is noted: too long for a program's stack.
#[btf_map]
pub static BLANK_NOTE: Array<Note, 1> = Array::new();

/// How often each program ran, whoever acted. What matters is whether it ever does: a kernel may load
/// and attach programs of this type that it never calls.
#[btf_map]
pub static BEFORE_RUNS: Array<u64, { BEFORE_HOOKS as usize }> = Array::new();

/// The longest section that a note holds.
const SECTION_MAX: u32 = (size_of::<PathHeader>() + PATH_MAX) as u32;

/// What is noted of a call under way.
#[repr(C)]
pub struct Note {
    /// Start of the thread, and the call.
    start: u64,
    args: [u64; 6],
    number: u32,
    /// How many names are noted.
    count: u32,
    /// The first: its mount, its entry and the entry's parent. Compared, never relied on.
    mount: u64,
    dentry: u64,
    parent: u64,
    objects: [Object; 2],
    pages: [Page; 2],
}

/// A path in the making and when it is made.
#[repr(C)]
struct Page {
    walk: Walk,
    flags: u32,
    length: u32,
    header: PathHeader,
    names: [u8; PATH_MAX + NAME_SIZE as usize + 8],
}

/// A page to write on.
#[derive(Clone, Copy)]
struct Open(*mut Page);

impl Sheet for Open {
    #[inline(always)]
    fn walk(self) -> *mut Walk {
        // SAFETY: only the address is taken.
        unsafe { &raw mut (*self.0).walk }
    }

    #[inline(always)]
    fn names(self) -> *mut u8 {
        // SAFETY: as above.
        unsafe { (&raw mut (*self.0).names).cast() }
    }
}

/// Before a file's name is removed.
#[lsm(hook = "path_unlink")]
pub fn before_unlink(ctx: LsmContext) -> i32 {
    one(Before::Unlink, &entry(ctx.arg(0), ctx.arg(1)));
    0
}

/// Before a directory is removed.
#[lsm(hook = "path_rmdir")]
pub fn before_rmdir(ctx: LsmContext) -> i32 {
    one(Before::Rmdir, &entry(ctx.arg(0), ctx.arg(1)));
    0
}

/// Before a name is changed, and what had the new one loses it.
#[lsm(hook = "path_rename")]
pub fn before_rename(ctx: LsmContext) -> i32 {
    let (old, new) = (entry(ctx.arg(0), ctx.arg(1)), entry(ctx.arg(2), ctx.arg(3)));
    let elsewhere = || is_elsewhere(&old) || is_elsewhere(&new);
    if let Some(note) = begin(Before::Rename, elsewhere) {
        write(note, 0, &old);
        write(note, 1, &new);
    }
    0
}

/// Before a file is cut.
#[lsm(hook = "path_truncate")]
pub fn before_truncate(ctx: LsmContext) -> i32 {
    one(Before::Truncate, &whole(ctx.arg(0)));
    0
}

/// Before a directory is made.
#[lsm(hook = "path_mkdir")]
pub fn before_mkdir(ctx: LsmContext) -> i32 {
    one(Before::Mkdir, &entry(ctx.arg(0), ctx.arg(1)));
    0
}

/// Before a file's mode is changed.
#[lsm(hook = "path_chmod")]
pub fn before_chmod(ctx: LsmContext) -> i32 {
    one(Before::Chmod, &whole(ctx.arg(0)));
    0
}

/// A file, given as the kernel gives it: by its path.
#[inline(always)]
fn whole(file: Address) -> Place {
    Place {
        mount: follow(file, offset!(path_mnt)),
        dentry: follow(file, offset!(path_dentry)),
    }
}

/// An entry of a directory, given as the kernel gives it: the directory's path and the entry.
#[inline(always)]
fn entry(directory: Address, dentry: Address) -> Place {
    Place {
        mount: follow(directory, offset!(path_mnt)),
        dentry,
    }
}

#[inline(always)]
fn one(hook: Before, place: &Place) {
    if let Some(note) = begin(hook, || is_elsewhere(place)) {
        write(note, 0, place);
    }
}

#[inline(always)]
fn is_elsewhere(place: &Place) -> bool {
    identity::is_elsewhere(place, Task::current())
}

/// Begins the note of a call that will be told; `elsewhere` says whether it acts on what lies in a mount
/// of another mount namespace.
#[inline(always)]
fn begin(hook: Before, elsewhere: impl Fn() -> bool) -> Option<*mut Note> {
    if let Some(runs) = BEFORE_RUNS.get_ptr_mut(hook as u32) {
        // SAFETY: the entry of an array stays mapped while the program runs.
        unsafe { *runs += 1 };
    }
    let ids = bpf_get_current_pid_tgid();
    let (tgid, tid) = ((ids >> 32) as u32, ids as u32);
    let watched = watched::current(tgid);
    if watched.phase != phase::WORKLOAD {
        return None;
    }
    let task = Task::current();
    // SAFETY: the helper takes the running task.
    let registers = unsafe { bpf_task_pt_regs(task.0.cast_mut().cast()) } as Address;
    let returning = arch::returning(registers, task.0);
    // What ftruncate and fchmod change, their descriptors say.
    if gate::family(returning.number) != Kind::Alter as u8
        || alter::has_descriptor(returning.number)
    {
        return None;
    }
    let wanted = interest::of(watched.level, returning.number);
    if wanted & want::ANY == 0 && (wanted & want::ELSEWHERE == 0 || !elsewhere()) {
        return None;
    }
    let blank = BLANK_NOTE.get_ptr(0)?;
    // SAFETY: the entry of an array stays mapped while the program runs, and nobody writes to it.
    if NOTES.insert(tid, unsafe { &*blank }, 0).is_err() {
        lose(Lane::Volume, Cause::NotesFull);
        return None;
    }
    let note = NOTES.get_ptr_mut(tid)?;
    // SAFETY: the entry is this thread's alone, and stays until it is taken.
    unsafe {
        (*note).start = read(task.0, offset!(task_start_boottime));
        (*note).number = returning.number;
        arch::arguments_in(registers, returning.compat, &mut (*note).args);
    }
    Some(note)
}

/// Notes which file it is and where, as the first or the second of the call.
#[inline(always)]
fn write(note: *mut Note, index: usize, place: &Place) {
    let task = Task::current();
    // SAFETY: as for `begin`; callers pass 0 or 1.
    let (page, object) = unsafe {
        (*note).count = index as u32 + 1;
        if index == 0 {
            (*note).mount = place.mount as u64;
            (*note).dentry = place.dentry as u64;
            (*note).parent = follow(place.dentry, offset!(dentry_d_parent)) as u64;
        }
        let pages = (&raw mut (*note).pages).cast::<Page>();
        let objects = (&raw mut (*note).objects).cast::<Object>();
        (Open(pages.add(index)), &mut *objects.add(index))
    };
    identity::identify(place, task, object);
    path::start(page, place, &task.root(), PATH_MAX as u32);
    tier::walk(page);
    let walked = path::walked(page);
    // SAFETY: as above.
    unsafe {
        (*page.0).header = walked.header;
        (*page.0).flags = u32::from(walked.flags);
        (*page.0).length = walked.length;
    }
}

/// Takes the note of this thread, and adds what it says to the record of the call that returns, whose
/// arguments must still be as they came.
#[inline(always)]
pub fn tell(record: &mut Record) {
    let tid = bpf_get_current_pid_tgid() as u32;
    let Some(note) = NOTES.get_ptr(tid) else {
        return;
    };
    // SAFETY: as for `begin`.
    let note = unsafe { &*note };
    let body = record.body::<ActBody>();
    if is_of(note, &body.call) {
        body.object = note.objects[0];
        if body.call.result == 0 && body.object.flags & object_flag::RESOLVED == 0 {
            made(note, &mut body.object);
        }
        page(record, Tag::Path, &note.pages[0]);
        if note.count > 1 {
            page(record, Tag::Path2, &note.pages[1]);
            let object = (&raw const note.objects[1]).cast();
            copy(record, Tag::Object2, 0, object, size_of::<Object>() as u32);
        }
    }
    let _ = NOTES.remove(tid);
}

/// Which directory was made: the entry that led nowhere leads to it now. Where the kernel took another
/// one, or has given the entry away since, nothing is known but the mount.
#[inline(always)]
fn made(note: &Note, object: &mut Object) {
    let place = Place {
        mount: note.mount as Address,
        dentry: note.dentry as Address,
    };
    let parent = follow(place.dentry, offset!(dentry_d_parent)) as u64;
    if parent != 0 && parent == note.parent {
        identity::identify(&place, Task::current(), object);
    }
}

/// Whether a note was left in this very call.
#[inline(always)]
fn is_of(note: &Note, call: &Call) -> bool {
    let start: u64 = read(Task::current().0, offset!(task_start_boottime));
    let same = note
        .args
        .iter()
        .zip(&call.args)
        .all(|(one, other)| one == other);
    same && note.start == start && note.number == call.number && note.count > 0
}

#[inline(always)]
fn page(record: &Record, tag: Tag, page: &Page) {
    let section = (&raw const page.header).cast();
    copy(record, tag, page.flags as u16, section, page.length);
}

/// Adds a section that stands in a note.
#[inline(always)]
fn copy(record: &Record, tag: Tag, flags: u16, address: Address, length: u32) {
    if length > SECTION_MAX || !record.fits(SECTION_MAX as usize) {
        return;
    }
    let place = record.at(record.cursor() + SECTION_HEADER_SIZE);
    // SAFETY: `SECTION_MAX` bytes lie behind every cursor (`tail`); the helper checks the address.
    let failed =
        unsafe { bpf_probe_read_kernel(place.cast::<c_void>(), length, address.cast::<c_void>()) }
            < 0;
    if failed {
        record.close(tag, section_flag::UNREADABLE, 0);
    } else {
        record.close(tag, flags, length);
    }
}
