//! Credentials that change with no system call, as an exploited kernel changes them.
//!
//! A process of the container gives its privileges up, is seen so by the sensor, and waits. The host
//! then overwrites its credential through the machine's debugger. The process finds itself
//! privileged, goes on to the act at which the sensor can notice, and the detector has to raise its
//! alert. Rows in which calls alone change the credential must raise none.

mod entered;
mod rows;
mod wish;

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::detector::Detector;
use crate::host::{Host, Verdict};
use crate::{PLANTED, bundle};
use rows::{ROWS, RULE, Row};
use wish::Places;

/// Inside the container: performs all rows, one after the other.
pub(crate) fn act() -> Result<()> {
    std::fs::write("/tmp/file", "watched")?;
    for row in ROWS {
        println!("{}", json!({"begins": row.name}));
        let mut acts = Command::new("/bin/acts");
        acts.args(row.words.split_whitespace());
        acts.stdin(Stdio::null()).status()?;
    }
    Ok(())
}

/// What the process of a row said, and what the host was asked for.
struct Told {
    row: &'static Row,
    lines: Vec<Value>,
}

/// Has all rows performed and judges them.
pub(crate) fn table(host: &Host) -> Result<()> {
    host.rows(ROWS.iter().map(|row| row.name).chain([entered::NAME]));
    let places = Places::find()?;
    let detector = Detector::alerting()?;
    let mut told: Vec<Told> = Vec::new();
    bundle::run(PLANTED, &mut |line| hear(line, &places, host, &mut told))?;
    let entered = entered::perform();
    let alerts = detector.stop()?;
    for row in ROWS {
        let own = told.iter().find(|told| told.row.name == row.name);
        let own = own.with_context(|| format!("`{}` was not performed", row.name))?;
        if !cell(host, row.name, own.judge(&alerts)) {
            host.tell(&json!({"say": "behind", "told": own.lines, "alerts": alerts}));
        }
    }
    let judged = entered.and_then(|said| entered::judge(&said, &alerts));
    if !cell(host, entered::NAME, judged) {
        host.tell(&json!({"say": "behind", "alerts": alerts}));
    }
    Ok(())
}

/// Tells how a row came out, and whether well.
fn cell(host: &Host, name: &str, judged: Result<()>) -> bool {
    let verdict = match judged {
        Ok(()) => Verdict::Ok,
        Err(reason) => Verdict::Red(format!("{reason:#}")),
    };
    host.cell(name, &verdict);
    verdict == Verdict::Ok
}

/// Takes in a line of the container's; where a process awaits a change, the host is asked for it.
fn hear(line: &str, places: &Places, host: &Host, told: &mut Vec<Told>) -> Result<()> {
    let line: Value = serde_json::from_str(line).context("what the container told is no JSON")?;
    if let Some(name) = line.get("begins") {
        let row = ROWS.iter().find(|row| *name == row.name);
        let row = row.with_context(|| format!("no row is called {name}"))?;
        let lines = Vec::new();
        told.push(Told { row, lines });
        return Ok(());
    }
    let last = told.last_mut().context("nobody has begun")?;
    if let Some(pid) = line.get("awaits").and_then(Value::as_u64) {
        host.tell(&places.wish(pid, last.row.writes)?);
    }
    last.lines.push(line);
    Ok(())
}

impl Told {
    fn judge(&self, alerts: &[Value]) -> Result<()> {
        self.had_its_effect()?;
        let alerts = alerts.iter().filter(|alert| self.row.is_of(alert));
        let alerts: Vec<_> = alerts.collect();
        let grave: Vec<_> = alerts.iter().filter(|alert| rule(alert) == RULE).collect();
        match (self.row.writes.is_empty(), grave.as_slice()) {
            (true, []) => {}
            (true, _) => bail!("{} alerts of what calls have changed", grave.len()),
            (false, [_]) => {}
            (false, _) => bail!("{} alerts `{RULE}`, expected one", grave.len()),
        }
        let alert = alerts.iter().find(|alert| rule(alert) == self.row.rule);
        let alert = alert.with_context(|| format!("no alert `{}`", self.row.rule))?;
        let wrong = self.row.wrong(alert);
        ensure!(wrong.is_empty(), "{}", wrong.join("; "));
        Ok(())
    }

    /// Every act of the process succeeded, the waiting for the change among them.
    fn had_its_effect(&self) -> Result<()> {
        let answers = self.lines.iter().filter(|line| line.get("act").is_some());
        let done = answers.clone().all(|answer| {
            let errno = answer.get("errno").and_then(Value::as_str);
            errno == Some("SUCCESS")
        });
        let (expected, found) = (self.row.acts(), answers.count());
        ensure!(
            done && found == expected,
            "the process did not do all of its {expected} acts: {}",
            json!(self.lines)
        );
        Ok(())
    }
}

fn rule(alert: &Value) -> &str {
    let rule = alert.get("rule").and_then(Value::as_str);
    rule.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> &'static Row {
        ROWS.iter().find(|row| row.name == name).unwrap()
    }

    /// The process of a row that did everything.
    fn told(row: &'static Row) -> Told {
        let done = json!({"act": "any", "result": 0, "errno": "SUCCESS"});
        let lines = vec![done; row.acts()];
        Told { row, lines }
    }

    /// The alert that a row expects.
    fn alert(row: &Row, rule: &str) -> Value {
        let argv: Vec<_> = ["acts"]
            .into_iter()
            .chain(row.words.split_whitespace())
            .collect();
        let fields: serde_json::Map<_, _> = row
            .fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        json!({
            "rule": rule, "priority": "Critical", "container": {"id": bundle::ID},
            "process": {"argv": argv}, "output_fields": fields,
        })
    }

    #[test]
    fn a_planted_change_needs_its_alert_and_no_other() {
        let row = row("planted users");
        let right = alert(row, RULE);
        assert!(told(row).judge(std::slice::from_ref(&right)).is_ok());
        assert!(told(row).judge(&[]).is_err());
        assert!(told(row).judge(&[right.clone(), right.clone()]).is_err());
        for (place, wrong) in [
            ("/priority", "Warning"),
            ("/container/id", "another"),
            ("/process/argv/1", "another"),
            ("/output_fields/boundary.to", "uids=1000/0/0/0"),
        ] {
            let mut alert = right.clone();
            *alert.pointer_mut(place).unwrap() = wrong.into();
            assert!(told(row).judge(&[alert]).is_err(), "{place}");
        }
    }

    #[test]
    fn calls_alone_may_raise_no_such_alert_and_must_be_seen() {
        let row = row("users by calls");
        let seen = alert(row, row.rule);
        assert!(told(row).judge(std::slice::from_ref(&seen)).is_ok());
        assert!(told(row).judge(&[]).is_err());
        assert!(told(row).judge(&[seen, alert(row, RULE)]).is_err());
    }

    #[test]
    fn a_process_that_failed_proves_nothing() {
        let row = row("planted users");
        let alerts = [alert(row, RULE)];
        let mut refused = told(row);
        refused.lines[2]["errno"] = "EPERM".into();
        assert!(refused.judge(&alerts).is_err());
        let mut short = told(row);
        short.lines.pop();
        assert!(short.judge(&alerts).is_err());
    }
}
