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

/// Whether it succeeded, the only alerts of it are about its act, and none of that container tells of a
/// crossing.
pub(super) fn judge(said: &str, alerts: &[Value]) -> Result<()> {
    let answer: Value = serde_json::from_str(said.trim()).context("the act said no JSON")?;
    let errno = answer.get("errno").and_then(Value::as_str);
    ensure!(errno == Some("SUCCESS"), "it could not act: {answer}");
    let of_container: Vec<_> = alerts
        .iter()
        .filter(|alert| {
            alert.pointer("/container/id").and_then(Value::as_str) == Some(bundle::IDLE)
        })
        .collect();
    let own = of_container.iter().filter(|alert| is_of_act(alert));
    let rules: Vec<_> = own.map(|alert| rule(alert)).collect();
    ensure!(
        rules == OF_THE_ACT,
        "alerts {rules:?}, expected {OF_THE_ACT:?}"
    );
    let grave = of_container.iter().find(|alert| is_grave(alert));
    ensure!(grave.is_none(), "{}", grave.map_or("", |alert| rule(alert)));
    Ok(())
}

/// Whether it says that a boundary was crossed, or privileges were got without a call.
fn is_grave(alert: &Value) -> bool {
    let fields = alert.get("output_fields").and_then(Value::as_object);
    let mut names = fields.into_iter().flat_map(|fields| fields.keys());
    alert.get("priority").and_then(Value::as_str) == Some("Critical")
        && names.any(|name| name.starts_with("boundary."))
}

fn is_of_act(alert: &Value) -> bool {
    let line = alert.pointer("/process/argv").and_then(Value::as_array);
    let words = line.into_iter().flatten().skip(1).filter_map(Value::as_str);
    words.eq(WORDS.split_whitespace())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_act_alone_is_right() {
        let done = r#"{"act": "unshare", "result": 0, "errno": "SUCCESS"}"#;
        let refused = r#"{"act": "unshare", "result": -1, "errno": "EPERM"}"#;
        let alert = |rule: &str, priority: &str| {
            json!({
                "rule": rule,
                "priority": priority,
                "container": {"id": bundle::IDLE},
                "process": {"argv": ["acts", "unshare", "uts"]},
            })
        };
        let of_act = OF_THE_ACT.map(|rule| alert(rule, "Error"));
        assert!(judge(done, &of_act).is_ok());
        assert!(judge(refused, &of_act).is_err());
        assert!(judge(done, &[]).is_err());
        let [inward, change] = of_act;
        let mut elsewhere = inward.clone();
        elsewhere["container"]["id"] = bundle::ID.into();
        assert!(judge(done, &[elsewhere, change.clone()]).is_err());
        let another = alert("Another", "Error");
        assert!(judge(done, &[inward.clone(), change.clone(), another]).is_err());
        let mut grave = alert("Another", "Critical");
        grave["process"]["argv"] = json!(["runc", "init"]);
        grave["output_fields"] = json!({"boundary.grade": "host"});
        assert!(judge(done, &[inward, change, grave]).is_err());
    }
}
