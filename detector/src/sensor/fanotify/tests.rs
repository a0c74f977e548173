//! Marks on real files. They need CAP_SYS_ADMIN, as the detector does; without it they say so and
//! test what an unprivileged process is answered.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;

use super::*;

const SOON: Duration = Duration::from_secs(5);

/// A watcher, or none where this process may not have one.
fn watcher() -> Option<Watcher> {
    match Watcher::new() {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            assert_eq!(error, Errno::PERM, "as root fanotify is there");
            eprintln!("not tested: this process lacks CAP_SYS_ADMIN");
            None
        }
    }
}

fn marked(watcher: &Watcher, directory: &Path, name: Option<&str>, what: Marked) -> FileId {
    let file = File::open(name.map_or(directory.to_owned(), |name| directory.join(name)));
    let directory = File::open(directory).unwrap();
    let name = name.map(|name| CString::new(name).unwrap());
    watcher
        .mark(directory.as_fd(), name.as_deref(), what)
        .unwrap();
    FileId::of(file.unwrap().as_fd()).unwrap()
}

#[test]
fn names_in_a_directory_are_told_with_the_process() {
    let Some(watcher) = watcher() else { return };
    let directory = tempfile::tempdir().unwrap();
    let id = marked(&watcher, directory.path(), None, Marked::Directory);
    fs::write(directory.path().join("new"), "x").unwrap();
    let notice = watcher.next(SOON).unwrap().remove(0);
    assert!(notice.what.created());
    assert_eq!(notice.through, Some((id, b"new".to_vec())));
    assert_eq!(notice.process.pid, std::process::id());
    assert!(!notice.process.has_ended());
}

#[test]
fn a_file_is_told_by_whatever_name_it_is_reached() {
    let Some(watcher) = watcher() else { return };
    let directory = tempfile::tempdir().unwrap();
    let (path, other) = (directory.path().join("a"), directory.path().join("b"));
    fs::write(&path, "x").unwrap();
    fs::hard_link(&path, &other).unwrap();
    let id = marked(&watcher, directory.path(), Some("a"), Marked::File);
    let mut file = File::options().append(true).open(&other).unwrap();
    file.write_all(b"y").unwrap();
    drop(file);
    let notices = watcher.next(SOON).unwrap();
    let told = |notice: &Notice| notice.file.as_ref() == Some(&id);
    assert!(notices.iter().all(told), "{notices:?}");
    assert!(notices.iter().any(|notice| notice.what.modified()));
    let through = notices[0].through.as_ref().unwrap();
    assert_eq!(through.1, b"b", "the name through which it was done");
}

#[test]
fn a_process_that_has_ended_is_known_to_have() {
    let Some(watcher) = watcher() else { return };
    if !watcher.tells_process() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    marked(&watcher, directory.path(), None, Marked::Directory);
    let script = format!("mkdir {}", directory.path().join("sub").display());
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .status();
    assert!(status.unwrap().success());
    let notice = watcher.next(SOON).unwrap().remove(0);
    assert!(notice.what.created());
    assert!(notice.process.has_ended());
}

#[test]
fn what_is_cut_or_foreign_is_left_out() {
    assert!(notice::read(&[]).is_empty());
    assert!(notice::read(&[0; 24]).is_empty());
    let mut event = vec![0; 24];
    event[0] = 24;
    event[4] = libc::FANOTIFY_METADATA_VERSION;
    event[6] = 24;
    assert_eq!(notice::read(&event).len(), 1);
    event[0] = 25;
    assert!(notice::read(&event).is_empty(), "longer than what is there");
}

#[test]
fn an_info_that_claims_too_much_is_left_out() {
    let mut event = vec![0; 40];
    event[0] = 40;
    event[4] = libc::FANOTIFY_METADATA_VERSION;
    event[6] = 24;
    event[24] = libc::FAN_EVENT_INFO_TYPE_FID;
    event[26] = 200;
    let notices = notice::read(&event);
    assert_eq!(notices.len(), 1);
    assert!(notices[0].file.is_none());
}
