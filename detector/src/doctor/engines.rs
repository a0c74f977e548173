//! Container engines: who tells names, images and labels.

use std::time::Duration;

use super::check::{Area, Check, Checks, parted};
use crate::host::engine::{self, Answer, SocketError, Sockets};

/// How long an engine may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
const COSTS: &str =
    "containers are known by their ids alone: alerts lack name, image, labels and agent";
const NONE_FOUND: &str = "start an engine, or name its socket with --engine";

/// Asks every engine, and judges.
pub(super) fn check(sockets: Result<Sockets, SocketError>) -> Vec<Check> {
    let mut checks = Checks::of(Area::Engines);
    let answers = match sockets {
        Ok(sockets) => answers(&sockets),
        Err(error) => Err(error.to_string()),
    };
    match answers {
        Ok(answers) => judge(&answers, &mut checks),
        Err(message) => {
            let (found, mend) = parted(&message);
            checks.less("sockets", found, COSTS, mend);
        }
    }
    checks.done()
}

fn answers(sockets: &Sockets) -> Result<Vec<Answer>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("engines cannot be asked: {error}"))?;
    Ok(runtime.block_on(engine::survey(sockets, PATIENCE)))
}

fn judge(answers: &[Answer], checks: &mut Checks) {
    if answers.is_empty() {
        checks.less(
            "sockets",
            "no engine listens in the usual places",
            COSTS,
            NONE_FOUND,
        );
    }
    for Answer { socket, said } in answers {
        let name = socket.display().to_string();
        match said {
            Ok(version) => checks.ok(&name, version),
            Err(reason) => checks.less(&name, reason, COSTS, NONE_FOUND),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    fn judged(answers: &[Answer]) -> Vec<Check> {
        let mut checks = Checks::of(Area::Engines);
        judge(answers, &mut checks);
        checks.done()
    }

    #[test]
    fn an_engine_that_answers_is_fine_and_one_that_does_not_costs_names() {
        let answer = |socket: &str, said: Result<&str, &str>| Answer {
            socket: socket.into(),
            said: said.map(str::to_owned).map_err(str::to_owned),
        };
        let checks = judged(&[
            answer("/run/docker.sock", Ok("Docker 27.3.1")),
            answer(
                "/run/podman/podman.sock",
                Err("no answer to version within 5 s"),
            ),
        ]);
        assert_eq!(named(&checks, "/run/docker.sock").found, "Docker 27.3.1");
        let silent = named(&checks, "/run/podman/podman.sock");
        assert_eq!(
            (silent.verdict.name(), silent.verdict.costs()),
            ("less", Some(COSTS))
        );
    }

    #[test]
    fn no_engine_at_all_is_said() {
        assert_eq!(named(&judged(&[]), "sockets").verdict.name(), "less");
    }

    #[test]
    fn a_socket_elsewhere_is_told_what_to_write_instead() {
        let elsewhere = Sockets::choose(&["tcp://10.0.0.1:2375"], None);
        let checks = check(elsewhere);
        let sockets = named(&checks, "sockets");
        assert!(
            sockets.verdict.mend().unwrap().contains("unix:///PATH"),
            "{sockets:?}"
        );
    }
}
