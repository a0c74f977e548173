//! A running detector on a terminal: its containers, rates, losses and last alerts, by keyboard.
//!
//! Three parts that do not mix: [`model`] holds what is known and chosen, and knows neither terminal
//! nor socket; `draw` puts a model on a screen; what is here asks the detector, reads keys, and leaves
//! the terminal as it was, however it ends. Every text of a container's is escaped before it is drawn,
//! and nothing is told by colour alone.
#![forbid(unsafe_code)]

mod asking;
mod draw;
mod keys;
mod model;
mod screen;

use std::io;
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use ratatui::crossterm::event;

use crate::control::client::ClientError;
use crate::control::{SocketPath, Stop};
use asking::Asking;
use draw::Theme;
use model::Model;
use screen::Screen;

/// How long a wait for a key lasts before news are looked at.
const TICK: Duration = Duration::from_millis(50);

/// Which detector, how often, and how it is to look.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the detector is asked.
    pub socket: SocketPath,
    /// Between two questions.
    pub interval: Duration,
    /// Whether colours may be used.
    pub colour: bool,
}

/// Why there is no view, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The detector does not answer from the start.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The terminal cannot be read or written.
    #[error("the terminal cannot be used: {0}; try another terminal, or `status` and `events`")]
    Terminal(#[from] io::Error),
    /// A fault of ours.
    #[error("the thread that asks the detector has failed")]
    Asking,
}

/// Shows a detector until somebody has seen enough, or asks for the end.
///
/// # Errors
/// If the detector does not answer at first, or the terminal cannot be used.
pub fn run(options: Options, stop: &Stop) -> Result<(), ViewError> {
    let Options {
        socket,
        interval,
        colour,
    } = options;
    let mut asking = Asking::new(socket);
    let mut model = Model::new(asking.ask()?);
    let news = asking.go_on(interval)?;
    let mut screen = Screen::enter(Theme { colour })?;
    let mut changed = true;
    while !stop.is_requested() && !model.is_over() {
        match news.try_recv() {
            Ok(news) => {
                model.take(news);
                changed = true;
            }
            Err(TryRecvError::Disconnected) => return Err(ViewError::Asking),
            Err(TryRecvError::Empty) => {}
        }
        if std::mem::take(&mut changed) {
            screen.draw(&mut model)?;
        }
        if event::poll(TICK)? {
            model.read(&event::read()?);
            // Another size is a reason too.
            changed = true;
        }
    }
    Ok(())
}

impl Model {
    /// Takes what the terminal tells.
    fn read(&mut self, event: &event::Event) {
        if let Some(key) = keys::key(event) {
            self.press(key);
        }
    }
}
