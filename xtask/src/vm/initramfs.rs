//! A first file system for a kernel: an archive in the form that cpio calls newc.

use std::collections::BTreeSet;
use std::path::Path;

const DIRECTORY: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;

/// The archive's end has this name.
const TRAILER: &str = "TRAILER!!!";

/// An archive in the making.
#[derive(Default)]
pub(super) struct Initramfs {
    bytes: Vec<u8>,
    folders: BTreeSet<String>,
    next: u32,
}

impl Initramfs {
    /// Adds a file that everyone may read and execute, and the folders above it.
    pub(super) fn file(&mut self, path: &str, content: &[u8]) {
        let path = path.trim_start_matches('/');
        let above: Vec<_> = Path::new(path).ancestors().skip(1).collect();
        for folder in above.into_iter().rev() {
            self.folder(&folder.to_string_lossy());
        }
        self.entry(path, PROGRAM, content);
    }

    /// Adds an empty folder; those above it must be there.
    pub(super) fn folder(&mut self, path: &str) {
        let path = path.trim_start_matches('/');
        if !path.is_empty() && self.folders.insert(path.to_owned()) {
            self.entry(path, DIRECTORY, b"");
        }
    }

    /// The whole archive.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry(TRAILER, 0, b"");
        self.bytes
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        self.next += 1;
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        // Inode, mode, user, group, links, time, length, four device numbers, the name's length,
        // and no checksum.
        let fields = [
            self.next,
            mode,
            0,
            0,
            1,
            0,
            length(content.len()),
            0,
            0,
            0,
            0,
            length(name.len() + 1),
            0,
        ];
        self.bytes.extend(b"070701");
        for field in fields {
            self.bytes.extend(format!("{field:08x}").bytes());
        }
        self.bytes.extend(name.bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend(content);
        self.pad();
    }

    fn pad(&mut self) {
        let whole = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(whole, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and contents, read back as the kernel reads them.
    fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut entries = Vec::new();
        let mut at = 0;
        loop {
            let number = |field: usize| {
                let start = at + 6 + 8 * field;
                let digits = std::str::from_utf8(&archive[start..start + 8]).unwrap();
                usize::from_str_radix(digits, 16).unwrap()
            };
            assert_eq!(&archive[at..at + 6], b"070701");
            let (length, name_length) = (number(6), number(11));
            let name = &archive[at + 110..at + 110 + name_length - 1];
            let name = String::from_utf8(name.to_vec()).unwrap();
            let content = (at + 110 + name_length).next_multiple_of(4);
            if name == TRAILER {
                assert_eq!(content, archive.len());
                return entries;
            }
            entries.push((name, archive[content..content + length].to_vec()));
            at = (content + length).next_multiple_of(4);
        }
    }

    #[test]
    fn an_archive_reads_as_it_was_written() {
        let mut archive = Initramfs::default();
        archive.file("/bin/a", b"first");
        archive.file("/bin/deep/b", b"");
        archive.folder("/proc");
        let entries = entries(&archive.finish());
        let names: Vec<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["bin", "bin/a", "bin/deep", "bin/deep/b", "proc"]);
        assert_eq!(entries[1].1, b"first");
    }
}
