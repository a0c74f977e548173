//! The maps: what the sensor remembers, and the rings through which it speaks.

use aya_ebpf::btf_maps::{Array, HashMap, LruHashMap, PerCpuArray, RingBuf};
use aya_ebpf::macros::{btf_map, map};
use aya_ebpf::maps::ProgramArray;
use detector_common::boundary::SPACES;
use detector_common::boundary::way::WAYS;
use detector_common::interest::{INTEREST_ENTRIES, name};
use detector_common::record::KIND_LIMIT;
use detector_common::state::{
    Budget, BudgetKey, CgroupState, Chosen, DROP_COUNTERS, TALLY_COUNTERS, TaskState,
};

use crate::acts::act::{GATES, Pending};
use crate::boundary::{Birth, Membership, Scene, Seen, Space};
use crate::record::emit::Doer;
use crate::record::{SLOTS, Scratch};
use crate::ring::names::Other;
use crate::ring::request::Note;

/// The alarm lane.
#[btf_map]
pub static ALARM: RingBuf<u8, { 4 << 20 }> = RingBuf::new();

/// The life-cycle lane.
#[btf_map]
pub static LIFE_CYCLE: RingBuf<u8, { 16 << 20 }> = RingBuf::new();

/// The volume lane.
#[btf_map]
pub static VOLUME: RingBuf<u8, { 16 << 20 }> = RingBuf::new();

/// State of watched thread groups. A hash and not task storage: an exec by a thread replaces the
/// leader's `task_struct`, and with it the storage would be gone.
#[btf_map]
pub static TASKS: HashMap<u32, TaskState, 65536> = HashMap::new();

/// What the threads of workloads were seen as, by thread.
#[btf_map]
pub static SEEN: HashMap<u32, Seen, 65536> = HashMap::new();

/// What a thread is now, while it is compared: one place for each program that compares. Kernels from
/// 7.0 on let a program be preempted, by a task that runs another one of ours; but the same one does not
/// run twice on a CPU.
#[btf_map]
pub static NOW: PerCpuArray<Scene, { WAYS as usize + 1 }> = PerCpuArray::new();

/// The host's namespaces, by kind.
#[btf_map]
pub static HOST_SPACES: Array<Space, { SPACES }> = Array::new();

/// What containers were born with, by outermost cgroup.
#[btf_map]
pub static BIRTHS: HashMap<u64, Birth, 8192> = HashMap::new();

/// The namespaces that containers were born with.
#[btf_map]
pub static BORN: HashMap<Membership, u32, 65536> = HashMap::new();

/// Whose a namespace is: of the container that was born with it first, or has made it. Entries may
/// be pushed out: then descent decides, and where that does not, it counts as nobody's.
#[btf_map]
pub static OWNERS: LruHashMap<Space, u64, 32768> = LruHashMap::new();

/// Processes that were chosen for themselves.
#[btf_map]
pub static CHOSEN: HashMap<u32, Chosen, 1024> = HashMap::new();

/// Cgroups by id.
#[btf_map]
pub static CGROUPS: HashMap<u64, CgroupState, 65536> = HashMap::new();

/// The account of the alarm lane. Entries may be pushed out: the counters are the account, this is
/// a hint.
#[btf_map]
pub static BUDGETS: LruHashMap<BudgetKey, Budget, 16384> = LruHashMap::new();

/// TCP handshakes under way, by socket address.
#[btf_map]
pub static STARTED: HashMap<u64, Doer, 16384> = HashMap::new();

/// The handshake that each thread began last, until its connect returns. Entries may be pushed out:
/// the connection is then reported twice.
#[btf_map]
pub static CONNECTING: LruHashMap<u32, u64, 16384> = LruHashMap::new();

/// Sockets whose TCP handshake has begun, until a request to connect them ends: whoever began it need
/// not be whom its end is told to. Entries may be pushed out: the connection is then reported twice.
#[btf_map]
pub static BEGUN: LruHashMap<u64, u32, 4096> = LruHashMap::new();

/// Requests to io_urings under way, by their address. Entries may be pushed out: of those that the
/// kernel refuses the name is then lost, and counted.
#[btf_map]
pub static REQUESTS: LruHashMap<u64, Note, 1024> = LruHashMap::new();

/// The open that each thread submitted last, until it is seen to be carried out. Entries may be pushed
/// out: the open is then told when it ends.
#[btf_map]
pub static LAST: LruHashMap<u32, u64, 4096> = LruHashMap::new();

/// The second names of requests that have two, by the address of the request. Entries may be pushed out:
/// the name is then lost, and the record says so.
#[btf_map]
pub static OTHERS: LruHashMap<u64, Other, 256> = LruHashMap::new();

/// A second name in the making.
#[btf_map]
pub static OTHER: PerCpuArray<Other, 1> = PerCpuArray::new();

/// A note in the making.
#[btf_map]
pub static NOTE: PerCpuArray<Note, 1> = PerCpuArray::new();

/// The root dentry of the detector, in element 0.
#[btf_map]
pub static OWN_ROOT: Array<u64, 1> = Array::new();

/// Records in the making, some for each CPU; user space sets the number of entries.
#[btf_map]
pub static SCRATCH: Array<Scratch, { SLOTS as usize }> = Array::new();

/// What is to be sent, by level and system call.
#[btf_map]
pub static INTEREST: Array<u8, { INTEREST_ENTRIES as usize }> = Array::new();

/// The names that are asked for, by their hash.
#[btf_map]
pub static NAMES: HashMap<u64, u32, { name::LIMIT as usize }> = HashMap::new();

/// What a gate tells the program of the family, by [`crate::acts::act::Gate`].
#[btf_map]
pub static PENDING: PerCpuArray<Pending, { GATES as usize }> = PerCpuArray::new();

/// The thread for which the first gate runs, or ran last, on this CPU.
#[btf_map]
pub static RUNS_FOR: PerCpuArray<u32, 1> = PerCpuArray::new();

/// Calls at whose return the first gate was skipped and the second stepped in.
#[btf_map]
pub static CAUGHT: PerCpuArray<u64, 1> = PerCpuArray::new();

/// Sequence numbers by lane.
#[btf_map]
pub static SEQUENCES: PerCpuArray<u64, 3> = PerCpuArray::new();

/// When this CPU last woke the reader of the rings, in ns of CLOCK_BOOTTIME.
#[btf_map]
pub static ROUSED: PerCpuArray<u64, 1> = PerCpuArray::new();

/// What was lost, by lane and cause.
#[btf_map]
pub static DROPS: PerCpuArray<u64, { DROP_COUNTERS as usize }> = PerCpuArray::new();

/// What was made, and what became of it, by kind.
#[btf_map]
pub static TALLIES: PerCpuArray<u64, { TALLY_COUNTERS as usize }> = PerCpuArray::new();

/// The programs of the families, by kind. Element 0 is empty.
#[map]
pub static FAMILIES: ProgramArray = ProgramArray::with_max_entries(KIND_LIMIT, 0);

/// The programs of the families for requests to io_urings, by kind.
#[map]
pub static REQUEST_FAMILIES: ProgramArray = ProgramArray::with_max_entries(KIND_LIMIT, 0);

/// The program for requests that were carried out when the next one is submitted.
#[map]
pub static SUBMIT_FAMILIES: ProgramArray = ProgramArray::with_max_entries(KIND_LIMIT, 0);
