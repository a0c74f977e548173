//! Code for the kernel: bpf, modules and another kernel in its place, by whichever task of the host.

use detector_common::call;
use detector_common::record::ActBody;

use super::file::descriptor;
use super::object::FileObject;
use super::path::ResolvedPath;
use super::section::Sections;
use super::text::Text;

/// A mark on a bpf command since Linux 7.1 that does not change it (`BPF_COMMON_ATTRS` of
/// include/uapi/linux/bpf.h).
const BPF_COMMON_ATTRS: u32 = 1 << 16;

/// A call that brings code into the kernel, or takes it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelCode {
    /// bpf
    Bpf {
        /// `BPF_PROG_LOAD` and so on.
        command: u32,
    },
    /// init_module
    InitModule {
        /// Bytes of the module's image.
        length: u64,
    },
    /// finit_module
    FinitModule {
        /// The descriptor of the module's file.
        descriptor: i32,
        /// `MODULE_INIT_IGNORE_MODVERSIONS` and so on.
        flags: u32,
        /// Where the file is, told of refused calls too.
        path: Option<ResolvedPath>,
        /// The file, told of refused calls too.
        object: Option<FileObject>,
    },
    /// delete_module
    DeleteModule {
        /// The module's name.
        name: Option<Text>,
        /// Flags of open: `O_NONBLOCK`, `O_TRUNC` to force.
        flags: u32,
    },
    /// kexec_load
    KexecLoad {
        /// Parts of the image.
        segments: u64,
        /// `KEXEC_ON_CRASH` and so on.
        flags: u32,
    },
    /// kexec_file_load
    KexecFileLoad {
        /// The descriptor of the kernel's file.
        descriptor: i32,
        /// That of the initial file system's, or -1.
        initrd: i32,
        /// `KEXEC_FILE_ON_CRASH` and so on.
        flags: u32,
        /// Where the kernel's file is, told of refused calls too.
        path: Option<ResolvedPath>,
        /// The kernel's file, told of refused calls too.
        object: Option<FileObject>,
    },
}

impl KernelCode {
    /// `None` for a call that is not of this family.
    pub(super) fn new(body: &ActBody, sections: Sections) -> Option<Self> {
        let [first, second, third, fourth, fifth, _] = body.call.args;
        Some(match body.call.number {
            call::BPF => Self::Bpf {
                command: first as u32 & !BPF_COMMON_ATTRS,
            },
            call::INIT_MODULE => Self::InitModule { length: second },
            call::FINIT_MODULE => Self::FinitModule {
                descriptor: descriptor(first),
                flags: third as u32,
                path: sections.path,
                object: FileObject::new(&body.object),
            },
            call::DELETE_MODULE => Self::DeleteModule {
                name: sections.claim,
                flags: second as u32,
            },
            call::KEXEC_LOAD => Self::KexecLoad {
                segments: second,
                flags: fourth as u32,
            },
            call::KEXEC_FILE_LOAD => Self::KexecFileLoad {
                descriptor: descriptor(first),
                initrd: descriptor(second),
                flags: fifth as u32,
                path: sections.path,
                object: FileObject::new(&body.object),
            },
            _ => return None,
        })
    }

    /// The file of the module or kernel.
    pub fn object(&self) -> Option<&FileObject> {
        match self {
            Self::FinitModule { object, .. } | Self::KexecFileLoad { object, .. } => {
                object.as_ref()
            }
            _ => None,
        }
    }

    /// Where that is.
    pub fn path(&self) -> Option<&ResolvedPath> {
        match self {
            Self::FinitModule { path, .. } | Self::KexecFileLoad { path, .. } => path.as_ref(),
            _ => None,
        }
    }
}
