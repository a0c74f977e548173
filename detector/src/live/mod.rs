//! The detector on this host's kernel: sensor, engines and pipeline, from start to end.
//!
//! Three threads: one drains the rings into batches, one follows the container engines, and the
//! caller's owns the pipeline. The order of the start is such that nothing is missed or doubled: the
//! sensor's table of cgroups is filled, the programs are attached, then the kernel tells what was
//! there before.
#![forbid(unsafe_code)]

mod board;
mod reading;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::mpsc::Receiver;

use crate::cli::{Detector, Prepared};
use crate::detect::Matcher;
use crate::detect::redact::Redactor;
use crate::event::{BootId, BootTime, Clock, NamespaceId, Namespaces};
use crate::host::Host;
use crate::host::cgroupfs::Hierarchy;
use crate::host::engine::{self, EngineFact, Sockets};
use crate::pipeline::Pipeline;
use crate::rules::{self, RuleSet, RuleSource};
use crate::sensor::Sensor;
use board::Account;
use reading::Reading;

/// How long the pipeline waits for a batch before it looks after what is due.
const TICK: Duration = Duration::from_millis(100);

/// How often the state that `status` shows is renewed.
const RENEWAL: Duration = Duration::from_millis(500);

/// The detector on this host's kernel.
#[derive(Debug)]
pub enum Live {}

impl Detector for Live {
    type Rules = RuleSet;

    fn load_rules(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
        let sources = if paths.is_empty() {
            rules::shipped()
        } else {
            paths.iter().cloned().map(RuleSource::Path).collect()
        };
        let rules = RuleSet::load(&sources)?;
        for warning in rules.warnings() {
            tracing::warn!("{warning}");
        }
        Ok(rules)
    }

    fn detect(rules: RuleSet, prepared: &Prepared) -> anyhow::Result<()> {
        let count = rules.rules().len();
        let mut run = Run::start(rules, prepared)?;
        tracing::info!(
            "ready: {count} rules, {} containers; `cargo xtask demo` shows a first alert, or try \
             `docker exec CONTAINER unshare --mount true`",
            run.pipeline.report().containers.len(),
        );
        run.work()?;
        run.end()
    }
}

/// A detection under way.
struct Run<'a> {
    prepared: &'a Prepared,
    pipeline: Pipeline,
    reading: Reading,
    facts: Receiver<EngineFact>,
    account: Account,
    renewed: Instant,
    /// Holds the programs in the kernel.
    _sensor: Sensor,
}

impl<'a> Run<'a> {
    fn start(rules: RuleSet, prepared: &'a Prepared) -> anyhow::Result<Self> {
        prepared.board.waiting_for("the kernel programs to load");
        let hierarchy = Hierarchy::find().context("containers cannot be told apart")?;
        let mut sensor = Sensor::load()?;
        let mut reader = sensor.reader()?;
        sensor.check(&mut reader)?;
        let matcher = matcher(rules)?;
        let host = Host::new(Some(hierarchy), own_namespaces());
        let mut pipeline = Pipeline::new(host, matcher, Some(sensor.cgroups()?));
        let facts = follow(prepared.settings.engines.value.clone())?;
        prepared.board.waiting_for("the processes that run already");
        sensor.attach()?;
        // A cgroup made between the first walk and the attaching is in no table yet.
        pipeline.look_again();
        sensor.tell_tasks()?;
        // What the start has told is taken before anybody is told that we are ready.
        while let Some(batch) = reader.next(Duration::ZERO)? {
            let last = batch.life_cycle.is_empty();
            pipeline.take(batch);
            if last {
                break;
            }
        }
        let counters = sensor.counters()?;
        let account = Account::new(sensor.hooks(), counters);
        let reading = Reading::start(reader, prepared.stop.clone())?;
        let renewed = Instant::now();
        let mut run = Self {
            prepared,
            pipeline,
            reading,
            facts,
            account,
            renewed,
            _sensor: sensor,
        };
        run.renew();
        prepared.board.ready();
        Ok(run)
    }

    /// Takes batches until the end is asked for and the last one is in.
    fn work(&mut self) -> anyhow::Result<()> {
        loop {
            match self.reading.batches.recv_timeout(TICK) {
                Ok(batch) => self.pipeline.take(batch),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(fact) = self.facts.try_recv() {
                self.pipeline.learn(fact);
            }
            self.pipeline.settle(BootTime::now());
            self.deliver()?;
            if self.renewed.elapsed() >= RENEWAL {
                self.renew();
            }
        }
        Ok(())
    }

    fn deliver(&mut self) -> anyhow::Result<()> {
        for alert in self.pipeline.alerts() {
            self.prepared.alerts.push(alert)?;
        }
        Ok(())
    }

    fn renew(&mut self) {
        self.renewed = Instant::now();
        let report = self.pipeline.report();
        self.prepared
            .board
            .update(|status| self.account.write(&report, status));
    }

    fn end(mut self) -> anyhow::Result<()> {
        self.pipeline.finish();
        self.deliver()?;
        self.renew();
        self.reading.end()
    }
}

fn matcher(rules: RuleSet) -> anyhow::Result<Matcher> {
    let redactor = Redactor::new().context("the patterns of secrets")?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .context("the boot id cannot be read: is /proc mounted?")?;
    let boot: BootId = boot.parse()?;
    let hostname = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    Ok(Matcher::new(
        Arc::new(rules),
        redactor,
        hostname,
        boot,
        Clock::measure(),
    ))
}

/// Follows the engines on a thread of its own. It ends with the process.
fn follow(sockets: Sockets) -> anyhow::Result<Receiver<EngineFact>> {
    let (sender, facts) = engine::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime for container engines")?;
    std::thread::Builder::new()
        .name("engines".into())
        .spawn(move || runtime.block_on(engine::follow(sockets, engine::Timing::default(), sender)))
        .context("no thread for container engines")?;
    Ok(facts)
}

/// The host's namespaces: the detector runs in them.
fn own_namespaces() -> Namespaces {
    use std::os::unix::fs::MetadataExt;
    let number = |name: &str| {
        let metadata = fs::metadata(format!("/proc/self/ns/{name}")).ok()?;
        u32::try_from(metadata.ino()).ok().map(NamespaceId)
    };
    Namespaces {
        mnt: number("mnt"),
        pid: number("pid"),
        user: number("user"),
        net: number("net"),
        cgroup: number("cgroup"),
        ipc: number("ipc"),
    }
}
