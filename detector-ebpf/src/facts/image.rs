//! What an executed program brings along: what its file's inode says, and where its standard
//! descriptors lead.

use detector_common::record::Endpoint;
use detector_common::section::{ExeFile, StandardDescriptor, StandardDescriptors, Tag};

use crate::facts::identity;
use crate::facts::path::Place;
use crate::facts::socket;
use crate::facts::task::Task;
use crate::kernel::{Address, follow, offset, present, read};
use crate::record::Record;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// The part of a time below a second: since 6.13 the kernel keeps a mark of its own above it
/// (`I_CTIME_QUERIED` of include/linux/fs.h).
const NANOSECONDS: u32 = (1 << 31) - 1;

/// `S_IFMT` and `S_IFSOCK` of include/uapi/linux/stat.h.
const FILE_TYPE: u32 = 0o170_000;
const SOCKET: u32 = 0o140_000;

/// Adds what the inode of an executed file says. Nothing where this kernel keeps times elsewhere.
#[inline(never)]
pub fn file(record: Record, place: &Place) {
    let inode = identity::real_inode(follow(place.dentry, offset!(dentry_d_inode)));
    if inode.is_null() || !times_known() {
        return;
    }
    record.numbers(Tag::ExeFile, |file: &mut ExeFile| {
        file.changed = time(
            inode,
            offset!(inode_i_ctime_sec),
            offset!(inode_i_ctime_nsec),
        );
        file.written = time(
            inode,
            offset!(inode_i_mtime_sec),
            offset!(inode_i_mtime_nsec),
        );
        file.owner = read(inode, offset!(inode_i_uid));
        file.group = read(inode, offset!(inode_i_gid));
    });
}

#[inline(always)]
fn times_known() -> bool {
    present(offset!(inode_i_ctime_sec))
        && present(offset!(inode_i_ctime_nsec))
        && present(offset!(inode_i_mtime_sec))
        && present(offset!(inode_i_mtime_nsec))
}

#[inline(always)]
fn time(inode: Address, seconds: u32, nanoseconds: u32) -> i64 {
    let below = read::<u32>(inode, nanoseconds) & NANOSECONDS;
    read::<i64>(inode, seconds)
        .wrapping_mul(SECOND)
        .wrapping_add(i64::from(below))
}

/// Adds where the standard descriptors lead.
#[inline(always)]
pub fn descriptors(record: Record, task: Task) {
    record.numbers(Tag::Descriptors, |all: &mut StandardDescriptors| {
        descriptor(task.file(0), &mut all[0]);
        descriptor(task.file(1), &mut all[1]);
        descriptor(task.file(2), &mut all[2]);
    });
}

#[inline(never)]
fn descriptor(file: Address, into: &mut StandardDescriptor) {
    let inode = follow(file, offset!(file_f_inode));
    if inode.is_null() {
        return;
    }
    into.mode = u32::from(read::<u16>(inode, offset!(inode_i_mode)));
    if into.mode & FILE_TYPE == SOCKET {
        ends(file, &mut into.endpoint);
    }
}

/// Whether a file is a socket.
#[inline(always)]
pub fn is_socket(file: Address) -> bool {
    let inode = follow(file, offset!(file_f_inode));
    u32::from(read::<u16>(inode, offset!(inode_i_mode))) & FILE_TYPE == SOCKET
}

/// Writes both ends of the socket behind a file.
#[inline(always)]
fn ends(file: Address, into: &mut Endpoint) {
    let socket = socket::behind(file);
    if socket::is_internet(socket) {
        socket::internet(socket, into);
    } else {
        into.family = read(socket, offset!(sock_skc_family));
        into.socket_type = u32::from(read::<u16>(socket, offset!(sock_sk_type)));
        into.resolved = u32::from(!socket.is_null());
    }
}
