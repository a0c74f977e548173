//! Who enters a container with every capability, where that has none: `runc exec` with them, which is
//! what `docker exec --privileged` comes to. The runtime gave them, so nothing has been crossed.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::rows::INWARD;
use super::rule;
use crate::bundle;

/// The row's name in the table that people read.
pub(super) const NAME: &str = "entered with all capabilities";

/// What only a privileged task may do, and what shows that it was compared.
const WORDS: &str = "unshare uts";

/// What is told of that act, and all that may be.
const OF_THE_ACT: [&str; 2] = [INWARD, "Namespace change by a workload"];

/// Enters, and gives what the act said.
pub(super) fn perform() -> Result<String> {
    bundle::enter(WORDS)
}

/// Whether it succeeded, and the only alerts of its container are about the act: none of a boundary
/// that was crossed, none of privileges that no call gave, none of the set-up, before or at the entry.
pub(super) fn judge(said: &str, alerts: &[Value]) -> Result<()> {
    let answer: Value = serde_json::from_str(said.trim()).context("the act said no JSON")?;
    let errno = answer.get("errno").and_then(Value::as_str);
    ensure!(errno == Some("SUCCESS"), "it could not act: {answer}");
    let of_container = alerts.iter().filter(|alert| {
        alert.pointer("/container/id").and_then(Value::as_str) == Some(bundle::IDLE)
    });
    let rules: Vec<_> = of_container.map(rule).collect();
    ensure!(
        rules == OF_THE_ACT,
        "alerts {rules:?}, expected {OF_THE_ACT:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_act_alone_is_right() {
        let done = r#"{"act": "unshare", "result": 0, "errno": "SUCCESS"}"#;
        let refused = r#"{"act": "unshare", "result": -1, "errno": "EPERM"}"#;
        let alert = |rule: &str| json!({"rule": rule, "container": {"id": bundle::IDLE}});
        let of_act = OF_THE_ACT.map(alert);
        assert!(judge(done, &of_act).is_ok());
        assert!(judge(refused, &of_act).is_err());
        assert!(judge(done, &[]).is_err());
        let [inward, change] = of_act;
        let mut elsewhere = inward.clone();
        elsewhere["container"]["id"] = bundle::ID.into();
        assert!(judge(done, &[elsewhere, change.clone()]).is_err());
        assert!(judge(done, &[inward, change, alert("Another")]).is_err());
    }
}
