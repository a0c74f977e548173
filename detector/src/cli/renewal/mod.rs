//! Configuration and rules, read anew while the detector runs: on a thread of its own, so that the
//! pipeline does not wait for a disk or a parser. What is wrong leaves everything as it is.

use std::io;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;

use super::Detector;
use super::orders::Handover;
use crate::config::{self, Effect, Settings, Sources};
use crate::control::{Board, Change, Inbox, Reload};

/// What is read, what is in force, and who is to take it up.
pub(super) struct Renewal<D: Detector> {
    pub(super) sources: Sources,
    pub(super) settings: Settings,
    /// Rules in force.
    pub(super) rules: usize,
    pub(super) board: Arc<Board>,
    pub(super) handover: Handover<D::Rules>,
}

impl<D: Detector> Renewal<D> {
    /// Does what is asked for, until nobody can ask any more.
    pub(super) fn start(mut self, mut inbox: Inbox) -> io::Result<()> {
        let work = move || {
            while let Some(asked) = inbox.wait() {
                let reload = self.renew();
                self.board
                    .update(|status| status.reload = Some(reload.clone()));
                asked.answer(reload);
            }
        };
        thread::Builder::new().name("reload".into()).spawn(work)?;
        Ok(())
    }

    /// Reads everything, and says what came of it to whoever reads the log too.
    fn renew(&mut self) -> Reload {
        let (changes, error) = match self.take_up() {
            Ok(changes) => (changes, None),
            Err(error) => (Vec::new(), Some(format!("{error:#}"))),
        };
        match &error {
            None => tracing::info!("reloaded: {} rules", self.rules),
            Some(error) => tracing::error!("not reloaded, everything is as it was: {error}"),
        }
        for Change { option, to, .. } in changes.iter().filter(|change| !change.in_force) {
            tracing::warn!("{option} = {to} takes effect at the next start");
        }
        Reload {
            time: Timestamp::now().to_string(),
            ok: error.is_none(),
            error,
            rules: u64::try_from(self.rules).unwrap_or(u64::MAX),
            changes,
        }
    }

    fn take_up(&mut self) -> anyhow::Result<Vec<Change>> {
        let read = self.sources.read()?;
        let rules = D::load_rules(&read.rules.value, read.rule_matching.value)?;
        let count = D::count(&rules);
        let changes = self.settings.changes(&read);
        self.handover.order(rules, read.selection())?;
        self.settings = self.settings.renewed(read);
        self.rules = count;
        Ok(changes.into_iter().map(told).collect())
    }
}

/// A change, as clients read it.
fn told(change: config::Change) -> Change {
    let config::Change {
        key,
        from,
        to,
        effect,
    } = change;
    Change {
        option: key.to_owned(),
        from,
        to,
        in_force: effect == Effect::Reload,
    }
}

#[cfg(test)]
mod tests;
