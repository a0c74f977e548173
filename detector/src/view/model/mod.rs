//! What is known of a detector, and what the person at the keyboard has chosen.
//!
//! News and keys go in; drawing reads what is here. Nothing waits, asks or draws.

use std::time::Instant;

use crate::control::{Container, Status};

mod alert;
mod choice;
mod rates;

pub(super) use alert::{Alert, Process};
pub(super) use choice::{Choice, Scroll};
pub(super) use rates::Rates;

/// Rows that a page moves by.
const PAGE: isize = 10;

/// What the detector answered.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) at: Instant,
    pub(super) status: Status,
    /// The last alerts, the newest first; `None` where they are those of before.
    pub(super) alerts: Option<Vec<Alert>>,
}

/// What comes from the detector.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// An answer.
    Snapshot(Box<Snapshot>),
    /// No answer, and why.
    Lost(String),
}

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    NextPane,
    PreviousPane,
    Open,
    Close,
    Pause,
    Help,
    Quit,
}

/// A part of the screen, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    /// The containers.
    Containers,
    /// Rates by family of events.
    Events,
    /// The last alerts.
    Alerts,
    /// The chosen alert.
    Details,
    /// Lanes, and what was lost in them.
    Losses,
}

impl Pane {
    const ALL: [Self; 5] = [
        Self::Containers,
        Self::Events,
        Self::Alerts,
        Self::Details,
        Self::Losses,
    ];

    fn after(self, steps: usize) -> Self {
        let mut panes = Self::ALL.into_iter().cycle();
        panes.find(|pane| *pane == self);
        panes.nth(steps.saturating_sub(1)).unwrap_or(self)
    }
}

/// What lies over the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheet {
    /// What keys do.
    Help,
    /// The chosen alert, whole.
    Alert,
    /// The chosen container, whole.
    Container,
}

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) status: Status,
    pub(super) alerts: Vec<Alert>,
    pub(super) rates: Rates,
    /// Why there is no answer at present.
    pub(super) lost: Option<String>,
    pub(super) focus: Pane,
    pub(super) sheet: Option<Sheet>,
    pub(super) container: Choice,
    pub(super) alert: Choice,
    pub(super) events: Scroll,
    pub(super) losses: Scroll,
    pub(super) details: Scroll,
    pub(super) over_sheet: Scroll,
    paused: bool,
    /// What came during a pause.
    waiting: Option<Snapshot>,
    over: bool,
}

impl Model {
    /// A model of what was answered first.
    pub(super) fn new(first: Snapshot) -> Self {
        let mut model = Self {
            status: Status::default(),
            alerts: Vec::new(),
            rates: Rates::default(),
            lost: None,
            focus: Pane::Alerts,
            sheet: None,
            container: Choice::default(),
            alert: Choice::default(),
            events: Scroll::default(),
            losses: Scroll::default(),
            details: Scroll::default(),
            over_sheet: Scroll::default(),
            paused: false,
            waiting: None,
            over: false,
        };
        model.show(first);
        model
    }

    /// Takes what comes from the detector. In a pause it waits.
    pub(super) fn take(&mut self, news: News) {
        match news {
            News::Lost(reason) => {
                self.lost = Some(reason);
                self.rates.forget();
            }
            News::Snapshot(snapshot) => {
                self.lost = None;
                if self.paused {
                    self.keep(*snapshot);
                } else {
                    self.show(*snapshot);
                }
            }
        }
    }

    /// Keeps an answer, with the alerts of the one before where it has none.
    fn keep(&mut self, mut snapshot: Snapshot) {
        let before = self.waiting.take().and_then(|before| before.alerts);
        snapshot.alerts = snapshot.alerts.or(before);
        self.waiting = Some(snapshot);
    }

    fn show(&mut self, snapshot: Snapshot) {
        self.rates.take(snapshot.at, &snapshot.status);
        self.status = snapshot.status;
        // The detector tells them in any order; rows that jump cannot be read.
        self.status.containers.sort_by(|one, other| {
            let key = |container: &Container| (container.name.is_none(), container.name.clone());
            (key(one), &one.id).cmp(&(key(other), &other.id))
        });
        if let Some(alerts) = snapshot.alerts {
            self.alerts = alerts;
        }
    }

    /// A key was pressed.
    pub(super) fn press(&mut self, key: Key) {
        match key {
            Key::Quit => self.over = true,
            Key::Pause => self.pause(),
            Key::Help => self.turn(Sheet::Help),
            Key::Close if self.sheet.is_none() => self.over = true,
            Key::Close => self.sheet = None,
            Key::Open => self.open(),
            Key::NextPane => self.go_to(self.focus.after(1)),
            Key::PreviousPane => self.go_to(self.focus.after(Pane::ALL.len() - 1)),
            Key::Up => self.step(-1),
            Key::Down => self.step(1),
            Key::PageUp => self.step(-PAGE),
            Key::PageDown => self.step(PAGE),
            Key::First => self.step(isize::MIN),
            Key::Last => self.step(isize::MAX),
        }
    }

    fn pause(&mut self) {
        self.paused = !self.paused;
        if let (false, Some(snapshot)) = (self.paused, self.waiting.take()) {
            self.show(snapshot);
        }
    }

    /// Lays a sheet over the panes, or takes it away.
    fn turn(&mut self, sheet: Sheet) {
        self.sheet = (self.sheet != Some(sheet)).then_some(sheet);
        self.over_sheet = Scroll::default();
    }

    fn open(&mut self) {
        match (self.sheet, self.focus) {
            (Some(_), _) => self.sheet = None,
            (None, Pane::Alerts | Pane::Details) if !self.alerts.is_empty() => {
                self.turn(Sheet::Alert);
            }
            (None, Pane::Containers) if !self.status.containers.is_empty() => {
                self.turn(Sheet::Container);
            }
            _ => {}
        }
    }

    fn go_to(&mut self, pane: Pane) {
        if self.sheet.is_none() {
            self.focus = pane;
        }
    }

    fn step(&mut self, rows: isize) {
        if self.sheet.is_some() {
            return self.over_sheet.step(rows);
        }
        match self.focus {
            Pane::Containers => {
                let ids = self.status.containers.iter().map(|one| one.id.as_str());
                self.container.step(rows, ids);
            }
            Pane::Alerts => {
                let uids = self.alerts.iter().map(|alert| alert.uid.as_str());
                self.alert.step(rows, uids);
                self.details = Scroll::default();
            }
            Pane::Events => self.events.step(rows),
            Pane::Losses => self.losses.step(rows),
            Pane::Details => self.details.step(rows),
        }
    }

    /// Where the chosen alert stands.
    pub(super) fn chosen_alert(&self) -> Option<usize> {
        self.alert
            .place(self.alerts.iter().map(|alert| alert.uid.as_str()))
    }

    /// Where the chosen container stands.
    pub(super) fn chosen_container(&self) -> Option<usize> {
        let ids = self.status.containers.iter().map(|one| one.id.as_str());
        self.container.place(ids)
    }

    /// Whether nothing is to change on the screen.
    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether the person has seen enough.
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }
}

#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;
