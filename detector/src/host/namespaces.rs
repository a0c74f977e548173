//! The namespaces that belong to a container: those it was born with, and those it made itself.
//!
//! A task of the container in one of them is inside. A namespace that a task merely joined (setns)
//! is not the container's: joining must not make the host's namespaces look like its own.

use std::collections::HashSet;

use crate::event::{NamespaceId, Namespaces};

/// Flags of clone and unshare (include/uapi/linux/sched.h).
const CLONE_NEWNS: u64 = 0x0002_0000;
const CLONE_NEWUSER: u64 = 0x1000_0000;

/// How many of each kind are remembered per container. Beyond, later ones count as foreign.
const LIMIT: usize = 4096;

/// Namespace numbers of one container.
#[derive(Clone, Debug, Default)]
pub struct OwnNamespaces {
    mount: HashSet<NamespaceId>,
    user: HashSet<NamespaceId>,
}

impl OwnNamespaces {
    /// The workload has begun with these: they are the container's.
    pub fn born(&mut self, with: &Namespaces, host: &Namespaces) {
        // A container that was given the host's namespace has it as its own: that is posture, and
        // for mounts it means that nothing in it is foreign.
        if with.mnt != host.mnt {
            add(&mut self.mount, with.mnt);
        }
    }

    /// A task of the container made new ones, by clone or unshare with these flags.
    pub fn made(&mut self, flags: u64, now: &Namespaces) {
        if flags & CLONE_NEWNS != 0 {
            add(&mut self.mount, now.mnt);
        }
        if flags & CLONE_NEWUSER != 0 {
            add(&mut self.user, now.user);
            // A new user namespace comes with the mount namespace of the same call only; one made
            // later inside of it is told by its own call.
        }
    }

    /// Whether a mount namespace is the container's.
    pub fn owns_mount(&self, number: NamespaceId) -> bool {
        self.mount.contains(&number)
    }

    /// Whether the container made this user namespace.
    pub fn made_user(&self, number: NamespaceId) -> bool {
        self.user.contains(&number)
    }
}

fn add(set: &mut HashSet<NamespaceId>, number: Option<NamespaceId>) {
    if let Some(number) = number
        && set.len() < LIMIT
    {
        set.insert(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u32) -> Option<NamespaceId> {
        Some(NamespaceId(number))
    }

    fn inside(mnt: u32, user: u32) -> Namespaces {
        Namespaces {
            mnt: number(mnt),
            user: number(user),
            ..Namespaces::default()
        }
    }

    fn host() -> Namespaces {
        inside(10, 12)
    }

    #[test]
    fn birth_and_making_count_joining_does_not() {
        let mut own = OwnNamespaces::default();
        own.born(&inside(20, 12), &host());
        own.made(CLONE_NEWUSER | CLONE_NEWNS, &inside(21, 30));
        assert!(own.owns_mount(NamespaceId(20)) && own.owns_mount(NamespaceId(21)));
        assert!(own.made_user(NamespaceId(30)));
        assert!(
            !own.made_user(NamespaceId(12)),
            "the user namespace of birth was not made inside"
        );
        assert!(
            !own.owns_mount(NamespaceId(10)),
            "the host's was never made"
        );
    }

    #[test]
    fn flags_tell_what_was_made() {
        let mut own = OwnNamespaces::default();
        own.made(CLONE_NEWUSER, &inside(20, 30));
        assert!(
            !own.owns_mount(NamespaceId(20)),
            "the mount namespace was only kept"
        );
        own.made(0, &inside(22, 31));
        assert!(!own.owns_mount(NamespaceId(22)) && !own.made_user(NamespaceId(31)));
    }

    #[test]
    fn the_hosts_mount_namespace_is_never_a_containers() {
        let mut own = OwnNamespaces::default();
        own.born(&host(), &host());
        assert!(!own.owns_mount(NamespaceId(10)));
    }
}
