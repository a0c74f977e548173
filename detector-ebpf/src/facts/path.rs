//! Where a file is: the walk from its dentry upwards, across mounts, to the task's root.
//!
//! A mounted file is a dentry and a mount. Dentries lead to the root of their file system; the mount
//! shows one of them as its own root and hangs at a dentry of the parent mount. The walk climbs both
//! and writes the components as it meets them, leaf first, in the three runs that
//! [`PathHeader`] describes.

use core::ffi::c_void;
use core::ptr;

use aya_ebpf::helpers::generated::bpf_probe_read_kernel_str;
use detector_common::interest::name;
use detector_common::section::{
    PATH_MAX, PathHeader, SECTION_HEADER_SIZE, Tag, WalkEnd, section_flag,
};

use crate::kernel::{Address, follow, is_error, offset, read};
use crate::maps::NAMES;
use crate::record::Record;
use crate::tier;

/// `NAME_MAX` and the final NUL.
pub const NAME_SIZE: u32 = 256;

/// A mounted file: what the kernel calls `struct path`.
#[derive(Clone, Copy)]
pub struct Place {
    /// The `struct vfsmount`.
    pub mount: Address,
    /// The dentry.
    pub dentry: Address,
}

impl Place {
    /// Where an open file is.
    #[inline(always)]
    pub fn of_file(file: Address) -> Self {
        Self {
            mount: follow(file, offset!(file_f_path_mnt)),
            dentry: follow(file, offset!(file_f_path_dentry)),
        }
    }

    /// No place: as the end of a walk it lets the walk go on to the top.
    pub const fn nowhere() -> Self {
        Self {
            mount: ptr::null(),
            dentry: ptr::null(),
        }
    }
}

/// Where a walk keeps its state, and writes the names that it meets.
pub trait Sheet: Copy {
    /// The state.
    fn walk(self) -> *mut Walk;

    /// Room for `PATH_MAX` bytes and one name more.
    fn names(self) -> *mut u8;
}

impl Sheet for Record {
    #[inline(always)]
    fn walk(self) -> *mut Walk {
        // SAFETY: only the address is taken.
        unsafe { &raw mut (*self.0).walk }
    }

    #[inline(always)]
    fn names(self) -> *mut u8 {
        self.at(self.cursor() + SECTION_HEADER_SIZE + size_of::<PathHeader>())
    }
}

/// State of a walk. In memory and not in registers: the verifier of older kernels would follow every
/// value of each through all steps.
#[repr(C)]
pub struct Walk {
    dentry: u64,
    mount: u64,
    stop_dentry: u64,
    stop_mount: u64,
    stage: u32,
    end: u32,
    written: u32,
    limit: u32,
    runs: [u32; 3],
    stopped: u32,
    /// Root directory of the mount at hand.
    mount_root: u64,
    /// Not 0 once the walk has passed the root of the file's mount by.
    outside: u32,
    /// Bits of the names that are looked for; 0 for a walk that looks for none.
    pub wanted: u32,
    /// Not 0 once one was met.
    met: u32,
}

/// From the file to its mount's root.
const INSIDE: u32 = 0;
/// From there to its file system's root.
const MOUNT_ROOT: u32 = 1;
/// From the mount point upwards.
const ABOVE: u32 = 2;

/// As [`write`], for the object of an act; tells whether a component of the path is among the names
/// that are asked for. A walk that did not get to its end may have missed one, and a file that no
/// tree leads to may have none.
#[inline(always)]
pub fn search(record: Record, place: &Place, stop: &Place, limit: u32, wanted: u32) -> bool {
    // SAFETY: this level of scratch belongs to this program.
    let walk = unsafe { &mut (*record.0).walk };
    walk.wanted = wanted;
    walk.met = 0;
    walk.end = 0;
    write(record, Tag::Path, place, stop, limit);
    walk.wanted = 0;
    let whole = walk.end == WalkEnd::Root as u32 || walk.end == WalkEnd::Top as u32;
    walk.met != 0 || !whole
}

/// Adds a path section for a place as seen by a task whose root is `stop`.
#[inline(never)]
pub fn write(record: Record, tag: Tag, place: &Place, stop: &Place, limit: u32) {
    if place.dentry.is_null() || !record.fits(PATH_MAX + 2 * NAME_SIZE as usize) {
        return;
    }
    start(record, place, stop, limit);
    tier::walk(record);
    let walked = walked(record);
    let text = record.at(record.cursor() + SECTION_HEADER_SIZE);
    // SAFETY: a cursor and a section header are a multiple of eight inside the scratch.
    unsafe { text.cast::<PathHeader>().write(walked.header) };
    record.close(tag, walked.flags, walked.length);
}

/// Makes a walk ready to go.
#[inline(always)]
pub fn start(sheet: impl Sheet, place: &Place, stop: &Place, limit: u32) {
    // SAFETY: the sheet belongs to the program that walks.
    let walk = unsafe { &mut *sheet.walk() };
    walk.dentry = place.dentry as u64;
    walk.mount = place.mount as u64;
    walk.mount_root = follow(place.mount, offset!(vfsmount_mnt_root)) as u64;
    walk.stop_dentry = stop.dentry as u64;
    walk.stop_mount = stop.mount as u64;
    walk.stage = INSIDE;
    walk.end = 0;
    walk.written = 0;
    walk.limit = if limit > PATH_MAX as u32 {
        PATH_MAX as u32
    } else {
        limit
    };
    walk.runs = [0; 3];
    walk.stopped = 0;
    walk.outside = 0;
}

/// What a walk has come to: a path section's flags and length, and what it begins with.
pub struct Walked {
    /// Bits of [`section_flag`].
    pub flags: u16,
    /// Bytes of header and names.
    pub length: u32,
    /// What stands before the names.
    pub header: PathHeader,
}

/// What a walk that is over has come to.
#[inline(always)]
pub fn walked(sheet: impl Sheet) -> Walked {
    // SAFETY: the sheet belongs to the program that walks.
    let walk = unsafe { &mut *sheet.walk() };
    let end = if walk.end == 0 {
        WalkEnd::Truncated as u32
    } else {
        walk.end
    };
    let flags = match end {
        end if end == WalkEnd::Truncated as u32 => section_flag::TRUNCATED,
        end if end == WalkEnd::Unreadable as u32 => section_flag::UNREADABLE,
        _ => 0,
    };
    Walked {
        flags,
        // verifier: the mask bounds what came from memory.
        length: (walk.written & (PATH_MAX as u32 * 2 - 1)) + size_of::<PathHeader>() as u32,
        header: PathHeader {
            end: end as u16,
            inside: walk.runs[0] as u16,
            mount_root: walk.runs[1] as u16,
            above: walk.runs[2] as u16,
        },
    }
}

/// One step; returns 1 when the walk is over.
#[inline(always)]
pub fn step<S: Sheet>(sheet: S) -> i64 {
    // SAFETY: the sheet belongs to the program that walks.
    let walk = unsafe { &mut *sheet.walk() };
    let dentry = walk.dentry as Address;
    if walk.stage != MOUNT_ROOT {
        if walk.dentry == walk.stop_dentry && walk.mount == walk.stop_mount {
            walk.end = WalkEnd::Root as u32;
            walk.stopped = 1;
            return leave(walk);
        }
        if walk.dentry == walk.mount_root {
            return leave(walk);
        }
    }
    let Links { parent, name } = Links::of(dentry);
    if parent.is_null() {
        walk.end = WalkEnd::Unreadable as u32;
        return 1;
    }
    if parent == dentry {
        if walk.stage == MOUNT_ROOT {
            return climb(walk);
        }
        if walk.stage == INSIDE && dentry == root_of_file_system(dentry) {
            // What the mount shows lies elsewhere in the tree.
            walk.outside = 1;
            // The root's own name is `/`, which every name above has before it.
            if walk.written != 0 {
                walk.end = WalkEnd::Disconnected as u32;
                return 1;
            }
        }
        // A memfd's name stands at its only dentry; pipes and sockets have none.
        append(sheet, name);
        walk.end = WalkEnd::Disconnected as u32;
        return 1;
    }
    walk.dentry = parent as u64;
    append(sheet, name)
}

#[inline(always)]
fn root_of_file_system(dentry: Address) -> Address {
    let superblock = follow(dentry, offset!(dentry_d_sb));
    follow(superblock, offset!(super_block_s_root))
}

/// Whether the file of the last walk does not lie below the directory that its mount shows.
#[inline(always)]
pub fn is_outside(record: Record) -> bool {
    // SAFETY: this level of scratch belongs to this program.
    unsafe { (*record.0).walk.outside != 0 }
}

/// Where a dentry leads: up, and to its name.
struct Links {
    parent: Address,
    name: Address,
}

impl Links {
    #[inline(always)]
    fn of(dentry: Address) -> Self {
        let (parent, name) = (offset!(dentry_d_parent), offset!(dentry_d_name_name));
        // Both lie close together: one call of a helper reads both.
        if name == parent + 16 {
            let [parent, _, name]: [usize; 3] = read(dentry, parent);
            return Self {
                parent: parent as Address,
                name: name as Address,
            };
        }
        Self {
            parent: follow(dentry, parent),
            name: follow(dentry, name),
        }
    }
}

/// Leaves the first or the third run.
#[inline(always)]
fn leave(walk: &mut Walk) -> i64 {
    if walk.stage == INSIDE {
        walk.stage = MOUNT_ROOT;
        return 0;
    }
    if walk.stopped != 0 { 1 } else { climb(walk) }
}

/// Goes from a mount to the point where it is mounted.
#[inline(always)]
fn climb(walk: &mut Walk) -> i64 {
    if walk.stopped != 0 {
        return 1;
    }
    walk.stage = ABOVE;
    let mount = (walk.mount as usize).wrapping_sub(offset!(mount_mnt) as usize) as Address;
    let parent = follow(mount, offset!(mount_mnt_parent));
    if parent.is_null() || is_error(parent) {
        walk.end = WalkEnd::Unreadable as u32;
        return 1;
    }
    if parent == mount {
        walk.end = WalkEnd::Top as u32;
        return 1;
    }
    walk.dentry = follow(mount, offset!(mount_mnt_mountpoint)) as u64;
    walk.mount = parent as u64 + u64::from(offset!(mount_mnt));
    walk.mount_root = follow(walk.mount as Address, offset!(vfsmount_mnt_root)) as u64;
    0
}

/// Writes `/` and a dentry's name to the run at hand.
#[inline(always)]
fn append(sheet: impl Sheet, name: Address) -> i64 {
    // SAFETY: the sheet belongs to the program that walks.
    let walk = unsafe { &mut *sheet.walk() };
    let before = walk.written;
    if before >= walk.limit {
        walk.end = WalkEnd::Truncated as u32;
        return 1;
    }
    // SAFETY: what is written is below the limit, and that at most `PATH_MAX`: a sheet has room for
    // that and a name more. verifier: the mask bounds what came from memory.
    let text = unsafe { sheet.names().add((before & (PATH_MAX as u32 - 1)) as usize) };
    // SAFETY: as above.
    let got = unsafe {
        *text = b'/';
        bpf_probe_read_kernel_str(
            text.add(1).cast::<c_void>(),
            NAME_SIZE,
            name.cast::<c_void>(),
        )
    };
    if got <= 0 {
        walk.end = WalkEnd::Unreadable as u32;
        return 1;
    }
    if got == 1 {
        return 0;
    }
    if walk.wanted != 0 && walk.met == 0 {
        walk.met = asked_for(text, got as u32) & walk.wanted;
    }
    // The count holds the final NUL, which the `/` before the name makes up for.
    let after = before + got as u32;
    if after > walk.limit {
        walk.end = WalkEnd::Truncated as u32;
        return 1;
    }
    walk.written = after;
    match walk.stage {
        INSIDE => walk.runs[0] += got as u32,
        MOUNT_ROOT => walk.runs[1] += got as u32,
        _ => walk.runs[2] += got as u32,
    }
    0
}

/// For what a name is asked for: `size` bytes with the `/` before it.
#[inline(always)]
fn asked_for(text: *const u8, size: u32) -> u32 {
    let mut hash = name::EMPTY;
    let mut at = 1;
    while at < NAME_SIZE {
        if at >= size {
            break;
        }
        // SAFETY: as for the name's bytes in `append`.
        hash = name::hash_byte(hash, unsafe { *text.add(at as usize) });
        at += 1;
    }
    match NAMES.get_ptr(hash) {
        // SAFETY: the entry stays mapped while the program runs.
        Some(wanted) => unsafe { *wanted },
        None => 0,
    }
}
