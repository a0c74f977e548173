//! The sections of a record: every length checked, each tag at most once, unknown tags skipped.

use bytes::Bytes;
use detector_common::record::Object;
use detector_common::section::{
    ExeFile, SECTION_HEADER_SIZE, SectionHeader, Session, StandardDescriptors, Tag, section_flag,
};
use zerocopy::FromBytes;

use super::decode::DecodeError;
use super::object::FileObject;
use super::path::ResolvedPath;
use super::target::Target;
use super::text::{Extent, Text};

/// Sections begin on multiples of this.
const ALIGNMENT: usize = 8;

/// What the sections of a record hold.
#[derive(Debug, Default)]
pub struct Sections {
    pub path: Option<ResolvedPath>,
    pub exe_path: Option<ResolvedPath>,
    pub cwd: Option<ResolvedPath>,
    pub argv: Option<Text>,
    pub env: Option<Text>,
    pub claim: Option<Text>,
    pub claim2: Option<Text>,
    pub claim3: Option<Text>,
    pub cgroup_path: Option<Text>,
    pub socket_name: Option<Text>,
    pub exe_file: Option<ExeFile>,
    pub descriptors: Option<StandardDescriptors>,
    pub target: Option<Target>,
    pub target_exe: Option<ResolvedPath>,
    pub base2: Option<ResolvedPath>,
    pub path2: Option<ResolvedPath>,
    pub object2: Option<FileObject>,
    pub object_place: Option<Text>,
    pub session: Option<Session>,
    pub base_object: Option<FileObject>,
}

impl Sections {
    /// Reads what stands behind the body.
    pub fn read(mut rest: Bytes) -> Result<Self, DecodeError> {
        let mut sections = Self::default();
        while !rest.is_empty() {
            let (header, text) = next(&mut rest)?;
            if let Some(tag) = Tag::from_number(header.tag) {
                sections.put(tag, header.flags, text)?;
            }
        }
        Ok(sections)
    }

    /// Takes out at whom the act was aimed.
    pub fn take_target(&mut self) -> Option<Target> {
        let path = self.target_exe.take();
        self.target.take().map(|target| target.with_path(path))
    }

    fn put(&mut self, tag: Tag, flags: u16, bytes: Bytes) -> Result<(), DecodeError> {
        match tag {
            Tag::Path => once(tag, &mut self.path, ResolvedPath::new(tag, bytes)?),
            Tag::ExePath => once(tag, &mut self.exe_path, ResolvedPath::new(tag, bytes)?),
            Tag::Cwd => once(tag, &mut self.cwd, ResolvedPath::new(tag, bytes)?),
            Tag::Argv => once(tag, &mut self.argv, text(flags, bytes)),
            Tag::Env => once(tag, &mut self.env, text(flags, bytes)),
            Tag::Claim => once(tag, &mut self.claim, text(flags, bytes)),
            Tag::Claim2 => once(tag, &mut self.claim2, text(flags, bytes)),
            Tag::Claim3 => once(tag, &mut self.claim3, text(flags, bytes)),
            Tag::CgroupPath => once(tag, &mut self.cgroup_path, text(flags, bytes)),
            Tag::SocketName => once(tag, &mut self.socket_name, text(flags, bytes)),
            Tag::ExeFile => once(tag, &mut self.exe_file, numbers(tag, &bytes)?),
            Tag::Descriptors => once(tag, &mut self.descriptors, numbers(tag, &bytes)?),
            Tag::Target => once(tag, &mut self.target, Target::read(&bytes)?),
            Tag::TargetExe => once(tag, &mut self.target_exe, ResolvedPath::new(tag, bytes)?),
            Tag::Path2 => once(tag, &mut self.path2, ResolvedPath::new(tag, bytes)?),
            Tag::Object2 => {
                self.object2 = object(&bytes)?;
                Ok(())
            }
            Tag::BaseObject => {
                self.base_object = object(&bytes)?;
                Ok(())
            }
            Tag::Session => once(tag, &mut self.session, numbers(tag, &bytes)?),
            Tag::Base2 => once(tag, &mut self.base2, ResolvedPath::new(tag, bytes)?),
            Tag::ObjectPlace => once(tag, &mut self.object_place, text(flags, bytes)),
        }
    }
}

/// Splits one section off, its filling included.
fn next(rest: &mut Bytes) -> Result<(SectionHeader, Bytes), DecodeError> {
    let left = rest.len();
    let Ok((header, _)) = SectionHeader::read_from_prefix(rest) else {
        return Err(DecodeError::SectionHeader { left });
    };
    let _ = rest.split_to(SECTION_HEADER_SIZE);
    let length = header.length as usize;
    let filled = length
        .checked_next_multiple_of(ALIGNMENT)
        .filter(|filled| *filled <= rest.len());
    let Some(filled) = filled else {
        return Err(DecodeError::SectionLength {
            tag: header.tag,
            length,
            left: rest.len(),
        });
    };
    let mut text = rest.split_to(filled);
    text.truncate(length);
    Ok((header, text))
}

fn once<T>(tag: Tag, slot: &mut Option<T>, value: T) -> Result<(), DecodeError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(DecodeError::Repeated { tag }),
    }
}

/// A file, where the kernel resolved one.
fn object(bytes: &Bytes) -> Result<Option<FileObject>, DecodeError> {
    let (object, _) = Object::read_from_prefix(bytes).map_err(|_| DecodeError::Object {
        length: bytes.len(),
    })?;
    Ok(FileObject::new(&object))
}

/// A section of plain numbers; a newer sensor may have added more of them.
fn numbers<T: FromBytes>(tag: Tag, bytes: &Bytes) -> Result<T, DecodeError> {
    match T::read_from_prefix(bytes) {
        Ok((numbers, _)) => Ok(numbers),
        Err(_) => Err(DecodeError::Numbers { tag }),
    }
}

fn text(flags: u16, bytes: Bytes) -> Text {
    let extent = if flags & section_flag::UNREADABLE != 0 {
        Extent::Unreadable
    } else if flags & section_flag::TRUNCATED != 0 {
        Extent::Cut
    } else {
        Extent::Whole
    };
    Text { bytes, extent }
}
