//! The places where objects are looked for, and what is looked for in each.

use std::fs;
use std::path::{Path, PathBuf};

use super::pattern::{Patterns, Trail};
use super::table::{Base, TABLE};
use crate::event::Class;

/// The longest list of users that is read.
const PASSWD_MAX: u64 = 4 << 20;

/// An object that somebody asked for by its path: a file, or a directory with all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it is.
    pub class: Class,
    /// Where it is; absolute.
    pub path: PathBuf,
}

/// A place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) root: PathBuf,
    pub(super) trail: Trail,
    /// Whether it is a workspace, which comes and goes with containers.
    pub(super) is_workspace: bool,
}

/// What is looked for in homes and in workspaces.
#[derive(Debug, Default)]
pub(super) struct Sought {
    pub(super) home: Trail,
    pub(super) workspace: Trail,
}

/// The places that the table names of itself, and what it seeks elsewhere.
pub(super) fn of_table(patterns: &mut Patterns) -> (Vec<Place>, Sought) {
    let mut sought = Sought::default();
    let mut places: Vec<Place> = Vec::new();
    for row in TABLE {
        let trail = patterns.add(row.path.as_bytes(), row.class);
        match row.base {
            Base::Home => drop(sought.home.join(&trail)),
            Base::Workspace => drop(sought.workspace.join(&trail)),
            Base::Directory(root) => {
                let root = Path::new(root);
                match places.iter_mut().find(|place| place.root == root) {
                    Some(place) => drop(place.trail.join(&trail)),
                    None => places.push(Place {
                        root: root.to_owned(),
                        trail,
                        is_workspace: false,
                    }),
                }
            }
        }
    }
    (places, sought)
}

/// The place of what somebody asked for.
pub(super) fn of_asked(asked: &Asked, patterns: &mut Patterns) -> Place {
    let Asked { class, path } = asked;
    let (root, trail) = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !path.is_dir() => {
            let name = std::os::unix::ffi::OsStrExt::as_bytes(name);
            (parent.to_owned(), patterns.add_name(name, *class))
        }
        _ => (path.clone(), patterns.add(b"**", *class)),
    };
    Place {
        root,
        trail,
        is_workspace: false,
    }
}

/// The homes of the host's users: those of /etc/passwd that are there. The root directory is the home
/// of users who have none.
pub(super) fn homes() -> Vec<PathBuf> {
    use std::io::Read;
    let mut text = String::new();
    let read = fs::File::open("/etc/passwd")
        .and_then(|file| file.take(PASSWD_MAX).read_to_string(&mut text));
    if let Err(error) = read {
        tracing::warn!("the homes of users are not watched: /etc/passwd cannot be read: {error}");
    }
    homes_of(&text)
}

fn homes_of(passwd: &str) -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = passwd
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let uid: u32 = fields.nth(2)?.parse().ok()?;
            let home = PathBuf::from(fields.nth(2)?);
            // The accounts of the system's services are told from people's by their number, and
            // agents may run as either.
            let is_home = home.is_absolute() && home.components().count() > 1;
            (is_home && uid != NOBODY).then_some(home)
        })
        .collect();
    homes.sort_unstable();
    homes.dedup();
    homes
}

/// Whom nothing belongs to.
const NOBODY: u32 = 65_534;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_those_of_users_who_have_one() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n\
                      daemon:x:1:1::/:/usr/sbin/nologin\n\
                      joe:x:1000:1000:Joe,,,:/home/joe:/bin/sh\n\
                      jim:x:1001:1001::/home/joe:/bin/sh\n\
                      nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n\
                      broken\n";
        assert_eq!(
            homes_of(passwd),
            [PathBuf::from("/home/joe"), PathBuf::from("/root")]
        );
    }

    #[test]
    fn the_table_gives_each_directory_once() {
        let mut patterns = Patterns::default();
        let (places, sought) = of_table(&mut patterns);
        let roots: Vec<_> = places.iter().map(|place| place.root.clone()).collect();
        assert_eq!(roots, [Path::new("/tmp/openclaw"), Path::new("/var/log")]);
        let hit = patterns.step(&sought.workspace, b"CLAUDE.md");
        let meaning = hit.object.unwrap();
        assert_eq!(
            (meaning.class, meaning.open),
            (Class::AgentInstructions, false)
        );
        assert!(!patterns.step(&sought.home, b".openclaw").below.is_empty());
    }

    #[test]
    fn what_is_asked_for_is_a_file_or_all_of_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let mut patterns = Patterns::default();
        let asked = |path: &Path| Asked {
            class: Class::Custom,
            path: path.to_owned(),
        };
        let all = of_asked(&asked(directory.path()), &mut patterns);
        assert_eq!(all.root, directory.path());
        assert!(patterns.step(&all.trail, b"x").object.is_some());
        let one = of_asked(&asked(&directory.path().join("a*")), &mut patterns);
        assert_eq!(one.root, directory.path());
        assert!(patterns.step(&one.trail, b"a*").object.is_some());
        assert!(patterns.step(&one.trail, b"ab").object.is_none());
    }
}
