//! What the sensor is to send: levels of closeness, and for each level what it wants of a system
//! call.
//!
//! Records that the process tree needs, and whatever the sensor itself can tell to matter, are sent
//! at every level. The table decides of the rest. Of opens it may ask for names: then one component
//! of the path that the kernel resolved must be among them. Names are known by their hash; that two
//! share one costs a record too many, never one too few.

use crate::call::NUMBER_LIMIT;

/// How closely a task is looked at.
pub mod level {
    /// What the loaded rules can match.
    pub const RULES: u32 = 0;
    /// Besides: every command, write, connection and change of privilege.
    pub const OPERATIONS: u32 = 1;
    /// Everything.
    pub const ALL: u32 = 2;
}

/// Number of levels.
pub const LEVELS: u32 = 3;

/// What a level wants of a system call: the bits of an entry of the table.
pub mod want {
    /// Of a call that is no open: all.
    pub const ANY: u8 = 1 << 0;
    /// Opens that the kernel refused.
    pub const REFUSED: u8 = 1 << 1;
    /// Opens for reading only.
    pub const READS: u8 = 1 << 2;
    /// Opens that can write.
    pub const WRITES: u8 = 1 << 3;
    /// Opens for reading only of what has a name that is asked for.
    pub const NAMED_READS: u8 = 1 << 4;
    /// Opens that can write to what has a name that is asked for.
    pub const NAMED_WRITES: u8 = 1 << 5;
    /// Of acts on names and modes: those on what lies in a mount of another mount namespace.
    pub const ELSEWHERE: u8 = 1 << 6;
    /// All of it.
    pub const EVERYTHING: u8 = ANY | REFUSED | READS | WRITES;
}

/// Number of entries of the table.
pub const INTEREST_ENTRIES: u32 = LEVELS * NUMBER_LIMIT as u32;

/// Index of a level's entry for a system call.
pub const fn interest_index(level: u32, number: u32) -> u32 {
    level * NUMBER_LIMIT as u32 + number
}

/// The names that are asked for, and for what.
pub mod name {
    /// Where it is opened for reading only.
    pub const READ: u32 = 1 << 0;
    /// Where it is opened so that it can be written to.
    pub const WRITE: u32 = 1 << 1;
    /// The most names that the sensor takes.
    pub const LIMIT: u32 = 16_384;

    /// The hash of no bytes: FNV-1a with 64 bits.
    pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

    /// The hash of some bytes and one more.
    #[inline(always)]
    pub const fn hash_byte(hash: u64, byte: u8) -> u64 {
        (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3)
    }

    /// The hash of a name.
    pub fn hash(name: &[u8]) -> u64 {
        name.iter().fold(EMPTY, |hash, byte| hash_byte(hash, *byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hashed_as_fnv_says() {
        assert_eq!(name::hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(name::hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(name::hash(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_level_and_call_has_an_entry_of_its_own() {
        let last = interest_index(level::ALL, NUMBER_LIMIT as u32 - 1);
        assert_eq!(last, INTEREST_ENTRIES - 1);
        assert_eq!(
            interest_index(level::OPERATIONS, 0),
            interest_index(level::RULES, NUMBER_LIMIT as u32 - 1) + 1
        );
    }
}
