//! Names and lengths of files changed. What is gone cannot be resolved: names are the caller's, unless
//! the kernel let the sensor look before the act.

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
    /// Where the file is, or was before the act; of ftruncate always, else where the kernel told.
    pub path: Option<ResolvedPath>,
    /// Which file it is; told as the path is.
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
    /// Of the second: where the kernel found it before the act, if it told.
    pub path: Option<ResolvedPath>,
    /// Of the second: which file had it then; none for a name that was free.
    pub object: Option<FileObject>,
}

impl Given {
    /// The name by the kernel's word, or the caller's made absolute.
    pub fn named(&self) -> Option<Named> {
        if let Some(path) = &self.path {
            return Named::resolved(path);
        }
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
                path: None,
                object: None,
            },
            second: (two || links).then_some(Given {
                directory: descriptor(second),
                base: sections.base2,
                name: sections.claim2,
                path: sections.path2,
                object: sections.object2,
            }),
            length: cut.then_some(second),
            flags: low_half(flags),
            path: sections.path,
            object: FileObject::new(&body.object),
        }
    }
}
