//! What the sensor is to send, from what the rules can match.
//!
//! At the level `rules` that is all; at `operations` the sensor sends besides every write, connection
//! and change of privilege, at `all` whatever it knows. What the sensor itself can tell to matter it
//! sends at every level.

use detector_common::call::{CALLS, CallSpec};
use detector_common::interest::{name, want};

use super::table::number;
use crate::event::Kind;
use crate::host::selection::Level;
use crate::rules::{Interest as Asked, Names, RuleSet};
use crate::sensor::interest::Interest;

/// What the sensor is to send so that nothing is missing that these rules can match.
#[must_use]
pub fn of(rules: &RuleSet) -> Interest {
    translate(&rules.interest())
}

fn translate(asked: &Asked) -> Interest {
    let mut interest = Interest::default();
    for level in Level::ALL {
        for call in CALLS {
            interest.want(number(level), call.number, wanted(asked, level, call));
        }
    }
    for (names, bit) in [(&asked.reads, name::READ), (&asked.writes, name::WRITE)] {
        if let Names::Some(names) = names {
            for component in names {
                interest.name(component, bit);
            }
        }
    }
    interest
}

/// What a level wants of a system call.
fn wanted(asked: &Asked, level: Level, call: &CallSpec) -> u8 {
    let matched = asked.event_types.contains(call.name);
    match call.kind {
        Kind::Open => opens(asked, level, matched),
        Kind::Alter
            if matched && level < Level::Operations && !asked.alters.contains(call.name) =>
        {
            want::ELSEWHERE
        }
        Kind::Privilege
        | Kind::Connect
        | Kind::Alter
        | Kind::Refused
        | Kind::Ring
        | Kind::Faults
            if !matched && level < Level::Operations =>
        {
            0
        }
        _ => want::ANY,
    }
}

fn opens(asked: &Asked, level: Level, matched: bool) -> u8 {
    let by_rules = |names: &Names, named, all| match names {
        _ if !matched => 0,
        // Where no name is asked for, a rule may still ask for what is no plain file.
        Names::Nobody | Names::Some(_) => named,
        Names::Any => all,
    };
    let refused = if matched || level == Level::All {
        want::REFUSED
    } else {
        0
    };
    let writes = if level >= Level::Operations {
        want::WRITES
    } else {
        by_rules(&asked.writes, want::NAMED_WRITES, want::WRITES)
    };
    let reads = if level == Level::All {
        want::READS
    } else {
        by_rules(&asked.reads, want::NAMED_READS, want::READS)
    };
    refused | writes | reads
}

#[cfg(test)]
mod tests {
    use detector_common::call::{
        CHMOD, CHROOT, CONNECT, MKDIR, OPEN, OPENAT, SETUID, UNLINK, by_number,
    };

    use std::collections::BTreeSet;

    use super::*;

    fn asked(event_types: &[&'static str], reads: Names, writes: Names) -> Asked {
        Asked {
            event_types: event_types.iter().copied().collect(),
            reads,
            writes,
            alters: BTreeSet::new(),
        }
    }

    fn at(asked: &Asked, level: Level, number: u32) -> u8 {
        wanted(asked, level, by_number(number).unwrap())
    }

    #[test]
    fn without_rules_each_level_has_its_own() {
        let nothing = asked(&[], Names::Nobody, Names::Nobody);
        for (call, rules, operations, all) in [
            (
                OPENAT,
                0,
                want::WRITES,
                want::REFUSED | want::READS | want::WRITES,
            ),
            (SETUID, 0, want::ANY, want::ANY),
            (CONNECT, 0, want::ANY, want::ANY),
            (CHROOT, want::ANY, want::ANY, want::ANY),
        ] {
            assert_eq!(at(&nothing, Level::Rules, call), rules, "{call}");
            assert_eq!(at(&nothing, Level::Operations, call), operations, "{call}");
            assert_eq!(at(&nothing, Level::All, call), all, "{call}");
        }
    }

    #[test]
    fn rules_ask_for_types_and_names() {
        let names = Names::Some(BTreeSet::from([Box::from(b"shadow".as_slice())]));
        let rules = asked(&["openat", "setuid"], names, Names::Any);
        assert_eq!(
            at(&rules, Level::Rules, OPENAT),
            want::REFUSED | want::NAMED_READS | want::WRITES
        );
        assert_eq!(
            at(&rules, Level::Operations, OPENAT),
            want::REFUSED | want::NAMED_READS | want::WRITES
        );
        assert_eq!(
            at(&rules, Level::All, OPENAT),
            want::REFUSED | want::READS | want::WRITES
        );
        // Without names a rule may ask for what is no plain file.
        let rules = asked(&["openat"], Names::Nobody, Names::Nobody);
        assert_eq!(
            at(&rules, Level::Rules, OPENAT),
            want::REFUSED | want::NAMED_READS | want::NAMED_WRITES
        );
    }

    #[test]
    fn acts_on_files_of_others_alone_are_sent_where_no_rule_asks_for_more() {
        let mut rules = asked(&["mkdir", "unlink"], Names::Nobody, Names::Nobody);
        rules.alters.insert("unlink");
        for (call, at_rules) in [(UNLINK, want::ANY), (MKDIR, want::ELSEWHERE), (CHMOD, 0)] {
            assert_eq!(at(&rules, Level::Rules, call), at_rules, "{call}");
            assert_eq!(at(&rules, Level::Operations, call), want::ANY, "{call}");
        }
    }

    #[test]
    fn another_call_of_the_same_family_is_another_event_type() {
        let rules = asked(&["openat", "setuid"], Names::Any, Names::Any);
        assert_eq!(at(&rules, Level::Rules, OPEN), 0);
        assert_eq!(at(&rules, Level::Rules, SETUID), want::ANY);
        assert_eq!(at(&rules, Level::Rules, CONNECT), 0);
    }
}
