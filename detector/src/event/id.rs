//! Ids: what names a process, an execution, a cgroup, a device across all rooms.
//!
//! Thread and process ids alone are reused; with the start time of the thread group's leader they
//! name one process of one boot, and with the boot id one process of the host's whole life. Inside
//! the detector the boot is a given, so keys go without it; it joins them where they leave.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use uuid::Uuid;

use super::time::BootTime;

/// A thread, in the initial pid namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tid(pub u32);

/// A thread group: what users call the process id. In the initial pid namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tgid(pub u32);

/// A cgroup's id in the v2 hierarchy: the inode number of its directory, not reused within a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CgroupId(pub u64);

/// A namespace's number: the inode number of its file in nsfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespaceId(pub u32);

impl NamespaceId {
    /// `None` for 0, by which the sensor says that it could not read the number.
    pub(super) fn known(number: u32) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }
}

/// Implements `Display` by the number.
macro_rules! display_number {
    ($($name:ident)*) => {
        $(impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        })*
    };
}

display_number!(Tid Tgid CgroupId NamespaceId);

/// One boot of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BootId(Uuid);

/// A text that is no boot id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no boot id: expected a UUID as /proc/sys/kernel/random/boot_id shows it")]
pub struct BootIdError(String);

impl FromStr for BootId {
    type Err = BootIdError;

    /// Reads what /proc/sys/kernel/random/boot_id holds.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| BootIdError(text.to_owned()))
    }
}

impl Display for BootId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A process of this boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessKey {
    /// Its thread group.
    pub tgid: Tgid,
    /// When the group's leader started.
    pub start: BootTime,
}

impl ProcessKey {
    /// `None` for thread group 0, by which the sensor says that there is none.
    pub(super) fn known(tgid: u32, start: u64) -> Option<Self> {
        (tgid != 0).then_some(Self {
            tgid: Tgid(tgid),
            start: BootTime(start),
        })
    }

    /// The process's name across boots.
    pub fn id(self, boot: BootId) -> ProcessId {
        ProcessId {
            boot,
            process: self,
        }
    }
}

/// A program that a process runs or ran. The count does not begin at 0 and is inherited at fork:
/// only differences within one process mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExecKey {
    /// The process.
    pub process: ProcessKey,
    /// The kernel's count of its executions.
    pub count: u32,
}

impl ExecKey {
    /// The execution's name across boots.
    pub fn id(self, boot: BootId) -> ExecId {
        ExecId {
            process: self.process.id(boot),
            count: self.count,
        }
    }
}

/// Name of a process across boots, shown as `BOOTID-TGID-STARTNS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessId {
    /// The boot.
    pub boot: BootId,
    /// The process in it.
    pub process: ProcessKey,
}

impl Display for ProcessId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ProcessKey { tgid, start } = self.process;
        write!(f, "{}-{tgid}-{}", self.boot, start.0)
    }
}

/// Name of an execution across boots, shown as `PROCESS_ID-COUNT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExecId {
    /// The process.
    pub process: ProcessId,
    /// The kernel's count of its executions.
    pub count: u32,
}

impl Display for ExecId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.process, self.count)
    }
}

/// A device number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Device {
    /// The driver's part.
    pub major: u32,
    /// The device among those of the driver.
    pub minor: u32,
}

impl Device {
    /// From the form that the kernel has inside (`MAJOR` and `MINOR` of include/linux/kdev_t.h).
    pub fn from_kernel(number: u32) -> Self {
        Self {
            major: number >> 20,
            minor: number & 0xf_ffff,
        }
    }

    /// In the form that stat(2) gives to programs (`new_encode_dev` of the same header).
    pub fn as_stat(self) -> u64 {
        let (major, minor) = (u64::from(self.major), u64::from(self.minor));
        (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
    }
}

impl Display for Device {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = "6a8bd2a3-3b4e-4d0a-9b59-7c3b0c7e1f20";

    #[test]
    fn ids_are_shown_with_boot_and_count() {
        let boot: BootId = format!("{BOOT}\n").parse().unwrap();
        let process = ProcessKey {
            tgid: Tgid(4711),
            start: BootTime(1_234_567_890),
        };
        assert_eq!(
            process.id(boot).to_string(),
            format!("{BOOT}-4711-1234567890")
        );
        let exec = ExecKey { process, count: 3 };
        assert_eq!(
            exec.id(boot).to_string(),
            format!("{BOOT}-4711-1234567890-3")
        );
    }

    #[test]
    fn a_wrong_boot_id_is_named_in_the_error() {
        let error = "nonsense".parse::<BootId>().unwrap_err();
        assert!(error.to_string().contains("`nonsense`"), "{error}");
    }

    #[test]
    fn devices_have_the_kernels_and_stats_form() {
        let device = Device::from_kernel((8 << 20) | 300);
        assert_eq!(
            device,
            Device {
                major: 8,
                minor: 300
            }
        );
        assert_eq!(device.as_stat(), 0x2c | (8 << 8) | (0x100 << 12));
        assert_eq!(device.to_string(), "8:300");
    }
}
