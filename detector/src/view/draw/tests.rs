//! Whole screens, small and large, friendly and hostile.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::control::{Container, EventCounts};
use crate::sinks::escape::is_harmless;
use crate::view::model::{Key, News, sample};

const PLAIN: Theme = Theme { colour: false };

/// The screen as lines.
fn screen(model: &mut Model, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model, PLAIN)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(width.max(1)));
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

fn assert_shows(lines: &[String], texts: &[&str]) {
    for text in texts {
        let shown = lines.iter().any(|line| line.contains(text));
        assert!(shown, "{text:?} is not on\n{}", lines.join("\n"));
    }
}

#[test]
fn a_small_screen_shows_everything() {
    let lines = screen(&mut sample::model(), 80, 24);
    assert_shows(
        &lines,
        &[
            " escape-detector 0.1.0  ready  up 1 h 2 min  containers 2  alerts 4  lost 7",
            "Containers (2)",
            "> claw-1 ",
            "3f4e8a rules          40      4",
            "aaaaaa operations      0      0",
            "open         125   90k     0",
            "mount          0    12     1",
            "> 14:03:07 CRITICAL done    Engine socket connection",
            "claw-1",
            "CRITICAL Engine socket connection",
            "4711 /usr/bin/curl: curl -s --unix-socket",
            "< 4700 /usr/bin/bash: bash -c \"make it so\"",
            "volume",
            "  full",
            "q quit",
        ],
    );
    assert_eq!(lines.len(), 24);
}

#[test]
fn a_large_screen_shows_more() {
    let lines = screen(&mut sample::model(), 120, 40);
    assert_shows(
        &lines,
        &[
            "3f4e8a1b2c3d rules",
            "aaaaaaaaaaaa operations",
            "container  claw-1",
            "image      openclaw:latest",
            "agent      main",
            "directory  /workspace",
            "held back",
            "hooks that are off",
        ],
    );
}

#[test]
fn what_is_focused_and_chosen_is_seen_without_colour() {
    let mut model = sample::model();
    let before = screen(&mut model, 80, 24);
    let thick = |lines: &[String], title: &str| {
        let frame = lines.iter().find(|line| line.contains(title)).unwrap();
        let end = frame.find(title).unwrap();
        frame[..end]
            .rfind(['┏', '┌'])
            .map(|at| frame[at..].starts_with('┏'))
    };
    assert_eq!(thick(&before, "Alerts ("), Some(true));
    assert_eq!(thick(&before, "Containers ("), Some(false));
    model.press(Key::PreviousPane);
    model.press(Key::PreviousPane);
    model.press(Key::Down);
    let after = screen(&mut model, 80, 24);
    assert_eq!(thick(&after, "Alerts ("), Some(false));
    assert_eq!(thick(&after, "Containers ("), Some(true));
    assert_shows(&after, &["> -  "]);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal
        .draw(|frame| draw(frame, &mut model, PLAIN))
        .unwrap();
    let coloured =
        |cell: &ratatui::buffer::Cell| cell.fg != Color::Reset || cell.bg != Color::Reset;
    assert!(!terminal.backend().buffer().content().iter().any(coloured));
}

#[test]
fn the_chosen_row_is_among_those_shown() {
    let mut model = sample::model();
    model.alerts = (0..50)
        .map(|number| {
            let mut alert = sample::alert("x");
            alert.rule = format!("Rule {number:02}");
            alert
        })
        .collect();
    for _ in 0..30 {
        model.press(Key::Down);
    }
    let lines = screen(&mut model, 80, 24);
    let row = lines
        .iter()
        .find(|line| line.contains("> 14:03:07"))
        .unwrap();
    assert!(row.contains("Rule 30"), "{row}");
    assert_shows(&lines, &["CRITICAL Rule 30"]);
}

#[test]
fn sheets_show_the_whole() {
    let mut model = sample::model();
    model.press(Key::Open);
    let lines = screen(&mut model, 80, 24);
    let id = "3f4e8a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7";
    assert_shows(
        &lines,
        &[
            "14:03:07.120000000: Critical newest",
            "http://d/v1.43/info",
            id,
        ],
    );
    assert_shows(&lines, &["lineage, who acted first:", "Esc back"]);
    model.press(Key::Close);
    model.focus = Pane::Containers;
    model.press(Key::Open);
    let lines = screen(&mut model, 80, 24);
    assert_shows(
        &lines,
        &[id, "1280, 40 a second", "14:03:07 Critical Engine socket"],
    );
    model.press(Key::Help);
    assert_shows(
        &screen(&mut model, 80, 24),
        &["pause: the screen stays", "Times are UTC."],
    );
}

#[test]
fn a_lost_detector_and_a_pause_are_told() {
    let mut model = sample::model();
    model.press(Key::Pause);
    assert_shows(
        &screen(&mut model, 80, 24),
        &["ready  PAUSED", "PAUSED: p goes on"],
    );
    model.take(News::Lost("no detector runs at /run/x".into()));
    let lines = screen(&mut model, 80, 24);
    assert_shows(
        &lines,
        &["NOT CONNECTED", "no detector runs at /run/x (asking again)"],
    );
}

/// A text that would steer a terminal if it got there.
fn nasty() -> impl Strategy<Value = String> {
    let pick = prop::sample::select(vec![
        '\x1b', '\n', '\\', '\u{202e}', '\u{200b}', '\u{9b}', '\u{301}', '文', '🦀', 'x', ' ',
    ]);
    prop::collection::vec(prop_oneof![pick, any::<char>()], 0..100)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_and_no_size_breaks_the_screen(
        text in nasty(), width in 0_u16..140, height in 0_u16..50, chosen in 0_usize..5,
    ) {
        let mut model = sample::model();
        let hostile = || text.clone();
        model.status.version = hostile();
        model.status.containers[0] = Container {
            id: hostile(), name: Some(hostile()), level: hostile(), events: u64::MAX, alerts: u64::MAX,
            undecided: true,
        };
        model.status.events.insert(hostile(), EventCounts { seen: u64::MAX, ..EventCounts::default() });
        model.status.dropped.insert(hostile(), [(hostile(), u64::MAX)].into());
        let alert = &mut model.alerts[0];
        alert.rule = hostile();
        alert.priority = hostile();
        alert.outcome = hostile();
        alert.output = hostile();
        alert.process.argv = vec![hostile(), hostile()];
        alert.process.exe = Some(hostile());
        alert.process.cwd = Some(hostile());
        alert.lineage[0].exe = Some(hostile());
        alert.container.as_mut().unwrap().name = Some(hostile());
        for _ in 0..chosen {
            model.press(Key::NextPane);
        }
        for sheet in [None, Some(Sheet::Alert), Some(Sheet::Container), Some(Sheet::Help)] {
            model.sheet = sheet;
            model.press(Key::Last);
            for line in screen(&mut model, width, height) {
                prop_assert!(line.chars().all(is_harmless), "{line:?}");
            }
        }
        model.take(News::Lost(hostile()));
        for line in screen(&mut model, width, height) {
            prop_assert!(line.chars().all(is_harmless), "{line:?}");
        }
    }
}
