//! The commands of the socket.

use serde_json::{Value, json};

use super::args::Args;
use super::feed::{Filter, SUBSCRIBERS, Subscription};
use super::protocol::{Code, Refusal, Request, quote};
use super::recent::KEPT;
use super::requests::Pending;
use super::{Board, Recent, Views};

/// How a request is answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// With this.
    Value(Value),
    /// With what comes of it, when it is done.
    Pending(Pending),
    /// With nothing yet, and then with events as they come.
    Events(Subscription),
}

/// Serves a request.
pub(super) fn serve(request: &Request, views: &Views) -> Result<Answer, Refusal> {
    match request.command.as_str() {
        "status" => status(&views.board).map(Answer::Value),
        "alerts" => alerts(request, &views.recent).map(Answer::Value),
        "reload" => reload(request, views).map(Answer::Pending),
        "events" => events(request, views).map(Answer::Events),
        unknown => {
            let message = format!("this detector knows no command {}", quote(unknown));
            Err(Refusal::new(Code::UnknownCommand, message))
        }
    }
}

fn status(board: &Board) -> Result<Value, Refusal> {
    serde_json::to_value(board.snapshot())
        .map_err(|error| Refusal::new(Code::Failed, format!("the status is no JSON: {error}")))
}

/// `{"last": N}`, or as many as are kept; the oldest first.
fn alerts(request: &Request, recent: &Recent) -> Result<Value, Refusal> {
    let mut args = Args::of("alerts", &request.args);
    let last = args.count("last", KEPT)?.unwrap_or(KEPT);
    args.end()?;
    let alerts = recent.last(last);
    let alerts = alerts.iter().map(|alert| alert.alert()).collect::<Vec<_>>();
    serde_json::to_value(alerts)
        .map(|alerts| json!({ "alerts": alerts }))
        .map_err(|error| Refusal::new(Code::Failed, format!("an alert is no JSON: {error}")))
}

fn reload(request: &Request, views: &Views) -> Result<Pending, Refusal> {
    Args::of("reload", &request.args).end()?;
    views.requests.reload()
}

/// `{"container": NAME_OR_ID, "type": [TYPE, ...]}`, both optional.
fn events(request: &Request, views: &Views) -> Result<Subscription, Refusal> {
    let mut args = Args::of("events", &request.args);
    let filter = Filter {
        container: args.text("container")?,
        types: args.words("type", views.feed.types())?,
    };
    args.end()?;
    views.feed.subscribe(filter).map_err(|_| {
        let message = format!("{SUBSCRIBERS} clients watch events already; end one of them");
        Refusal::new(Code::Busy, message)
    })
}
