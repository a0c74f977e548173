//! OpenClaw's scope and session keys.
//!
//! The label holds a *scope* key, which names a session only where the sandbox is per session:
//!
//! ```text
//! shared                                        nothing
//! agent:ID                                      agent
//! agent:ID:principal:HEX32                      agent, pseudonymous user
//! agent:ID:required-session:HEX32               agent, pseudonymous session
//! agent:ID:main                                 agent, session
//! agent:ID:CHANNEL:(group|channel|room):PEER    agent, session
//! agent:ID:[CHANNEL:[ACCOUNT:]]direct:PEER      agent, session, user
//! agent:ID:subagent:SUB                         agent, session
//! cron:JOB   hook:UUID                          session
//! ```
//!
//! each with or without `:workspace:HEX32` behind it. Anything else tells nothing.

/// What a key tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionKey<'a> {
    /// The agent's id.
    pub agent: Option<&'a str>,
    /// The session's key, without the workspace.
    pub session: Option<&'a str>,
    /// The person, as `CHANNEL:PEER` where the channel is named.
    pub user: Option<String>,
}

impl<'a> SessionKey<'a> {
    /// Reads a key; what it does not tell is `None`.
    #[must_use]
    pub fn parse(key: &'a str) -> Self {
        let key = without_workspace(key);
        let (kind, rest) = key.split_once(':').unwrap_or((key, ""));
        match kind {
            "agent" => Self::of_agent(key, rest),
            "cron" | "hook" if !rest.is_empty() => Self {
                session: Some(key),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    fn of_agent(key: &'a str, rest: &'a str) -> Self {
        let (agent, scope) = rest.split_once(':').unwrap_or((rest, ""));
        if agent.is_empty() {
            return Self::default();
        }
        let mut found = Self {
            agent: Some(agent),
            ..Self::default()
        };
        match scope.split_once(':') {
            Some(("principal", who)) if is_hex32(who) => found.user = Some(scope.to_owned()),
            Some(("required-session", which)) if is_hex32(which) => found.session = Some(scope),
            _ if scope.is_empty() => {}
            _ => {
                found.session = Some(key);
                found.user = peer(scope);
            }
        }
        found
    }
}

/// The other end of a conversation between two.
fn peer(scope: &str) -> Option<String> {
    let (channel, peer) = match scope.strip_prefix("direct:") {
        Some(peer) => (None, peer),
        None => {
            let (before, peer) = scope.split_once(":direct:")?;
            (before.split(':').next(), peer)
        }
    };
    // A peer may contain colons (Matrix); a thread within the conversation is not part of it.
    let peer = peer
        .split(":thread:")
        .next()
        .filter(|peer| !peer.is_empty())?;
    Some(channel.map_or_else(|| peer.to_owned(), |channel| format!("{channel}:{peer}")))
}

fn without_workspace(key: &str) -> &str {
    const MARK: &str = ":workspace:";
    let split = key
        .len()
        .checked_sub(MARK.len() + 32)
        .and_then(|at| key.split_at_checked(at));
    match split {
        Some((scope, tail)) => {
            let (mark, hex) = tail.split_at_checked(MARK.len()).unwrap_or(("", ""));
            if mark.eq_ignore_ascii_case(MARK) && is_hex32(hex) {
                scope
            } else {
                key
            }
        }
        None => key,
    }
}

fn is_hex32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}
