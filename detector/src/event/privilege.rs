//! Privileges changed: users and groups, capabilities, prctl, seccomp. The subject is the task after
//! the call.

use detector_common::call;
use detector_common::record::ActBody;

/// A call that changes privileges. Of ids, -1 asks for no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each variant is a call, each field its parameter of that name"
)]
pub enum Privilege {
    SetUid { uid: i32 },
    SetGid { gid: i32 },
    SetReUid { ruid: i32, euid: i32 },
    SetReGid { rgid: i32, egid: i32 },
    SetResUid { ruid: i32, euid: i32, suid: i32 },
    SetResGid { rgid: i32, egid: i32, sgid: i32 },
    SetFsUid { uid: i32 },
    SetFsGid { gid: i32 },
    SetGroups { count: i32 },
    CapSet,
    PrCtl { option: u32, arguments: [u64; 4] },
    Seccomp { operation: u32, flags: u32 },
}

impl Privilege {
    /// `None` for a call that is not of this family.
    pub(super) fn new(body: &ActBody) -> Option<Self> {
        let [first, second, third, fourth, fifth, _] = body.call.args;
        let id = |register: u64| register as u32 as i32;
        Some(match body.call.number {
            call::SETUID => Self::SetUid { uid: id(first) },
            call::SETGID => Self::SetGid { gid: id(first) },
            call::SETREUID => Self::SetReUid {
                ruid: id(first),
                euid: id(second),
            },
            call::SETREGID => Self::SetReGid {
                rgid: id(first),
                egid: id(second),
            },
            call::SETRESUID => Self::SetResUid {
                ruid: id(first),
                euid: id(second),
                suid: id(third),
            },
            call::SETRESGID => Self::SetResGid {
                rgid: id(first),
                egid: id(second),
                sgid: id(third),
            },
            call::SETFSUID => Self::SetFsUid { uid: id(first) },
            call::SETFSGID => Self::SetFsGid { gid: id(first) },
            call::SETGROUPS => Self::SetGroups { count: id(first) },
            call::CAPSET => Self::CapSet,
            call::PRCTL => Self::PrCtl {
                option: first as u32,
                arguments: [second, third, fourth, fifth],
            },
            call::SECCOMP => Self::Seccomp {
                operation: first as u32,
                flags: second as u32,
            },
            _ => return None,
        })
    }
}
