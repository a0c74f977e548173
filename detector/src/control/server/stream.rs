//! Events to one client, until it goes away or takes none.
//!
//! What is there already goes out together. A client that reads too slowly loses events, and reads
//! how many; one that does not read at all is cut off as any other. One that says something is too:
//! a stream takes no further requests.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::Serving;
use crate::control::feed::{Entry, Subscription};
use crate::control::protocol::{Code, Refusal, answer_line, skipped_line};

/// Bytes that are put together before they are sent.
const PORTION: usize = 64 * 1024;

impl Serving {
    pub(super) async fn stream(&self, stream: &mut BufReader<UnixStream>, events: &Subscription) {
        loop {
            let text = tokio::select! {
                first = events.next() => portion(first, events),
                said = stream.fill_buf() => match said {
                    Ok(bytes) if !bytes.is_empty() => {
                        let message = "a stream of events takes no further requests";
                        let refusal = Refusal::new(Code::BadRequest, message);
                        let line = answer_line(&Err(refusal));
                        // It is cut off either way.
                        let _ = timeout(self.patience, stream.write_all(line.as_bytes())).await;
                        return;
                    }
                    _ => return,
                },
            };
            let sent = timeout(self.patience, stream.write_all(text.as_bytes())).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
    }
}

/// The first, and what waits behind it.
fn portion(first: Entry, events: &Subscription) -> String {
    let mut text = String::new();
    let mut next = Some(first);
    while let Some(entry) = next {
        match entry {
            Entry::Event(event) => {
                text.push_str(&event.line());
                text.push('\n');
            }
            Entry::Skipped(count) => text.push_str(&skipped_line(count)),
        }
        next = (text.len() < PORTION).then(|| events.take()).flatten();
    }
    text
}
