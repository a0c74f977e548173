//! The rounds: nothing attached, programs that do nothing, the sensor, over and over.
//!
//! Each number is set against what the same process needed for the same act in the same round with
//! nothing attached. A round in which programs of others came or went is discarded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use detector::live::interest;
use detector::rules::{RuleSet, shipped};
use detector::sensor::Sensor;
use detector::sensor::counters::{Counters, Snapshot};
use detector::sensor::measure::{Attached, tracing_programs};
use detector::sensor::rings::Reader;
use detector_common::interest::level;
use detector_common::record::Kind;
use detector_common::state::{CgroupState, decision};

use crate::acts::Act;
use crate::ground::{Ground, id_of};
use crate::options::Options;
use crate::performer::Performer;
use crate::statistics::Spread;

/// How often each performer acts when it is tried whether the sensor sees it.
const TRIED: u64 = 100;
/// Of a slice, what is performed before it so that caches are warm.
const WARM: u64 = 10;

/// What is on the hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hooks {
    Nothing,
    Empty,
    Sensor,
}

/// How a performer is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    Not,
    Rules,
    Operations,
}

impl Watched {
    const ALL: [Self; 3] = [Self::Not, Self::Rules, Self::Operations];

    const fn name(self) -> &'static str {
        match self {
            Self::Not => "unwatched",
            Self::Rules => "rules",
            Self::Operations => "operations",
        }
    }

    /// What the sensor's table says of its cgroup.
    const fn state(self, id: u64) -> CgroupState {
        let (decision, level) = match self {
            Self::Not => (decision::UNWATCHED, level::RULES),
            Self::Rules => (decision::WATCHED, level::RULES),
            Self::Operations => (decision::WATCHED, level::OPERATIONS),
        };
        CgroupState {
            decision,
            level,
            outermost: id,
        }
    }
}

/// What is compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Programs that do nothing.
    Empty,
    /// The sensor, unwatched.
    Unwatched,
    /// The sensor, watched at the level `rules`.
    Rules,
    /// The sensor, watched at the level `operations`.
    Operations,
    /// The sensor, unwatched, beside programs that do nothing.
    BesideEmpty,
}

/// One act by one performer with one thing on the hooks: nanoseconds.
struct Sample {
    round: u32,
    act: Act,
    watched: Watched,
    hooks: Hooks,
    time: f64,
}

/// All that was measured.
pub(crate) struct Rounds {
    samples: Vec<Sample>,
    /// Rounds that count.
    pub(crate) kept: u32,
    /// Rounds in which others came or went.
    pub(crate) discarded: u32,
    /// Records that were lost meanwhile.
    pub(crate) lost: u64,
}

impl Rounds {
    /// The ratios of an act, round by round.
    pub(crate) fn ratio(&self, act: Act, column: Column) -> Option<Spread> {
        let (above, below) = match column {
            Column::Empty => ((Watched::Not, Hooks::Empty), Hooks::Nothing),
            Column::Unwatched => ((Watched::Not, Hooks::Sensor), Hooks::Nothing),
            Column::Rules => ((Watched::Rules, Hooks::Sensor), Hooks::Nothing),
            Column::Operations => ((Watched::Operations, Hooks::Sensor), Hooks::Nothing),
            Column::BesideEmpty => ((Watched::Not, Hooks::Sensor), Hooks::Empty),
        };
        let (watched, hooks) = above;
        let pairs = self.times(act, watched, hooks);
        let base: Vec<_> = self.times(act, watched, below).collect();
        Spread::of(pairs.filter_map(|(round, time)| {
            let (_, base) = base.iter().find(|(of, _)| *of == round)?;
            Some(time / base)
        }))
    }

    /// What an act takes with nothing attached, in nanoseconds.
    pub(crate) fn bare(&self, act: Act) -> Option<Spread> {
        let times = self.times(act, Watched::Not, Hooks::Nothing);
        Spread::of(times.map(|(_, time)| time))
    }

    fn times(
        &self,
        act: Act,
        watched: Watched,
        hooks: Hooks,
    ) -> impl Iterator<Item = (u32, f64)> + '_ {
        let of = self.samples.iter().filter(move |sample| {
            sample.act == act && sample.watched == watched && sample.hooks == hooks
        });
        of.map(|sample| (sample.round, sample.time))
    }
}

/// Goes through the rounds.
pub(crate) fn measure(ground: &Ground, options: &Options) -> Result<Rounds> {
    let mut stage = Stage::build(ground)?;
    let counts = stage.calibrate(Duration::from_millis(options.slice))?;
    let mut rounds = Rounds {
        samples: Vec::new(),
        kept: 0,
        discarded: 0,
        lost: 0,
    };
    while rounds.kept < options.rounds && rounds.discarded <= options.rounds {
        eprint!("\rbench: round {} of {} ", rounds.kept + 1, options.rounds);
        let others = tracing_programs();
        let samples = stage.round(rounds.kept, &counts)?;
        if tracing_programs() == others {
            rounds.samples.extend(samples);
            rounds.kept += 1;
        } else {
            rounds.discarded += 1;
        }
    }
    eprintln!();
    rounds.lost = stage.counted()?.drops.values().sum();
    ensure!(
        rounds.kept > 0,
        "others load programs all the time: no round counts"
    );
    Ok(rounds)
}

/// Opens by watched tasks, and those of them that were sent.
#[derive(Debug)]
struct Opens {
    made: u64,
    sent: u64,
}

/// Sensor and performers, ready.
struct Stage {
    sensor: Sensor,
    counters: Counters,
    performers: Vec<(Watched, Performer)>,
    _drain: Drain,
}

impl Stage {
    /// Loads the sensor as a detector does, and lets the performers begin under its eyes.
    fn build(ground: &Ground) -> Result<Self> {
        let mut sensor = Sensor::load(None)?;
        sensor.load_empty()?;
        let mut reader = sensor.reader()?;
        sensor.check(&mut reader)?;
        let rules = RuleSet::load(&shipped())?;
        sensor.interest()?.widen(interest::of(&rules))?.narrow()?;
        let mut cgroups = sensor.cgroups()?;
        let mut places = Vec::new();
        for watched in Watched::ALL {
            let cgroup = ground.cgroup(watched.name())?;
            let id = id_of(&cgroup)?;
            cgroups.decide(id, watched.state(id))?;
            places.push((watched, ground.place(cgroup)?));
        }
        let counters = sensor.counters()?;
        let drain = Drain::start(reader)?;
        let attached = sensor.attach_sensor()?;
        let performers = places.iter().map(|(watched, placed)| {
            let performer = Performer::start(placed)?;
            Ok((*watched, performer))
        });
        let performers = performers.collect::<Result<_>>()?;
        let mut stage = Self {
            sensor,
            counters,
            performers,
            _drain: drain,
        };
        stage.try_out()?;
        drop(attached);
        Ok(stage)
    }

    /// With the sensor attached: that it sees whom it is to see, keeps back what nobody asks for,
    /// and sends the rest.
    fn try_out(&mut self) -> Result<()> {
        for index in 0..self.performers.len() {
            let (watched, read) = self.tried(index, Act::Open)?;
            let (_, written) = self.tried(index, Act::OpenToWrite)?;
            let as_expected = if watched == Watched::Not {
                read.made < TRIED && written.made < TRIED
            } else {
                read.made >= TRIED && read.sent < TRIED && written.sent >= TRIED
            };
            ensure!(
                as_expected,
                "{TRIED} opens for reading and as many for writing by the performer '{}' were to \
                 the sensor {read:?} and {written:?}",
                watched.name()
            );
        }
        Ok(())
    }

    /// What the sensor made of an act of a performer.
    fn tried(&mut self, index: usize, act: Act) -> Result<(Watched, Opens)> {
        let before = self.opens()?;
        let (watched, performer) = self.performers.get_mut(index).context("no performer")?;
        performer.perform(act, TRIED)?;
        let watched = *watched;
        let after = self.opens()?;
        let opens = Opens {
            made: after.made - before.made,
            sent: after.sent.saturating_sub(before.sent),
        };
        Ok((watched, opens))
    }

    fn opens(&self) -> Result<Opens> {
        let acts = self.counted()?.acts;
        let opens = acts.get(&Kind::Open).copied().unwrap_or_default();
        let kept = opens.filtered + opens.suppressed + opens.dropped;
        Ok(Opens {
            made: opens.made,
            sent: opens.made.saturating_sub(kept),
        })
    }

    fn counted(&self) -> Result<Snapshot> {
        self.counters.read().context("the sensor's counters")
    }

    /// How often each act is performed in a slice.
    fn calibrate(&mut self, slice: Duration) -> Result<Vec<(Act, u64)>> {
        let (_, performer) = self.performers.first_mut().context("a performer")?;
        let mut counts = Vec::new();
        for act in Act::ALL {
            let mut count = 4;
            loop {
                let time = performer.perform(act, count)?;
                if time >= slice / 4 {
                    let per_slice = count as f64 * slice.as_secs_f64() / time.as_secs_f64();
                    counts.push((act, (per_slice as u64).max(WARM)));
                    break;
                }
                count *= 2;
            }
        }
        Ok(counts)
    }

    fn round(&mut self, round: u32, counts: &[(Act, u64)]) -> Result<Vec<Sample>> {
        let mut order = [Hooks::Nothing, Hooks::Empty, Hooks::Sensor];
        if round % 2 == 1 {
            // What drifts counts for none of them.
            order.reverse();
        }
        let mut samples = Vec::new();
        for hooks in order {
            let attached = self.attach(hooks)?;
            for (watched, performer) in &mut self.performers {
                if hooks == Hooks::Empty && *watched != Watched::Not {
                    continue;
                }
                for &(act, count) in counts {
                    performer.perform(act, count / WARM)?;
                    let time = performer.perform(act, count)?;
                    samples.push(Sample {
                        round,
                        act,
                        watched: *watched,
                        hooks,
                        time: time.as_nanos() as f64 / count as f64,
                    });
                }
            }
            drop(attached);
        }
        Ok(samples)
    }

    fn attach(&mut self, hooks: Hooks) -> Result<Option<Attached>> {
        Ok(match hooks {
            Hooks::Nothing => None,
            Hooks::Empty => Some(self.sensor.attach_empty()?),
            Hooks::Sensor => Some(self.sensor.attach_sensor()?),
        })
    }
}

/// Takes what the sensor sends, as a detector's own thread for that does.
struct Drain {
    end: Arc<AtomicBool>,
}

impl Drain {
    fn start(mut reader: Reader) -> Result<Self> {
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let drain = move || {
            while !ended.load(Ordering::Relaxed) {
                if let Err(error) = reader.next(Duration::from_millis(100)) {
                    eprintln!("bench: the rings cannot be read: {error}");
                    return;
                }
            }
        };
        thread::Builder::new().name("rings".into()).spawn(drain)?;
        Ok(Self { end })
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
    }
}
