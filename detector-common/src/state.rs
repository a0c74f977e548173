//! Values of the maps that both sides touch, and the numbers of counters.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::record::{KIND_LIMIT, Lane};

/// Where a thread group stands between container runtime and workload.
pub mod phase {
    /// Not tracked: a task of the host.
    pub const HOST: u32 = 0;
    /// The runtime's own set-up inside the container's cgroup.
    pub const RUNTIME: u32 = 1;
    /// The container's workload, for ever.
    pub const WORKLOAD: u32 = 2;
}

/// Whether a cgroup is watched.
pub mod decision {
    /// Not known yet, or a container of which its engine has yet to tell: watched, and sorted out
    /// later.
    pub const UNDECIDED: u32 = 0;
    /// A watched container's.
    pub const WATCHED: u32 = 1;
    /// Nobody's concern.
    pub const UNWATCHED: u32 = 2;
    /// Watched and no container's: whatever is in it is workload.
    pub const SERVICE: u32 = 3;
    /// Below a watched service, and its own if it turns out to be no container's.
    pub const UNDECIDED_SERVICE: u32 = 4;
    /// A container's that nobody selected.
    pub const FOREIGN: u32 = 5;
}

/// State of a thread group, keyed by its id in the initial pid namespace.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct TaskState {
    /// A [`phase`].
    pub phase: u32,
    /// Not 0 once a task of the runtime has changed its root: its next exec is the workload's.
    pub armed: u32,
    /// The root dentry of whoever put the task into the cgroup. Compared, never followed.
    pub maker_root: u64,
    /// The cgroup in which the group was first tracked.
    pub cgroup: u64,
    /// Of a group that is no container's: the cgroup into which it was moved, or 0. If that is a
    /// container's, the next exec with another root is that container's.
    pub entering: u64,
    /// The process that was chosen for itself and that this is, or descends from, or 0. See
    /// [`Chosen`].
    pub chosen: u32,
    /// What of the host's it was given at its birth, [`BORN`] and [`MET`]: bits of
    /// [`crate::boundary::part`].
    pub given: u32,
}

/// The mark in [`TaskState::given`] of a group whose birth was recorded.
pub const BORN: u32 = 1 << 31;

/// The mark in [`TaskState::given`] of a group of which nobody told and that was met at a call, until
/// it is told of, or executes where the detector's root is not its own: where it stands is no birth, and
/// what it does may be the set-up of a container.
pub const MET: u32 = 1 << 30;

/// A process that is watched with all that it starts, wherever that goes; keyed by its thread group.
/// Once it is taken out, what descends from it is watched by its cgroup alone.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Chosen {
    /// When it started, in ticks of [`TICK`] ns: its number may be another's later.
    pub start: u64,
    /// A [`crate::interest::level`].
    pub level: u32,
    /// Zero.
    pub reserved: u32,
}

/// Nanoseconds of a tick in /proc/PID/stat: USER_HZ is 100 on every architecture that we know.
pub const TICK: u64 = 10_000_000;

/// What is known of a cgroup, keyed by its id.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct CgroupState {
    /// A [`decision`].
    pub decision: u32,
    /// A [`crate::interest::level`].
    pub level: u32,
    /// Id of the outermost cgroup of its container or service; its own until that is known.
    pub outermost: u64,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// Why the sensor lost something.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Cause { $($(#[$doc])* $name = $number,)* }

        impl Cause {
            /// All causes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in status and gaps.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

causes! {
    /// The lane's ring had no room.
    RingFull = 0, "ring_full";
    /// The program interrupted itself more deeply than there are scratch buffers.
    Nested = 1, "nested";
    /// The hash of thread groups had no room: the group counts as workload.
    TasksFull = 2, "tasks_full";
    /// The hash of cgroups had no room: the cgroup is found again by a walk of cgroupfs.
    CgroupsFull = 3, "cgroups_full";
    /// A watched cgroup's task had no state.
    MissedState = 4, "missed_state";
    /// The program of a family is not loaded.
    NoProgram = 6, "no_program";
    /// The hash of started connections had no room: a handshake's result will not be told.
    ConnectsFull = 7, "connects_full";
    /// The hash of what tasks were seen as had no room: a change of this one may go unnoticed.
    SeenFull = 8, "seen_full";
    /// The hash of what containers were born with had no room.
    BirthsFull = 9, "births_full";
    /// The name in a refused io_uring request was forgotten before its end: too many were under way.
    RequestForgotten = 11, "request_forgotten";
    /// The hash of what was resolved before an act had no room: the caller's names are told alone.
    NotesFull = 16, "notes_full";
}

/// More than the number of any cause: the stride of the drop counters.
pub const CAUSES: u32 = highest(Cause::ALL) + 1;

const fn highest(causes: &[Cause]) -> u32 {
    match causes {
        [] => 0,
        [first, rest @ ..] => {
            let (first, rest) = (*first as u32, highest(rest));
            if first > rest { first } else { rest }
        }
    }
}

/// Index of a drop counter in the per-CPU array of the sensor.
pub const fn drop_index(lane: Lane, cause: Cause) -> u32 {
    lane as u32 * CAUSES + cause as u32
}

/// Number of drop counters.
pub const DROP_COUNTERS: u32 = Lane::ALL.len() as u32 * CAUSES;

/// What is counted per kind of record, in the per-CPU array of the sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Tally {
    /// Acts of watched tasks.
    Made = 0,
    /// Acts that were not sent because nobody is interested.
    Filtered = 1,
    /// Acts that were not sent because equal ones had used up a budget of the alarm lane.
    Suppressed = 2,
    /// Acts that were lost, for whatever [`Cause`].
    Dropped = 3,
}

/// Number of per-kind counters.
pub const TALLIES: u32 = 4;
/// Number of counters in the per-kind array.
pub const TALLY_COUNTERS: u32 = KIND_LIMIT * TALLIES;

/// Index of a per-kind counter.
pub const fn tally_index(kind: u32, tally: Tally) -> u32 {
    kind * TALLIES + tally as u32
}

/// Records of the alarm lane that are equal in task, kind, outcome and object, per second.
pub const BUDGET_PER_TASK: u32 = 64;
/// Records of the alarm lane that are equal in container, kind and outcome, per second.
pub const BUDGET_PER_CONTAINER: u32 = 1024;

/// One entry of the alarm lane's account: how often something happened in a second.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Budget {
    /// The second, by CLOCK_BOOTTIME.
    pub second: u64,
    /// Acts in it.
    pub count: u64,
    /// Acts in all that were held back under this key.
    pub suppressed: u64,
}

/// Key of [`Budget`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct BudgetKey {
    /// Thread group, 0 for the container's account.
    pub tgid: u32,
    /// Kind of the record.
    pub kind: u32,
    /// Result of the call; 0 for every success.
    pub outcome: i64,
    /// Inode of the object that the kernel resolved, 0 without one and for the container's account.
    pub object: u64,
    /// Outermost cgroup.
    pub cgroup: u64,
}

/// Programs that only count their runs, for `doctor`: the index of each in their array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Probe {
    /// A program that security modules' hooks call.
    Lsm = 0,
    /// A program at the entry of a kernel function.
    Fentry = 1,
}

/// Number of [`Probe`]s.
pub const PROBES: u32 = 2;

/// The programs that resolve names before an act: the index of each in the array of their runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Before {
    /// The removal of a file's name.
    Unlink = 0,
    /// The removal of a directory.
    Rmdir = 1,
    /// The change of a name.
    Rename = 2,
    /// The cutting of a file.
    Truncate = 3,
    /// The making of a directory.
    Mkdir = 4,
    /// The change of a file's mode.
    Chmod = 5,
}

/// Number of [`Before`]s.
pub const BEFORE_HOOKS: u32 = 6;

/// For how long, in ns, a CPU does not wake the reader of the rings once it has. Alarms always do.
pub const ROUSE_INTERVAL: u64 = 1_000_000;
/// For how long, in ns, a reader that found nothing looks again before it waits to be woken: what was
/// written without waking it is never left lying.
pub const LINGER: u64 = 2 * ROUSE_INTERVAL;
