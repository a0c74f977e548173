//! News and keys, and what becomes of them.

use std::time::Duration;

use super::sample::{alert, model, snapshot};
use super::*;

fn news(seconds: u64, alerts: Option<Vec<Alert>>) -> News {
    let mut snapshot = snapshot(Instant::now() + Duration::from_secs(100), seconds);
    snapshot.alerts = alerts;
    News::Snapshot(Box::new(snapshot))
}

fn press(model: &mut Model, keys: &[Key]) {
    keys.iter().for_each(|key| model.press(*key));
}

#[test]
fn answers_are_shown_containers_in_order_of_their_names() {
    let model = model();
    assert_eq!(model.alerts.len(), 3, "those of the first answer stay");
    let names: Vec<_> = model
        .status
        .containers
        .iter()
        .map(|container| container.name.as_deref())
        .collect();
    assert_eq!(names, [Some("claw-1"), None]);
    let id = model.status.containers[0].id.clone();
    assert_eq!(model.rates.container(&id), 40.0);
    assert_eq!(model.rates.family("open"), 125.0);
}

#[test]
fn an_alert_stays_chosen_while_others_come() {
    let mut model = model();
    press(&mut model, &[Key::Down]);
    let chosen = model.alerts[1].uid.clone();
    let mut alerts = model.alerts.clone();
    alerts.insert(0, alert("even newer"));
    model.take(news(3, Some(alerts)));
    let place = model.chosen_alert().unwrap();
    assert_eq!((place, &model.alerts[place].uid), (2, &chosen));
    press(&mut model, &[Key::First]);
    model.take(news(4, Some(vec![alert("newest of all")])));
    assert_eq!(model.chosen_alert(), Some(0));
}

#[test]
fn a_pause_keeps_the_screen_and_ends_with_the_latest() {
    let mut model = model();
    press(&mut model, &[Key::Pause]);
    let uptime = model.status.uptime_seconds;
    model.take(news(10, Some(Vec::new())));
    model.take(news(11, None));
    assert_eq!(
        (model.status.uptime_seconds, model.alerts.len()),
        (uptime, 3)
    );
    assert!(model.is_paused());
    press(&mut model, &[Key::Pause]);
    assert_eq!(model.status.uptime_seconds, uptime + 9);
    assert!(model.alerts.is_empty(), "told during the pause");
}

#[test]
fn a_loss_is_told_in_a_pause_too_and_passes() {
    let mut model = model();
    press(&mut model, &[Key::Pause]);
    model.take(News::Lost("no detector runs".into()));
    assert_eq!(model.lost.as_deref(), Some("no detector runs"));
    assert_eq!(model.rates.family("open"), 0.0);
    model.take(news(1, None));
    assert_eq!(model.lost, None);
}

#[test]
fn tab_goes_round_and_back() {
    let mut model = model();
    let start = model.focus;
    let mut seen = Vec::new();
    for _ in Pane::ALL {
        press(&mut model, &[Key::NextPane]);
        assert!(!seen.contains(&model.focus));
        seen.push(model.focus);
    }
    assert_eq!(model.focus, start);
    press(&mut model, &[Key::NextPane, Key::PreviousPane]);
    assert_eq!(model.focus, start);
}

#[test]
fn sheets_open_and_close_and_then_escape_quits() {
    let mut model = model();
    press(&mut model, &[Key::Open]);
    assert_eq!(model.sheet, Some(Sheet::Alert));
    press(&mut model, &[Key::Help, Key::Close]);
    assert_eq!(model.sheet, None);
    press(&mut model, &[Key::Help, Key::NextPane, Key::Help]);
    assert_eq!((model.sheet, model.focus), (None, Pane::Alerts));
    model.focus = Pane::Containers;
    press(&mut model, &[Key::Open]);
    assert_eq!(model.sheet, Some(Sheet::Container));
    press(&mut model, &[Key::Open]);
    assert_eq!((model.sheet, model.is_over()), (None, false));
    press(&mut model, &[Key::Close]);
    assert!(model.is_over());
}

#[test]
fn nothing_opens_where_nothing_is() {
    let mut empty = snapshot(Instant::now(), 0);
    empty.alerts = None;
    empty.status.containers.clear();
    let mut model = Model::new(empty);
    for pane in Pane::ALL {
        model.focus = pane;
        press(&mut model, &[Key::Open, Key::Down, Key::Last]);
        assert_eq!(model.sheet, None, "{pane:?}");
    }
    assert_eq!(
        (model.chosen_alert(), model.chosen_container()),
        (None, None)
    );
}

#[test]
fn an_alert_of_another_version_is_read() {
    let read: Alert = serde_json::from_str(r#"{"rule":"R","moon":"full","user":null}"#).unwrap();
    assert_eq!((read.rule.as_str(), read.process.pid), ("R", 0));
    let alert = alert("message");
    assert!(alert.is_grave() && !alert.is_refused());
    assert_eq!(alert.container.unwrap().name.as_deref(), Some("claw-1"));
    assert_eq!(alert.lineage[0].exe.as_deref(), Some("/usr/bin/bash"));
}
