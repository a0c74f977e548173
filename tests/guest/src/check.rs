//! Whether the detector's account agrees with the actor's, field by field.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::bundle;
use crate::host::Verdict;
use crate::rows::{NOT_TOLD, Row, Who};

/// What a field of an event must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    /// This text.
    Text(&'static str),
    /// This number.
    Number(i64),
    /// Yes or no.
    Truth(bool),
    /// The inode that `stat` tells of this path inside the container.
    InodeOf(&'static str),
    /// The device that it tells.
    DeviceOf(&'static str),
}

/// Rows that kernels older than this cannot have: there the tracepoints do not tell which request to an
/// io_uring it is, and no program runs where security modules are asked.
const NEWER: (&[&str], (u32, u32)) = (
    &[
        "open by io_uring",
        "open by io_uring's poller",
        "connect by io_uring",
        "directory made by io_uring",
        "names changed by io_uring",
        "directory made, resolved before",
        "mode changed, resolved before",
    ],
    (6, 1),
);

/// Compares what a row's actor told with all events, on a kernel of this version.
pub(crate) fn judge(row: &Row, told: &Value, events: &[Value], kernel: (u32, u32)) -> Verdict {
    let (newer, since) = NEWER;
    let off = newer.contains(&row.name) && kernel < since;
    match compare(row, told, events) {
        Ok(()) if off => Verdict::Red("it is told, and counts as what cannot be".to_owned()),
        Ok(()) => Verdict::Ok,
        Err(reason) if off => Verdict::Off(format!("{reason:#}")),
        Err(reason) => Verdict::Red(format!("{reason:#}")),
    }
}

fn compare(row: &Row, told: &Value, events: &[Value]) -> Result<()> {
    had_its_effect(row, told)?;
    let pid = host_pid(told, events)?;
    let candidates: Vec<_> = events
        .iter()
        .filter(|event| is_of(event, row, pid))
        .map(|event| differences(row, told, event))
        .collect();
    let closest = candidates.into_iter().min_by_key(Vec::len);
    let closest = closest.with_context(|| format!("no event {} of the act", row.event))?;
    ensure!(closest.is_empty(), "{}", closest.join("; "));
    Ok(())
}

/// The kernel answered as the row says: else the event would prove nothing.
fn had_its_effect(row: &Row, told: &Value) -> Result<()> {
    if let Some(failed) = told.get("failed") {
        bail!("the act could not be performed: {failed}");
    }
    if row.answer == NOT_TOLD {
        return Ok(());
    }
    let (call, errno) = row.answer;
    let answers = told
        .get("answers")
        .and_then(Value::as_array)
        .context("no answers")?;
    let mut answers = answers.iter().rev();
    let answer = answers.find(|answer| answer.get("act").and_then(Value::as_str) == Some(call));
    let answer = answer.and_then(|answer| answer.get("errno")?.as_str());
    ensure!(
        answer == Some(errno),
        "the kernel answered {call} with {answer:?} and not {errno}: {told}"
    );
    Ok(())
}

/// The process id of the act, as the host numbers it: the actor knows only the container's numbers.
fn host_pid(told: &Value, events: &[Value]) -> Result<u64> {
    let own = told.get("pid").context("no pid")?;
    let of_it = |event: &&Value| event.pointer("/fields/proc.vpid") == Some(own);
    let event = events
        .iter()
        .find(|event| is_of_container(event) && of_it(event));
    let pid = event.and_then(|event| event.pointer("/process/pid")?.as_u64());
    pid.with_context(|| format!("no event at all of process {own} of the container"))
}

fn is_of_container(event: &Value) -> bool {
    event.pointer("/container/id").and_then(Value::as_str) == Some(bundle::ID)
}

/// Whether an event is of a row's type and process, in the container.
fn is_of(event: &Value, row: &Row, pid: u64) -> bool {
    let of_type = event.get("type").and_then(Value::as_str) == Some(row.event);
    let place = match row.who {
        Who::Itself => "/process/pid",
        Who::Child => "/fields/proc.ppid",
    };
    let by = event.pointer(place).and_then(Value::as_u64);
    is_of_container(event) && of_type && by == Some(pid)
}

/// What an event says otherwise than the row expects.
fn differences(row: &Row, told: &Value, event: &Value) -> Vec<String> {
    let fields = row.fields.iter();
    let wrong = fields.filter_map(|(field, expect)| {
        let found = event
            .pointer(&format!("/fields/{field}"))
            .or_else(|| event.pointer(field));
        let found = found.unwrap_or(&Value::Null);
        let expected = expect.value(told);
        (*found != expected).then(|| format!("{field} is {found}, expected {expected}"))
    });
    wrong.collect()
}

impl Expect {
    fn value(self, told: &Value) -> Value {
        let of_file = |path: &str, what: &str| {
            let file = told.get("files").and_then(|files| files.get(path));
            file.and_then(|file| file.get(what)).cloned()
        };
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
            Self::Truth(truth) => truth.into(),
            Self::InodeOf(path) => of_file(path, "inode").unwrap_or("no such file".into()),
            Self::DeviceOf(path) => of_file(path, "device").unwrap_or("no such file".into()),
        }
    }
}
