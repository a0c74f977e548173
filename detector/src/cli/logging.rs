//! The detector's own messages, on standard error.

use std::io;

use anyhow::anyhow;
use tracing_subscriber::EnvFilter;

use super::terminal::coloured;

/// The variable that says what to log.
const VARIABLE: &str = "ESCAPE_DETECTOR_LOG";

/// Starts logging: for a detector what happens, for a command that answers only what is wrong.
pub(super) fn start(is_run: bool) -> anyhow::Result<()> {
    let usual = if is_run { "info" } else { "warn" };
    let filter = match std::env::var(VARIABLE) {
        Ok(wish) if !wish.is_empty() => filter(&wish)?,
        _ => EnvFilter::new(usual),
    };
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(coloured(&io::stderr()))
        // Its own complaint about a reader that is gone would end the thread that logs.
        .log_internal_errors(false)
        .with_target(false)
        .with_env_filter(filter)
        .try_init()
        .map_err(|error| anyhow!("logging cannot start: {error}"))
}

fn filter(wish: &str) -> anyhow::Result<EnvFilter> {
    // The error prints its causes itself, so it is text here and no cause.
    EnvFilter::builder().parse(wish).map_err(|error| {
        anyhow!("{VARIABLE}={wish:?} is no filter; try `debug` or `detector=debug`: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_and_wrong_ones_named() {
        for wish in ["debug", "detector=trace,warn", "off"] {
            filter(wish).unwrap();
        }
        let error = format!("{:#}", filter("detector=loud").unwrap_err());
        assert!(
            error.contains(VARIABLE) && error.contains("detector=loud"),
            "{error}"
        );
    }
}
