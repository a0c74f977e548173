//! Descriptors that one process has and another uses: an io_uring that is inherited or handed to
//! another container, a file or directory of the host that is handed into one.

use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;
use tests::shipped::{CREDENTIALS, FOREIGN_MOUNT};
use tests::{Act, Alert, Attack, Container, Ground, HostShell, RENAMED, Telling, Verdict};

const SHARED: &str = "/shared";

/// Two containers with a directory and process numbers in common, in which each has a file of its own
/// at `/tmp/file`. The second may take what the first does not give: kernels pass no rings on any more.
fn neighbours(telling: &Telling) -> Result<[Container<'static>; 2]> {
    let volume = format!("{}:{SHARED}", telling.engine.shared_directory()?.display());
    let lender = telling.container(&["--volume", &volume])?;
    let options = [
        "--volume",
        &volume,
        "--pid",
        &format!("container:{}", lender.id()),
        "--cap-add=SYS_PTRACE",
        "--security-opt=seccomp=unconfined",
    ];
    let borrower = telling.container(&options)?;
    for container in [&lender, &borrower] {
        container.shell("echo x > /tmp/file; ln -s file /tmp/link")?;
    }
    Ok([lender, borrower])
}

/// Lets a container lend something, until somebody has borrowed it.
fn lends(container: &Container<'_>, words: &str) -> Result<()> {
    let line = ["acts", "lend"].into_iter().chain(words.split(' '));
    let line: Vec<_> = line.collect();
    container.exec_with(&["--detach"], &line).map(drop)
}

/// Told as an open by a request, of the file behind the link.
fn is_open_of_the_file(alert: &Alert) -> bool {
    alert.field("evt.via").as_deref() == Some("io_uring")
        && alert.field("fd.name").as_deref() == Some("/tmp/file")
        && alert.field("file.truth").as_deref() == Some("kernel")
}

#[test]
fn ring_of_a_parent_used_by_its_child() -> Verdict {
    let telling = Telling::shared()?;
    let container = telling.container(&[])?;
    container.shell("echo x > /tmp/file; ln -s file /tmp/link")?;
    for way in ["plain", "async", "theirs"] {
        let words = format!("uring-child {way} /tmp/link");
        let acted = container.perform(&Act::new(&words))?;
        assert_eq!(acted.errno("openat")?, "SUCCESS", "{acted:?}");
        let child = acted.result("child")?.to_string();
        telling.told(&container, |alert| {
            // The thread that polls the parent's ring is the parent's, and so are the files.
            let by_whom = if way == "theirs" {
                alert.pid() == Some(acted.pid)
            } else {
                alert.field("proc.vpid").as_ref() == Some(&child)
            };
            by_whom && is_open_of_the_file(alert)
        })?;
    }
    Ok(())
}

#[test]
fn ring_of_another_container() -> Verdict {
    let telling = Telling::shared()?;
    let [lender, borrower] = neighbours(telling)?;
    for way in ["plain", "async", "personality"] {
        let socket = format!("{SHARED}/{way}");
        lends(&lender, &format!("{socket} ring plain /tmp/link"))?;
        let words = format!("borrow {socket} ring {way} /tmp/link");
        let acted = borrower.perform(&Act::new(&words))?;
        assert_eq!(acted.errno("openat")?, "SUCCESS", "{acted:?}");
        telling.told(&borrower, |alert| {
            alert.pid() == Some(acted.pid) && is_open_of_the_file(alert)
        })?;
    }
    let lent = telling.detector.alerts_of(&lender);
    let wrong = lent.iter().find(|alert| is_open_of_the_file(alert));
    assert!(wrong.is_none(), "{wrong:?}");
    Ok(())
}

#[test]
fn ring_that_a_thread_of_another_container_polls() -> Verdict {
    let telling = Telling::shared()?;
    let [lender, borrower] = neighbours(telling)?;
    let inode = lender.shell("stat -c %i /tmp/file")?;
    lends(&lender, &format!("{SHARED}/polled ring sqpoll /tmp/link"))?;
    let words = format!("borrow {SHARED}/polled ring theirs /nowhere");
    let acted = borrower.perform(&Act::new(&words))?;
    assert_eq!(acted.errno("openat")?, "SUCCESS", "{acted:?}");
    // The file, the name and the credential are the lender's.
    let alert = telling.told(&lender, is_open_of_the_file)?;
    assert_eq!(alert.field("fd.ino"), Some(inode), "{alert}");
    Ok(())
}

#[test]
fn ring_with_the_credential_of_a_parent() -> Verdict {
    let ground = Ground::shared()?;
    let container = ground.container(&[])?;
    let refused = container.perform(&Act::new("uring-child plain /etc/shadow").as_user("1000"))?;
    assert_eq!(refused.errno("openat")?, "EACCES", "{refused:?}");
    let acted = container.perform(&Act::new("uring-child personality /etc/shadow"))?;
    assert_eq!(acted.errno("setuid")?, "SUCCESS", "{acted:?}");
    assert_eq!(acted.errno("openat")?, "SUCCESS", "{acted:?}");
    ground.detector.wait_for(&container, |alert| {
        alert.rule() == CREDENTIALS.name
            && alert.priority() == CREDENTIALS.done
            && alert.pid() != Some(acted.pid)
            && alert.field("file.path_in_fs").as_deref() == Some("/etc/shadow")
    })?;
    Ok(())
}

/// A container, and a process of the host that lends files of a directory of the host to it.
struct HostLends<'g> {
    ground: &'g Ground,
    container: Container<'static>,
    shared: PathBuf,
    host: TempDir,
    shell: HostShell,
}

impl<'g> HostLends<'g> {
    fn prepare(ground: &'g Ground) -> Result<Self> {
        let shared = ground.engine.shared_directory()?;
        let volume = format!("{}:{SHARED}", shared.display());
        let host = tempfile::tempdir()?;
        std::fs::write(host.path().join("mark"), "of the host\n")?;
        Ok(Self {
            ground,
            container: ground.container(&["--volume", &volume])?.with_renamed()?,
            shared,
            host,
            shell: HostShell::start()?,
        })
    }

    /// Lends something of the directory under a name; the words with which it is borrowed.
    fn lend(&mut self, name: &str, what: &str) -> Result<String> {
        let socket = self.shared.join(name);
        let file = self.host.path().join(what);
        let (socket, file) = (socket.display(), file.display());
        // Should nobody come, the test has failed already.
        let line = format!("timeout 60 \"$ACTS\" lend {socket} file {file}");
        self.shell.tell(&line)?;
        Ok(format!("borrow {SHARED}/{name}"))
    }

    fn raises(&self, attack: &Attack, path: &str) -> Result<Alert> {
        let path = format!("{}{path}", self.host.path().display());
        let attack = attack.clone().on(&path);
        attack.raises(FOREIGN_MOUNT, &self.container, &self.ground.detector)
    }
}

#[test]
fn directory_of_the_host_handed_into_a_container() -> Verdict {
    let mut lends = HostLends::prepare(Ground::shared()?)?;
    for (number, (how, call, told)) in [
        ("open mark read", "openat", "/mark"),
        ("open ./mark write", "openat", "/mark"),
        ("request mark", "openat", "/mark"),
        ("enter mark read", "fchdir", ""),
        ("enter mark read", "openat", "/mark"),
        ("again read", "openat", ""),
    ]
    .into_iter()
    .enumerate()
    {
        for executable in ["/bin/acts", RENAMED] {
            let name = format!("{number}{}", executable.replace('/', "-"));
            let words = format!("{} {how}", lends.lend(&name, "")?);
            let attack = Attack::new(&words, call, "SUCCESS").by(executable);
            lends.raises(&attack, told)?;
        }
    }
    Ok(())
}

#[test]
fn names_and_modes_below_a_directory_of_the_host() -> Verdict {
    let mut lends = HostLends::prepare(Ground::shared()?)?;
    for (number, (how, call, told)) in [
        ("make new", "mkdirat", "/new"),
        ("mode mark", "fchmodat", "/mark"),
        ("own-mode", "fchmod", ""),
        ("remove mark", "unlinkat", "/mark"),
    ]
    .into_iter()
    .enumerate()
    {
        let words = format!("{} {how}", lends.lend(&format!("names{number}"), "")?);
        let attack = Attack::new(&words, call, "SUCCESS").by(RENAMED);
        lends.raises(&attack, told)?;
    }
    assert!(!lends.host.path().join("mark").exists());
    // A name from the root is the container's own, whatever directory goes along with it.
    let words = format!("{} make /tmp/own", lends.lend("absolute", "")?);
    let own = Attack::new(&words, "mkdirat", "SUCCESS").performed(&lends.container)?;
    let words = format!("{} make last", lends.lend("last", "")?);
    lends.raises(&Attack::new(&words, "mkdirat", "SUCCESS"), "/last")?;
    let alerts = lends.ground.detector.alerts_of(&lends.container);
    let told = alerts.iter().find(|alert| alert.pid() == Some(own.pid));
    assert!(told.is_none(), "{told:?}");
    Ok(())
}

#[test]
fn program_of_the_host_handed_into_a_container() -> Verdict {
    let mut lends = HostLends::prepare(Ground::shared()?)?;
    let copied = format!("cp \"$ACTS\" {}/program", lends.host.path().display());
    lends.shell.tell(&copied)?;
    let words = lends.lend("program", "program")?;
    let words = format!("{words} execute hold open /etc/passwd read");
    let attack = Attack::new(&words, "openat", "SUCCESS").seen_as("/program");
    let alert = lends.raises(&attack, "/program")?;
    assert!(alert.mentions("execve"), "{alert}");
    Ok(())
}

#[test]
fn file_of_the_host_that_is_open_already_is_the_hosts_act() -> Verdict {
    let mut lends = HostLends::prepare(Ground::shared()?)?;
    // Reading from the descriptor itself is no open and is not told; the first open is.
    let words = format!("{} read", lends.lend("read", "mark")?);
    let read = Attack::new(&words, "read", "SUCCESS").performed(&lends.container)?;
    let words = format!("{} again read", lends.lend("again", "")?);
    lends.raises(&Attack::new(&words, "openat", "SUCCESS"), "")?;
    let alerts = lends.ground.detector.alerts_of(&lends.container);
    let told = alerts.iter().find(|alert| alert.pid() == Some(read.pid));
    assert!(told.is_none(), "mend docs/coverage.md: {told:?}");
    Ok(())
}
