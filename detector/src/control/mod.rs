//! How a person talks to a running detector: a socket, and what is said over it.
//!
//! One JSON object a line each way, see [`protocol`]. Only the detector's own user may connect: the
//! socket has mode 0600 from its first moment on. The server never waits for the pipeline: the
//! pipeline publishes its state on a [`Board`], and the server reads what stands there; what happens
//! is shown on a [`Feed`], and alerts are kept in [`Recent`]. So a pipeline that hangs can be asked
//! about; and however many clients come, or stay silent, the pipeline does not notice.
//!
//! What a person wants done is a request ([`Requests`]): somebody else takes it up and answers.
//!
//! The pipeline uses this room (it publishes, and heeds [`Stop`]); this room knows no pipeline.
#![forbid(unsafe_code)]

mod args;
mod board;
pub mod client;
mod command;
pub mod feed;
mod hangup;
pub mod protocol;
mod recent;
mod requests;
mod server;
mod socket;
mod status;
mod stop;
mod views;

pub use board::Board;
pub use feed::Feed;
pub use hangup::Hangups;
pub use recent::Recent;
pub use requests::{Asked, Inbox, Requests};
pub use server::Server;
pub use socket::{Bound, SocketError, SocketPath};
#[cfg(test)]
pub(crate) use status::tests::sample as sample_status;
pub use status::{
    Change, Container, Engine, EventCounts, Gap, Heartbeat, Hook, Objects, Reload, Service, Status,
};
pub use stop::Stop;
pub use views::Views;
