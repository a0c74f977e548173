//! An act in a container, and the alert that it must raise.

use anyhow::{Context, Result, ensure};

use crate::act::{Act, Acted};
use crate::alert::{Alert, Outcome};
use crate::container::Container;
use crate::detector::Detector;

/// A shipped rule and the priorities of its alerts.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The rule's name.
    pub name: &'static str,
    /// The priority where the act was done, in lower case.
    pub done: &'static str,
    /// The priority where the kernel refused.
    pub refused: &'static str,
}

/// What is to be done, and what is to be said about it.
#[derive(Clone, Debug)]
pub struct Attack {
    act: Act,
    call: String,
    errno: String,
    seen_as: Option<String>,
    object: Option<String>,
}

impl Attack {
    /// Acts whose last call of the name `call` the kernel answers with `errno`.
    #[must_use]
    pub fn new(words: &str, call: &str, errno: &str) -> Self {
        Self {
            act: Act::new(words),
            call: call.to_owned(),
            errno: errno.to_owned(),
            seen_as: None,
            object: None,
        }
    }

    /// Performed by a copy of the acts that lies here.
    #[must_use]
    pub fn by(mut self, executable: &str) -> Self {
        self.act = self.act.by(executable);
        self
    }

    /// Performed under this user id.
    #[must_use]
    pub fn as_user(mut self, user: &str) -> Self {
        self.act = self.act.as_user(user);
        self
    }

    /// The alert names an executable with this in its name, and not the one that was started.
    #[must_use]
    pub fn seen_as(mut self, name: &str) -> Self {
        self.seen_as = Some(name.to_owned());
        self
    }

    /// The alert names this object.
    #[must_use]
    pub fn on(mut self, object: &str) -> Self {
        self.object = Some(object.to_owned());
        self
    }

    /// Performs it and waits for the alert of this rule with the right container, process, object,
    /// priority and outcome.
    ///
    /// # Errors
    /// If the kernel answered otherwise, no such alert came, or it told something wrong.
    pub fn raises(
        &self,
        rule: Rule,
        container: &Container<'_>,
        detector: &Detector,
    ) -> Result<Alert> {
        self.attempt(rule, container, detector)
            .with_context(|| format!("{self:?}"))
    }

    fn attempt(&self, rule: Rule, container: &Container<'_>, detector: &Detector) -> Result<Alert> {
        let acted = self.performed(container)?;
        let alert = detector.wait_for(container, |alert| self.is_told_by(alert, rule, &acted))?;
        let told = alert.executable();
        let right = match &self.seen_as {
            Some(name) => told.contains(name),
            None => told == self.act.executable,
        };
        ensure!(right, "the executable is wrong: {alert}");
        Ok(alert)
    }

    /// Performs it and checks the kernel's answer.
    ///
    /// # Errors
    /// If the kernel answered otherwise.
    pub fn performed(&self, container: &Container<'_>) -> Result<Acted> {
        let acted = container.perform(&self.act)?;
        let errno = acted.errno(&self.call)?;
        ensure!(
            errno == self.errno,
            "{} gave {errno} and not {}",
            self.call,
            self.errno
        );
        Ok(acted)
    }

    fn outcome(&self) -> Outcome {
        // A connection that is under way was not refused.
        match self.errno.as_str() {
            "SUCCESS" | "EINPROGRESS" => Outcome::Done,
            _ => Outcome::Refused,
        }
    }

    fn is_told_by(&self, alert: &Alert, rule: Rule, acted: &Acted) -> bool {
        let outcome = self.outcome();
        let priority = match outcome {
            Outcome::Done => rule.done,
            Outcome::Refused => rule.refused,
        };
        alert.rule() == rule.name
            && alert.priority() == priority
            && alert.outcome() == outcome.name()
            && alert.pid() == Some(acted.pid)
            && self
                .object
                .as_deref()
                .is_none_or(|object| alert.mentions(object))
    }
}
