//! The programs to which others pass on: of the families of system calls, and of requests to
//! io_urings.

use aya::maps::{MapData, ProgramArray};
use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf};
use detector_common::record::Kind;
use detector_common::ring::SETTLED_SLOT;

use super::Sensor;
use super::btf::requests::Shape;
use super::error::SensorError;
use super::load::{program, refused, take};

/// The hook on requests that are submitted, whatever this kernel calls its tracepoint.
pub(super) const SUBMITTED: &str = "io_uring_submit";
/// The hook on requests that end, which is the tracepoint's name too.
pub(super) const ENDED: &str = "io_uring_complete";
/// The hook on calls that return.
const RETURNED: &str = "sys_exit";

/// A table of programs, and so the hook whose program passes on to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Calls that return.
    Calls,
    /// Requests that end.
    Ended,
    /// Requests that were carried out when the next one is submitted.
    Submitted,
}

impl Table {
    /// All, in the order of their numbers.
    pub(super) const ALL: [Self; 3] = [Self::Calls, Self::Ended, Self::Submitted];

    /// The map.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Calls => "FAMILIES",
            Self::Ended => "REQUEST_FAMILIES",
            Self::Submitted => "SUBMIT_FAMILIES",
        }
    }
}

/// A program's place.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) table: Table,
    pub(super) number: u32,
    pub(super) program: &'static str,
    /// What people are told that it is for.
    pub(super) family: &'static str,
}

impl Slot {
    /// That of a family of calls.
    pub(super) fn of_calls(program: &'static str, kind: Kind) -> Self {
        Self {
            table: Table::Calls,
            number: u32::from(kind as u16),
            program,
            family: kind.name(),
        }
    }
}

/// The programs for requests. An open that was carried out before its end is told by two of them: when
/// the next request is submitted, and when the call returns that had it carried out.
pub(super) const SLOTS: [Slot; 5] = [
    Slot {
        table: Table::Ended,
        number: Kind::Open as u32,
        program: "request_open",
        family: "open by io_uring",
    },
    Slot {
        table: Table::Ended,
        number: Kind::Connect as u32,
        program: "request_connect",
        family: "connect by io_uring",
    },
    Slot {
        table: Table::Ended,
        number: Kind::Alter as u32,
        program: "request_alter",
        family: "names by io_uring",
    },
    Slot {
        table: Table::Submitted,
        number: SETTLED_SLOT,
        program: "request_open_before",
        family: "open by io_uring, before the next",
    },
    Slot {
        table: Table::Calls,
        number: SETTLED_SLOT,
        program: "request_open_after",
        family: "open by io_uring, at the call's return",
    },
];

/// The tables, and where the programs belong on this kernel. A program array forgets its programs when
/// nobody holds it.
pub(super) struct Families {
    tables: [ProgramArray<MapData>; Table::ALL.len()],
    submitted: &'static str,
}

impl Families {
    pub(super) fn new(object: &mut Ebpf, shape: &Shape) -> Result<Self, SensorError> {
        let mut table = |table: Table| take(object, table.name());
        let [calls, ended, submitted] = Table::ALL;
        Ok(Self {
            tables: [table(calls)?, table(ended)?, table(submitted)?],
            submitted: shape.submitted(),
        })
    }

    /// The tracepoint of a hook.
    pub(super) fn target(&self, hook: &'static str) -> &'static str {
        if hook == SUBMITTED {
            self.submitted
        } else {
            hook
        }
    }
}

impl Sensor {
    /// Loads the program of a hook and, for those on requests, what that passes on to.
    pub(super) fn load_hook(
        &mut self,
        program: &'static str,
        hook: &'static str,
    ) -> Result<(), SensorError> {
        self.load_tracepoint(program, hook)?;
        let mut of_hook = SLOTS.iter().filter(|slot| match slot.table {
            Table::Ended => hook == ENDED,
            Table::Submitted | Table::Calls => hook == SUBMITTED,
        });
        of_hook.try_for_each(|slot| self.place(slot))
    }

    /// Loads the program of a slot, and puts it there.
    pub(super) fn place(&mut self, slot: &Slot) -> Result<(), SensorError> {
        let hook = match slot.table {
            Table::Calls => RETURNED,
            Table::Ended => ENDED,
            Table::Submitted => self.families.submitted,
        };
        load(&mut self.object, &self.btf, slot.program, hook)?;
        self.put(slot)
    }

    /// Puts the loaded program of a slot there.
    pub(super) fn put(&mut self, slot: &Slot) -> Result<(), SensorError> {
        let Self {
            object, families, ..
        } = self;
        let program = program::<BtfTracePoint>(object, slot.program)?;
        let descriptor = program
            .fd()
            .map_err(|source| refused(slot.program, source))?;
        let name = slot.table.name();
        let table = families.tables.get_mut(slot.table as usize);
        let table = table.ok_or(SensorError::Absent(name))?;
        table
            .set(slot.number, descriptor, 0)
            .map_err(|source| SensorError::Map { name, source })
    }
}

/// Loads a program for a tracepoint.
pub(super) fn load(
    object: &mut Ebpf,
    btf: &Btf,
    name: &'static str,
    tracepoint: &str,
) -> Result<(), SensorError> {
    program::<BtfTracePoint>(object, name)?
        .load(tracepoint, btf)
        .map_err(|source| refused(name, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_in_the_order_of_their_numbers() {
        for (number, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table as usize, number, "{table:?}");
        }
    }
}
