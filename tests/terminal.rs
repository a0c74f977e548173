//! A terminal with a script instead of a person: a command runs on it, keys are typed, and what
//! stands on the screen is read.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal and the command on it, which ends with it.
pub struct Terminal {
    keys: File,
    /// Our own end of what the command has, to ask for its modes.
    side: OwnedFd,
    before: Termios,
    child: Child,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    /// Runs a command on a terminal of so many rows and columns.
    ///
    /// # Errors
    /// If the system gives no terminal, or the command does not start.
    pub fn run(command: &Command, rows: u16, columns: u16) -> Result<Self> {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&keys)?;
        unlockpt(&keys)?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let side = rustix::fs::open(ptsname(&keys, Vec::new())?, flags, Mode::empty())?;
        tcsetwinsize(&side, size(rows, columns))?;
        let before = tcgetattr(&side)?;
        let child = on_terminal(command, &side)?.spawn()?;
        let screen = Arc::new(Mutex::new(vt100::Parser::new(
            at_least_one(rows)?,
            at_least_one(columns)?,
            0,
        )));
        let keys = File::from(keys);
        follow(keys.try_clone()?, Arc::clone(&screen));
        Ok(Self {
            keys,
            side,
            before,
            child,
            screen,
        })
    }

    /// Types keys, as a terminal sends them.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        Ok(self.keys.write_all(keys.as_bytes())?)
    }

    /// Gives the terminal another size, and tells the command.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn resize(&self, rows: u16, columns: u16) -> Result<()> {
        let (high, wide) = (at_least_one(rows)?, at_least_one(columns)?);
        self.lock().screen_mut().set_size(high, wide);
        Ok(tcsetwinsize(&self.side, size(rows, columns))?)
    }

    /// What stands on the screen.
    #[must_use]
    pub fn text(&self) -> String {
        self.lock().screen().contents()
    }

    /// Waits until all of these stand on the screen.
    ///
    /// # Errors
    /// If they do not appear in time, with what stands there instead.
    pub fn shows(&self, wanted: &[&str]) -> Result<()> {
        self.await_that(wanted, |text| wanted.iter().all(|part| text.contains(part)))
    }

    /// Waits until this is gone from the screen.
    ///
    /// # Errors
    /// If it does not go in time.
    pub fn shows_no(&self, unwanted: &str) -> Result<()> {
        self.await_that(&["nothing of", unwanted], |text| !text.contains(unwanted))
    }

    fn await_that(&self, wanted: &[&str], holds: impl Fn(&str) -> bool) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if holds(&text) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("wanted {wanted:?} on the screen, which shows\n{text}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether any cell of the screen has a colour.
    #[must_use]
    pub fn is_coloured(&self) -> bool {
        let parser = self.lock();
        let screen = parser.screen();
        let (rows, columns) = screen.size();
        let row = |row| (0..columns.get()).map(move |column| (row, column));
        let mut cells = (0..rows.get()).flat_map(row);
        cells.any(|(row, column)| {
            let plain = vt100::Color::Default;
            let cell = screen.cell(row, column);
            cell.is_some_and(|cell| cell.fgcolor() != plain || cell.bgcolor() != plain)
        })
    }

    /// Asks the command to end.
    ///
    /// # Errors
    /// If it is gone.
    pub fn terminate(&self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("no pid")?;
        Ok(kill_process(pid, Signal::TERM)?)
    }

    /// Waits for the end of the command, with this exit code, which leaves the terminal as it was.
    ///
    /// # Errors
    /// If it does not end in time, or leaves something behind.
    pub fn ends(mut self, code: i32) -> Result<()> {
        let status = self.wait()?;
        ensure!(
            status.code() == Some(code),
            "it ended with {status} (signal {:?}):\n{}",
            status.signal(),
            self.text()
        );
        let after = tcgetattr(&self.side)?;
        let modes = |modes: &Termios| (modes.local_modes, modes.input_modes, modes.output_modes);
        ensure!(modes(&after) == modes(&self.before), "the modes: {after:?}");
        // What it wrote last may still be under way.
        let end = Instant::now() + PATIENCE;
        loop {
            let parser = self.lock();
            let screen = parser.screen();
            let (covered, hidden) = (screen.alternate_screen(), screen.hide_cursor());
            drop(parser);
            if !covered && !hidden {
                return Ok(());
            }
            ensure!(
                Instant::now() < end,
                "left behind: another screen {covered}, a hidden cursor {hidden}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < end, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn lock(&self) -> MutexGuard<'_, vt100::Parser> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command in a session of its own with this terminal, so that it hears of another size.
fn on_terminal(command: &Command, side: &OwnedFd) -> Result<Command> {
    let mut session = Command::new("setsid");
    session.arg("--ctty").arg(command.get_program());
    session.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => session.env(name, value),
            None => session.env_remove(name),
        };
    }
    session.stdin(side.try_clone()?);
    session.stdout(side.try_clone()?);
    session.stderr(side.try_clone()?);
    Ok(session)
}

/// Reads what the command writes, on a thread that ends with it.
fn follow(mut output: File, screen: Arc<Mutex<vt100::Parser>>) {
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut chunk) {
            let written = chunk.get(..length).unwrap_or_default();
            let mut screen = screen.lock().unwrap_or_else(PoisonError::into_inner);
            screen.process(written);
        }
    });
}

fn at_least_one(count: u16) -> Result<NonZeroU16> {
    NonZeroU16::new(count).context("a terminal without rows or columns")
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
