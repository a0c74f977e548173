//! Every engine asked once, for its version.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinSet;

use super::api::Api;
use super::socket::{self, Endpoint, Sockets};

/// What an engine answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// Where it listens, or should.
    pub socket: PathBuf,
    /// Its name and version, or why there is none and what to do.
    pub said: Result<String, String>,
}

/// Asks these engines, all at once, each for so long at most. Sorted by socket.
pub async fn survey(sockets: &Sockets, patience: Duration) -> Vec<Answer> {
    let endpoints = match sockets {
        Sockets::Named(paths) => {
            let paths = paths.iter().cloned();
            paths.map(|path| Endpoint { path, user: None }).collect()
        }
        Sockets::Usual => socket::listening(Path::new("/")),
    };
    let questions: JoinSet<Answer> = endpoints
        .into_iter()
        .map(|endpoint| ask(endpoint, patience))
        .collect();
    let mut answers = questions.join_all().await;
    answers.sort();
    answers
}

async fn ask(endpoint: Endpoint, patience: Duration) -> Answer {
    let said = match Api::connect(&endpoint, patience).await {
        Ok(api) => Ok(api.version),
        Err(lost) => Err(lost.to_string()),
    };
    Answer {
        socket: endpoint.path,
        said,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{self, FakeEngine, place};
    use super::*;

    #[tokio::test]
    async fn each_engine_says_its_version_or_why_not() {
        let ((_one, answers), (_two, silent), (_three, missing)) = (place(), place(), place());
        let _engine = FakeEngine::start(&answers);
        let stuck = FakeEngine::start(&silent);
        stuck.answer("/version", fake::Answer::Silence);
        let sockets = Sockets::Named(vec![answers.clone(), silent.clone(), missing.clone()]);
        let told = survey(&sockets, Duration::from_millis(300)).await;
        let said = |socket: &Path| {
            let mut told = told.iter();
            told.find(|answer| answer.socket == socket)
                .unwrap()
                .said
                .clone()
        };
        assert_eq!(said(&answers), Ok("Docker 29.1".to_owned()));
        assert!(
            said(&silent)
                .unwrap_err()
                .contains("no answer to version within 0.3 s")
        );
        assert!(
            said(&missing)
                .unwrap_err()
                .contains("does not exist: start the engine")
        );
    }
}
