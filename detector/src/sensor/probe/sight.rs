//! What arrives in the rings of our own acts.

use std::process;
use std::time::{Duration, Instant};

use bytes::Bytes;
use detector_common::record::{Header, Kind, Lane};
use zerocopy::FromBytes;

use super::Outcome;
use super::act::Acted;
use crate::sensor::rings::Reader;

/// How long records may take. They are there when the act returns, wakers and schedulers willing.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// A record of an act of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) kind: Kind,
    pub(super) flags: u32,
    pub(super) lane: u8,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Sights(pub(super) Vec<Sight>);

/// Reads until everything is there that can be, or time is up.
pub(super) fn read(
    reader: &mut Reader,
    acted: &Acted,
    all_there: impl Fn(&Sights) -> bool,
) -> Sights {
    let ours = [Some(process::id()), acted.child];
    let mut sights = Sights::default();
    let end = Instant::now() + PATIENCE;
    while !all_there(&sights) && Instant::now() < end {
        // A ring that cannot be waited for shows nothing, and that is said of its lane.
        if let Ok(Some(batch)) = reader.next(LOOK) {
            let records = [batch.life_cycle, batch.alarm, batch.volume];
            let records = records.iter().flatten();
            sights
                .0
                .extend(records.filter_map(|record| sight(record, &ours)));
        }
    }
    sights
}

fn sight(record: &Bytes, ours: &[Option<u32>]) -> Option<Sight> {
    let (header, _) = Header::read_from_prefix(record).ok()?;
    let kind = Kind::from_number(header.kind)?;
    ours.contains(&Some(header.tgid)).then_some(Sight {
        kind,
        flags: header.flags,
        lane: header.lane,
    })
}

impl Sights {
    /// What came through which lane.
    pub(super) fn lanes(&self) -> Outcome {
        let through = |lane: Lane| {
            let sights = self.0.iter();
            sights.filter(|sight| sight.lane == lane as u8).count()
        };
        let told = Lane::ALL.map(|lane| format!("{} {}", lane.name(), through(lane)));
        let told = format!("records of our acts by lane: {}", told.join(", "));
        match Lane::ALL.into_iter().all(|lane| through(lane) > 0) {
            true => Outcome::Works(told),
            false => Outcome::Fails(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use detector_common::record::flag;
    use zerocopy::{FromZeros, IntoBytes};

    use super::*;

    fn record(kind: u16, tgid: u32) -> Bytes {
        let mut header = Header::new_zeroed();
        header.kind = kind;
        header.tgid = tgid;
        header.flags = flag::STARTED;
        header.lane = Lane::Volume as u8;
        Bytes::copy_from_slice(header.as_bytes())
    }

    #[test]
    fn only_our_own_records_of_known_kinds_count() {
        let ours = [Some(7), None];
        let seen = sight(&record(Kind::Connect as u16, 7), &ours).unwrap();
        assert_eq!(
            (seen.kind, seen.flags, seen.lane),
            (Kind::Connect, flag::STARTED, 2)
        );
        assert!(sight(&record(Kind::Connect as u16, 8), &ours).is_none());
        assert!(sight(&record(0x7fff, 7), &ours).is_none());
        assert!(sight(&record(Kind::Open as u16, 7).slice(..20), &ours).is_none());
    }

    #[test]
    fn a_lane_without_a_record_is_a_failure() {
        let sight = |lane| Sight {
            kind: Kind::Open,
            flags: 0,
            lane,
        };
        assert!(matches!(
            Sights(vec![sight(0), sight(1)]).lanes(),
            Outcome::Fails(_)
        ));
        let Outcome::Works(told) = Sights(vec![sight(0), sight(1), sight(2), sight(2)]).lanes()
        else {
            panic!("all lanes had records");
        };
        assert!(told.ends_with("alarm 1, life-cycle 1, volume 2"), "{told}");
    }
}
