//! Programs that do nothing, on the tracepoints of those that do: what a hook itself costs.
//!
//! Only `cargo xtask bench kernel` loads them, to measure the sensor beside them.

use aya_ebpf::macros::btf_tracepoint;
use aya_ebpf::programs::BtfTracePointContext;

macro_rules! empty {
    ($($name:ident on $tracepoint:tt;)*) => {$(
        /// Does nothing.
        #[btf_tracepoint(function = $tracepoint)]
        pub fn $name(_: BtfTracePointContext) -> i32 {
            0
        }
    )*};
}

empty! {
    empty_cgroup_made on "cgroup_mkdir";
    empty_cgroup_removed on "cgroup_rmdir";
    empty_cgroup_attached on "cgroup_attach_task";
    empty_task_made on "task_newtask";
    empty_executed on "sched_process_exec";
    empty_exited on "sched_process_exit";
    empty_tcp_state on "inet_sock_set_state";
    empty_signalled on "signal_generate";
    empty_request_submitted on "io_uring_submit_req";
    empty_request_ended on "io_uring_complete";
    empty_sys_exit on "sys_exit";
}
