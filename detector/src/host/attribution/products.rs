//! The table of agent products: how their containers are labelled and what their labels and
//! environment variables mean. A new product is a new row.

/// What a label or variable tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    /// That the product is at work; which agent remains open.
    Product,
    /// That the product is at work, and it is the agent.
    AgentIsProduct,
    /// The agent's id or name.
    Agent,
    /// The session.
    Session,
    /// The person.
    User,
    /// An OpenClaw scope key: agent, session and user in one text.
    SessionKey,
    /// JSON with the sender of the message that caused this run.
    ChannelContext,
}

/// One agent product.
pub(super) struct Product {
    pub(super) name: &'static str,
    /// One agent per installation: whoever names a session of it has named the agent.
    pub(super) is_one_agent: bool,
    /// Label names that begin so mark its containers.
    pub(super) prefixes: &'static [&'static str],
    pub(super) labels: &'static [(&'static str, Says)],
    pub(super) env: &'static [(&'static str, Says)],
}

impl Product {
    pub(super) fn marks(&self, label: &str) -> bool {
        self.prefixes.iter().any(|prefix| label.starts_with(prefix))
    }
}

pub(super) const PRODUCTS: &[Product] = &[
    Product {
        name: "openclaw",
        is_one_agent: false,
        // The two older names are those of earlier releases, still met on long-lived installations.
        prefixes: &["openclaw.", "moltbot.", "clawdbot."],
        labels: &[
            ("openclaw.sessionKey", Says::SessionKey),
            ("moltbot.sessionKey", Says::SessionKey),
            ("clawdbot.sessionKey", Says::SessionKey),
            ("openclaw.fleet.owner", Says::User),
        ],
        env: &[
            ("OPENCLAW_CHANNEL_CONTEXT", Says::ChannelContext),
            ("OPENCLAW_CLI", Says::Product),
            ("OPENCLAW_SHELL", Says::Product),
            // Codex's name, but OpenClaw sets it around commands that need cleaning up.
            ("CODEX_SANDBOX_EXEC_ID", Says::Product),
        ],
    },
    Product {
        name: "openshell",
        is_one_agent: false,
        prefixes: &["openshell.ai/", "openshell.managed"],
        labels: &[
            ("openshell.ai/sandbox-name", Says::Agent),
            ("openshell.ai/sandbox-id", Says::Session),
        ],
        env: &[],
    },
    Product {
        name: "claude-code",
        is_one_agent: true,
        prefixes: &[],
        labels: &[],
        env: &[
            ("CLAUDECODE", Says::AgentIsProduct),
            ("CLAUDE_CODE_ENTRYPOINT", Says::AgentIsProduct),
            ("CLAUDE_CODE_SESSION_ID", Says::Session),
        ],
    },
    Product {
        name: "codex",
        is_one_agent: true,
        prefixes: &[],
        labels: &[],
        env: &[
            ("CODEX_SANDBOX", Says::AgentIsProduct),
            ("CODEX_SANDBOX_NETWORK_DISABLED", Says::AgentIsProduct),
            ("CODEX_THREAD_ID", Says::Session),
        ],
    },
    Product {
        name: "gemini-cli",
        is_one_agent: true,
        prefixes: &[],
        labels: &[],
        env: &[("GEMINI_CLI", Says::AgentIsProduct)],
    },
    Product {
        name: "devcontainer",
        is_one_agent: false,
        prefixes: &["devcontainer."],
        labels: &[],
        env: &[],
    },
    Product {
        name: "daytona",
        is_one_agent: false,
        prefixes: &["daytona."],
        labels: &[],
        env: &[],
    },
    Product {
        name: "agent-sandbox",
        is_one_agent: false,
        prefixes: &["agents.x-k8s.io/"],
        labels: &[],
        env: &[],
    },
];
