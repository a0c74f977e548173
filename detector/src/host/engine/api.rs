//! The calls that are made to an engine, each bounded in time and size, with errors that say what
//! to do.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::errors::Error;
use bollard::models::{ContainerSummary, ContainerSummaryStateEnum, EventMessage, SystemVersion};
use bollard::query_parameters::{
    EventsOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::{Stream, StreamExt};

use super::inspect::container_info;
use super::socket::Endpoint;
use super::transport::{Allowance, Bound, client, connect};
use crate::host::container::{ContainerId, ContainerInfo, Engine, EngineSource};

/// Largest answer about one thing; a container's description has some 10 KiB.
const ONE: usize = 1 << 20;
/// Largest list of containers; one of them has some 2 KiB.
const LIST: usize = 16 << 20;
/// Events that change what we know. `remove` is Podman's own word for `destroy`.
const ACTIONS: [&str; 6] = ["create", "start", "rename", "update", "destroy", "remove"];
/// How far back the event stream begins, so that nothing falls between it and the first listing.
const OVERLAP: Duration = Duration::from_secs(2);

/// Why an engine is not followed at this moment.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("{} does not exist: start the engine, or name its socket with --engine", .0.display())]
    Missing(PathBuf),
    #[error("cannot connect to {}: {cause}; is the engine running?", .socket.display())]
    Unreachable { socket: PathBuf, cause: io::Error },
    #[error("no answer to {call} within {} s; is the engine stuck?", .after.as_secs_f32())]
    Silent { call: &'static str, after: Duration },
    #[error("{call} failed: {}", with_causes(.cause))]
    Failed { call: &'static str, cause: Error },
    #[error("the engine ended its event stream; it stops or restarts")]
    Ended,
    #[error("nobody takes the facts any more")]
    Unwanted,
}

/// The library's messages leave out why.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What happened to a container.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Seen(ContainerId),
    Gone(ContainerId),
}

/// A container in the list of all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: ContainerId,
    /// It has or may soon have processes.
    pub(super) active: bool,
}

/// An engine that has answered once.
pub(super) struct Api {
    one: Docker,
    list: Docker,
    stream: Docker,
    stream_allowance: Allowance,
    timeout: Duration,
    pub(super) engine: Engine,
    pub(super) version: String,
    pub(super) source: EngineSource,
}

impl Api {
    pub(super) async fn connect(endpoint: &Endpoint, timeout: Duration) -> Result<Self, Lost> {
        let socket = endpoint.path.clone();
        let (_, uid) = within(timeout, "connect", connect(endpoint))
            .await?
            .map_err(|cause| match cause.kind() {
                io::ErrorKind::NotFound => Lost::Missing(socket.clone()),
                _ => Lost::Unreachable {
                    socket: socket.clone(),
                    cause,
                },
            })?;
        let stream_allowance = Allowance::new(ONE);
        let clients = || -> Result<_, Error> {
            let seconds = timeout.as_secs().max(1);
            let client = |bound| client(endpoint, bound, seconds, API_DEFAULT_VERSION);
            let stream = client(Bound::Shared(stream_allowance.clone()))?;
            Ok((
                client(Bound::Each(ONE))?,
                client(Bound::Each(LIST))?,
                stream,
            ))
        };
        let (one, list, stream) = clients().map_err(failed("connect"))?;
        let answer = within(timeout, "version", one.version()).await?;
        let (engine, version) = kind(answer.map_err(failed("version"))?);
        let source = EngineSource {
            socket,
            owner: Some(uid).filter(|uid| *uid != 0),
        };
        Ok(Self {
            one,
            list,
            stream,
            stream_allowance,
            timeout,
            engine,
            version,
            source,
        })
    }

    /// All containers, the stopped ones too. `None`: the list cannot be understood, which says
    /// nothing about the rest of the API.
    pub(super) async fn list(&self) -> Result<Option<Vec<Listed>>, Lost> {
        let options = ListContainersOptionsBuilder::default().all(true).build();
        match within(
            self.timeout,
            "list",
            self.list.list_containers(Some(options)),
        )
        .await?
        {
            Ok(all) => Ok(Some(all.into_iter().filter_map(listed).collect())),
            Err(error @ Error::JsonDataError { .. }) => {
                tracing::warn!(socket = %self.source.socket.display(), %error, "unreadable list of containers");
                Ok(None)
            }
            Err(cause) => Err(Lost::Failed {
                call: "list",
                cause,
            }),
        }
    }

    /// One container; `None` where it is gone again.
    pub(super) async fn inspect(&self, id: &ContainerId) -> Result<Option<ContainerInfo>, Lost> {
        let call = self
            .one
            .inspect_container(id.as_str(), None::<InspectContainerOptions>);
        match within(self.timeout, "inspect", call).await? {
            Ok(answer) => Ok(container_info(answer, self.engine, self.source.clone())
                .filter(|info| info.id == *id)),
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(None),
            Err(cause) => Err(Lost::Failed {
                call: "inspect",
                cause,
            }),
        }
    }

    /// What happens to containers from now on. The request is made when the stream is first polled.
    pub(super) fn changes(&self) -> impl Stream<Item = Result<Change, Lost>> + Unpin {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let filters = HashMap::from([("type", vec!["container"]), ("event", ACTIONS.to_vec())]);
        let options = EventsOptionsBuilder::default()
            .since(&now.saturating_sub(OVERLAP).as_secs().to_string())
            .filters(&filters)
            .build();
        let allowance = self.stream_allowance.clone();
        Box::pin(self.stream.events(Some(options)).filter_map(move |event| {
            let outcome = match event {
                Ok(event) => {
                    allowance.refill();
                    change(event).map(Ok)
                }
                Err(cause) => Some(Err(broken(cause, allowance.overrun()))),
            };
            std::future::ready(outcome)
        }))
    }
}

async fn within<T>(
    timeout: Duration,
    call: &'static str,
    work: impl Future<Output = T>,
) -> Result<T, Lost> {
    let silent = |_| Lost::Silent {
        call,
        after: timeout,
    };
    tokio::time::timeout(timeout, pin!(work))
        .await
        .map_err(silent)
}

fn failed(call: &'static str) -> impl Fn(Error) -> Lost {
    move |cause| Lost::Failed { call, cause }
}

/// Why the event stream gave no further event.
fn broken(cause: Error, overrun: Option<io::Error>) -> Lost {
    match (overrun, cause) {
        (Some(overrun), _) => Lost::Failed {
            call: "events",
            cause: overrun.into(),
        },
        (None, Error::IOError { .. } | Error::HyperResponseError { .. }) => Lost::Ended,
        (None, cause) => Lost::Failed {
            call: "events",
            cause,
        },
    }
}

/// Podman answers in Docker's place, and says so among its components.
fn kind(answer: SystemVersion) -> (Engine, String) {
    let version = answer
        .version
        .unwrap_or_else(|| "of unknown version".to_owned());
    let components = answer.components.unwrap_or_default();
    match components
        .iter()
        .any(|component| component.name.contains("Podman"))
    {
        true => (Engine::Podman, format!("Podman {version}")),
        false => (Engine::Docker, format!("Docker {version}")),
    }
}

fn listed(summary: ContainerSummary) -> Option<Listed> {
    use ContainerSummaryStateEnum::{CREATED, PAUSED, RESTARTING, RUNNING};
    let id = ContainerId::hex(summary.id?.as_bytes())?;
    let active = matches!(
        summary.state,
        Some(CREATED | RUNNING | PAUSED | RESTARTING) | None
    );
    Some(Listed { id, active })
}

fn change(event: EventMessage) -> Option<Change> {
    let id = ContainerId::hex(event.actor?.id?.as_bytes())?;
    match event.action?.as_str() {
        "destroy" | "remove" => Some(Change::Gone(id)),
        action => ACTIONS.contains(&action).then_some(Change::Seen(id)),
    }
}
