//! The processes that a selection names one by one.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use super::table::number;
use crate::host::procfs;
use crate::host::selection::Selection;
use crate::sensor::chosen::{Chosen, Pid};

/// The processes that are watched for themselves.
pub(super) struct ChosenProcesses {
    table: Chosen,
    now: BTreeMap<u32, Pid>,
}

/// What a selection changes about them. Each that it names anew is there.
pub(super) struct Change {
    wanted: BTreeMap<u32, (Pid, u32)>,
    /// Whether there are any that were not watched for themselves before.
    pub(super) adds: bool,
}

impl ChosenProcesses {
    pub(super) const fn new(table: Chosen) -> Self {
        Self {
            table,
            now: BTreeMap::new(),
        }
    }

    /// Looks at the processes that a selection names. One that is watched already may have ended:
    /// what it started is still there.
    pub(super) fn plan(&self, selection: &Selection) -> anyhow::Result<Change> {
        let mut change = Change {
            wanted: BTreeMap::new(),
            adds: false,
        };
        for (process, level) in selection.pids() {
            let pid = match self.now.get(&process) {
                Some(known) => *known,
                None => {
                    change.adds = true;
                    find(process)?
                }
            };
            change.wanted.insert(process, (pid, number(level)));
        }
        Ok(change)
    }

    /// Watches these, and no others any more.
    pub(super) fn follow(&mut self, change: Change) -> anyhow::Result<()> {
        let failed = "the sensor does not take the processes to watch";
        for pid in self.now.values() {
            if !change.wanted.contains_key(&pid.number) {
                self.table.leave(*pid).context(failed)?;
            }
        }
        for (pid, level) in change.wanted.values() {
            self.table.watch(*pid, *level).context(failed)?;
        }
        self.now = change
            .wanted
            .into_iter()
            .map(|(process, (pid, _))| (process, pid))
            .collect();
        Ok(())
    }
}

/// A process by its number.
fn find(process: u32) -> anyhow::Result<Pid> {
    let Some(leader) = procfs::leader(process) else {
        bail!("pid={process} names no process: it has ended, or the number is wrong");
    };
    if leader != process {
        bail!("pid={process} is a thread of process {leader}: say pid={leader}");
    }
    let start = procfs::started(process)
        .with_context(|| format!("pid={process} has ended in this moment"))?;
    Ok(Pid {
        number: process,
        start,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_that_is_there_can_be_chosen() {
        let own = std::process::id();
        assert_eq!(find(own).unwrap().number, own);
        // Beyond the kernel's highest limit of pids.
        let error = find(1 << 23).unwrap_err().to_string();
        assert!(error.contains("names no process"), "{error}");
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get())
                .unwrap();
            wait.recv().unwrap_err();
        });
        let tid = told.recv().unwrap().unsigned_abs();
        let error = find(tid).unwrap_err().to_string();
        assert!(error.contains(&format!("say pid={own}")), "{error}");
        drop(done);
        thread.join().unwrap();
    }
}
