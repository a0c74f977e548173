//! Each area is looked at on a thread of its own: one that panics or hangs does not stop the rest.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::check::{Area, Check, Checks};

const MEND: &str = "please report this with `escape-detector doctor --bundle FILE`";

/// Looks, at most for this long. A thread that hangs is left behind and ends with the process.
pub(super) fn look<W>(area: Area, patience: Duration, work: W) -> Vec<Check>
where
    W: FnOnce() -> Vec<Check> + Send + 'static,
{
    let (sender, receiver) = sync_channel(1);
    let spawned = thread::Builder::new()
        .name(area.name().to_owned())
        // Nobody listens any more where the work took too long.
        .spawn(move || drop(sender.send(work())));
    if let Err(error) = spawned {
        return gone(area, &format!("no thread for it: {error}"));
    }
    match receiver.recv_timeout(patience) {
        Ok(checks) => checks,
        Err(RecvTimeoutError::Timeout) => gone(
            area,
            &format!("no answer within {} s", patience.as_secs_f32()),
        ),
        Err(RecvTimeoutError::Disconnected) => gone(area, "the check itself has failed"),
    }
}

/// The one check of an area about which nothing is known.
fn gone(area: Area, found: &str) -> Vec<Check> {
    let mut checks = Checks::of(area);
    let costs = "nothing is known about it";
    match area.is_dispensable() {
        true => checks.less("all", found, costs, MEND),
        false => checks.failed("all", found, costs, MEND),
    }
    checks.done()
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::verdicts;
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    fn pair(name: &str, verdict: &'static str) -> (String, &'static str) {
        (name.to_owned(), verdict)
    }

    #[test]
    fn a_panic_and_a_hang_cost_their_own_area_only() {
        let panicked = look(Area::Sensor, Duration::from_secs(60), || panic!("fault"));
        assert_eq!(verdicts(&panicked), [pair("all", "failed")]);
        let hung = look(Area::Engines, SHORT, || {
            thread::sleep(Duration::from_secs(5));
            Vec::new()
        });
        assert_eq!(verdicts(&hung), [pair("all", "less")]);
        assert_eq!(hung.first().unwrap().found, "no answer within 0.02 s");
    }

    #[test]
    fn what_was_found_comes_through() {
        let checks = look(Area::Rules, Duration::from_secs(60), || {
            let mut checks = Checks::of(Area::Rules);
            checks.ok("shipped", "10 rules");
            checks.done()
        });
        assert_eq!(verdicts(&checks), [pair("shipped", "ok")]);
    }
}
