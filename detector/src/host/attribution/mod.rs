//! Which AI agent, in which session, for which person.
//!
//! Two witnesses speak: the labels that the container was created with, and the environment of the
//! first program of an entry (`docker exec`), which the agent's gateway wrote. Both come from
//! outside the container; the environment of any later process may be forged from inside and must
//! not be asked. What neither says is `None`: nothing here is concluded from names, images or
//! habits. Labels go before environment. Every value carries its source, so that a reader can judge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod owner;
mod products;
mod session_key;

pub use owner::{is_bridge, is_home, is_sandbox};
use products::{PRODUCTS, Product, Says};
pub use session_key::SessionKey;

/// Longest value taken over, in characters.
const LONGEST: usize = 256;
/// Longest JSON text of a channel context that is parsed.
const LONGEST_CONTEXT: usize = 16 * 1024;

/// A value and the witness for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
pub struct Attributed {
    /// What was said.
    pub value: String,
    /// Who said it: `label NAME` or `env NAME`.
    pub source: String,
}

/// Who an entry into a container acts for, as far as anybody said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// The agent product (`openclaw`, `codex`).
    pub product: Option<Attributed>,
    /// The agent: its id where a product runs several, else the product's name.
    pub agent: Option<Attributed>,
    /// The conversation or run.
    pub session: Option<Attributed>,
    /// The person, often a pseudonym or an account of a chat channel.
    pub user: Option<Attributed>,
}

impl Attribution {
    /// What the labels of a container say.
    #[must_use]
    pub fn from_labels(labels: &BTreeMap<String, String>) -> Self {
        let mut found = Self::default();
        for product in PRODUCTS {
            let mark = labels.keys().find(|key| product.marks(key));
            if let Some(key) = mark {
                found
                    .product
                    .get_or_insert_with(|| attributed(product.name, "label", key));
            }
            for (label, says) in product.labels {
                if let Some(value) = labels.get(*label) {
                    found.learn(product, *says, value, "label", label);
                }
            }
        }
        found
    }

    /// What the environment of an entry's first program says: NUL-separated `NAME=VALUE` bytes.
    #[must_use]
    pub fn from_environ(environ: &[u8]) -> Self {
        let mut found = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in variables(environ) {
            let rows = PRODUCTS
                .iter()
                .flat_map(|p| p.env.iter().map(move |row| (p, row)));
            for (product, (wanted, says)) in rows {
                // Of a name that stands twice, programs read the first.
                if name == wanted.as_bytes() && !seen.contains(wanted) {
                    seen.push(wanted);
                    let value = String::from_utf8_lossy(value);
                    found.learn(product, *says, &value, "env", wanted);
                }
            }
        }
        found
    }

    /// This, completed by what only the other says.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            product: self.product.or(other.product),
            agent: self.agent.or(other.agent),
            session: self.session.or(other.session),
            user: self.user.or(other.user),
        }
    }

    fn learn(&mut self, product: &Product, says: Says, value: &str, kind: &str, name: &str) {
        if value.is_empty() {
            return;
        }
        let put = |slot: &mut Option<Attributed>, value: &str| {
            slot.get_or_insert_with(|| attributed(value, kind, name));
        };
        put(&mut self.product, product.name);
        match says {
            Says::Product => {}
            Says::AgentIsProduct => put(&mut self.agent, product.name),
            Says::Agent => put(&mut self.agent, value),
            Says::Session => {
                put(&mut self.session, value);
                if product.is_one_agent {
                    put(&mut self.agent, product.name);
                }
            }
            Says::User => put(&mut self.user, value),
            Says::SessionKey => {
                let key = SessionKey::parse(value);
                key.agent
                    .iter()
                    .for_each(|agent| put(&mut self.agent, agent));
                key.session
                    .iter()
                    .for_each(|session| put(&mut self.session, session));
                key.user.iter().for_each(|user| put(&mut self.user, user));
            }
            Says::ChannelContext => {
                sender(value)
                    .iter()
                    .for_each(|sender| put(&mut self.user, sender));
            }
        }
    }
}

/// Labels first, then the environment of the entry's first program.
#[must_use]
pub fn attribute(labels: &BTreeMap<String, String>, environ: &[u8]) -> Attribution {
    Attribution::from_labels(labels).or(Attribution::from_environ(environ))
}

/// Whether the labels say that an agent product made this container or works in it.
#[must_use]
pub fn is_agent_container(labels: &BTreeMap<String, String>) -> bool {
    labels
        .keys()
        .any(|key| PRODUCTS.iter().any(|product| product.marks(key)))
}

fn attributed(value: &str, kind: &str, name: &str) -> Attributed {
    Attributed {
        value: printable(value),
        source: format!("{kind} {name}"),
    }
}

/// Bounded, and without characters that could steer a terminal.
fn printable(value: &str) -> String {
    let safe = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    value.chars().take(LONGEST).map(safe).collect()
}

fn variables(environ: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    environ.split(|b| *b == 0).filter_map(|entry| {
        let equals = entry.iter().position(|b| *b == b'=')?;
        Some((entry.get(..equals)?, entry.get(equals + 1..)?))
    })
}

/// The id in `{"sender":{"id":...},...}`.
fn sender(context: &str) -> Option<String> {
    if context.len() > LONGEST_CONTEXT {
        return None;
    }
    let context: serde_json::Value = serde_json::from_str(context).ok()?;
    match context.get("sender")?.get("id")? {
        serde_json::Value::String(id) if !id.is_empty() => Some(id.clone()),
        serde_json::Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
