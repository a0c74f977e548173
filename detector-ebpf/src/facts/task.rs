//! A task and what it is at this moment: ids, credential, namespaces, root, executable.

use detector_common::record::{Namespaces, Subject};
use detector_common::section::Session;

use crate::facts::path::Place;
use crate::kernel::{Address, Typed, follow, offset, present, read};
use crate::tier;

/// Places in `signal_struct.pids` (`enum pid_type` of include/linux/pid.h; the same since 4.19).
const PIDTYPE_PGID: u32 = 2;
const PIDTYPE_SID: u32 = 3;

/// A `task_struct`.
#[derive(Clone, Copy)]
pub struct Task(pub Address);

/// Which process a task is.
pub struct Identity {
    /// Thread id in the initial pid namespace.
    pub tid: u32,
    /// Thread group id there.
    pub tgid: u32,
    /// Start of the thread group, in ns of CLOCK_BOOTTIME.
    pub start: u64,
    /// The kernel's count of executions.
    pub exec_count: u32,
}

impl Task {
    /// The task that runs now.
    #[inline(always)]
    pub fn current() -> Self {
        Self(tier::current_task())
    }

    /// The task as the verifier knows it: one that comes from a tracepoint or runs now. Of a task that
    /// was reached from another it knows nothing, and refuses what needs that: [`Task::identity`],
    /// [`Task::file`] and [`Task::describe`].
    #[inline(always)]
    fn typed(self) -> Typed {
        Typed::of(self.0)
    }

    /// Its identity, for a record's header: thread, thread group, start of the group, executions.
    #[inline(always)]
    pub fn identity(self) -> Identity {
        let task = self.typed();
        let leader = task.follow(offset!(task_group_leader));
        Identity {
            tid: task.word(offset!(task_pid)),
            tgid: task.word(offset!(task_tgid)),
            start: leader.long(offset!(task_start_boottime)),
            exec_count: self.exec_count(),
        }
    }

    /// Thread id in the initial pid namespace.
    #[inline(always)]
    pub fn tid(self) -> u32 {
        read(self.0, offset!(task_pid))
    }

    /// Thread group id in the initial pid namespace.
    #[inline(always)]
    pub fn tgid(self) -> u32 {
        read(self.0, offset!(task_tgid))
    }

    /// The leader of its thread group.
    #[inline(always)]
    pub fn leader(self) -> Self {
        Self(follow(self.0, offset!(task_group_leader)))
    }

    /// The task that a parent's wait would be in.
    #[inline(always)]
    pub fn parent(self) -> Self {
        Self(follow(self.0, offset!(task_real_parent)))
    }

    /// Start of the thread group, in ns of CLOCK_BOOTTIME.
    #[inline(always)]
    pub fn group_start(self) -> u64 {
        read(self.leader().0, offset!(task_start_boottime))
    }

    /// The kernel's count of executions.
    #[inline(always)]
    pub fn exec_count(self) -> u32 {
        read(self.0, offset!(task_self_exec_id))
    }

    /// Threads of the group that have not begun to exit.
    #[inline(always)]
    pub fn live_threads(self) -> u32 {
        read(follow(self.0, offset!(task_signal)), offset!(signal_live))
    }

    /// Exit code as wait(2) gives it.
    #[inline(always)]
    pub fn exit_code(self) -> u32 {
        read(self.0, offset!(task_exit_code))
    }

    /// Id of its cgroup in the v2 hierarchy.
    #[inline(always)]
    pub fn cgroup(self) -> u64 {
        let set = follow(self.0, offset!(task_cgroups));
        cgroup_id(follow(set, offset!(css_set_dfl_cgrp)))
    }

    /// The root directory of the task that runs now.
    #[inline(always)]
    pub fn current_root() -> Place {
        let fs = Self::current().typed().follow(offset!(task_fs));
        Place {
            mount: fs.address(offset!(fs_root_mnt)),
            dentry: fs.address(offset!(fs_root_dentry)),
        }
    }

    /// Its root directory.
    #[inline(always)]
    pub fn root(self) -> Place {
        let fs = follow(self.0, offset!(task_fs));
        Place {
            mount: follow(fs, offset!(fs_root_mnt)),
            dentry: follow(fs, offset!(fs_root_dentry)),
        }
    }

    /// Its working directory.
    #[inline(always)]
    pub fn cwd(self) -> Place {
        let fs = follow(self.0, offset!(task_fs));
        Place {
            mount: follow(fs, offset!(fs_pwd_mnt)),
            dentry: follow(fs, offset!(fs_pwd_dentry)),
        }
    }

    /// Its mount namespace, as an address to compare.
    #[inline(always)]
    pub fn mount_namespace(self) -> Address {
        let proxy = follow(self.0, offset!(task_nsproxy));
        follow(proxy, offset!(nsproxy_mnt_ns))
    }

    /// Its executable's `struct file`; null for a kernel thread.
    #[inline(always)]
    pub fn exe_file(self) -> Address {
        let memory = follow(self.0, offset!(task_mm));
        follow(memory, offset!(mm_exe_file))
    }

    /// The `struct file` behind one of its descriptors; null without one.
    #[inline(always)]
    pub fn file(self, descriptor: u64) -> Address {
        let files = self.typed().follow(offset!(task_files));
        let table = files.follow(offset!(files_fdt));
        if descriptor >= u64::from(table.word(offset!(fdtable_max_fds))) {
            return core::ptr::null();
        }
        let slots = table.address(offset!(fdtable_fd));
        if slots.is_null() {
            return slots;
        }
        read::<usize>(
            slots.wrapping_add(descriptor as usize * size_of::<usize>()),
            0,
        ) as Address
    }

    /// Its id in its own pid namespace.
    #[inline(always)]
    fn vpid(self) -> u32 {
        let leader = self.typed().follow(offset!(task_group_leader));
        let pid = leader.address(offset!(task_thread_pid));
        number(pid, read(pid, offset!(pid_level)))
    }

    /// Writes its session, process group and terminal. Only where the kernel has `signal_pids`.
    #[inline(never)]
    pub fn session(self, into: &mut Session) {
        let signal = follow(self.0, offset!(task_signal));
        let of_type = |kind: u32| {
            let at = offset!(signal_pids) + kind * size_of::<usize>() as u32;
            follow(signal, at)
        };
        let group = of_type(PIDTYPE_PGID);
        let own = follow(self.leader().0, offset!(task_thread_pid));
        into.sid = number(of_type(PIDTYPE_SID), 0);
        into.pgid = number(group, 0);
        into.vpgid = number(group, read(own, offset!(pid_level)));
        into.terminal = terminal(signal);
    }

    /// Writes all of it into a record.
    #[inline(never)]
    pub fn describe(self, into: &mut Subject) {
        let task = self.typed();
        let credential = task.follow(offset!(task_cred));
        // The eight ids stand one behind the other since 2.6.29; the resolver asserts it.
        let first = offset!(cred_uid);
        let mut at = 0;
        for id in &mut into.ids {
            *id = credential.word(first + at);
            at += 4;
        }
        into.cap_effective = credential.pair(offset!(cred_cap_effective));
        into.cap_permitted = credential.pair(offset!(cred_cap_permitted));
        into.cap_bounding = credential.pair(offset!(cred_cap_bset));
        let user = credential.follow(offset!(cred_user_ns));
        into.user_ns_level = user.word(offset!(user_namespace_level));
        let proxy = task.follow(offset!(task_nsproxy));
        let number = |namespace: u32, inum: u32| proxy.follow(namespace).word(inum);
        into.namespaces = Namespaces {
            mnt: number(offset!(nsproxy_mnt_ns), offset!(mnt_namespace_inum)),
            pid: number(
                offset!(nsproxy_pid_ns_for_children),
                offset!(pid_namespace_inum),
            ),
            user: user.word(offset!(user_namespace_inum)),
            net: number(offset!(nsproxy_net_ns), offset!(net_inum)),
            cgroup: number(offset!(nsproxy_cgroup_ns), offset!(cgroup_namespace_inum)),
            ipc: number(offset!(nsproxy_ipc_ns), offset!(ipc_namespace_inum)),
        };
        into.vpid = self.vpid();
        let cgroup = task
            .follow(offset!(task_cgroups))
            .follow(offset!(css_set_dfl_cgrp));
        into.cgroup = cgroup
            .follow(offset!(cgroup_kn))
            .long(offset!(kernfs_node_id));
        let memory = task.follow(offset!(task_mm));
        let inode = follow(memory.address(offset!(mm_exe_file)), offset!(file_f_inode));
        let superblock = follow(inode, offset!(inode_i_sb));
        into.exe_inode = read(inode, offset!(inode_i_ino));
        into.exe_device = read(superblock, offset!(super_block_s_dev));
        into.exe_magic = read::<u64>(superblock, offset!(super_block_s_magic)) as u32;
        into.loginuid = optional(task, offset!(task_loginuid), u32::MAX);
        into.seccomp = optional(task, offset!(task_seccomp_mode), 0);
    }
}

/// The number of a `struct pid` in the pid namespace of a level; 0 where it has none there.
#[inline(always)]
fn number(pid: Address, level: u32) -> u32 {
    // The kernel nests pid namespaces at most 32 deep (MAX_PID_NS_LEVEL).
    if pid.is_null() || level > 32 || level > read(pid, offset!(pid_level)) {
        return 0;
    }
    let width = offset!(upid_size);
    read(pid, offset!(pid_numbers) + level * width + offset!(upid_nr))
}

/// Device number of a process's terminal, as `new_encode_dev` of include/linux/kdev_t.h has it.
#[inline(always)]
fn terminal(signal: Address) -> u32 {
    if !present(offset!(signal_tty)) || !present(offset!(tty_driver_major)) {
        return 0;
    }
    let tty = follow(signal, offset!(signal_tty));
    let driver = follow(tty, offset!(tty_driver));
    if driver.is_null() {
        return 0;
    }
    let first: u32 = read(driver, offset!(tty_driver_minor_start));
    let minor = first.wrapping_add(read(tty, offset!(tty_index)));
    let major: u32 = read(driver, offset!(tty_driver_major));
    minor & 0xff | major << 8 | (minor & !0xff) << 12
}

/// Id of a cgroup in its hierarchy.
#[inline(always)]
pub fn cgroup_id(cgroup: Address) -> u64 {
    read(follow(cgroup, offset!(cgroup_kn)), offset!(kernfs_node_id))
}

/// A field that not every kernel has.
#[inline(always)]
fn optional(task: Typed, offset: u32, otherwise: u32) -> u32 {
    if present(offset) {
        task.word(offset)
    } else {
        otherwise
    }
}
