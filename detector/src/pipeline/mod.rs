//! The pipeline: what becomes of a batch of records, live or replayed.
//!
//! One thread owns it and with it all state of processes, containers and rules; there are no locks.
//! Batches come through a bounded queue: when the pipeline is slower than the kernel, the queue
//! fills, then the rings, and what finds no room there is counted by the sensor. Alerts leave
//! through the sinks' queues, which block when they are full: an alert is never dropped.

mod account;
mod gaps;
mod held;
mod notices;
mod outlets;
mod report;
mod sight;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use account::Account;
pub use account::Taken;
use bytes::Bytes;
use held::{Held, Released};
pub use outlets::{CgroupTable, TableError, Witness};
pub use report::{ContainerReport, EngineReport, Report, ServiceReport};
pub use sight::Beat;
use sight::Sight;

use crate::capture::Recorder;
use crate::detect::alert::Alert;
use crate::detect::{Matcher, Matches, Teller};
use crate::event::{Batch, Body, BootTime, Decoded, Event, decode, serial};
use crate::host::engine::EngineFact;
use crate::host::selection::Selection;
use crate::host::{Host, Observation};
use crate::rules::RuleSet;

/// How long the dead are remembered beyond the watermark, in ns: changes of watched objects are heard
/// of by another way, and later, than the end of whoever made them.
const REMEMBERED: u64 = 1_000_000_000;

/// How records become alerts.
pub struct Pipeline {
    host: Host,
    matcher: Matcher,
    /// None in a replay.
    table: Option<Box<dyn CgroupTable>>,
    witnesses: Vec<Box<dyn Witness>>,
    recorder: Option<Recorder>,
    /// Whether every event is looked at, be it of concern or not.
    thorough: bool,
    /// The moment up to which everything was taken.
    now: BootTime,
    held: Held,
    engines: BTreeMap<String, EngineReport>,
    account: Account,
    sight: Sight,
    alerts: Vec<Alert>,
}

impl Pipeline {
    /// A pipeline over a host. A sensor's table is told what is decided of cgroups.
    pub fn new(host: Host, matcher: Matcher, table: Option<Box<dyn CgroupTable>>) -> Self {
        let mut pipeline = Self {
            host,
            matcher,
            table,
            witnesses: Vec::new(),
            recorder: None,
            thorough: false,
            now: BootTime::default(),
            held: Held::default(),
            engines: BTreeMap::new(),
            account: Account::default(),
            sight: Sight::default(),
            alerts: Vec::new(),
        };
        pipeline.tell_sensor();
        pipeline
    }

    /// Looks at every event from now on, so that the same questions arise whatever the rules are.
    /// A recorded pipeline does, and so must its replay.
    pub fn be_thorough(&mut self) {
        self.thorough = true;
    }

    /// Records all that is taken from now on. The world has to be a
    /// [`crate::capture::Recording`] by the same recorder.
    pub fn record(&mut self, recorder: Recorder) {
        self.be_thorough();
        self.recorder = Some(recorder);
    }

    /// By which it tells of observations.
    pub fn teller(&self) -> &Teller {
        self.matcher.teller()
    }

    /// Lets somebody see every event from now on.
    pub fn show(&mut self, witness: Box<dyn Witness>) {
        self.witnesses.push(witness);
    }

    /// Looks for cgroups that nobody told of.
    pub fn look_again(&mut self) {
        if let Some(recorder) = &self.recorder {
            recorder.walk();
        }
        self.host.walk();
        self.tell_sensor();
    }

    /// Takes a batch, which was read at a moment; the alerts of it wait in [`Pipeline::alerts`].
    pub fn take(&mut self, batch: Batch, now: BootTime) {
        if let Some(recorder) = &self.recorder {
            recorder.batch(&batch, now);
        }
        self.now = now;
        let Batch {
            life_cycle,
            alarm,
            volume,
            behind,
            watermark,
        } = batch;
        let alarm = self.decode(alarm);
        // A container's cgroup is made before its first process, but told in another lane.
        for event in &alarm {
            if matches!(event.body, Body::CgroupMade(_)) {
                self.host.take(event);
            }
        }
        self.tell_sensor();
        for event in self.decode(life_cycle) {
            self.event(event, false);
        }
        for event in alarm {
            if !matches!(event.body, Body::CgroupMade(_)) {
                self.event(event, behind);
            }
        }
        for event in self.decode(volume) {
            self.event(event, false);
        }
        if let Some(watermark) = watermark {
            self.host
                .pass(BootTime(watermark.0.saturating_sub(REMEMBERED)));
        }
        self.tell_sensor();
    }

    /// Takes what an engine says.
    pub fn learn(&mut self, fact: EngineFact) {
        let is_answer = !matches!(fact, EngineFact::Asked { .. });
        if let Some(recorder) = self.recorder.as_ref().filter(|_| is_answer) {
            recorder.engine(&fact);
        }
        report::note(&mut self.engines, &fact);
        self.host.learn(fact);
        self.tell_sensor();
    }

    /// Watches something else from now on.
    pub fn select(&mut self, selection: Selection) {
        if let Some(recorder) = &self.recorder {
            recorder.select(&selection);
        }
        self.host.select(selection);
        self.tell_sensor();
    }

    /// Asks these rules from now on. What waits has matched the old ones, and is told by them.
    pub fn exchange(&mut self, rules: Arc<RuleSet>) {
        self.matcher.exchange(rules);
    }

    /// The directories of the host that the containers of agents were given.
    pub fn workspaces(&self) -> BTreeSet<PathBuf> {
        let agents = self.host.registry().alive().filter(|container| {
            let attribution = container.attribution();
            attribution.product.is_some()
        });
        let mounts =
            agents.flat_map(|container| container.info.iter().flat_map(|info| &info.mounts));
        let sources = mounts.map(|mount| PathBuf::from(&mount.source));
        sources.filter(|source| source.is_absolute()).collect()
    }

    /// Whether, since the last call, something came to be watched that had its processes before. The
    /// sensor has to tell them.
    pub fn seeks(&mut self) -> bool {
        self.host.seeks()
    }

    /// Lets go what waited for an engine's answer and has got it, or has waited long enough. Called
    /// after every batch, and at least some times a second.
    pub fn settle(&mut self, now: BootTime) {
        if let Some(recorder) = &self.recorder {
            recorder.tick(now);
        }
        self.now = now;
        let engine_answers = self.engine_answers();
        self.host.settle(now, engine_answers);
        self.tell_sensor();
        let released = self.held.release(now, engine_answers, &mut self.host);
        self.let_go(released);
        let notices = self.sight.settle();
        self.tell(notices);
    }

    /// Nothing more will come: what waits is let go as it is.
    pub fn finish(&mut self) {
        let notices = self.sight.finish();
        self.tell(notices);
        let released = self.held.release_all(&mut self.host);
        self.let_go(released);
    }

    fn let_go(&mut self, released: Vec<Released>) {
        for released in released {
            let (observation, rules) = match released {
                Released::Raised(observation, rules) => (observation, rules),
                Released::Corrected(observation) => {
                    let rules = self.matcher.matches(&observation);
                    (observation, rules)
                }
            };
            self.raise(&observation, &rules);
        }
    }

    /// The alerts raised since the last call, in their order.
    pub fn alerts(&mut self) -> Vec<Alert> {
        std::mem::take(&mut self.alerts)
    }

    /// How things stand.
    pub fn report(&self) -> Report {
        Report {
            containers: self
                .host
                .registry()
                .alive()
                .map(ContainerReport::of)
                .collect(),
            services: self
                .host
                .registry()
                .services()
                .map(ServiceReport::of)
                .collect(),
            engines: self.engines.values().cloned().collect(),
            events: self.account.by_kind().clone(),
            unread: self.account.unread(),
            discarded: self.host.discarded(),
            evicted: self.host.evicted(),
            left_out: self.host.left_out(),
            gaps: self.sight.gaps().cloned().collect(),
            beats: self.sight.beats().clone(),
            skipped: self.sight.skipped(),
            alterations: self.sight.alterations(),
        }
    }

    fn decode(&mut self, records: Vec<Bytes>) -> Vec<Event> {
        let mut events = Vec::with_capacity(records.len());
        for record in records {
            if let Some(serial) = serial(&record) {
                self.sight.saw(serial);
            }
            match decode(&record) {
                Ok(Decoded::Event(event)) => {
                    self.account.saw(event.meta.kind);
                    if !self.is_beat(&event.meta, &event.body) {
                        events.push(event);
                    }
                }
                Ok(Decoded::Unknown(_)) => self.account.could_not_read(&record),
                Err(error) => {
                    self.account.could_not_read(&record);
                    tracing::debug!("a record could not be read: {error}");
                }
            }
        }
        events
    }

    fn event(&mut self, event: Event, behind: bool) {
        self.host.take(&event);
        if let Body::CgroupRemoved(cgroup) = &event.body
            && let Some(table) = &mut self.table
            && let Err(error) = table.forget(cgroup.id)
        {
            tracing::warn!("the sensor keeps a cgroup that is gone: {error}");
        }
        let concerns = self.matcher.concerns(event.event_type());
        let witnessed = self.witnesses.iter().any(|witness| witness.wants());
        if !concerns && !witnessed && !self.thorough {
            return;
        }
        let Some(mut observation) = self.host.observe(event) else {
            return;
        };
        observation.incomplete |= behind;
        for witness in self.witnesses.iter_mut().filter(|witness| witness.wants()) {
            witness.saw(&observation);
        }
        if concerns {
            self.ask(observation);
        }
    }

    /// Asks the rules.
    fn ask(&mut self, observation: Observation) {
        let rules = self.matcher.matches(&observation);
        if rules.is_empty() {
            return;
        }
        let meta = &observation.event.meta;
        let open = self.host.is_undecided(meta) || meta.is_guessed();
        if open || self.expects_name(&observation) {
            self.held.hold(observation, rules, self.now);
        } else {
            self.raise(&observation, &rules);
        }
    }

    /// Whether the container's name is still to come.
    fn expects_name(&self, observation: &Observation) -> bool {
        let nameless = observation
            .container
            .as_ref()
            .is_some_and(|view| view.info.is_none());
        nameless && self.engine_answers()
    }

    fn engine_answers(&self) -> bool {
        self.engines.values().any(|engine| engine.up)
    }

    fn raise(&mut self, observation: &Observation, rules: &Matches) {
        self.account.matched(observation.event.meta.kind);
        let alerts = self.matcher.alerts(rules, observation);
        self.host
            .alerted(observation.event.meta.cgroup, alerts.len());
        self.alerts.extend(alerts);
    }

    /// Tells the sensor what was decided of cgroups.
    fn tell_sensor(&mut self) {
        let decisions = self.host.decisions();
        let Some(table) = &mut self.table else {
            return;
        };
        for (id, decision) in decisions {
            if let Err(error) = table.decide(id, decision) {
                tracing::warn!("the sensor could not be told of a cgroup: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
