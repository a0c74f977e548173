//! What the detector says of its own sight, as an observation: nobody of a container did it.

use super::{Actor, ContainerView, Host, Observation};
use crate::event::Event;
use crate::host::attribution::Attribution;

impl Host {
    /// Turns a notice into an observation. The world is not asked: there is nobody to ask about.
    pub fn notice(&self, event: Event) -> Observation {
        let container = self.registry.container(event.meta.cgroup);
        Observation {
            number: self.taken,
            actor: Actor {
                exec: event.meta.exec(),
                image: std::sync::Arc::default(),
                cwd: None,
                lineage: Vec::new(),
                attribution: container.map_or_else(
                    Attribution::default,
                    super::registry::Container::attribution,
                ),
                membership: None,
            },
            container: container.map(ContainerView::of),
            ids_before: None,
            crossed_into: None,
            crossed_cgroup: None,
            target: None,
            changed_by: None,
            foreign_mount: false,
            own_user_ns: false,
            claimed_kind: None,
            incomplete: false,
            event,
        }
    }
}
