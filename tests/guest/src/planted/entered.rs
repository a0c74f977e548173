//! Who enters a container with every capability, where that has none: `runc exec` with them, which is
//! what `docker exec --privileged` comes to. The runtime gave them, so nothing has been crossed.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::rows::INWARD;
use super::rule;
use crate::bundle;

/// The row's name in the table that people read.
pub(super) const NAME: &str = "entered with all capabilities";

/// What only a privileged task may do, and what shows that it was compared.
const WORDS: &str = "unshare uts";

/// Enters, and gives what the act said.
pub(super) fn perform() -> Result<String> {
    bundle::enter(WORDS)
}

/// Whether it succeeded, and the only alert of that container is about the step inward.
pub(super) fn judge(said: &str, alerts: &[Value]) -> Result<()> {
    let answer: Value = serde_json::from_str(said.trim()).context("the act said no JSON")?;
    let errno = answer.get("errno").and_then(Value::as_str);
    ensure!(errno == Some("SUCCESS"), "it could not act: {answer}");
    let of_it = alerts.iter().filter(|alert| {
        alert.pointer("/container/id").and_then(Value::as_str) == Some(bundle::IDLE)
    });
    match of_it.collect::<Vec<_>>().as_slice() {
        [alert] if rule(alert) == INWARD => Ok(()),
        [] => bail!("no alert `{INWARD}`"),
        alerts => {
            let rules: Vec<_> = alerts.iter().map(|alert| rule(alert)).collect();
            bail!("alerts {rules:?}, expected `{INWARD}` alone")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_step_inward_alone_is_right() {
        let done = r#"{"act": "unshare", "result": 0, "errno": "SUCCESS"}"#;
        let refused = r#"{"act": "unshare", "result": -1, "errno": "EPERM"}"#;
        let alert = |rule: &str| json!({"rule": rule, "container": {"id": bundle::IDLE}});
        let inward = alert(INWARD);
        assert!(judge(done, std::slice::from_ref(&inward)).is_ok());
        assert!(judge(refused, std::slice::from_ref(&inward)).is_err());
        assert!(judge(done, &[]).is_err());
        assert!(judge(done, &[inward, alert("Another")]).is_err());
        let elsewhere = json!({"rule": INWARD, "container": {"id": bundle::ID}});
        assert!(judge(done, &[elsewhere]).is_err());
    }
}
