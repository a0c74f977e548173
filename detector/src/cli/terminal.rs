//! Colour or none, and printing what people read.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::sinks::escape::escape_message;

/// Whether text for this stream may be coloured: on a terminal that can, unless the user forbids.
#[must_use]
pub(super) fn coloured(stream: &impl IsTerminal) -> bool {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let forbidden = variable("NO_COLOR").is_some();
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !forbidden && !dumb
}

/// Prints an answer. A reader who has seen enough and went away is no error.
pub(super) fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says something beside the answer, where people see it.
pub(super) fn note(message: &str) {
    complain(&format!("escape-detector: {message}"));
}

/// From here on SIGINT and SIGTERM no longer end the process; the first of them does this.
pub(super) fn on_signals(act: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let inside = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(inside);
    let listen = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        act();
    };
    thread::Builder::new()
        .name("signals".into())
        .spawn(listen)?;
    Ok(())
}

/// Prints what is neither an answer nor an error. It may quote what a stranger's file said.
pub(super) fn tell(message: &str) {
    // Where standard error is gone too, nobody is left to tell.
    let _ = writeln!(io::stderr().lock(), "{}", escape_message(message));
}

/// Prints an error. It may quote what a container or a stranger's file said.
pub(super) fn complain(message: &str) {
    tell(message);
}
