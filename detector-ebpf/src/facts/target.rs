//! The process at which an act is aimed: found by number, by descriptor or by its files in /proc, and
//! told in a section of its own.
//!
//! A number counts in the caller's pid namespace, and no helper looks one up for a tracing program.
//! So the kernel's own table is walked: each pid namespace keeps its pids in an xarray, a tree whose
//! nodes part the number six bits at a time. That works for refused calls too, which leave no trace
//! of their target in the caller.

use core::ptr;

use detector_common::record::{Target, target_flag};
use detector_common::section::{SECTION_HEADER_SIZE, Tag};
use detector_common::state::phase;

use crate::facts::path::{self, Place};
use crate::facts::task::Task;
use crate::kernel::{Address, follow, offset, present, read};
use crate::record::Record;
use crate::watch::watched::{self, Watched};

/// Bits that a node of the tree parts (`XA_CHUNK_SHIFT` of include/linux/xarray.h), and its slots.
const PART: u32 = 6;
const SLOTS: u32 = 1 << PART;
/// Nodes from top to leaf: numbers stay below 2^22 (`PID_MAX_LIMIT`).
const DEPTH: u32 = 4;
/// The low bits of an entry that is a node, and the least address of one.
const NODE: usize = 0b10;
const LEAST_NODE: usize = 4096;

/// Magic of the file system in which pidfds live since Linux 6.9.
const PIDFS_MAGIC: u64 = 0x5049_4446;

/// Longest path of a target's executable in an alarm without another path.
pub const PATH: u32 = 400;
/// The same in an alarm that has one: see [`detector_common::record::ALARM_MAX`].
pub const SHORT_PATH: u32 = 96;

/// The task that has a number in the pid namespace of another; null without one.
#[inline(never)]
pub fn numbered(caller: Task, number: u32) -> Task {
    let nobody = Task(ptr::null());
    let chunk = offset!(xa_node_size_of_slots);
    // A kernel that parts fewer bits a node is one for the smallest machines (BASE_SMALL).
    if !present(offset!(pid_namespace_xa_head)) || chunk != SLOTS * size_of::<usize>() as u32 {
        return nobody;
    }
    let own = follow(caller.0, offset!(task_thread_pid));
    let level: u32 = read(own, offset!(pid_level));
    // The kernel nests pid namespaces at most 32 deep (MAX_PID_NS_LEVEL).
    if level > 32 {
        return nobody;
    }
    let upid = offset!(pid_numbers) + level * offset!(upid_size);
    let namespace = follow(own, upid + offset!(upid_ns));
    let mut entry = follow(namespace, offset!(pid_namespace_xa_head));
    let mut step = 0;
    while step < DEPTH {
        let tagged = entry as usize;
        if tagged & 0b11 != NODE || tagged < LEAST_NODE {
            return nobody;
        }
        let node = (tagged - NODE) as Address;
        let shift = u32::from(read::<u8>(node, offset!(xa_node_shift))) & 31;
        let beyond = number >> shift;
        if step == 0 && beyond >= SLOTS {
            return nobody;
        }
        let slot = (beyond & (SLOTS - 1)) * size_of::<usize>() as u32;
        entry = follow(node, offset!(xa_node_slots) + slot);
        if shift == 0 {
            return of_pid(entry);
        }
        step += 1;
    }
    nobody
}

/// The task behind a pidfd of another; null without one.
#[inline(always)]
pub fn behind_pidfd(caller: Task, descriptor: u64) -> Task {
    let file = caller.file(descriptor);
    let inode = follow(file, offset!(file_f_inode));
    let superblock = follow(inode, offset!(inode_i_sb));
    let magic: u64 = read(superblock, offset!(super_block_s_magic));
    of_pid(if magic == PIDFS_MAGIC {
        follow(inode, offset!(inode_i_private))
    } else {
        follow(file, offset!(file_private_data))
    })
}

/// The task whose file in /proc this is; null for a file that is no task's. The inode must be one of
/// procfs.
#[inline(always)]
pub fn of_proc_inode(inode: Address) -> Task {
    if !present(offset!(proc_inode_pid)) {
        return Task(ptr::null());
    }
    let own = (inode as usize).wrapping_sub(offset!(proc_inode_vfs_inode) as usize) as Address;
    of_pid(follow(own, offset!(proc_inode_pid)))
}

/// The task of a `struct pid`. Its first list is that of the thread with the number.
#[inline(always)]
fn of_pid(pid: Address) -> Task {
    let links = offset!(task_pid_links);
    if pid.is_null() || !present(links) || !present(offset!(pid_tasks)) {
        return Task(ptr::null());
    }
    let link = follow(pid, offset!(pid_tasks));
    if link.is_null() {
        return Task(ptr::null());
    }
    Task((link as usize).wrapping_sub(links as usize) as Address)
}

/// How a target is watched.
#[inline(always)]
pub fn watched(target: Task, tgid: u32) -> Watched {
    match watched::tracked(tgid) {
        Some(watched) => watched,
        None => Watched::host(target.cgroup()),
    }
}

/// Whether what is done to a target is worth an alarm: it is not of the caller's own container, or is
/// no workload.
#[inline(always)]
pub fn is_outside(caller: &Watched, target: &Watched) -> bool {
    target.phase != phase::WORKLOAD || target.outermost != caller.outermost
}

/// Tells of a target: who it is, and which program it runs.
#[inline(never)]
pub fn tell(record: Record, target: Task, watched: &Watched, limit: u32) {
    if target.0.is_null() || !record.fits(size_of::<Target>()) {
        return;
    }
    let tgid = target.tgid();
    let exe = target.exe_file();
    let inode = follow(exe, offset!(file_f_inode));
    let superblock = follow(inode, offset!(inode_i_sb));
    let told = record.at(record.cursor() + SECTION_HEADER_SIZE);
    let flags = if watched::is_detector(tgid) {
        target_flag::DETECTOR
    } else {
        0
    };
    // SAFETY: `fits` found room; a cursor and a section header are a multiple of eight.
    unsafe {
        told.cast::<Target>().write(Target {
            tgid,
            tid: target.tid(),
            start: target.group_start(),
            cgroup: watched.cgroup,
            exe_inode: read(inode, offset!(inode_i_ino)),
            exe_device: read(superblock, offset!(super_block_s_dev)),
            phase: watched.phase,
            flags,
            exec_count: target.exec_count(),
        });
    }
    record.close(Tag::Target, 0, size_of::<Target>() as u32);
    path::write(
        record,
        Tag::TargetExe,
        &Place::of_file(exe),
        &target.root(),
        limit,
    );
}
