//! The table of kernel fields: one line per field, as `name = path | older path: shape, need,
//! purpose`.
//!
//! A table may be long. Fields of a structure stand together, structures in the order in which the
//! sensor reaches them: task, credential, namespaces, files, mounts, memory, cgroups, sockets,
//! registers (those of x86-64 are marked).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{
    ABSENT, FieldSpec,
    Need::{Optional, Required},
    Shape::{Array, Embedded, Low32, Pointer, Size, Structure, U8, U16, U32, U64},
};

kernel_fields! {
    "task_struct" {
        task_pid = "pid": U32, Required, "thread id in the initial pid namespace";
        task_tgid = "tgid": U32, Required, "process id in the initial pid namespace";
        task_start_boottime = "start_boottime" | "real_start_time":
            U64, Required, "process identity";
        task_group_leader = "group_leader": Pointer, Required, "from a thread to its process";
        task_real_parent = "real_parent": Pointer, Required, "process tree";
        task_flags = "flags": U32, Required, "kernel threads and io_uring workers";
        task_atomic_flags = "atomic_flags": U64, Required, "no_new_privs";
        task_files = "files": Pointer, Required, "open files";
        task_fs = "fs": Pointer, Required, "root and working directory";
        task_nsproxy = "nsproxy": Pointer, Required, "namespaces";
        task_cred = "cred": Pointer, Required, "effective credential";
        task_real_cred = "real_cred": Pointer, Required, "credential as others see it";
        task_signal = "signal": Pointer, Required, "living threads of the process";
        task_mm = "mm": Pointer, Required, "executable and arguments";
        task_cgroups = "cgroups": Pointer, Required, "container";
        task_self_exec_id = "self_exec_id": U64, Required, "count of execs";
        task_exit_code = "exit_code": U32, Required, "how the process ended";
        task_thread_pid = "thread_pid": Pointer, Required, "pid inside the container";
        task_thread_info_status = "thread_info.status": U32, Required, "32-bit system calls (x86)";
        task_seccomp_mode = "seccomp.mode": U32, Optional("seccomp"), "seccomp switched off";
        task_loginuid = "loginuid": Embedded(4), Optional("audit session"), "user who logged in";
        task_sessionid = "sessionid": U32, Optional("audit session"), "login session";
        task_pid_links = "pid_links": Array, Optional("target processes"), "from a pid to its task";
    }
    "signal_struct" {
        signal_live = "live": Embedded(4), Required, "whether the last thread has gone";
        signal_tty = "tty": Pointer, Optional("terminal"), "controlling terminal";
        signal_pids = "pids": Array, Optional("sessions"), "session and process group";
    }
    "tty_struct" {
        tty_driver = "driver": Pointer, Optional("terminal"), "whose terminal it is";
        tty_index = "index": U32, Optional("terminal"), "which of them";
    }
    "tty_driver" {
        tty_driver_major = "major": U32, Optional("terminal"), "its device number";
        tty_driver_minor_start = "minor_start": U32, Optional("terminal"), "its device number";
    }
    "cred" {
        cred_uid = "uid": Embedded(4), Required, "real user";
        cred_gid = "gid": Embedded(4), Required, "real group";
        cred_suid = "suid": Embedded(4), Required, "saved user";
        cred_sgid = "sgid": Embedded(4), Required, "saved group";
        cred_euid = "euid": Embedded(4), Required, "effective user";
        cred_egid = "egid": Embedded(4), Required, "effective group";
        cred_fsuid = "fsuid": Embedded(4), Required, "user for file access";
        cred_fsgid = "fsgid": Embedded(4), Required, "group for file access";
        cred_securebits = "securebits": U32, Required, "whether root means capabilities";
        cred_cap_inheritable = "cap_inheritable": Embedded(8), Required, "inheritable capabilities";
        cred_cap_permitted = "cap_permitted": Embedded(8), Required, "permitted capabilities";
        cred_cap_effective = "cap_effective": Embedded(8), Required, "effective capabilities";
        cred_cap_bset = "cap_bset": Embedded(8), Required, "capability bounding set";
        cred_cap_ambient = "cap_ambient": Embedded(8), Required, "ambient capabilities";
        cred_user_ns = "user_ns": Pointer, Required, "where the capabilities count";
    }
    "nsproxy" {
        nsproxy_uts_ns = "uts_ns": Pointer, Required, "host name namespace";
        nsproxy_ipc_ns = "ipc_ns": Pointer, Required, "IPC namespace";
        nsproxy_mnt_ns = "mnt_ns": Pointer, Required, "mount namespace";
        nsproxy_pid_ns_for_children = "pid_ns_for_children": Pointer, Required, "pid namespace";
        nsproxy_net_ns = "net_ns": Pointer, Required, "network namespace";
        nsproxy_cgroup_ns = "cgroup_ns": Pointer, Required, "cgroup namespace";
        nsproxy_time_ns = "time_ns": Pointer, Optional("time namespace"), "time namespace";
    }
    "mnt_namespace" {
        mnt_namespace_inum = "ns.inum": U32, Required, "its number";
        mnt_namespace_ns_id = "ns.ns_id" | "seq":
            U64, Optional("namespace generations"), "its number, never used again";
        mnt_namespace_user_ns = "user_ns": Pointer, Required, "user namespace that owns it";
    }
    "net" {
        net_inum = "ns.inum": U32, Required, "its number";
        net_ns_id = "ns.ns_id" | "net_cookie":
            U64, Optional("namespace generations"), "its number, never used again";
        net_user_ns = "user_ns": Pointer, Required, "user namespace that owns it";
    }
    "cgroup_namespace" {
        cgroup_namespace_inum = "ns.inum": U32, Required, "its number";
        cgroup_namespace_ns_id = "ns.ns_id":
            U64, Optional("namespace generations"), "its number, never used again";
        cgroup_namespace_user_ns = "user_ns": Pointer, Required, "user namespace that owns it";
    }
    "uts_namespace" {
        uts_namespace_inum = "ns.inum": U32, Required, "its number";
        uts_namespace_ns_id = "ns.ns_id":
            U64, Optional("namespace generations"), "its number, never used again";
        uts_namespace_user_ns = "user_ns": Pointer, Required, "user namespace that owns it";
    }
    "ipc_namespace" {
        ipc_namespace_inum = "ns.inum": U32, Required, "its number";
        ipc_namespace_ns_id = "ns.ns_id":
            U64, Optional("namespace generations"), "its number, never used again";
        ipc_namespace_user_ns = "user_ns": Pointer, Required, "user namespace that owns it";
    }
    "time_namespace" {
        time_namespace_inum = "ns.inum": U32, Optional("time namespace"), "its number";
    }
    "user_namespace" {
        user_namespace_inum = "ns.inum": U32, Required, "its number";
        user_namespace_ns_id = "ns.ns_id":
            U64, Optional("namespace generations"), "its number, never used again";
        user_namespace_parent = "parent": Pointer, Required, "whether a step leads inward";
        user_namespace_level = "level": U32, Required, "depth below the initial one";
    }
    "pid_namespace" {
        pid_namespace_inum = "ns.inum": U32, Required, "its number";
        pid_namespace_ns_id = "ns.ns_id":
            U64, Optional("namespace generations"), "its number, never used again";
        pid_namespace_parent = "parent": Pointer, Required, "whether a step leads inward";
        pid_namespace_level = "level": U32, Required, "depth below the initial one";
        pid_namespace_xa_head = "idr.idr_rt.xa_head":
            Pointer, Optional("target processes"), "its pids by number";
    }
    "xa_node" {
        xa_node_shift = "shift": U8, Optional("target processes"), "which bits of a pid it parts";
        xa_node_slots = "slots": Array, Optional("target processes"), "what lies below";
        xa_node_size_of_slots = "slots": Size, Optional("target processes"), "how many bits it parts";
    }
    "pid" {
        pid_level = "level": U32, Required, "depth of the task's own pid namespace";
        pid_numbers = "numbers": Array, Required, "the task's id in each pid namespace";
        pid_tasks = "tasks": Array, Optional("target processes"), "its task";
    }
    "upid" {
        upid_nr = "nr": U32, Required, "the id";
        upid_ns = "ns": Pointer, Required, "the pid namespace in which it counts";
        upid_size = "": Size, Required, "step from one level to the next";
    }
    "fs_struct" {
        fs_root_mnt = "root.mnt": Pointer, Required, "mount of the root directory";
        fs_root_dentry = "root.dentry": Pointer, Required, "root directory";
        fs_pwd_mnt = "pwd.mnt": Pointer, Required, "mount of the working directory";
        fs_pwd_dentry = "pwd.dentry": Pointer, Required, "working directory";
    }
    "path" {
        path_mnt = "mnt": Pointer, Required, "mount of a path";
        path_dentry = "dentry": Pointer, Required, "entry of a path";
    }
    "files_struct" { files_fdt = "fdt": Pointer, Required, "descriptor table"; }
    "fdtable" {
        fdtable_fd = "fd": Pointer, Required, "files by descriptor";
        fdtable_max_fds = "max_fds": U32, Required, "bound of the table";
    }
    "file" {
        file_f_path_mnt = "f_path.mnt": Pointer, Required, "mount it was opened through";
        file_f_path_dentry = "f_path.dentry": Pointer, Required, "its name";
        file_f_inode = "f_inode": Pointer, Required, "its inode";
        file_f_mode = "f_mode": U32, Required, "opened for reading or writing";
        file_f_flags = "f_flags": U32, Required, "flags of the open";
        file_private_data = "private_data": Pointer, Required, "the socket behind a file";
    }
    "dentry" {
        dentry_d_parent = "d_parent": Pointer, Required, "next step of a path";
        dentry_d_name_hash_len = "d_name.hash_len": U64, Required, "name length, above its hash";
        dentry_d_name_len = "d_name.len": U32, Required, "length of the name";
        dentry_d_name_name = "d_name.name": Pointer, Required, "the name";
        dentry_d_inode = "d_inode": Pointer, Required, "inode of the entry";
        dentry_d_sb = "d_sb": Pointer, Required, "filesystem of the entry";
    }
    "inode" {
        inode_i_mode = "i_mode": U16, Required, "type and permissions";
        inode_i_ino = "i_ino": U64, Required, "file identity";
        inode_i_sb = "i_sb": Pointer, Required, "filesystem";
        inode_i_rdev = "i_rdev": U32, Required, "which device a special file is";
        inode_i_nlink = "i_nlink" | "__i_nlink": U32, Required, "deleted or memfd executables";
        inode_i_uid = "i_uid": Embedded(4), Required, "owner";
        inode_i_gid = "i_gid": Embedded(4), Required, "group";
        inode_i_ctime_sec = "i_ctime_sec" | "__i_ctime.tv_sec" | "i_ctime.tv_sec":
            U64, Optional("file times"), "whether a file was changed since the container's start";
        inode_i_ctime_nsec = "i_ctime_nsec" | "__i_ctime.tv_nsec" | "i_ctime.tv_nsec":
            Low32, Optional("file times"), "whether a file was changed since the container's start";
        inode_i_mtime_sec = "i_mtime_sec" | "__i_mtime.tv_sec" | "i_mtime.tv_sec":
            U64, Optional("file times"), "whether a file was written since the container's start";
        inode_i_mtime_nsec = "i_mtime_nsec" | "__i_mtime.tv_nsec" | "i_mtime.tv_nsec":
            Low32, Optional("file times"), "whether a file was written since the container's start";
        inode_i_private = "i_private": Pointer, Required, "the process behind a pidfd";
        inode_size = "": Size, Required, "overlay: what stands behind the inode";
    }
    "proc_inode" {
        proc_inode_pid = "pid": Pointer, Optional("target processes"), "whose file in /proc it is";
        proc_inode_vfs_inode =
            "vfs_inode": Structure, Optional("target processes"), "from an inode back to that";
    }
    "kernel_siginfo" {
        kernel_siginfo_si_code =
            "si_code": U32, Optional("signals to the detector"), "sent by a process or the kernel";
    }
    "super_block" {
        super_block_s_dev = "s_dev": U32, Required, "file identity";
        super_block_s_magic = "s_magic": U64, Required, "type of filesystem";
        super_block_s_root = "s_root": Pointer, Required, "its root directory";
        super_block_s_user_ns = "s_user_ns": Pointer, Required, "user namespace that mounted it";
    }
    "vfsmount" {
        vfsmount_mnt_root = "mnt_root": Pointer, Required, "directory that is mounted";
        vfsmount_mnt_sb = "mnt_sb": Pointer, Required, "filesystem that is mounted";
        vfsmount_mnt_flags = "mnt_flags": U32, Required, "nosuid, noexec, read-only";
    }
    "mount" {
        mount_mnt_parent = "mnt_parent": Pointer, Required, "next mount of a path";
        mount_mnt_mountpoint = "mnt_mountpoint": Pointer, Required, "where it is mounted";
        mount_mnt_root = "mnt.mnt_root": Pointer, Required, "directory that is mounted";
        mount_mnt_ns = "mnt_ns": Pointer, Required, "detached mounts have none";
        mount_mnt_id = "mnt_id": U32, Required, "its number in mountinfo";
        mount_mnt = "mnt": Structure, Required, "from a vfsmount back to its mount";
    }
    "mm_struct" {
        mm_exe_file = "exe_file": Pointer, Required, "executable";
        mm_arg_start = "arg_start": U64, Required, "arguments";
        mm_arg_end = "arg_end": U64, Required, "arguments";
        mm_env_start = "env_start": U64, Required, "environment";
        mm_env_end = "env_end": U64, Required, "environment";
    }
    "linux_binprm" {
        linux_binprm_file = "file": Pointer, Required, "executed file";
        linux_binprm_filename = "filename": Pointer, Required, "name given to exec";
        linux_binprm_interp = "interp": Pointer, Required, "interpreter of a script";
        linux_binprm_argc = "argc": U32, Required, "number of arguments";
    }
    "css_set" { css_set_dfl_cgrp = "dfl_cgrp": Pointer, Required, "cgroup in the v2 hierarchy"; }
    "cgroup" {
        cgroup_kn = "kn": Pointer, Required, "cgroup id";
        cgroup_root = "root": Pointer, Required, "which hierarchy";
        cgroup_level = "level": U32, Required, "depth in the hierarchy";
    }
    "cgroup_root" { cgroup_root_hierarchy_id = "hierarchy_id": U32, Required, "0 is the v2 one"; }
    "kernfs_node" {
        kernfs_node_id = "id": U64, Required, "cgroup id";
        kernfs_node_name = "name": Pointer, Required, "cgroup name";
        kernfs_node_parent = "__parent" | "parent": Pointer, Required, "enclosing cgroup";
    }
    "socket" {
        socket_sk = "sk": Pointer, Required, "protocol side of a socket";
        socket_type = "type": U16, Required, "stream, datagram, raw";
        socket_file = "file": Pointer, Required, "its file";
    }
    "sock" {
        sock_skc_family = "__sk_common.skc_family": U16, Required, "address family";
        sock_skc_dport = "__sk_common.skc_dport": U16, Required, "remote port";
        sock_skc_num = "__sk_common.skc_num": U16, Required, "local port";
        sock_skc_daddr = "__sk_common.skc_daddr": U32, Required, "remote address";
        sock_skc_rcv_saddr = "__sk_common.skc_rcv_saddr": U32, Required, "local address";
        sock_skc_v6_daddr = "__sk_common.skc_v6_daddr":
            Embedded(16), Optional("IPv6"), "remote address";
        sock_skc_v6_rcv_saddr = "__sk_common.skc_v6_rcv_saddr":
            Embedded(16), Optional("IPv6"), "local address";
        sock_sk_protocol = "sk_protocol": U16, Required, "TCP, UDP, ICMP";
        sock_sk_type = "sk_type": U16, Required, "stream, datagram, raw";
        sock_sk_err = "sk_err": U32, Required, "why a connection failed";
    }
    "unix_sock" {
        unix_sock_peer = "peer": Pointer, Optional("unix sockets"), "the other end";
        unix_sock_path_dentry = "path.dentry": Pointer, Optional("unix sockets"), "its file";
        unix_sock_path_mnt = "path.mnt": Pointer, Optional("unix sockets"), "its mount";
        unix_sock_addr = "addr": Pointer, Optional("unix names"), "its name";
    }
    "unix_address" {
        unix_address_len = "len": U32, Optional("unix names"), "length of the name";
        unix_address_name = "name": Array, Optional("unix names"), "the name";
    }
    "io_kiocb" {
        io_kiocb_file = "file" | "cmd.file": Pointer, Optional("io_uring"), "the socket of a request";
        io_kiocb_opcode = "opcode": U8, Optional("io_uring"), "what a request is for";
        io_kiocb_flags = "flags": Low32, Optional("io_uring"), "whether it was carried out";
        io_kiocb_ctx = "ctx": Pointer, Optional("io_uring"), "the ring of a request";
        io_kiocb_res = "cqe.res": U32, Optional("io_uring"), "what became of it";
    }
    "io_ring_ctx" {
        io_ring_ctx_flags = "flags": U32, Optional("io_uring set-up"), "how it was set up";
        io_ring_ctx_nodes = "file_table.data.nodes":
            Pointer, Optional("io_uring direct descriptors"), "files opened without a descriptor";
    }
    "io_rsrc_node" {
        io_rsrc_node_file_ptr = "file_ptr":
            U64, Optional("io_uring direct descriptors"), "a file opened without a descriptor";
    }
    "io_open" {
        io_open_dfd = "dfd": U32, Optional("io_uring"), "directory of an open";
        io_open_file_slot = "file_slot": U32, Optional("io_uring"), "opened without a descriptor";
        io_open_filename = "filename.__incomplete_filename" | "filename": Pointer, Optional("io_uring"), "the kernel's copy of the name";
        io_open_how_flags = "how.flags": U64, Optional("io_uring"), "flags of an open";
        io_open_how_mode = "how.mode": U64, Optional("io_uring"), "mode of an open";
        io_open_how_resolve = "how.resolve": U64, Optional("io_uring"), "how the name is resolved";
    }
    "io_mkdir" {
        io_mkdir_dfd = "dfd": U32, Optional("io_uring names"), "directory of a new directory";
        io_mkdir_mode = "mode": U16, Optional("io_uring names"), "its permissions";
        io_mkdir_filename = "filename.__incomplete_filename" | "filename":
            Pointer, Optional("io_uring names"), "the kernel's copy of its name";
    }
    "io_unlink" {
        io_unlink_dfd = "dfd": U32, Optional("io_uring names"), "directory of a removal";
        io_unlink_flags = "flags": U32, Optional("io_uring names"), "flags of a removal";
        io_unlink_filename = "filename.__incomplete_filename" | "filename":
            Pointer, Optional("io_uring names"), "the kernel's copy of the name";
    }
    "io_rename" {
        io_rename_old_dfd = "old_dfd": U32, Optional("io_uring names"), "directory of the old name";
        io_rename_new_dfd = "new_dfd": U32, Optional("io_uring names"), "directory of the new name";
        io_rename_oldpath = "oldpath.__incomplete_filename" | "oldpath":
            Pointer, Optional("io_uring names"), "the kernel's copy of the old name";
        io_rename_newpath = "newpath.__incomplete_filename" | "newpath":
            Pointer, Optional("io_uring names"), "the kernel's copy of the new name";
        io_rename_flags = "flags": U32, Optional("io_uring names"), "flags of a rename";
    }
    "io_link" {
        io_link_old_dfd = "old_dfd": U32, Optional("io_uring names"), "directory of what is linked";
        io_link_new_dfd = "new_dfd": U32, Optional("io_uring names"), "directory of the link";
        io_link_oldpath = "oldpath.__incomplete_filename" | "oldpath":
            Pointer, Optional("io_uring names"), "the kernel's copy of what is linked";
        io_link_newpath = "newpath.__incomplete_filename" | "newpath":
            Pointer, Optional("io_uring names"), "the kernel's copy of the link's name";
        io_link_flags = "flags": U32, Optional("io_uring names"), "flags of a link";
    }
    "io_connect" {
        io_connect_addr = "addr": Pointer, Optional("io_uring"), "the caller's address of the peer";
        io_connect_addr_len = "addr_len": U32, Optional("io_uring"), "its length";
    }
    "io_uring_cqe" { io_uring_cqe_res = "res": U32, Optional("io_uring"), "what became of a request"; }
    "filename" { filename_name = "name": Pointer, Optional("io_uring"), "the kernel's copy of a name"; }
    "pt_regs" {
        pt_regs_orig_ax = "orig_ax": U64, Required, "system call number (x86-64)";
        pt_regs_ax = "ax": U64, Required, "result (x86-64)";
        pt_regs_di = "di": U64, Required, "first argument (x86-64)";
        pt_regs_si = "si": U64, Required, "second argument, fourth of 32-bit calls (x86-64)";
        pt_regs_dx = "dx": U64, Required, "third argument (x86-64)";
        pt_regs_r10 = "r10": U64, Required, "fourth argument (x86-64)";
        pt_regs_r8 = "r8": U64, Required, "fifth argument (x86-64)";
        pt_regs_r9 = "r9": U64, Required, "sixth argument (x86-64)";
        pt_regs_bx = "bx": U64, Required, "first argument of 32-bit calls (x86-64)";
        pt_regs_cx = "cx": U64, Required, "second argument of 32-bit calls (x86-64)";
        pt_regs_bp = "bp": U64, Required, "sixth argument of 32-bit calls (x86-64)";
    }
}
