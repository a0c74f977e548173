//! The commands of the socket.

use serde_json::Value;

use super::Board;
use super::protocol::{Code, Refusal, Request, quote};

/// Serves a request.
pub(super) fn serve(request: &Request, board: &Board) -> Result<Value, Refusal> {
    match request.command.as_str() {
        "status" => status(board),
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
