//! Whose a namespace is: the container's own, another's, the host's.
//!
//! A container owns what its entries were born with ([`BORN`]) and what its tasks made ([`OWNERS`]);
//! what was made below its own user or pid namespace is its own too, by descent. Namespaces are known
//! by a number that is never used again where the kernel has one: their inode numbers and addresses
//! are given to the next.

use detector_common::boundary::{SPACES, grade, part};
use detector_common::record::Lane;
use detector_common::state::{Cause, decision};

use crate::kernel::{Address, follow, offset, present, read};
use crate::maps::{BIRTHS, BORN, HOST_SPACES, OWNERS};
use crate::record::account::lose;
use crate::watch::watched;

use super::seen::Seen;

/// The deepest nesting of user and pid namespaces is 32 (`MAX_PID_NS_LEVEL`; user namespaces one
/// more).
const DEPTH: u32 = 34;

/// A namespace, by whatever tells it best from those before and after it.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The number that is never used again, or its address.
    pub id: u64,
    /// Its inode number.
    pub number: u32,
    /// Which kind: its place among [`SPACES`].
    pub kind: u32,
}

/// A namespace as one of a container's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Membership {
    /// The namespace.
    pub space: Space,
    /// The container's outermost cgroup.
    pub container: u64,
}

/// What a container was born with.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Birth {
    /// Its namespaces.
    pub spaces: [Space; SPACES],
    /// Address of its user namespace.
    pub user: u64,
    /// Address of its pid namespace.
    pub pid: u64,
    /// Those of its namespaces that are the host's: bits of [`part`].
    pub given: u32,
    /// Zero.
    pub reserved: u32,
    /// How often one of its tasks has changed a root directory.
    pub root_changes: u64,
}

/// Where the fields of one kind of namespace stand.
#[derive(Clone, Copy)]
struct Layout {
    number: u32,
    id: u32,
    owner: u32,
}

#[inline(always)]
fn layout(kind: usize) -> Layout {
    let (number, id, owner) = match kind {
        0 => (
            offset!(user_namespace_inum),
            offset!(user_namespace_ns_id),
            offset!(user_namespace_parent),
        ),
        1 => (
            offset!(mnt_namespace_inum),
            offset!(mnt_namespace_ns_id),
            offset!(mnt_namespace_user_ns),
        ),
        2 => (
            offset!(pid_namespace_inum),
            offset!(pid_namespace_ns_id),
            offset!(pid_namespace_parent),
        ),
        3 => (offset!(net_inum), offset!(net_ns_id), offset!(net_user_ns)),
        4 => (
            offset!(ipc_namespace_inum),
            offset!(ipc_namespace_ns_id),
            offset!(ipc_namespace_user_ns),
        ),
        5 => (
            offset!(uts_namespace_inum),
            offset!(uts_namespace_ns_id),
            offset!(uts_namespace_user_ns),
        ),
        _ => (
            offset!(cgroup_namespace_inum),
            offset!(cgroup_namespace_ns_id),
            offset!(cgroup_namespace_user_ns),
        ),
    };
    Layout { number, id, owner }
}

/// The namespace at an address.
#[inline(always)]
pub fn space(kind: usize, at: u64) -> Space {
    let layout = layout(kind);
    let base = at as Address;
    let id = if present(layout.id) {
        read(base, layout.id)
    } else {
        at
    };
    Space {
        id,
        number: read(base, layout.number),
        kind: kind as u32,
    }
}

/// Records what a task was born with as its container's, and returns what of it is the host's. The
/// birth is written where there is room for it, which the stack has not.
#[inline(never)]
pub fn born(seen: &Seen, container: u64, birth: &mut Birth) -> u32 {
    birth.user = seen.spaces[0];
    birth.pid = seen.spaces[2];
    birth.given = 0;
    birth.reserved = 0;
    birth.root_changes = 0;
    for (kind, (slot, at)) in birth.spaces.iter_mut().zip(&seen.spaces).enumerate() {
        *slot = space(kind, *at);
        if is_host(slot) {
            birth.given |= bit(kind as u32);
        } else {
            own(slot, container);
        }
    }
    // The first entry is the container's birth; BPF_NOEXIST of include/uapi/linux/bpf.h is 1.
    let kept: &Birth = birth;
    let refused = BIRTHS.insert(container, kept, 1).is_err();
    if refused && BIRTHS.get_ptr(container).is_none() {
        lose(Lane::Alarm, Cause::BirthsFull);
    }
    birth.given
}

/// A container's last cgroup is removed: what it was born with is nobody's.
#[inline(always)]
pub fn forget(container: u64) {
    let Some(birth) = BIRTHS.get_ptr(container) else {
        return;
    };
    // SAFETY: the entry stays mapped while the program runs.
    for space in unsafe { (*birth).spaces } {
        let _ = BORN.remove(Membership { space, container });
    }
    let _ = BIRTHS.remove(container);
}

/// Whether a container was born with a mount namespace.
#[inline(always)]
pub fn is_born_with(mounts: Address, container: u64) -> bool {
    let space = space(1, mounts as u64);
    BORN.get_ptr(Membership { space, container }).is_some()
}

/// The host's namespaces are those that the detector runs in.
#[inline(always)]
pub fn is_host(space: &Space) -> bool {
    let Some(host) = HOST_SPACES.get_ptr(space.kind) else {
        return false;
    };
    // SAFETY: the entry of an array stays mapped while the program runs.
    unsafe { *host == *space }
}

/// A namespace was given to a container at its birth.
#[inline(always)]
fn own(space: &Space, container: u64) {
    let member = Membership {
        space: *space,
        container,
    };
    if BORN.insert(member, 1, 0).is_err() {
        lose(Lane::Alarm, Cause::BirthsFull);
    }
    // Where containers share one, it is the first's for everybody else.
    let _ = OWNERS.insert(space, container, 1);
}

/// A task of a container has made the namespace at an address.
#[inline(never)]
pub fn made(kind: usize, at: u64, container: u64) {
    let _ = OWNERS.insert(space(kind & 7, at), container, 0);
}

/// The [`grade`] of a namespace for a task of a container that was given these of the host's. A
/// function that the verifier looks at once and not at each call.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn grade_of_space(kind: u32, at: u64, container: u64, given: u32) -> u32 {
    let space = space(kind as usize & 7, at);
    if is_host(&space) {
        return if given & bit(kind) != 0 {
            grade::INSIDE
        } else {
            grade::HOST
        };
    }
    if BORN.get_ptr(Membership { space, container }).is_some() {
        return grade::INSIDE;
    }
    match owner(&space) {
        Some(owner) if owner == container => grade::INSIDE,
        Some(_) => grade::CONTAINER,
        None => by_descent(kind, at, container),
    }
}

/// Where a namespace leads: its [`grade`], and the container that it leads into, or 0.
#[inline(always)]
pub fn judge(kind: u32, at: u64, container: u64, given: u32) -> (u32, u64) {
    let grade = grade_of_space(kind, at, container, given);
    let target = if grade == grade::CONTAINER {
        owner(&space(kind as usize & 7, at)).unwrap_or(0)
    } else {
        0
    };
    (grade, target)
}

/// The container that has made a namespace, or was born with it first.
#[inline(always)]
fn owner(space: &Space) -> Option<u64> {
    let owner = OWNERS.get_ptr(space)?;
    // SAFETY: the entry stays mapped while the program runs.
    Some(unsafe { *owner })
}

/// Where a cgroup leads a task of a container; nothing where it is that container's.
#[inline(always)]
pub fn cgroup(destination: u64, container: u64) -> Option<(u32, u64)> {
    let Some(state) = watched::cgroup(destination) else {
        return Some((grade::HOST, 0));
    };
    if state.outermost == container {
        return None;
    }
    let of_container = matches!(
        state.decision,
        decision::WATCHED | decision::FOREIGN | decision::UNDECIDED
    );
    Some(if of_container {
        (grade::CONTAINER, state.outermost)
    } else {
        (grade::HOST, 0)
    })
}

/// Of what nobody recorded, descent tells.
#[inline(always)]
fn by_descent(kind: u32, at: u64, container: u64) -> u32 {
    let Some(birth) = BIRTHS.get_ptr(container) else {
        return grade::OUTSIDE;
    };
    // SAFETY: the entry stays mapped while the program runs.
    let (user, pid) = unsafe { ((*birth).user, (*birth).pid) };
    // What a pid namespace descends from is one; what any other does is a user namespace.
    let (own, parent) = if kind == 2 {
        (pid, offset!(pid_namespace_parent))
    } else {
        (user, offset!(user_namespace_parent))
    };
    let above = follow(at as Address, layout(kind as usize & 7).owner) as u64;
    // Made under a user namespace that itself was made inside; for user and pid namespaces it is
    // enough to be made in the container's own.
    let nested = kind == 0 || kind == 2 || above != own;
    if nested && descends(above, own, parent) {
        grade::INSIDE
    } else if (kind == 0 || kind == 2) && descends(own, at, parent) {
        grade::ANCESTOR
    } else {
        grade::OUTSIDE
    }
}

/// Whether a namespace is another, or lies below it.
#[inline(never)]
fn descends(from: u64, above: u64, parent: u32) -> bool {
    let mut at = from;
    let mut steps = 0;
    while steps < DEPTH {
        if at == 0 {
            return false;
        }
        if at == above {
            return true;
        }
        at = follow(at as Address, parent) as u64;
        steps += 1;
    }
    false
}

/// The bit of a kind of namespace.
#[inline(always)]
pub const fn bit(kind: u32) -> u32 {
    part::USER << (kind & 7)
}
