//! From observations to alerts: rules are asked, and what matches is told with its evidence.

use std::sync::Arc;

use super::alert::{Alert, AlertUid, Container, Fingerprint, Identity, Outcome};
use super::fields::{Facts, Room};
use super::redact::Redactor;
use super::teller::Teller;
use crate::event::{BootId, Clock};
use crate::host::{ContainerView, Observation};
use crate::rules::{Rule, RuleSet, Workspace};

/// Rules that matched, and the set in which they stand: it may have been exchanged for another
/// before their alerts are told.
#[derive(Clone, Debug)]
pub struct Matches {
    rules: Arc<RuleSet>,
    places: Vec<usize>,
}

impl Matches {
    /// Whether no rule matched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Asks the rules.
#[derive(Debug)]
pub struct Matcher {
    rules: Arc<RuleSet>,
    hostname: String,
    teller: Teller,
    workspace: Workspace,
    room: Room,
}

impl Matcher {
    /// A matcher for one boot of one host.
    pub fn new(
        rules: Arc<RuleSet>,
        redactor: Redactor,
        hostname: String,
        boot: BootId,
        clock: Clock,
    ) -> Self {
        Self {
            rules,
            hostname,
            teller: Teller::new(redactor, boot, clock),
            workspace: Workspace::default(),
            room: Room::default(),
        }
    }

    /// By which it tells of observations.
    pub fn teller(&self) -> &Teller {
        &self.teller
    }

    /// Whether any rule could match an event of this type.
    pub fn concerns(&self, event_type: &str) -> bool {
        self.rules.concerns(event_type)
    }

    /// Asks these rules from now on.
    pub fn exchange(&mut self, rules: Arc<RuleSet>) {
        self.rules = rules;
    }

    /// The rules that match.
    pub fn matches(&mut self, observation: &Observation) -> Matches {
        self.room.clear();
        let facts = Facts::new(observation, self.teller.clock, &self.room);
        let event_type = observation.event.event_type();
        let places = self.rules.matching(event_type, &facts, &mut self.workspace);
        Matches {
            rules: Arc::clone(&self.rules),
            places: places.to_vec(),
        }
    }

    /// The alerts of rules that matched.
    pub fn alerts(&self, matches: &Matches, observation: &Observation) -> Vec<Alert> {
        let Matches { rules, places } = matches;
        let rules = places.iter().filter_map(|place| rules.rules().get(*place));
        rules.map(|rule| self.tell(rule, observation)).collect()
    }

    fn tell(&self, rule: &Rule, observation: &Observation) -> Alert {
        let room = Room::default();
        let object = Facts::new(observation, self.teller.clock, &room).object();
        let shown = self.teller.shown(observation);
        let (message, fields) = rule.output.render(&shown.facts(&self.teller, &room));
        let refused = observation.event.refused();
        let outcome = Outcome::of(&observation.event);
        let attribution = &observation.actor.attribution;
        Alert {
            uid: AlertUid::now(),
            time: self.teller.clock.timestamp(observation.event.meta.time),
            rule: rule.name.clone(),
            priority: rule.priority_when(refused),
            hostname: self.hostname.clone(),
            tags: rule.tags.clone(),
            message: self.teller.masked(&message),
            output_fields: self.teller.masked_fields(fields),
            outcome,
            fingerprint: fingerprint(rule, observation, &object, outcome),
            process: self.teller.process(&shown),
            lineage: self.teller.lineage(observation),
            container: observation.container.as_ref().map(container),
            agent: attribution.agent.clone(),
            session: attribution.session.clone(),
            user: attribution.user.clone(),
            incomplete: observation.incomplete,
        }
    }
}

fn container(view: &ContainerView) -> Container {
    let info = view.info.as_deref();
    Container {
        id: view.reference.id.as_str().to_owned(),
        name: info.map(|info| info.name.clone()),
        image: info.map(|info| info.image.full.clone()),
        labels: info.map(|info| info.labels.clone()).unwrap_or_default(),
    }
}

fn fingerprint(
    rule: &Rule,
    observation: &Observation,
    object: &[u8],
    outcome: Outcome,
) -> Fingerprint {
    let exe = observation.actor.image.exe.as_ref();
    Fingerprint::of(&Identity {
        rule: &rule.name,
        container: observation
            .container
            .as_ref()
            .map(|view| view.reference.id.as_str()),
        executable: exe.map(|exe| {
            let device = u64::from(exe.device.major) << 32 | u64::from(exe.device.minor);
            (device, exe.inode)
        }),
        object,
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::sample;
    use crate::event::sample::exec;
    use crate::host;

    #[test]
    fn no_field_of_an_alert_tells_a_secret() {
        let text = "- rule: Any\n  desc: any\n  condition: evt.type = execve\n  \
                    output: did %proc.args and %evt.args and %evt.arg.args of %proc.pcmdline\n  \
                    priority: INFO\n";
        let mut matcher = sample::matcher(text);
        let argv: [&[u8]; 4] = [b"curl", b"-u", b"joe:sword fish", b"h"];
        let mut observation = host::sample::observation(exec(&argv), &argv);
        observation.actor.lineage[0].image = Arc::clone(&observation.actor.image);
        let matches = matcher.matches(&observation);
        let alert = matcher.alerts(&matches, &observation).remove(0);
        assert!(alert.message.contains("-u joe:*** h"), "{}", alert.message);
        let text = serde_json::to_string(&alert).unwrap();
        assert!(!text.contains("sword") && !text.contains("fish"), "{text}");
    }
}
