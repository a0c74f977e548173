//! Names and lengths of files changed. Names are the caller's: what is gone cannot be resolved.

use detector_common::call;
use detector_common::record::ActBody;

use super::file::{descriptor, low_half};
use super::object::FileObject;
use super::path::{Named, ResolvedPath};
use super::section::Sections;
use super::text::Text;

/// unlink, rmdir, rename, link, symlink, truncate and their like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alter {
    /// The name; of symlink that of the link. None for ftruncate.
    pub first: Given,
    /// The second name, of rename and link; of symlink what the link says.
    pub second: Option<Given>,
    /// The length to which a file is cut.
    pub length: Option<u64>,
    /// `AT_REMOVEDIR`, `RENAME_EXCHANGE` and so on.
    pub flags: u64,
    /// ftruncate: the path of the descriptor's file.
    pub path: Option<ResolvedPath>,
    /// ftruncate: the descriptor's file.
    pub object: Option<FileObject>,
}

/// A name as a caller gave it, and from where it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The directory's descriptor; for ftruncate the file's.
    pub directory: i32,
    /// That directory, by the kernel's word.
    pub base: Option<ResolvedPath>,
    /// The name.
    pub name: Option<Text>,
}

impl Given {
    /// The name made absolute.
    pub fn named(&self) -> Option<Named> {
        Named::claimed(self.base.as_ref(), self.name.as_ref()?)
    }
}

impl Alter {
    pub(super) fn new(body: &ActBody, sections: Sections) -> Self {
        let [first, _, second, _, flags, _] = body.call.args;
        let number = body.call.number;
        let cut = matches!(number, call::TRUNCATE | call::FTRUNCATE);
        let links = matches!(number, call::SYMLINK | call::SYMLINKAT);
        let two = matches!(
            number,
            call::RENAME | call::RENAMEAT | call::RENAMEAT2 | call::LINK | call::LINKAT
        );
        Self {
            first: Given {
                directory: descriptor(first),
                base: sections.cwd,
                name: sections.claim,
            },
            second: (two || links).then_some(Given {
                directory: descriptor(second),
                base: sections.base2,
                name: sections.claim2,
            }),
            length: cut.then_some(second),
            flags: low_half(flags),
            path: sections.path,
            object: FileObject::new(&body.object),
        }
    }
}
