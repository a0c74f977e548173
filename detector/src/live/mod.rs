//! The detector on this host's kernel: sensor, engines and pipeline, from start to end.
//!
//! Three threads: one drains the rings into batches, one follows the container engines, and the
//! caller's owns the pipeline.
#![forbid(unsafe_code)]

mod absent;
mod board;
mod chosen;
mod here;
pub mod interest;
mod lines;
mod objects;
mod reading;
mod record;
mod session;
mod showing;
mod table;
mod vigil;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::{Detector, Orders, Prepared, RecordPlan, Recorded, load_rules};
use crate::event::Class;
use crate::objects::Asked;
use crate::rules::{RuleMatching, RuleSet};
use board::Account;
use session::{Session, Wish};
use showing::Showing;

/// How often the state that `status` shows is renewed.
const RENEWAL: Duration = Duration::from_millis(500);

/// The detector on this host's kernel.
#[derive(Debug)]
pub enum Live {}

impl Detector for Live {
    type Rules = RuleSet;

    fn load_rules(paths: &[PathBuf], which: RuleMatching) -> anyhow::Result<RuleSet> {
        Ok(load_rules(paths)?.telling(which))
    }

    fn count(rules: &RuleSet) -> usize {
        rules.rules().len()
    }

    fn detect(rules: RuleSet, prepared: &Prepared, orders: &Orders<RuleSet>) -> anyhow::Result<()> {
        let count = rules.rules().len();
        let mut run = Run::start(rules, prepared)?;
        tracing::info!(
            "ready: {count} rules, {} containers; `cargo xtask demo` shows a first alert, or try \
             `docker exec CONTAINER unshare --mount true`",
            run.session.pipeline.report().containers.len(),
        );
        run.work(orders)?;
        run.end()
    }

    fn record(plan: RecordPlan, begun: &dyn Fn()) -> anyhow::Result<Recorded> {
        record::record(plan, begun)
    }
}

/// The objects that are watched besides those of the table: the detector's own state first.
fn asked(prepared: &Prepared) -> Vec<Asked> {
    let state = Asked {
        class: Class::DetectorState,
        path: prepared.state.path().to_owned(),
    };
    let others = prepared.settings.objects.value.iter().map(|object| Asked {
        class: object.class,
        path: object.path.clone(),
    });
    std::iter::once(state).chain(others).collect()
}

/// A detection under way.
struct Run<'a> {
    prepared: &'a Prepared,
    session: Session,
    account: Account,
    renewed: Instant,
}

impl<'a> Run<'a> {
    fn start(rules: RuleSet, prepared: &'a Prepared) -> anyhow::Result<Self> {
        let wish = Wish {
            rules,
            selection: prepared.settings.selection(),
            engines: prepared.settings.engines.value.clone(),
            object: prepared.settings.object.value,
            capture: prepared
                .capture
                .as_ref()
                .map(std::fs::File::try_clone)
                .transpose()?,
            lines: None,
            objects: asked(prepared),
            stop: prepared.stop.clone(),
        };
        let mut session = Session::start(wish, |what| prepared.board.waiting_for(what))?;
        let teller = session.pipeline.teller().clone();
        let showing = Showing::new(Arc::clone(&prepared.feed), teller);
        session.pipeline.show(Box::new(showing));
        let mut run = Self {
            prepared,
            account: Account::new(&session.hooks()),
            session,
            renewed: Instant::now(),
        };
        run.renew();
        prepared.board.ready();
        Ok(run)
    }

    /// Takes batches until the end is asked for and the last one is in.
    fn work(&mut self, orders: &Orders<RuleSet>) -> anyhow::Result<()> {
        while self.session.turn()? {
            orders.carry_out(|rules, selection| self.session.renew(rules, selection));
            self.deliver()?;
            if self.renewed.elapsed() >= RENEWAL {
                self.renew();
            }
        }
        self.deliver()
    }

    fn deliver(&mut self) -> anyhow::Result<()> {
        for alert in self.session.pipeline.alerts() {
            self.prepared.alerts.push(alert)?;
        }
        Ok(())
    }

    fn renew(&mut self) {
        self.renewed = Instant::now();
        let report = self.session.pipeline.report();
        let counters = self.session.counters();
        let objects = self.session.objects();
        self.prepared
            .board
            .update(|status| self.account.write(&report, counters, objects, status));
    }

    fn end(mut self) -> anyhow::Result<()> {
        if let Err(error) = self.session.finish() {
            tracing::error!("{error}");
        }
        self.deliver()?;
        self.renew();
        self.session.end()
    }
}
