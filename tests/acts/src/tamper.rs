//! What somebody who may call bpf does to another's programs.

use std::fs;

use libc::c_long;

use crate::call::{Answer, address, call};
use crate::words::{Misuse, Words};

const BPF_MAP_DELETE_ELEM: c_long = 3;
const BPF_MAP_GET_FD_BY_ID: c_long = 14;
const BPF_MAP_FREEZE: c_long = 22;
const BPF_MAP_TYPE_PROG_ARRAY: &str = "3";

/// Slots that are tried.
const SLOTS: u32 = 64;

/// `empty-slots PID leave|freeze`: takes the programs out of the tables of programs that a process
/// holds, and may make the tables such that nothing can be put back.
pub(crate) fn empty_slots(words: &mut Words<'_>) -> Result<(), Misuse> {
    let process: u32 = words.number("a process id")?;
    let freeze = match words.text("leave or freeze")? {
        "leave" => false,
        "freeze" => true,
        other => return Err(Misuse::unknown("way", other)),
    };
    let tables = tables(process);
    let emptied: usize = tables.iter().map(|table| empty(*table, freeze)).sum();
    let answer = if emptied > 0 {
        Answer::DONE
    } else {
        Answer::FAILED
    };
    answer.told("empty-slots");
    Ok(())
}

/// The ids of the tables of programs that a process has open, each once.
fn tables(process: u32) -> Vec<u32> {
    let entries = fs::read_dir(format!("/proc/{process}/fdinfo")).into_iter();
    let texts = entries
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path()).ok());
    let field = |text: &str, name: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
    };
    let mut ids: Vec<u32> = texts
        .filter(|text| field(text, "map_type:").as_deref() == Some(BPF_MAP_TYPE_PROG_ARRAY))
        .filter_map(|text| field(&text, "map_id:")?.parse().ok())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// How many programs were taken out of a table.
fn empty(table: u32, freeze: bool) -> usize {
    // map_id, next_id, open_flags
    let open: [u32; 3] = [table, 0, 0];
    let map = bpf(BPF_MAP_GET_FD_BY_ID, &open);
    let Some(map) = map.descriptor() else {
        return 0;
    };
    let emptied = (0..SLOTS)
        .filter(|slot| {
            // map_fd, padding, key, value, flags
            let delete = [map as u64, address(slot) as u64, 0, 0];
            !bpf(BPF_MAP_DELETE_ELEM, &delete).failed()
        })
        .count();
    if freeze {
        bpf(BPF_MAP_FREEZE, &[map as u64, 0]).told("freeze");
    }
    emptied
}

fn bpf<T: Copy, const N: usize>(command: c_long, attributes: &[T; N]) -> Answer {
    let size = size_of_val(attributes) as c_long;
    // SAFETY: `attributes` has the size given, and what it points at lives, to the end of the call.
    unsafe { call(libc::SYS_bpf, [command, address(attributes), size]) }
}
