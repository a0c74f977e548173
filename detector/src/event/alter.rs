//! Names, lengths and modes of files changed. What is gone cannot be resolved, and what was met is not
//! said: names are the caller's, unless the kernel let the sensor look before the act.

use detector_common::call;
use detector_common::record::{ActBody, flag};

use super::file::{descriptor, low_half};
use super::object::FileObject;
use super::path::{Named, ResolvedPath, Truth};
use super::section::Sections;
use super::text::Text;

/// `AT_EMPTY_PATH` of include/uapi/linux/fcntl.h.
const AT_EMPTY_PATH: u64 = 0x1000;

/// unlink, rmdir, rename, link, symlink, truncate, mkdir, chmod and their like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alter {
    /// The name; of symlink that of the link. None for ftruncate and fchmod.
    pub first: Given,
    /// The second name, of rename and link; of symlink what the link says.
    pub second: Option<Given>,
    /// The length to which a file is cut.
    pub length: Option<u64>,
    /// The permission bits that a file gets.
    pub mode: Option<u64>,
    /// `AT_REMOVEDIR`, `RENAME_EXCHANGE` and so on.
    pub flags: u64,
    /// It was submitted to an io_uring; its end is another record, or told to nobody.
    pub submitted: bool,
    /// The directory from which the first name counts, where its mount is of another mount namespace
    /// than the task's.
    pub elsewhere: Option<FileObject>,
    /// Where the file is, or was before the act; of ftruncate and fchmod always, else where the kernel
    /// told.
    pub path: Option<ResolvedPath>,
    /// Which file it is; told as the path is.
    pub object: Option<FileObject>,
}

/// A name as a caller gave it, and from where it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The directory's descriptor; for ftruncate and fchmod the file's.
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
    /// The first name, by the caller's word: made absolute, or where he gave none but a descriptor in its
    /// place, that file's.
    pub(super) fn claimed(&self) -> Option<Named> {
        let Given { base, name, .. } = &self.first;
        let name = name.as_ref()?;
        let by_descriptor = self.flags & AT_EMPTY_PATH != 0 && name.known() == Some(b"");
        match base {
            Some(base) if by_descriptor => Some(Named {
                path: base.visible(),
                truth: Truth::Claim,
            }),
            base => Named::claimed(base.as_ref(), name),
        }
    }

    /// The file whose mount tells where it was done: the object, or where the kernel resolved none, the
    /// directory below which the caller named it.
    pub fn standing(&self) -> Option<&FileObject> {
        let relative = |name: &Text| name.known().is_some_and(|name| !name.starts_with(b"/"));
        let below = self.first.name.as_ref().is_some_and(relative);
        let directory = self.elsewhere.as_ref().filter(|_| below);
        self.object.as_ref().or(directory)
    }

    pub(super) fn new(header: u32, body: &ActBody, sections: Sections) -> Self {
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
            mode: matches!(
                number,
                call::MKDIR
                    | call::MKDIRAT
                    | call::CHMOD
                    | call::FCHMOD
                    | call::FCHMODAT
                    | call::FCHMODAT2
            )
            // The kernel's `umode_t` has 16 bits.
            .then_some(second & 0xffff),
            flags: low_half(flags),
            submitted: header & flag::STARTED != 0,
            elsewhere: sections.base_object,
            path: sections.path,
            object: FileObject::new(&body.object),
        }
    }
}
