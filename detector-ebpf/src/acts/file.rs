//! Files opened: open, openat, openat2, creat, open_by_handle_at.

use aya_ebpf::helpers::generated::bpf_probe_read_user;
use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;
use detector_common::call;
use detector_common::record::{ActBody, Kind, Lane, Object, object_flag};
use detector_common::section::{CLAIM_MAX, PATH_MAX, Tag, section_flag};
use detector_common::state::phase;

use crate::acts::act::{self, Pending, SHORT_PATH, SHORT_TEXT};
use crate::facts::identity;
use crate::facts::path::{self, Place};
use crate::facts::target;
use crate::facts::task::Task;
use crate::kernel::{Address, follow, is_error, offset, read};
use crate::record::Record;
use crate::record::account::Made;
use crate::record::emit;
use crate::watch;
use crate::watch::interest::{self, Access, Ask};

/// `AT_FDCWD` of include/uapi/linux/fcntl.h, as its register's low half.
const AT_FDCWD: u32 = -100_i32 as u32;
/// The working directory in place of a descriptor.
pub const HERE: u64 = AT_FDCWD as u64;
/// O_WRONLY | O_CREAT | O_TRUNC, which creat stands for.
const CREAT_FLAGS: u64 = 0o1 | 0o100 | 0o1000;

const S_IFMT: u32 = 0o170_000;
const S_IFCHR: u32 = 0o020_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFREG: u32 = 0o100_000;
const S_IFBLK: u32 = 0o060_000;
const PROC_SUPER_MAGIC: u32 = 0x9fa0;
const SYSFS_MAGIC: u32 = 0x6265_6572;
const CGROUP_SUPER_MAGIC: u32 = 0x27_e0eb;
const CGROUP2_SUPER_MAGIC: u32 = 0x6367_7270;
const ACCESS_MODE: u64 = 0o3;
const O_RDONLY: u64 = 0;
const O_WRONLY: u64 = 1;
const O_RDWR: u64 = 2;
const O_TRUNC: u64 = 0o1000;
const O_PATH: u64 = 0o10_000_000;
/// Of include/linux/fs.h; the last one since 4.19.
const FMODE_READ: u32 = 1 << 0;
const FMODE_WRITE: u32 = 1 << 1;
const FMODE_PATH: u32 = 1 << 14;
const FMODE_CREATED: u32 = 1 << 20;

/// Family of the calls that open a file.
#[btf_tracepoint(function = "sys_exit")]
pub fn act_open(ctx: BtfTracePointContext) -> i32 {
    let made = Made::passed(Kind::Open as u32);
    if let Some(pending) = act::pending() {
        report(&ctx, pending, made);
    }
    0
}

#[inline(always)]
fn report(ctx: &BtfTracePointContext, pending: &Pending, made: Made) {
    let task = Task::current();
    let Some(mut record) = act::begin_call(ctx, pending, Lane::Volume) else {
        return;
    };
    normalise(&mut record, pending.number);
    let name = Name::Callers(record.body::<ActBody>().call.args[1]);
    if pending.result < 0 {
        claimed(record, pending, task, name, made);
    } else {
        let file = task.file(pending.result as u64);
        opened(record, pending, task, file, name, made);
    }
}

/// Where the name stands that the caller gave.
#[derive(Clone, Copy)]
pub enum Name {
    /// In the caller's memory, where it may be another by now.
    Callers(u64),
    /// In a copy that the kernel used. Null where it was lost.
    Kernels(Address),
}

impl Name {
    /// Adds it to a record.
    #[inline(always)]
    pub fn write<const LIMIT: usize>(self, record: Record) {
        self.write_as::<LIMIT>(record, Tag::Claim);
    }

    /// As [`Name::write`], under a tag.
    #[inline(always)]
    pub fn write_as<const LIMIT: usize>(self, record: Record, tag: Tag) {
        match self {
            Self::Callers(address) => record.user_string::<LIMIT>(tag, address),
            Self::Kernels(address) if address.is_null() => {
                record.close(tag, section_flag::UNREADABLE, 0);
            }
            Self::Kernels(address) => record.kernel_string::<LIMIT>(tag, address),
        }
    }
}

/// Tells of an open by what the caller said of it: the kernel has resolved nothing.
#[inline(always)]
pub fn claimed(record: Record, pending: &Pending, task: Task, name: Name, made: Made) {
    let mut record = record;
    act::by(&mut record, pending, Kind::Open, task);
    let directory = record.body::<ActBody>().call.args[0];
    if pending.number != call::OPEN_BY_HANDLE_AT {
        name.write::<CLAIM_MAX>(record);
        base(record, Tag::Cwd, task, directory);
    }
    emit::send(record, Lane::Volume as u32, made);
}

/// Tells of an open that has succeeded by the file that is open now.
#[inline(always)]
pub fn opened(
    record: Record,
    pending: &Pending,
    task: Task,
    file: Address,
    name: Name,
    made: Made,
) {
    let mut record = record;
    let place = Place::of_file(file);
    identity::identify(&place, task, &mut record.body::<ActBody>().object);
    let body = record.body::<ActBody>();
    let access = access(file, &mut body.call.args[2]);
    let (object, inode) = (body.object, body.object.inode);
    let aimed_at = whose(file, task, &object);
    let memory = !aimed_at.0.is_null() && is_memory(&place);
    let strange = memory || pending.number == call::OPEN_BY_HANDLE_AT;
    if strange || matters(&object, access.writes) {
        if !emit::affordable(Kind::Open, 0, inode, pending.tgid, &pending.watched) {
            record.end();
            made.suppressed();
            return;
        }
        path::write(record, Tag::Path, &place, &task.root(), SHORT_PATH);
        mark_outside(&mut record);
        name.write::<SHORT_TEXT>(record);
        act::by(&mut record, pending, Kind::Open, task);
        tell_of(record, pending, aimed_at, memory && access.writes);
        emit::send(record, Lane::Alarm as u32, made);
        return;
    }
    let asked = interest::of_open(pending.wanted, access, plain(&object));
    if !located(record, &place, asked) {
        record.end();
        made.filtered();
        return;
    }
    mark_outside(&mut record);
    name.write::<CLAIM_MAX>(record);
    act::by(&mut record, pending, Kind::Open, task);
    emit::send(record, Lane::Volume as u32, made);
}

/// Marks a file that its path, written last, shows to lie outside of its mount.
#[inline(always)]
fn mark_outside(record: &mut Record) {
    if path::is_outside(*record) {
        record.body::<ActBody>().object.flags |= object_flag::OUTSIDE_MOUNT;
    }
}

/// The process whose file in /proc was opened, where that is another one than the caller.
#[inline(always)]
fn whose(file: Address, task: Task, object: &Object) -> Task {
    if object.magic != PROC_SUPER_MAGIC {
        return Task(core::ptr::null());
    }
    let owner = target::of_proc_inode(follow(file, offset!(file_f_inode)));
    if owner.tgid() == task.tgid() {
        Task(core::ptr::null())
    } else {
        owner
    }
}

/// Whether a file of a process in /proc is its memory.
#[inline(always)]
fn is_memory(place: &Place) -> bool {
    let name = follow(place.dentry, offset!(dentry_d_name_name));
    read::<[u8; 4]>(name, 0) == *b"mem\0"
}

/// Tells of the process whose file was opened, and takes note where that lets a workload change it.
#[inline(always)]
fn tell_of(record: Record, pending: &Pending, owner: Task, changes: bool) {
    if owner.0.is_null() {
        return;
    }
    let tgid = owner.tgid();
    let watched = target::watched(owner, tgid);
    target::tell(record, owner, &watched, target::SHORT_PATH);
    if changes && pending.watched.phase == phase::WORKLOAD {
        watch::tampered_with(tgid);
    }
}

/// Adds the path of an opened file; false where nobody asks for what lies there.
#[inline(always)]
fn located(record: Record, place: &Place, asked: Ask) -> bool {
    let root = Task::current_root();
    let limit = PATH_MAX as u32;
    match asked {
        Ask::Nothing => false,
        Ask::Named(wanted) => path::search(record, place, &root, limit, wanted),
        Ask::All => {
            path::write(record, Tag::Path, place, &root, limit);
            true
        }
    }
}

/// What a file was opened for. The kernel's word goes into the flags in place of the caller's: what
/// openat2 was asked for lies in the caller's memory, and may be another thing by now.
#[inline(always)]
fn access(file: Address, flags: &mut u64) -> Access {
    let mode: u32 = read(file, offset!(file_f_mode));
    if mode & FMODE_PATH != 0 {
        *flags |= O_PATH;
        return Access {
            reads: true,
            writes: false,
        };
    }
    let granted = match mode & (FMODE_READ | FMODE_WRITE) {
        FMODE_READ => O_RDONLY,
        FMODE_WRITE => O_WRONLY,
        0 => {
            // The access mode 3, which is for neither, or a file that could not be read.
            return Access {
                reads: true,
                writes: true,
            };
        }
        _ => O_RDWR,
    };
    *flags = *flags & !(ACCESS_MODE | O_PATH) | granted;
    Access {
        reads: granted == O_RDONLY,
        // A file is emptied whatever the access mode.
        writes: granted != O_RDONLY || mode & FMODE_CREATED != 0 || *flags & O_TRUNC != 0,
    }
}

/// Whether an open is of a file or a directory that the kernel has resolved, in a mount of the
/// task's own namespace. Of a memfd, on the kernel's internal mount, the name says nothing.
#[inline(always)]
fn plain(object: &Object) -> bool {
    let strange = object_flag::OTHER_MOUNT_NS | object_flag::DETACHED | object_flag::INTERNAL;
    object.flags & (object_flag::RESOLVED | strange) == object_flag::RESOLVED
        && matches!(object.mode & S_IFMT, S_IFREG | S_IFDIR)
}

/// Brings the arguments of all calls into the order of openat: directory, name, flags, mode; for
/// openat2 the resolve flags behind them. A handle is no name: its call has none.
#[inline(always)]
fn normalise(record: &mut Record, number: u32) {
    let args = &mut record.body::<ActBody>().call.args;
    match number {
        call::OPEN => {
            args[3] = args[2];
            args[2] = args[1];
            args[1] = args[0];
            args[0] = HERE;
        }
        call::CREAT => {
            args[3] = args[1];
            args[2] = CREAT_FLAGS;
            args[1] = args[0];
            args[0] = HERE;
        }
        call::OPENAT2 => {
            let mut how = [0_u64; 3];
            // SAFETY: `how` has the size that is read; the helper checks the address.
            let failed =
                unsafe { bpf_probe_read_user((&raw mut how).cast(), 24, args[2] as *const _) } < 0;
            if failed {
                how = [0; 3];
            }
            args[2] = how[0];
            args[3] = how[1];
            args[4] = how[2];
        }
        call::OPEN_BY_HANDLE_AT => {
            args[1] = 0;
            args[3] = 0;
        }
        _ => {}
    }
    args[5] = 0;
}

/// The directory from which a name counts.
#[inline(always)]
pub fn directory(task: Task, descriptor: u64) -> Place {
    if descriptor as u32 == AT_FDCWD {
        task.cwd()
    } else {
        Place::of_file(task.file(u64::from(descriptor as u32)))
    }
}

/// Adds the directory from which a refused call's name counts.
#[inline(always)]
pub fn base(record: Record, tag: Tag, task: Task, descriptor: u64) {
    base_at(record, tag, task, &directory(task, descriptor));
}

/// As [`base`], of a directory that was looked up.
#[inline(always)]
pub fn base_at(record: Record, tag: Tag, task: Task, place: &Place) {
    if !is_error(place.dentry) {
        path::write(record, tag, place, &task.root(), CLAIM_MAX as u32);
    }
}

/// Whether an open is of a thing that belongs into the alarm lane: devices other than the harmless
/// ones, a mount of another mount namespace, kernel interfaces opened for writing.
#[inline(always)]
fn matters(object: &Object, writes: bool) -> bool {
    if object.flags & object_flag::OTHER_MOUNT_NS != 0 {
        return true;
    }
    match object.mode & S_IFMT {
        S_IFBLK => true,
        S_IFCHR => !is_common(object.rdev),
        _ => {
            writes
                && matches!(
                    object.magic,
                    PROC_SUPER_MAGIC | SYSFS_MAGIC | CGROUP_SUPER_MAGIC | CGROUP2_SUPER_MAGIC
                )
        }
    }
}

/// Character devices that every container has: null, zero, full, random, urandom, tty, console,
/// ptmx, and the pseudo-terminals (Documentation/admin-guide/devices.txt).
#[inline(always)]
fn is_common(rdev: u32) -> bool {
    let (major, minor) = (rdev >> 20, rdev & 0xf_ffff);
    match major {
        1 => matches!(minor, 3 | 5 | 7 | 8 | 9),
        5 => minor <= 2,
        136..=143 => true,
        _ => false,
    }
}
