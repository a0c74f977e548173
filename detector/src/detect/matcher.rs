//! From observations to alerts: rules are asked, and what matches is told with its evidence.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::alert::{Alert, AlertUid, Ancestor, Container, Fingerprint, Identity, Outcome, Process};
use super::fields::Facts;
use super::redact::Redactor;
use crate::event::{BootId, Clock, ExecKey};
use crate::host::tree::{Image, pid};
use crate::host::{ContainerView, Observation};
use crate::rules::{Rule, RuleSet};

/// Asks the rules.
#[derive(Debug)]
pub struct Matcher {
    rules: Arc<RuleSet>,
    redactor: Redactor,
    hostname: String,
    boot: BootId,
    clock: Clock,
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
            redactor,
            hostname,
            boot,
            clock,
        }
    }

    /// Whether any rule could match an event of this type.
    pub fn concerns(&self, event_type: &str) -> bool {
        self.rules.event_types().any(|known| known == event_type)
    }

    /// The rules that match, by their places in the set.
    pub fn matches(&self, observation: &Observation) -> Vec<usize> {
        let facts = Facts::new(observation, self.clock);
        let matching = self.rules.matches(observation.event.event_type(), &facts);
        let all = self.rules.rules();
        matching
            .filter_map(|rule| all.iter().position(|one| std::ptr::eq(one, rule)))
            .collect()
    }

    /// The alert of a rule that matched.
    pub fn alert(&self, rule: usize, observation: &Observation) -> Option<Alert> {
        let rule = self.rules.rules().get(rule)?;
        Some(self.tell(rule, observation))
    }

    fn tell(&self, rule: &Rule, observation: &Observation) -> Alert {
        let facts = Facts::new(observation, self.clock);
        let (message, fields) = rule.output.render(&facts);
        let refused = observation.event.refused();
        let outcome = if refused {
            Outcome::Refused
        } else {
            Outcome::Done
        };
        let attribution = &observation.actor.attribution;
        Alert {
            uid: AlertUid::now(),
            time: self.clock.timestamp(observation.event.meta.time),
            rule: rule.name.clone(),
            priority: rule.priority_when(refused),
            hostname: self.hostname.clone(),
            tags: rule.tags.clone(),
            message: self.redactor.text(&message).into_owned(),
            output_fields: self.fields(fields),
            outcome,
            fingerprint: fingerprint(rule, observation, &facts.object(), outcome),
            process: self.process(observation),
            lineage: self.lineage(observation),
            container: observation.container.as_ref().map(container),
            agent: attribution.agent.clone(),
            session: attribution.session.clone(),
            user: attribution.user.clone(),
            incomplete: observation.incomplete,
        }
    }

    fn process(&self, observation: &Observation) -> Process {
        let actor = &observation.actor;
        Process {
            process_id: actor.exec.process.id(self.boot).to_string(),
            exec_id: actor.exec.id(self.boot).to_string(),
            pid: pid(actor.exec.process),
            exe: exe(&actor.image),
            argv: self.argv(&actor.image),
            cwd: actor.cwd.as_deref().map(text),
        }
    }

    fn lineage(&self, observation: &Observation) -> Vec<Ancestor> {
        let lineage = observation.actor.lineage.iter();
        lineage
            .map(|ancestor| self.ancestor(ancestor.exec, &ancestor.image))
            .collect()
    }

    fn ancestor(&self, exec: ExecKey, image: &Image) -> Ancestor {
        Ancestor {
            process_id: exec.process.id(self.boot).to_string(),
            exec_id: exec.id(self.boot).to_string(),
            pid: pid(exec.process),
            exe: exe(image),
            argv: self.argv(image),
        }
    }

    fn argv(&self, image: &Image) -> Vec<String> {
        let argv: Vec<String> = image.argv.iter().map(|argument| text(argument)).collect();
        self.redactor.argv_text(&argv)
    }

    fn fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let mask = |value| match value {
            Value::String(text) => Value::String(self.redactor.text(&text).into_owned()),
            other => other,
        };
        fields
            .into_iter()
            .map(|(name, value)| (name, mask(value)))
            .collect()
    }
}

fn exe(image: &Image) -> Option<String> {
    image.exe_path.as_deref().map(text)
}

/// The kernel's bytes as text; what is no UTF-8 becomes U+FFFD.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
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
