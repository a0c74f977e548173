//! The table of watched objects: which files are what, in the homes of the host's users, in the
//! workspaces that agents are given, and on the host itself. A new product is some new rows.
//!
//! A path is relative to its base. `*` stands for any part of a name, `**` at the end for all that
//! lies below.

use crate::event::Class;

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// In the home of every user of the host.
    Home,
    /// In every directory of the host that an agent's container was given.
    Workspace,
    /// In one directory of the host.
    Directory(&'static str),
}

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) base: Base,
    pub(super) path: &'static str,
    pub(super) class: Class,
}

macro_rules! rows {
    ($($base:expr, $class:ident: $($path:literal)+;)*) => {
        /// All rows.
        pub(super) const TABLE: &[Row] = &[$($(
            Row { base: $base, path: $path, class: Class::$class },
        )+)*];
    };
}

rows! {
    // OpenClaw, and by its earlier names.
    Base::Home, AgentConfig:
        ".openclaw/openclaw.json" ".openclaw/.env" ".openclaw/exec-approvals.json"
        ".openclaw/hooks/**" ".openclaw/skills/**"
        ".openclaw/workspace*/hooks/**" ".openclaw/workspace*/skills/**"
        ".moltbot/moltbot.json" ".moltbot/.env" ".moltbot/hooks/**" ".moltbot/skills/**"
        ".clawdbot/clawdbot.json" ".clawdbot/.env" ".clawdbot/hooks/**" ".clawdbot/skills/**";
    Base::Home, AgentInstructions:
        ".openclaw/workspace*/AGENTS.md" ".openclaw/workspace*/SOUL.md"
        ".openclaw/workspace*/USER.md" ".openclaw/workspace*/IDENTITY.md"
        ".openclaw/workspace*/TOOLS.md" ".openclaw/workspace*/BOOT.md"
        ".openclaw/workspace*/BOOTSTRAP.md" ".openclaw/workspace*/HEARTBEAT.md";
    Base::Home, AgentMemory:
        ".openclaw/workspace*/MEMORY.md" ".openclaw/workspace*/memory/**";
    Base::Home, AgentLog:
        ".openclaw/state/openclaw.sqlite" ".openclaw/agents/*/agent/openclaw-agent.sqlite"
        ".openclaw/agents/*/sessions/*.jsonl" ".moltbot/agents/*/sessions/*.jsonl"
        ".clawdbot/agents/*/sessions/*.jsonl";

    // Claude Code.
    Base::Home, AgentConfig:
        ".claude/settings.json" ".claude/settings.local.json" ".claude/hooks/**"
        ".claude/skills/**" ".claude/agents/**" ".claude/commands/**";
    Base::Home, AgentInstructions: ".claude/CLAUDE.md" ".claude/rules/**";
    Base::Home, AgentMemory: ".claude/projects/*/memory/**";
    Base::Home, AgentLog: ".claude/projects/*/*.jsonl" ".claude/history.jsonl";

    // Codex, Gemini CLI, Cursor.
    Base::Home, AgentConfig:
        ".codex/config.toml" ".codex/hooks.json" ".codex/rules/**" ".codex/skills/**"
        ".gemini/settings.json" ".gemini/extensions/*/gemini-extension.json"
        ".cursor/mcp.json" ".cursor/hooks.json";
    Base::Home, AgentInstructions: ".codex/AGENTS.md" ".gemini/GEMINI.md" ".cursor/rules/**";
    Base::Home, AgentMemory: ".codex/memories/**";
    Base::Home, AgentLog: ".codex/sessions/*/*/*/*.jsonl" ".codex/history.jsonl";

    // What agents of any make look for in the directory that they work in.
    Base::Workspace, AgentConfig:
        "openclaw.json" ".mcp.json" ".env.agent"
        ".claude/settings.json" ".claude/settings.local.json" ".claude/hooks/**"
        ".claude/skills/**" ".claude/agents/**" ".claude/commands/**"
        ".codex/config.toml" ".codex/hooks.json" ".gemini/settings.json"
        ".cursor/mcp.json" ".cursor/hooks.json" ".vscode/mcp.json" ".vscode/settings.json"
        ".agents/skills/**" "skills/*/SKILL.md" "hooks/*/HOOK.md" "hooks/*/handler.*";
    Base::Workspace, AgentInstructions:
        "AGENTS.md" "AGENTS.override.md" "SOUL.md" "USER.md" "IDENTITY.md" "TOOLS.md" "BOOT.md"
        "BOOTSTRAP.md" "HEARTBEAT.md" "CLAUDE.md" "CLAUDE.local.md" ".claude/CLAUDE.md"
        ".claude/rules/**" "GEMINI.md" ".cursorrules" ".cursor/rules/**" ".windsurfrules"
        ".clinerules" ".github/copilot-instructions.md";
    Base::Workspace, AgentMemory: "MEMORY.md" "memory/**";
    Base::Workspace, AgentLog: ".claude/projects/*/*.jsonl";

    Base::Directory("/tmp/openclaw"), AgentLog: "*.log";

    // The host's account of logins and of what was done as whom.
    Base::Directory("/var/log"), HostLog:
        "wtmp" "btmp" "lastlog" "auth.log" "secure" "syslog" "messages" "kern.log"
        "audit/audit.log" "journal/*/system.journal" "journal/*/user-*.journal";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_deep_only_at_their_end() {
        for Row { path, .. } in TABLE {
            let parts: Vec<_> = path.split('/').collect();
            assert!(
                parts.iter().all(|part| !matches!(*part, "" | "." | "..")),
                "{path}"
            );
            let deep = parts.iter().position(|part| *part == "**");
            assert!(deep.is_none_or(|at| at + 1 == parts.len()), "{path}");
        }
    }

    #[test]
    fn no_row_is_there_twice() {
        for (index, row) in TABLE.iter().enumerate() {
            let mut again = TABLE.iter().skip(index + 1);
            let same = |other: &&Row| other.base == row.base && other.path == row.path;
            assert!(!again.any(|other| same(&other)), "{}", row.path);
        }
    }
}
