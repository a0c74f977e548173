//! What a process runs, put together from what the kernel and /proc tell.

use std::sync::Arc;

use super::tree::Image;
use crate::event::{Exec, Process, ResolvedPath, Strings, Text};

/// Longest name of a program, as the kernel keeps it (`TASK_COMM_LEN` without its NUL).
const NAME_MAX: usize = 15;

/// The image of a process that was found: path and file by the kernel, the rest by /proc.
pub(super) fn of_process(told: &Process, asked: Option<Image>) -> Arc<Image> {
    let incomplete = asked.is_none();
    let asked = asked.unwrap_or_default();
    let exe_path = told
        .exe_path
        .as_ref()
        .map(ResolvedPath::visible)
        .or(asked.exe_path);
    Arc::new(Image {
        exe: told.exe.clone(),
        name: if asked.name.is_empty() {
            exe_path.as_deref().map(comm).unwrap_or_default()
        } else {
            asked.name
        },
        exe_path,
        argv: asked.argv,
        incomplete: incomplete || asked.incomplete,
        ..Image::default()
    })
}

/// An image with the path that the kernel told at an act of a process of which it had not told before.
pub(super) fn with_path(asked: Option<Arc<Image>>, told: &ResolvedPath) -> Arc<Image> {
    let asked = asked.unwrap_or_default();
    let exe_path = told.visible();
    let name = if asked.name.is_empty() {
        comm(&exe_path)
    } else {
        asked.name.clone()
    };
    Arc::new(Image {
        name,
        exe_path: Some(exe_path),
        ..(*asked).clone()
    })
}

pub(super) fn of_exec(exec: &Exec, changed: Option<bool>) -> Image {
    let exe_path = exec.exe_path.as_ref().map(ResolvedPath::visible);
    let given = exec.file_name.as_ref().and_then(Text::known).map(comm);
    let name = given
        .or_else(|| exe_path.as_deref().map(comm))
        .unwrap_or_default();
    Image {
        exe: exec.exe.clone(),
        exe_path,
        name,
        argv: exec.argv.as_ref().map(argv).unwrap_or_default(),
        incomplete: exec.argv.as_ref().is_none_or(Strings::is_cut),
        file: exec.exe_file,
        changed,
    }
}

fn argv(strings: &Strings) -> Vec<bytes::Bytes> {
    strings
        .iter()
        .map(|one| strings.text.bytes.slice_ref(one))
        .collect()
}

/// What the kernel makes of a file name for a task's name.
fn comm(path: &[u8]) -> Vec<u8> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    name.get(..NAME_MAX).unwrap_or(name).to_vec()
}
