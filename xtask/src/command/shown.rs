//! How an invocation is shown: as a line for a shell at the workspace's root.

use std::fmt;
use std::path::Path;

use crate::workspace;

use super::Invocation;

impl fmt::Display for Invocation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elsewhere = self.directory != workspace::root();
        if elsewhere {
            write!(
                out,
                "(cd {} && ",
                quoted(&workspace::shown(&self.directory).to_string())
            )?;
        }
        if self.through_sudo() {
            write!(
                out,
                "sudo {}",
                if self.variables.is_empty() {
                    ""
                } else {
                    "env "
                }
            )?;
        }
        if !self.path_first.is_empty() {
            let folders: Vec<_> = self
                .path_first
                .iter()
                .map(|f| f.display().to_string())
                .collect();
            write!(out, "PATH={}:$PATH ", quoted(&folders.join(":")))?;
        }
        for (name, value) in &self.variables {
            write!(out, "{name}={} ", quoted(&value.to_string_lossy()))?;
        }
        let program = workspace::shown(Path::new(&self.program)).to_string();
        out.write_str(&quoted(&program))?;
        for arg in &self.args {
            write!(out, " {}", quoted(&arg.to_string_lossy()))?;
        }
        out.write_str(if elsewhere { ")" } else { "" })
    }
}

/// A word as a shell takes it for itself.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+./:,@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_as_a_shell_takes_it() {
        let shown = Invocation::new("/usr/bin/cargo")
            .args(["build", "--config", "a = \"it's\"", ""])
            .variable("RUSTC", "/usr/bin/rustc")
            .path_first("/usr/bin")
            .inside(workspace::sensor_crate())
            .to_string();
        assert_eq!(
            shown,
            "(cd detector-ebpf && PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc \
             /usr/bin/cargo build --config 'a = \"it'\\''s\"' '')"
        );
    }

    #[test]
    fn quoting_survives_a_shell() {
        for word in [
            "",
            "plain",
            "two words",
            "it's",
            "$HOME `id` \\ \"",
            "a\nb",
            "*",
        ] {
            let script = format!("printf %s {}", quoted(word));
            assert_eq!(
                Invocation::new("sh").args(["-c", &script]).read().unwrap(),
                word
            );
        }
    }
}
