//! What everything passes on its way into a bundle: secrets masked, names replaced.

use std::borrow::Cow;

use serde_json::Value;

use super::pseudonyms::{Kind, Pseudonyms};
use crate::detect::redact::Redactor;
use crate::doctor::check::Verdict;
use crate::doctor::report::Report;

/// Parts of the name of a setting whose value is a host's name.
const HOSTS: [&str; 4] = ["host", "server", "smtp", "domain"];

/// Masks and replaces.
#[derive(Debug)]
pub(super) struct Mask {
    redactor: Redactor,
    names: Pseudonyms,
}

impl Mask {
    /// A mask that knows these names of this host.
    pub(super) fn new(host_names: &[String]) -> Result<Self, regex::Error> {
        let (redactor, mut names) = (Redactor::new()?, Pseudonyms::new()?);
        for name in host_names {
            names.hide(Kind::Host, name)?;
            if let Some((short, _)) = name.split_once('.') {
                names.hide(Kind::Host, short)?;
            }
        }
        Ok(Self { redactor, names })
    }

    /// A text of any kind.
    pub(super) fn text(&mut self, text: &str) -> String {
        let masked = self.redactor.text(text);
        self.names.text(&masked)
    }

    /// The findings.
    pub(super) fn report(&mut self, report: &Report) -> Report {
        let mut masked = report.clone();
        masked.kernel = self.text(&report.kernel);
        for check in &mut masked.checks {
            check.name = self.text(&check.name);
            check.found = self.text(&check.found);
            match &mut check.verdict {
                Verdict::Less { costs, mend } | Verdict::Failed { costs, mend } => {
                    *costs = self.text(costs);
                    *mend = self.text(mend);
                }
                Verdict::Skipped { mend: Some(mend) } => *mend = self.text(mend),
                Verdict::Skipped { mend: None } | Verdict::Ok => {}
            }
        }
        masked
    }

    /// The status of a running detector: its containers' names are known as such.
    pub(super) fn status(&mut self, status: &mut Value) {
        let containers = status.get_mut("containers").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(Value::String(name)) = container.get_mut("name") {
                *name = self.names.of(Kind::Container, name);
            }
        }
        self.value("", status, |mask, _, text| mask.text(text));
    }

    /// The configuration: a value may be the name of a host and nothing else, and the path of an
    /// address on the web is a secret with many services.
    pub(super) fn settings(&mut self, settings: &mut Value) {
        self.value("", settings, |mask, name, text| {
            let named = HOSTS.iter().any(|host| name.to_lowercase().contains(host));
            match named && !text.contains('/') && !text.is_empty() {
                true => mask.names.of(Kind::Host, text),
                false => {
                    let text = mask.text(without_path(text).as_ref());
                    mask.names.bare_host(&text)
                }
            }
        });
    }

    /// Masks what stands under a secret name, whatever it is, and hands all other text on.
    fn value(
        &mut self,
        name: &str,
        value: &mut Value,
        replace: fn(&mut Self, &str, &str) -> String,
    ) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    // All below a secret name is secret.
                    let name = if self.is_secret(name) { name } else { key };
                    self.value(name, member, replace);
                }
            }
            Value::Array(items) => {
                items
                    .iter_mut()
                    .for_each(|item| self.value(name, item, replace));
            }
            Value::Null => {}
            scalar if self.is_secret(name) => *scalar = Value::from("***"),
            Value::String(text) => *text = replace(self, name, text),
            Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        // A value that is none by itself: masked, it is the name's doing.
        const PLAIN: &[u8] = b"x";
        let is = |name: &str| *self.redactor.variable(name.as_bytes(), PLAIN) != *PLAIN;
        is(name) || name.strip_suffix('s').is_some_and(is)
    }
}

/// An address on the web up to its path.
fn without_path(text: &str) -> Cow<'_, str> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.starts_with(scheme));
    let Some((host, path)) = scheme.and_then(|scheme| {
        let rest = text.strip_prefix(scheme)?;
        let at = rest.find(['/', '?', '#'])?;
        text.split_at_checked(scheme.len() + at)
    }) else {
        return Cow::Borrowed(text);
    };
    match path {
        "/" => Cow::Borrowed(text),
        _ => Cow::Owned(format!("{host}/***")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mask() -> Mask {
        Mask::new(&["claw-prod-7.corp.example".to_owned()]).unwrap()
    }

    #[test]
    fn what_stands_under_a_secret_name_goes_whatever_it_is() {
        let mut settings = json!({
            "slack": {"token": "plain-looking", "channel": "#alerts"},
            "passwords": {"a": "one", "b": [2, {"c": "three"}], "d": null},
            "secret": 4711,
            "limit": 7,
        });
        mask().settings(&mut settings);
        assert_eq!(
            settings,
            json!({
                "slack": {"token": "***", "channel": "#alerts"},
                "passwords": {"a": "***", "b": ["***", {"c": "***"}], "d": null},
                "secret": "***",
                "limit": 7,
            })
        );
    }

    #[test]
    fn addresses_on_the_web_lose_their_paths() {
        for (text, expected) in [
            ("https://h/services/T0/B0/x", "https://h/***"),
            ("http://h:80?key=x", "http://h:80/***"),
            ("https://h/", "https://h/"),
            ("https://h", "https://h"),
            ("unix:///run/docker.sock", "unix:///run/docker.sock"),
        ] {
            assert_eq!(without_path(text), expected);
        }
    }

    #[test]
    fn hosts_in_settings_are_known_by_form_and_by_name() {
        let mut settings = json!({
            "smtp": "mailer",
            "url": "https://hooks.corp.example/T000",
            "to": "loki.corp.example:3100",
            "state": "/var/lib/escape-detector",
            "hostname": "claw-prod-7",
        });
        mask().settings(&mut settings);
        assert_eq!(settings["state"], "/var/lib/escape-detector");
        for key in ["smtp", "url", "to", "hostname"] {
            let value = settings[key].as_str().unwrap();
            assert!(
                value.contains("host-") && !value.contains("corp"),
                "{key}: {value}"
            );
            assert!(
                !value.contains("mailer") && !value.contains("claw"),
                "{key}: {value}"
            );
        }
    }

    #[test]
    fn containers_keep_their_ids_and_lose_their_names() {
        let mut status = json!({"containers": [
            {"id": "3f4e", "name": "customer-acme", "level": "rules"},
            {"id": "3f4f", "name": null, "level": "rules"},
        ]});
        mask().status(&mut status);
        assert_eq!(status["containers"][0]["name"], "container-1");
        assert_eq!(status["containers"][0]["id"], "3f4e");
        assert_eq!(status["containers"][1]["name"], Value::Null);
    }
}
