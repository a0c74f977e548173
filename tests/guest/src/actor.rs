//! Inside the container: performs every row, each by a process of its own, and tells what the kernel
//! answered and what the files that it names are to a process in there.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::check::Expect;
use crate::rows::{self, PORT, Row, SOCKET};

/// The program that performs acts.
const ACTS: &str = "/bin/acts";

/// Performs all rows.
pub(crate) fn perform() -> Result<()> {
    // Whoever connects wants an answer of the kernel's and no more.
    crate::init::raise_loopback()?;
    let _tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).context("cannot listen")?;
    let _unix = UnixListener::bind(SOCKET).context("cannot listen on a socket")?;
    for folder in ["/tmp/root", "/tmp/root/old", "/tmp/mount", "/tmp/new"] {
        fs::create_dir_all(folder)?;
    }
    fs::write("/tmp/file", "on a tmpfs")?;
    fs::write("/written", "in the upper layer")?;
    std::os::unix::fs::symlink("/tmp/file", "/tmp/link")?;
    fs::copy(ACTS, "/drift")?;
    for row in rows::all() {
        let told = perform_row(row).unwrap_or_else(|error| json!({"failed": format!("{error:#}")}));
        println!("{}", json!({"row": row.name, "told": told}));
    }
    Ok(())
}

fn perform_row(row: &Row) -> Result<Value> {
    let mut words = row.words.split_whitespace().peekable();
    let program = words.next_if(|word| word.starts_with('/')).unwrap_or(ACTS);
    let acts = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let pid = acts.id();
    let output = acts.wait_with_output()?;
    let answers = String::from_utf8(output.stdout)?;
    let answers: Vec<Value> = answers
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let mut files = BTreeMap::new();
    for (_, expect) in row.fields {
        if let Expect::InodeOf(path) | Expect::DeviceOf(path) = expect {
            let file = fs::metadata(path).with_context(|| (*path).to_owned())?;
            files.insert(*path, json!({"inode": file.ino(), "device": file.dev()}));
        }
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(json!({"pid": pid, "answers": answers, "files": files, "errors": errors}))
}
