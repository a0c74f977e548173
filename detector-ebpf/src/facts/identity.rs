//! Which file it is: the identity of what a walk leads to, the layer that holds it, and whose its
//! mount is.

use core::ptr;

use detector_common::record::{Object, object_flag};

use crate::boundary;
use crate::facts::path::Place;
use crate::facts::task::Task;
use crate::kernel::{Address, follow, is_error, offset, present, read};

/// Number of every anonymous mount namespace since Linux 6.18 (`MNT_NS_ANON_INO` of
/// include/uapi/linux/nsfs.h); before, those have 0.
const ANONYMOUS: u32 = 0xefff_fff7;

const OVERLAYFS_MAGIC: u32 = 0x794c_7630;

/// The inode that holds a file: of one in the upper layer of an overlay that layer's, else its own.
#[inline(always)]
pub fn real_inode(inode: Address) -> Address {
    let magic: u64 = read(
        follow(inode, offset!(inode_i_sb)),
        offset!(super_block_s_magic),
    );
    if magic as u32 != OVERLAYFS_MAGIC || !present(offset!(inode_size)) {
        return inode;
    }
    // `struct ovl_inode` has the upper dentry right behind its inode.
    let upper = follow(inode, offset!(inode_size));
    let real = follow(upper, offset!(dentry_d_inode));
    if real.is_null() { inode } else { real }
}

/// The mount namespace that a place's mount belongs to: null where it is in none, or an error value
/// for the kernel's internal mounts.
#[inline(always)]
fn owner_of_mount(place: &Place) -> Address {
    if place.mount.is_null() {
        return ptr::null();
    }
    let mount = (place.mount as usize).wrapping_sub(offset!(mount_mnt) as usize) as Address;
    follow(mount, offset!(mount_mnt_ns))
}

/// Whether a place is reached through a mount of another mount namespace than the task's.
#[inline(always)]
pub fn is_elsewhere(place: &Place, task: Task) -> bool {
    let namespace = owner_of_mount(place);
    !namespace.is_null() && !is_error(namespace) && namespace != task.mount_namespace()
}

/// The mount namespace that a place is reached through; null where its mount is not attached to one.
#[inline(always)]
pub fn mount_namespace(place: &Place) -> Address {
    let namespace = owner_of_mount(place);
    if is_error(namespace) {
        return ptr::null();
    }
    match read(namespace, offset!(mnt_namespace_inum)) {
        0 | ANONYMOUS => ptr::null(),
        _ => namespace,
    }
}

/// Writes the identity of a file into a record.
#[inline(never)]
pub fn identify(place: &Place, task: Task, into: &mut Object) {
    let inode = follow(place.dentry, offset!(dentry_d_inode));
    let superblock = follow(inode, offset!(inode_i_sb));
    let mut flags = if inode.is_null() {
        0
    } else {
        object_flag::RESOLVED
    };
    into.inode = read(inode, offset!(inode_i_ino));
    into.real_inode = 0;
    into.device = read(superblock, offset!(super_block_s_dev));
    into.magic = read::<u64>(superblock, offset!(super_block_s_magic)) as u32;
    into.mode = u32::from(read::<u16>(inode, offset!(inode_i_mode)));
    into.rdev = read(inode, offset!(inode_i_rdev));
    if !inode.is_null() && read::<u32>(inode, offset!(inode_i_nlink)) == 0 {
        flags |= object_flag::UNLINKED;
    }
    if into.magic == OVERLAYFS_MAGIC && present(offset!(inode_size)) {
        // `struct ovl_inode` has the upper dentry right behind its inode.
        let upper = follow(inode, offset!(inode_size));
        flags |= object_flag::LAYER_KNOWN;
        if !upper.is_null() {
            flags |= object_flag::UPPER;
            let real = follow(upper, offset!(dentry_d_inode));
            into.real_inode = read(real, offset!(inode_i_ino));
        }
    }
    let namespace = owner_of_mount(place);
    into.mount_ns = 0;
    if is_error(namespace) {
        flags |= object_flag::INTERNAL;
    } else if namespace.is_null() {
        flags |= object_flag::DETACHED;
    } else {
        into.mount_ns = read(namespace, offset!(mnt_namespace_inum));
        if into.mount_ns == 0 || into.mount_ns == ANONYMOUS {
            // Made by fsmount or open_tree, and not attached yet.
            flags |= object_flag::DETACHED;
        } else if namespace != task.mount_namespace() {
            flags |= object_flag::OTHER_MOUNT_NS;
            flags |= match boundary::owns_mounts(task, namespace) {
                Some(true) => object_flag::OWN_MOUNT_NS,
                Some(false) => object_flag::FOREIGN_MOUNT_NS,
                None => 0,
            };
        }
    }
    into.flags = flags;
}
