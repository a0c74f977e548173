//! Following one engine: list, inspect, follow its events, and begin again when it is lost.

use std::collections::HashSet;
use std::convert::Infallible;
use std::path::PathBuf;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::api::{Api, Change, Listed, Lost};
use super::inspections::{Inspected, Inspections};
use super::socket::Endpoint;
use super::{EngineFact, Timing};
use crate::host::container::{ContainerId, EngineSource};

/// Containers of one engine that are kept track of.
const MAX_CONTAINERS: usize = 16_384;

/// Whether a socket is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stay {
    /// It was named: it may come at any time.
    Always,
    /// It was found: when it is gone, whoever looks for sockets finds it again.
    WhileThere,
}

/// The task that follows one engine.
pub(super) struct Watch {
    endpoint: Endpoint,
    stay: Stay,
    timing: Timing,
    facts: mpsc::Sender<EngineFact>,
    /// Containers that were told and not yet taken back, over all sessions.
    told: HashSet<ContainerId>,
    /// Whose word that was.
    source: EngineSource,
    /// What was last said about the engine itself.
    up: Option<bool>,
}

impl Watch {
    pub(super) fn new(
        endpoint: Endpoint,
        stay: Stay,
        timing: Timing,
        facts: mpsc::Sender<EngineFact>,
    ) -> Self {
        let source = EngineSource {
            socket: endpoint.path.clone(),
            owner: endpoint.user,
        };
        Self {
            endpoint,
            stay,
            timing,
            facts,
            told: HashSet::new(),
            source,
            up: None,
        }
    }

    /// Follows the engine until nobody wants facts, or a found socket is gone; gives its path back.
    pub(super) async fn run(mut self) -> PathBuf {
        let socket = self.endpoint.path.clone();
        if self.tell(EngineFact::Asked { socket }).await.is_err() {
            return self.endpoint.path;
        }
        let mut pause = self.timing.retry;
        loop {
            let begun = Instant::now();
            let Err(lost) = self.session().await;
            // An engine that comes up and falls over again must not be tried ever faster.
            if begun.elapsed() > self.timing.retry_at_most {
                pause = self.timing.retry;
            }
            let leave = matches!(lost, Lost::Missing(_)) && self.stay == Stay::WhileThere;
            if self.lose(lost).await.is_err() || leave {
                return self.endpoint.path;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.facts.closed() => return self.endpoint.path,
            }
            pause = pause.saturating_mul(2).min(self.timing.retry_at_most);
        }
    }

    /// One connection, from the first answer to the loss.
    async fn session(&mut self) -> Result<Infallible, Lost> {
        let api = Api::connect(&self.endpoint, self.timing.call).await?;
        self.source = api.source.clone();
        self.found(&api.version).await?;

        let mut changes = api.changes();
        let mut inspections = Inspections::new(&api);
        let mut listings = interval(self.timing.listing);
        listings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut first = true;
        loop {
            tokio::select! {
                change = changes.next() => match change.ok_or(Lost::Ended)?? {
                    Change::Seen(id) => self.wanted(&mut inspections, id),
                    Change::Gone(id) => {
                        inspections.forget(&id);
                        self.gone(id).await?;
                    }
                },
                Some(done) = inspections.next() => self.inspected(done).await?,
                _ = listings.tick() => {
                    if let Some(listed) = api.list().await? {
                        self.listed(listed, &mut inspections, first).await?;
                        first = false;
                    }
                }
                () = self.facts.closed() => return Err(Lost::Unwanted),
            }
        }
    }

    /// Compares the engine's list with what was told: after a new connection everything active is
    /// looked at again, later only what is new.
    async fn listed(
        &mut self,
        listed: Vec<Listed>,
        inspections: &mut Inspections<'_>,
        first: bool,
    ) -> Result<(), Lost> {
        let there: HashSet<_> = listed.iter().map(|container| &container.id).collect();
        let gone: Vec<_> = self
            .told
            .iter()
            .filter(|id| !there.contains(id))
            .cloned()
            .collect();
        for id in gone {
            self.gone(id).await?;
        }
        for container in listed {
            if container.active && (first || !self.told.contains(&container.id)) {
                self.wanted(inspections, container.id);
            }
        }
        Ok(())
    }

    fn wanted(&self, inspections: &mut Inspections<'_>, id: ContainerId) {
        if self.told.len() + inspections.len() < MAX_CONTAINERS {
            inspections.want(id);
        } else {
            let socket = self.endpoint.path.display();
            tracing::debug!(%socket, %id, "container left out: too many of one engine");
        }
    }

    async fn inspected(&mut self, done: Inspected) -> Result<(), Lost> {
        match done.outcome {
            Ok(Some(info)) => {
                self.told.insert(done.id);
                self.tell(EngineFact::Container(Box::new(info))).await
            }
            Ok(None) => Ok(()),
            // The next listing tries again: a container under repair may hang for a while.
            Err(error) => {
                tracing::debug!(id = %done.id, %error, "container not inspected");
                Ok(())
            }
        }
    }

    async fn gone(&mut self, id: ContainerId) -> Result<(), Lost> {
        match self.told.remove(&id) {
            true => {
                self.tell(EngineFact::Gone {
                    id,
                    source: self.source.clone(),
                })
                .await
            }
            false => Ok(()),
        }
    }

    async fn found(&mut self, version: &str) -> Result<(), Lost> {
        let socket = self.endpoint.path.clone();
        tracing::info!(socket = %socket.display(), version, "container engine answers");
        self.up = Some(true);
        self.tell(EngineFact::Up {
            socket,
            version: version.to_owned(),
        })
        .await
    }

    /// Says that the engine is lost, unless that was said already.
    async fn lose(&mut self, lost: Lost) -> Result<(), Lost> {
        if matches!(lost, Lost::Unwanted) {
            return Err(lost);
        }
        if self.up == Some(false) {
            tracing::debug!(socket = %self.endpoint.path.display(), %lost, "engine still lost");
            return Ok(());
        }
        self.up = Some(false);
        let (socket, reason) = (self.endpoint.path.clone(), lost.to_string());
        tracing::warn!(
            socket = %socket.display(),
            reason,
            "container engine lost: until it answers, new containers have no names and labels"
        );
        self.tell(EngineFact::Down { socket, reason }).await
    }

    async fn tell(&self, fact: EngineFact) -> Result<(), Lost> {
        self.facts.send(fact).await.map_err(|_| Lost::Unwanted)
    }
}
