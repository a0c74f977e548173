//! Real marks on real files. Like the detector these tests need CAP_SYS_ADMIN, and a v2 hierarchy;
//! where this process may set no marks they say so.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::event::{Change, Class, Decoded, Event, ObjectChange, ResolvedPath, decode};

/// What is told of acts of this very process.
struct Told {
    objects: Objects,
    directory: tempfile::TempDir,
}

impl Told {
    /// Marks what is asked for in a new directory, once that was filled.
    fn of(asked: &[(&str, Class)], fill: impl FnOnce(&Path)) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        fill(directory.path());
        let mut objects = match Objects::empty(Hierarchy::find().unwrap()) {
            Ok(objects) => objects,
            Err(error) => {
                assert_eq!(error, io::Errno::PERM, "as root fanotify is there");
                eprintln!("not tested: this process lacks CAP_SYS_ADMIN");
                return None;
            }
        };
        objects.own = u32::MAX;
        let asked = asked.iter().map(|(path, class)| Asked {
            class: *class,
            path: directory.path().join(path),
        });
        objects.add_asked(&asked.collect::<Vec<_>>());
        Some(Self { objects, directory })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let records = self.objects.next(Duration::from_millis(50)).unwrap();
            if records.is_empty() {
                return events;
            }
            events.extend(records.iter().map(|record| match decode(record) {
                Ok(Decoded::Event(event)) => event,
                other => panic!("{other:?}"),
            }));
        }
    }

    /// The changes since the last call, each with its path below the directory.
    fn changes(&mut self) -> Vec<(Change, String)> {
        let directory = self.directory.path().to_owned();
        let change = |event: &Event| {
            let change: &ObjectChange = event.object_change().unwrap();
            assert_eq!(event.meta.process.tgid.0, std::process::id());
            assert!(change.actor.is_some());
            let path = change.path.as_ref().map(ResolvedPath::visible).unwrap();
            let path = PathBuf::from(String::from_utf8(path).unwrap());
            let path = path.strip_prefix(&directory).unwrap_or(&path);
            (change.change, path.display().to_string())
        };
        self.events().iter().map(change).collect()
    }
}

fn told(changes: &[(Change, &str)]) -> Vec<(Change, String)> {
    let owned = |(change, path): &(Change, &str)| (*change, (*path).to_owned());
    changes.iter().map(owned).collect()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_file_is_watched_in_all_that_can_become_of_it() {
    let fill = |directory: &Path| write(&directory.join("a"), "text");
    let Some(mut told_of) = Told::of(&[("a", Class::AgentConfig)], fill) else {
        return;
    };
    let path = told_of.path("a");
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    file.write_all(b"more").unwrap();
    drop(file);
    assert_eq!(told_of.changes(), told(&[(Change::Modified, "a")]));
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1)
        .unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Truncated, "a")]));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Attributes, "a")]));
    fs::rename(&path, told_of.path("b")).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::MovedAway, "a")]));
    fs::rename(told_of.path("b"), &path).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::MovedIn, "a")]));
    fs::remove_file(&path).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Removed, "a")]));
    symlink("/etc/passwd", &path).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Created, "a")]));
}

#[test]
fn what_replaced_a_file_is_watched_in_its_place() {
    let fill = |directory: &Path| write(&directory.join("a"), "text");
    let Some(mut told_of) = Told::of(&[("a", Class::AgentConfig)], fill) else {
        return;
    };
    let path = told_of.path("a");
    for _ in 0..2 {
        write(&told_of.path("new"), "other");
        fs::rename(told_of.path("new"), &path).unwrap();
        assert_eq!(told_of.changes(), told(&[(Change::MovedIn, "a")]));
    }
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    file.write_all(b"more").unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Modified, "a")]));
}

#[test]
fn a_second_name_hides_nothing() {
    let fill = |directory: &Path| write(&directory.join("a"), "text");
    let Some(mut told_of) = Told::of(&[("a", Class::AgentInstructions)], fill) else {
        return;
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("b");
    fs::hard_link(told_of.path("a"), &other).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Linked, "a")]));
    let mut file = fs::File::options().append(true).open(&other).unwrap();
    file.write_all(b"more").unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Modified, "a")]));
    fs::remove_file(&other).unwrap();
    assert_eq!(told_of.changes(), told(&[]), "a name less is no change");
}

#[test]
fn what_comes_later_is_watched_too() {
    let Some(mut told_of) = Told::of(&[("", Class::DetectorState)], |_| {}) else {
        return;
    };
    fs::create_dir_all(told_of.path("x/y")).unwrap();
    write(&told_of.path("x/y/z"), "text");
    let first = told_of.changes();
    assert!(first.contains(&(Change::Created, "x".into())), "{first:?}");
    assert!(
        first.contains(&(Change::Created, "x/y/z".into())),
        "{first:?}"
    );
    let mut file = fs::File::options()
        .append(true)
        .open(told_of.path("x/y/z"))
        .unwrap();
    file.write_all(b"more").unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Modified, "x/y/z")]));
    fs::rename(told_of.path("x"), told_of.path("w")).unwrap();
    let moved = told_of.changes();
    assert!(
        moved.contains(&(Change::MovedAway, "x".into())),
        "{moved:?}"
    );
    assert!(moved.contains(&(Change::MovedIn, "w".into())), "{moved:?}");
    fs::remove_file(told_of.path("w/y/z")).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Removed, "w/y/z")]));
}

#[test]
fn a_directory_above_that_is_moved_takes_the_place_along() {
    let fill = |directory: &Path| fs::create_dir_all(directory.join("up/state")).unwrap();
    let Some(mut told_of) = Told::of(&[("up/state", Class::DetectorState)], fill) else {
        return;
    };
    fs::rename(told_of.path("up"), told_of.path("down")).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::MovedAway, "up/state")]));
    fs::remove_dir(told_of.path("down/state")).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Removed, "up/state")]));
}

#[test]
fn logs_are_told_of_when_they_lose_something() {
    let fill = |directory: &Path| write(&directory.join("log"), "one\n");
    let Some(mut told_of) = Told::of(&[("log", Class::HostLog)], fill) else {
        return;
    };
    let path = told_of.path("log");
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    file.write_all(b"two\n").unwrap();
    assert_eq!(told_of.changes(), told(&[]));
    file.set_len(0).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::Truncated, "log")]));
    fs::rename(&path, told_of.path("log.1")).unwrap();
    write(&path, "");
    let turned = told_of.changes();
    assert_eq!(
        turned,
        told(&[(Change::MovedAway, "log"), (Change::Created, "log")])
    );
}

#[test]
fn workspaces_come_and_go_and_nothing_else_in_them_matters() {
    let fill = |directory: &Path| {
        write(&directory.join("AGENTS.md"), "be kind");
        write(&directory.join("code.rs"), "fn main() {}");
    };
    let Some(mut told_of) = Told::of(&[], fill) else {
        return;
    };
    let (_, sought) = place::of_table(&mut told_of.objects.patterns);
    told_of.objects.sought = sought;
    let root = told_of.directory.path().to_owned();
    told_of.objects.set_workspaces(std::slice::from_ref(&root));
    write(&told_of.path("code.rs"), "fn main() { loop {} }");
    fs::create_dir(told_of.path("target")).unwrap();
    assert_eq!(told_of.changes(), told(&[]));
    fs::create_dir_all(told_of.path(".claude")).unwrap();
    write(&told_of.path(".claude/settings.json"), "{}");
    let changes = told_of.changes();
    assert!(
        changes.contains(&(Change::Created, ".claude/settings.json".into())),
        "{changes:?}"
    );
    fs::rename(told_of.path(".claude"), told_of.path("aside")).unwrap();
    assert_eq!(told_of.changes(), told(&[(Change::MovedAway, ".claude")]));
    assert!(told_of.objects.marks.len() >= 2);
    told_of.objects.set_workspaces(&[]);
    assert_eq!(told_of.objects.marks.len(), 0);
    write(&told_of.path("AGENTS.md"), "be cruel");
    assert_eq!(told_of.changes(), told(&[]));
}

#[test]
fn a_place_does_not_use_up_the_marks_of_others() {
    let Some(mut told_of) = Told::of(&[("", Class::AgentMemory)], |_| {}) else {
        return;
    };
    for number in 0..5_000 {
        write(&told_of.path(&number.to_string()), "");
    }
    let first = told_of.events().len();
    assert!(first > 0);
    let counts = told_of.objects.tally().counts();
    assert!(counts.suppressed > 0 && counts.marks <= 4_096, "{counts:?}");
    told_of.objects.renew();
    assert!(told_of.objects.tally().counts().left_out > 0);
}

#[test]
fn what_was_lost_is_found_again() {
    let fill = |directory: &Path| {
        write(&directory.join("a"), "text");
        write(&directory.join("b"), "text");
    };
    let Some(mut told_of) = Told::of(&[("", Class::Custom)], fill) else {
        return;
    };
    write(&told_of.path("a"), "longer text");
    fs::remove_file(told_of.path("b")).unwrap();
    write(&told_of.path("c"), "");
    // The events of these acts are thrown away, as a queue that is full does.
    told_of.objects.watcher.next(Duration::ZERO).unwrap();
    told_of.objects.recover();
    let events = told_of.events();
    let mut changes: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.meta.process.tgid.0,
                event.object_change().unwrap().change,
            )
        })
        .collect();
    changes.sort_unstable();
    assert_eq!(
        changes,
        [
            (0, Change::Modified),
            (0, Change::Created),
            (0, Change::Removed)
        ]
    );
    assert_eq!(told_of.objects.tally().counts().lost, 1);
}
