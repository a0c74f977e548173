//! Mount tables and directory trees as hosts have them.

use proptest::prelude::*;

use super::*;

const HYBRID: &[u8] = b"31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
    39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n\
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 master:2 - cgroup2 cgroup2 rw\n";

fn chosen(mountinfo: &[u8]) -> Option<String> {
    choose(mountinfo).map(|point| point.to_string_lossy().into_owned())
}

#[test]
fn the_v2_mount_is_found_alone_and_beside_v1() {
    let unified = b"30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n";
    assert_eq!(chosen(unified).as_deref(), Some("/sys/fs/cgroup"));
    assert_eq!(chosen(HYBRID).as_deref(), Some("/sys/fs/cgroup/unified"));
}

#[test]
fn a_usual_place_and_the_root_are_preferred() {
    let odd = b"50 23 0:26 /docker/x /mnt/part rw - cgroup2 none rw\n\
        51 23 0:26 / /mnt/with\\040space rw - cgroup2 none rw\n";
    assert_eq!(chosen(odd).as_deref(), Some("/mnt/with space"));
    assert_eq!(
        chosen(&[odd, HYBRID].concat()).as_deref(),
        Some("/sys/fs/cgroup/unified")
    );
    let part = b"50 23 0:26 /docker/x /mnt/part rw - cgroup2 none rw\n";
    assert_eq!(chosen(part).as_deref(), Some("/mnt/part"));
}

#[test]
fn hosts_with_v1_alone_are_told_what_to_do() {
    let v1 = b"39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n";
    assert_eq!(chosen(v1), None);
    assert!(CgroupfsError::NoV2.to_string().contains("mount -t cgroup2"));
}

#[test]
fn a_directory_that_is_no_hierarchy_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let refused = Hierarchy::at(dir.path().to_owned());
    assert!(matches!(refused, Err(CgroupfsError::NoV2)), "{refused:?}");
    let missing = Hierarchy::at(dir.path().join("none"));
    assert!(
        matches!(missing, Err(CgroupfsError::Io { .. })),
        "{missing:?}"
    );
}

fn tree(dirs: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for dir in dirs {
        fs::create_dir_all(root.path().join(dir)).unwrap();
    }
    fs::write(root.path().join("cgroup.procs"), "1\n").unwrap();
    root
}

fn paths(walk: &Walk) -> Vec<String> {
    walk.cgroups
        .iter()
        .map(|c| String::from_utf8_lossy(&c.path).into_owned())
        .collect()
}

#[test]
fn a_walk_gives_ids_and_paths() {
    let root = tree(&["docker/a", "system.slice/ssh.service"]);
    let walk = walk(root.path(), CgroupId(1), Bounds::default());
    let mut found = paths(&walk);
    assert_eq!(found.first().map(String::as_str), Some("/"));
    found.sort();
    let expected = [
        "/",
        "/docker",
        "/docker/a",
        "/system.slice",
        "/system.slice/ssh.service",
    ];
    assert_eq!(found, expected);
    assert_eq!(walk.left_out, 0);
    let a = walk
        .cgroups
        .iter()
        .find(|c| c.path == b"/docker/a")
        .unwrap();
    assert_eq!(
        a.id.0,
        fs::metadata(root.path().join("docker/a")).unwrap().ino()
    );
}

#[test]
fn what_exceeds_the_bounds_is_counted() {
    let root = tree(&["a/b/c/d", "e/f"]);
    let shallow = walk(
        root.path(),
        CgroupId(1),
        Bounds {
            depth: 2,
            count: 100,
        },
    );
    assert_eq!((shallow.cgroups.len(), shallow.left_out), (5, 1));
    // Breadth first: the top level is whole although the count is reached.
    let few = walk(root.path(), CgroupId(1), Bounds { depth: 9, count: 3 });
    let mut found = paths(&few);
    found.sort();
    assert_eq!(found, ["/", "/a", "/e"]);
    assert_eq!(few.left_out, 2);
}

proptest! {
    #[test]
    fn no_mountinfo_panics(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(choose(&text).is_none() || text.windows(7).any(|w| w == b"cgroup2"));
    }

    #[test]
    fn unescaping_undoes_the_kernels_escapes(path in "[a-z \\t\\n\\\\/]{0,40}") {
        let escaped: String = path.chars().map(|c| match c {
            ' ' | '\t' | '\n' | '\\' => format!("\\{:03o}", c as u32),
            _ => c.to_string(),
        }).collect();
        prop_assert_eq!(unescape(escaped.as_bytes()), PathBuf::from(path));
    }
}
