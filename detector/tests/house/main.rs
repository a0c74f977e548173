//! The house keeps its order: which room uses which, what a file begins with, how long it may be,
//! and where unsafe code may stand.
//!
//! Source text is read as tokens, without comments and literals; test code counts like any other.
//! [`ROOMS`] is the one table of what is allowed. `docs/architecture.md` shows it to people, and a
//! test here fails where the two differ.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

mod tokens;

use tokens::{tokens, used};

/// Each room and the rooms that it uses, all of them above it.
const ROOMS: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("sensor", &["event"]),
    ("host", &["event"]),
    ("objects", &["event", "sensor", "host"]),
    ("document", &[]),
    ("capture", &["event", "host"]),
    ("rules", &["document"]),
    ("detect", &["event", "host", "rules"]),
    ("pipeline", &["event", "host", "capture", "rules", "detect"]),
    (
        "replay",
        &["event", "host", "capture", "rules", "detect", "pipeline"],
    ),
    ("sinks", &["detect"]),
    ("control", &["sinks"]),
    ("state_dir", &[]),
    ("config", &["document", "host", "rules", "state_dir"]),
    ("view", &["sinks", "control"]),
    (
        "doctor",
        &[
            "sensor",
            "host",
            "rules",
            "detect",
            "sinks",
            "control",
            "state_dir",
        ],
    ),
    (
        "cli",
        &[
            "event",
            "host",
            "capture",
            "rules",
            "detect",
            "replay",
            "sinks",
            "control",
            "state_dir",
            "config",
            "doctor",
            "view",
        ],
    ),
    (
        "live",
        &[
            "event", "sensor", "host", "objects", "capture", "rules", "detect", "pipeline",
            "sinks", "control", "cli",
        ],
    ),
    ("main", &["cli", "live"]),
];

/// Libraries that only these rooms may name.
const KEPT: &[(&str, &[&str])] = &[
    ("aya", &["sensor"]),
    ("bollard", &["host"]),
    ("libc", &["sensor"]),
    ("clap", &["cli", "main"]),
    ("ratatui", &["view"]),
    // Elsewhere an error is a type whose message says what to do.
    ("anyhow", &["cli", "live"]),
];

/// Where unsafe code may stand: the kernel programs, what loads and reads them, the attacks of the
/// tests, and an allocator that counts.
const UNSAFE: &[&str] = &[
    "detector-ebpf/",
    "detector/src/sensor/",
    "detector/benches/rules/allocations.rs",
    "tests/acts/",
    "tests/verifier-log/",
];

/// The longest file, in lines, [`TABLES`] excepted.
const LONGEST: usize = 400;
/// Files that are tables: long, and without logic to lose oneself in.
const TABLES: &[&str] = &[
    "detector-common/src/record.rs",
    "detector/src/rules/matching/fields.rs",
];

/// The folders of the workspace that hold code.
const MEMBERS: &[&str] = &[
    "detector",
    "detector-common",
    "detector-ebpf",
    "tests",
    "xtask",
];

/// A source file.
struct Source {
    /// Its path from the workspace's root.
    path: String,
    text: String,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files of the workspace.
fn sources() -> io::Result<Vec<Source>> {
    let root = workspace();
    let mut folders: Vec<_> = MEMBERS.iter().map(|member| root.join(member)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)?;
                let path = path
                    .strip_prefix(&root)
                    .unwrap_or(&path)
                    .display()
                    .to_string();
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

impl Source {
    /// The modules that lead to this file, the room first; `None` outside the detector's library
    /// and binary, and for `lib.rs`, which only lists the rooms.
    fn modules(&self) -> Option<Vec<&str>> {
        let path = self
            .path
            .strip_prefix("detector/src/")?
            .strip_suffix(".rs")?;
        let path = path.strip_suffix("/mod").unwrap_or(path);
        (path != "lib").then(|| path.split('/').collect())
    }

    /// The rooms that this file uses, its own left out.
    fn uses(&self) -> BTreeSet<&str> {
        let Some(modules) = self.modules() else {
            return BTreeSet::new();
        };
        let room = modules.first().copied().unwrap_or_default();
        // The binary names the library, whose root is the house.
        let root = if room == "main" { "detector" } else { "crate" };
        let mut used = used(&tokens(&self.text), root, modules.len());
        used.remove(room);
        used
    }
}

/// The table between the marks of the architecture page: the names in the first two columns.
fn documented() -> io::Result<Vec<(String, Vec<String>)>> {
    let page = fs::read_to_string(workspace().join("docs/architecture.md"))?;
    let lines = page
        .lines()
        .skip_while(|line| !line.contains("<!-- rooms:begin -->"));
    let rows = lines.take_while(|line| !line.contains("<!-- rooms:end -->"));
    let mut table = Vec::new();
    for row in rows.filter(|row| row.starts_with("| `")) {
        let names = |column: &str| -> Vec<String> {
            column
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        let mut columns = row.split('|').skip(1).map(names);
        let room = columns.next().unwrap_or_default().concat();
        table.push((room, columns.next().unwrap_or_default()));
    }
    Ok(table)
}

#[test]
fn every_room_uses_what_the_table_says() {
    let sources = sources().unwrap();
    let mut faults = Vec::new();
    for &(room, allowed) in ROOMS {
        let mut unused: BTreeSet<_> = allowed.iter().copied().collect();
        let files = sources.iter().filter(|source| {
            source
                .modules()
                .is_some_and(|modules| modules.first() == Some(&room))
        });
        for source in files {
            for used in source.uses() {
                unused.remove(used);
                if !allowed.contains(&used) {
                    faults.push(format!("{}: `{room}` may not use `{used}`", source.path));
                }
            }
        }
        let unused = unused.into_iter();
        faults.extend(unused.map(|used| format!("`{room}` does not use `{used}`: unsay it")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_has_every_room_below_those_that_it_uses() {
    let sources = sources().unwrap();
    let modules = sources.iter().filter_map(Source::modules);
    let there: BTreeSet<_> = modules
        .filter_map(|modules| modules.first().copied())
        .collect();
    let listed: BTreeSet<_> = ROOMS.iter().map(|(room, _)| *room).collect();
    assert_eq!(
        there, listed,
        "rooms that are there, and rooms of the table"
    );
    assert_eq!(
        listed.len(),
        ROOMS.len(),
        "a room stands twice in the table"
    );
    for (place, (room, uses)) in ROOMS.iter().enumerate() {
        for used in *uses {
            let above = ROOMS.iter().take(place).any(|(room, _)| room == used);
            assert!(
                above,
                "`{room}` uses `{used}`, which does not stand above it"
            );
        }
    }
}

#[test]
fn the_architecture_page_shows_the_same_table() {
    let own = ROOMS.iter().map(|(room, uses)| {
        (
            room.to_string(),
            uses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )
    });
    assert_eq!(documented().unwrap(), own.collect::<Vec<_>>());
}

#[test]
fn libraries_stay_in_their_rooms() {
    for source in sources().unwrap() {
        let Some(room) = source
            .modules()
            .and_then(|modules| modules.first().copied())
        else {
            continue;
        };
        let tokens = tokens(&source.text);
        for (library, rooms) in KEPT.iter().filter(|(_, rooms)| !rooms.contains(&room)) {
            let mut pairs = tokens.iter().zip(tokens.iter().skip(1));
            let named = pairs.any(|(token, next)| token == library && *next == "::");
            assert!(!named, "{}: `{library}` belongs to {rooms:?}", source.path);
        }
    }
}

#[test]
fn every_file_begins_with_its_paragraph() {
    let sources = sources().unwrap();
    let without = sources
        .iter()
        .filter(|source| !source.text.starts_with("//! "));
    let without: Vec<_> = without.map(|source| &source.path).collect();
    assert!(
        without.is_empty(),
        "no `//!` in the first line: {without:#?}"
    );
}

#[test]
fn files_are_short_tables_excepted() {
    let mut faults = Vec::new();
    for source in sources().unwrap() {
        let lines = source.text.lines().count();
        match (lines > LONGEST, TABLES.contains(&source.path.as_str())) {
            (true, false) => faults.push(format!("{}: {lines} lines", source.path)),
            (false, true) => faults.push(format!("{}: no long table any more", source.path)),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_code_stands_where_it_may() {
    let sources = sources().unwrap();
    let elsewhere = sources.iter().filter(|source| {
        let may = UNSAFE.iter().any(|place| source.path.starts_with(place));
        !may && tokens(&source.text).contains(&"unsafe")
    });
    let elsewhere: Vec<_> = elsewhere.map(|source| &source.path).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}
