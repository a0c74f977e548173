//! A sighting as a person reads it: one line, what the caller chose last.
//!
//! `14:03:07.120Z claw-1 4711 /usr/bin/cat openat EACCES /srv/secret`: time, container, process,
//! type, result, object. Every part but the object is one word, so that no object can be taken for
//! a result.

use crate::detect::Sighting;
use crate::detect::alert::Outcome;

use super::escape::{command_line, escape};
use super::layout::clip;

/// Characters of an object that are shown; the rest stands in the JSON.
const LONGEST_OBJECT: usize = 240;
/// Digits of a container's id.
const SHORT_ID: usize = 12;

/// The sighting as a line, without its line break.
#[must_use]
pub fn line(sighting: &Sighting, colour: bool) -> String {
    let time = sighting.time.strftime("%H:%M:%S%.3fZ");
    let process = &sighting.process;
    let exe = process.exe.as_deref().unwrap_or("(unknown)");
    let result = result(sighting);
    let (on, off) = match (colour, sighting.outcome) {
        (true, Outcome::Refused) => ("\x1b[33m", "\x1b[0m"),
        _ => ("", ""),
    };
    format!(
        "{time} {:<16} {:>7} {:<20} {:<10} {on}{result:<8}{off} {}",
        container(sighting),
        process.pid,
        word(exe),
        word(&sighting.event_type),
        clip(&object(sighting), LONGEST_OBJECT),
    )
}

/// The container's name, else the digits of its id that people use.
fn container(sighting: &Sighting) -> String {
    let Some(container) = &sighting.container else {
        return "(host)".to_owned();
    };
    match &container.name {
        Some(name) => word(name),
        None => word(&container.id.chars().take(SHORT_ID).collect::<String>()),
    }
}

/// `done`, or why it was refused.
fn result(sighting: &Sighting) -> String {
    match sighting.error() {
        Some(error) => word(error),
        None => sighting.outcome.as_str().to_owned(),
    }
}

/// What was executed, else what was acted on.
fn object(sighting: &Sighting) -> String {
    match sighting.event_type.as_str() {
        "execve" => command_line(&sighting.process.argv),
        _ => escape(sighting.object()).into_owned(),
    }
}

/// A text as one word: quoted where it holds a blank.
fn word(text: &str) -> String {
    command_line(&[text.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::super::escape::is_harmless;
    use super::*;
    use crate::detect::sighting::sample;

    #[test]
    fn an_act_is_one_line() {
        let expected = "14:03:07.000Z claw-1              4711 /usr/bin/cat         \
                        openat     EACCES   /srv/secret";
        assert_eq!(line(&sample::sighting(), false), expected);
    }

    #[test]
    fn only_a_refusal_is_coloured() {
        let mut sighting = sample::sighting();
        let coloured = line(&sighting, true);
        assert!(coloured.contains("\x1b[33mEACCES  \x1b[0m"), "{coloured}");
        sighting.outcome = Outcome::Done;
        assert_eq!(line(&sighting, true), line(&sighting, false));
        assert!(line(&sighting, true).contains(" done "));
    }

    #[test]
    fn what_has_no_name_is_told_by_its_arguments() {
        let mut sighting = sample::sighting();
        sighting.container = None;
        sighting.process.exe = None;
        sighting.fields.remove("fd.name");
        let line = line(&sighting, false);
        assert!(
            line.contains(" (host) ") && line.contains(" (unknown) "),
            "{line}"
        );
        assert!(
            line.contains("fd=-13(EACCES) dirfd=3 name=../secret"),
            "{line}"
        );
        sighting.event_type = "execve".into();
        assert!(super::line(&sighting, false).ends_with("cat ../secret"));
    }

    #[test]
    fn no_string_reaches_the_terminal_raw_or_forges_a_part() {
        let bad = "x\x1b[2J\n\u{202e} done /etc/passwd".to_owned();
        let mut sighting = sample::sighting();
        sighting.event_type.clone_from(&bad);
        sighting.process.exe = Some(bad.clone());
        let container = sighting.container.as_mut().unwrap();
        container.name = Some(bad.clone());
        for field in ["fd.name", "evt.res", "evt.args"] {
            sighting.fields.insert(field.into(), bad.clone().into());
        }
        let shown = line(&sighting, false);
        assert!(shown.chars().all(is_harmless), "{shown}");
        sighting.container.as_mut().unwrap().name = None;
        sighting.container.as_mut().unwrap().id = bad;
        let shown = line(&sighting, false);
        assert!(shown.chars().all(is_harmless), "{shown}");
        assert_eq!(shown.matches('"').count() % 2, 0, "{shown}");
    }
}
