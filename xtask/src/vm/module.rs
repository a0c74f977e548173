//! Kernel modules as files: where one lies, and which others it needs.
//!
//! The list of dependencies that `modprobe` reads is made when a package is installed, so unpacked
//! packages have none. Each module names what it needs itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// The file of a module, compressed or not, somewhere below a folder.
pub(super) fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if let Some(found) = find(&path, name)? {
                return Ok(Some(found));
            }
        } else if is_called(&path, name) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// File names have `-` where names of modules have `_`.
fn is_called(path: &Path, name: &str) -> bool {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = file
        .split_once(".ko")
        .map(|(stem, _)| stem.replace('-', "_"));
    stem.is_some_and(|stem| stem == name.replace('-', "_"))
}

/// The modules that a module's image names as needed.
pub(super) fn needs(image: &[u8]) -> Vec<String> {
    const KEY: &[u8] = b"\0depends=";
    let Some(start) = image.windows(KEY.len()).position(|window| window == KEY) else {
        return Vec::new();
    };
    let rest = image.get(start + KEY.len()..).unwrap_or_default();
    let names = rest.split(|byte| *byte == 0).next().unwrap_or_default();
    let names = String::from_utf8_lossy(names);
    let names = names.split(',').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_says_what_it_needs() {
        assert_eq!(
            needs(b"x\0license=GPL\0depends=a,b_c\0retpoline=Y\0"),
            ["a", "b_c"]
        );
        assert!(needs(b"x\0depends=\0retpoline=Y\0").is_empty());
        assert!(needs(b"nothing").is_empty());
    }

    #[test]
    fn names_and_files_differ_in_a_letter() {
        assert!(is_called(Path::new("/m/nf-tables.ko.xz"), "nf_tables"));
        assert!(is_called(Path::new("/m/overlay.ko"), "overlay"));
        assert!(!is_called(Path::new("/m/overlay.txt"), "overlay"));
        assert!(!is_called(Path::new("/m/xoverlay.ko"), "overlay"));
    }
}
