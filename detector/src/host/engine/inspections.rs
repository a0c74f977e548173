//! Inspections under way: a few at a time, each container at most once, and none whose container
//! is gone by the time of its answer.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::api::{Api, Lost};
use crate::host::container::{ContainerId, ContainerInfo};

/// So many at a time; one that hangs holds up no other.
const AT_ONCE: usize = 8;

/// The end of an inspection.
pub(super) struct Inspected {
    pub(super) id: ContainerId,
    pub(super) outcome: Result<Option<ContainerInfo>, Lost>,
}

/// How far the wish for a container's description has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Waiting,
    Asked,
    /// Asked, and changed since: ask once more.
    AskedAndStale,
}

type Asking<'a> = Pin<Box<dyn Future<Output = Inspected> + Send + 'a>>;

/// The inspections of one session.
pub(super) struct Inspections<'a> {
    api: &'a Api,
    wishes: HashMap<ContainerId, Wish>,
    waiting: VecDeque<ContainerId>,
    asking: FuturesUnordered<Asking<'a>>,
}

impl<'a> Inspections<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        let asking = FuturesUnordered::new();
        Self {
            api,
            wishes: HashMap::new(),
            waiting: VecDeque::new(),
            asking,
        }
    }

    /// Containers that are asked for or wait for it.
    pub(super) fn len(&self) -> usize {
        self.wishes.len()
    }

    /// Asks for a container as it is from now on.
    pub(super) fn want(&mut self, id: ContainerId) {
        match self.wishes.get_mut(&id) {
            Some(Wish::Waiting) => {}
            Some(wish) => *wish = Wish::AskedAndStale,
            None => {
                self.wishes.insert(id.clone(), Wish::Waiting);
                self.waiting.push_back(id);
                self.advance();
            }
        }
    }

    /// The container is gone: no answer about it counts any more.
    pub(super) fn forget(&mut self, id: &ContainerId) {
        self.wishes.remove(id);
        self.waiting.retain(|waiting| waiting != id);
    }

    /// The next answer that still counts; `None` while nothing is asked.
    pub(super) async fn next(&mut self) -> Option<Inspected> {
        loop {
            let done = self.asking.next().await?;
            let wish = self.wishes.remove(&done.id);
            if wish == Some(Wish::AskedAndStale) {
                self.wishes.insert(done.id.clone(), Wish::Waiting);
                self.waiting.push_back(done.id.clone());
            }
            self.advance();
            if wish.is_some() {
                return Some(done);
            }
        }
    }

    fn advance(&mut self) {
        while self.asking.len() < AT_ONCE {
            let Some(id) = self.waiting.pop_front() else {
                return;
            };
            self.wishes.insert(id.clone(), Wish::Asked);
            let api = self.api;
            self.asking.push(Box::pin(async move {
                let outcome = api.inspect(&id).await;
                Inspected { id, outcome }
            }));
        }
    }
}
