//! What keys do.

use ratatui::text::Line;

const KEYS: &str = "\
Tab, l, right      the next pane, which has a thick frame
Shift-Tab, h, left the pane before
j, k, down, up     choose a row, or scroll
PgDn, PgUp         the same by ten rows
g, G, Home, End    to the first, to the last
Enter              the chosen alert or container, whole; again: back
p, blank           pause: the screen stays, and catches up afterwards
?                  this
Esc                back; without a sheet: quit
q, Ctrl-C          quit

ev/s and /s are events a second that the detector looked at; seen and match are
counts since its start. Of the alerts the last 256 are here, the newest first;
alerts.jsonl has all. The first row stays the newest one, another row stays with
its alert. Times are UTC.";

pub(super) fn lines() -> Vec<Line<'static>> {
    KEYS.lines().map(Line::from).collect()
}
