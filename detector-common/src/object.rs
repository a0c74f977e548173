//! Watched objects: the record that user space writes when one of them was changed.
//!
//! fanotify tells of these, not a program of the sensor; the record has the form of all others, so
//! that captures hold it and replay takes it like any other.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::record::{Object, Subject};

/// The number that stands for the CPU in records that user space writes. Their sequence counts
/// by itself.
pub const USER_SPACE: u32 = u32::MAX;

macro_rules! words {
    ($(#[$what:meta])* $kind:ident { $($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)* }) => {
        $(#[$what])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum $kind { $($(#[$doc])* $name = $number,)* }

        impl $kind {
            /// All that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text,)*];

            /// That of a number found in a record; `None` for one that a newer detector wrote.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// The name in rules and documents.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

words! {
    /// What a watched object is to whom. Numbers are never reused.
    Class {
        /// What an agent may do: its settings, hooks and skills.
        AgentConfig = 1, "agent_config";
        /// What an agent is told before anybody speaks to it.
        AgentInstructions = 2, "agent_instructions";
        /// What an agent remembers.
        AgentMemory = 3, "agent_memory";
        /// An agent's own account of what it did.
        AgentLog = 4, "agent_log";
        /// A log of the host's.
        HostLog = 5, "host_log";
        /// The detector's own state.
        DetectorState = 6, "detector_state";
        /// Whatever somebody asked for.
        Custom = 7, "custom";
    }
}

words! {
    /// What was done to it. Numbers are never reused.
    Change {
        /// It was written to.
        Modified = 1, "modified";
        /// It became shorter.
        Truncated = 2, "truncated";
        /// Something was made under its name: a file, a directory, a link of either kind.
        Created = 3, "created";
        /// Its name was removed.
        Removed = 4, "removed";
        /// It was given another name.
        MovedAway = 5, "moved_away";
        /// Something was moved to its name, over whatever was there.
        MovedIn = 6, "moved_in";
        /// Owner, group or permissions were changed.
        Attributes = 7, "attributes";
        /// It was given a second name, by which it can be written to.
        Linked = 8, "linked";
    }
}

/// Body of [`crate::record::Kind::ObjectChanged`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ObjectBody {
    /// Who, as /proc had it; zero where the process had gone.
    pub subject: Subject,
    /// What, as it was found after the change; before it, where nothing is there any more.
    pub object: Object,
    /// The executable.
    pub exe: Object,
    /// When the parent started, in whole ticks.
    pub parent_start: u64,
    /// Thread group of the parent.
    pub parent_tgid: u32,
    /// A [`Change`].
    pub change: u32,
    /// A [`Class`].
    pub class: u32,
    /// The user whose file it is, or was.
    pub owner: u32,
}
