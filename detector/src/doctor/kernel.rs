//! The kernel: its release, what it says of its own types, and the hierarchy of its cgroups.

use std::fs;
use std::path::Path;

use detector_common::offsets::{FIELDS, FieldSpec, Need};

use super::check::{Area, Check, Checks, parted};
use crate::host::cgroupfs::{Bounds, Hierarchy};
use crate::sensor::btf::{self, BtfFile, Reason};
use crate::sensor::release::Release;

/// Where the kernel and its modules describe their types, one file each.
const TYPES: &str = "/sys/kernel/btf";
/// The oldest kernel on which the detector is tried.
const OLDEST: Release = Release::new(5, 10);
/// The machines that system calls are read on.
const MACHINES: &[&str] = &["x86_64"];

const NEWER: &str = "boot a kernel from 5.10 on, and better from 6.1 on, as Debian 12, Ubuntu 24.04 and Fedora have";
const REPORT: &str = "a newer escape-detector may know this kernel; please report it with `escape-detector doctor --bundle FILE`";

/// What there is to judge.
struct Facts {
    release: String,
    machine: String,
    types: Result<Types, String>,
    cgroups: Result<Cgroups, String>,
}

/// What the kernel says of its types.
struct Types {
    bytes: usize,
    /// Modules that describe theirs.
    modules: usize,
    /// What is missing of [`FIELDS`].
    missing: Vec<(&'static FieldSpec, Reason)>,
    /// Fields that are read together and lie apart.
    apart: Option<String>,
}

/// The v2 hierarchy.
struct Cgroups {
    mount: String,
    count: usize,
    left_out: u64,
}

/// Looks, and judges.
pub(super) fn check() -> Vec<Check> {
    let uname = rustix::system::uname();
    judge(&Facts {
        release: uname.release().to_string_lossy().into_owned(),
        machine: uname.machine().to_string_lossy().into_owned(),
        types: types(),
        cgroups: cgroups(),
    })
}

fn types() -> Result<Types, String> {
    let file = BtfFile::running().map_err(|error| error.to_string())?;
    let types = file.parse().map_err(|error| error.to_string())?;
    let missing = FIELDS
        .iter()
        .filter_map(|field| Some((field, btf::locate(&types, field).err()?)));
    let apart = match btf::resolve(&types) {
        Err(error @ btf::ResolveError::Apart { .. }) => Some(error.to_string()),
        Ok(_) | Err(_) => None,
    };
    Ok(Types {
        bytes: file.size(),
        modules: modules(Path::new(TYPES)),
        missing: missing.collect(),
        apart,
    })
}

fn modules(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name() != "vmlinux")
        .count()
}

fn cgroups() -> Result<Cgroups, String> {
    let hierarchy = Hierarchy::find().map_err(|error| error.to_string())?;
    let walk = hierarchy.walk(Bounds::default());
    Ok(Cgroups {
        mount: hierarchy.mount().display().to_string(),
        count: walk.cgroups.len(),
        left_out: walk.left_out,
    })
}

fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = Checks::of(Area::Kernel);
    let release = facts.release.as_str();
    match Release::parse(release) {
        Some(found) if found >= OLDEST => checks.ok("release", release),
        Some(_) => checks.less(
            "release",
            format!("{release}, older than 5.10"),
            "nobody has tried this kernel",
            NEWER,
        ),
        None => checks.skipped("release", format!("{release} is no number"), None),
    }
    match MACHINES.contains(&facts.machine.as_str()) {
        true => checks.ok("machine", &*facts.machine),
        false => checks.failed(
            "machine",
            &*facts.machine,
            "registers and system call numbers are known for x86_64 alone",
            "run it on a 64-bit PC",
        ),
    }
    match &facts.types {
        Ok(types) => judge_types(types, &mut checks),
        Err(reason) => {
            checks.failed("types", reason, "nothing in the kernel can be found", NEWER);
            checks.skipped("fields", "the kernel does not describe its types", None);
        }
    }
    judge_cgroups(&facts.cgroups, &mut checks);
    checks.done()
}

fn judge_types(types: &Types, checks: &mut Checks) {
    let size = types.bytes as f64 / f64::from(1 << 20);
    checks.ok("types", format!("{TYPES}/vmlinux, {size:.1} MiB"));
    let modules = match types.modules {
        0 => "none describes its types; nothing of theirs is read yet".to_owned(),
        count => format!("{count} describe their types; nothing of theirs is read yet"),
    };
    checks.ok("types of modules", modules);
    let found = FIELDS.len() - types.missing.len();
    let found = format!("{found} of {} found", FIELDS.len());
    match &types.apart {
        Some(reason) => checks.failed("fields", reason, "paths would be read wrongly", REPORT),
        None => checks.ok("fields", found),
    }
    for (field, reason) in &types.missing {
        let name = format!("field {}", field.name);
        let found = format!("{reason}; read for: {}", field.purpose);
        match field.need {
            Need::Required => {
                checks.failed(&name, found, "the sensor does not start without it", REPORT)
            }
            Need::Optional(feature) => {
                checks.less(&name, found, &format!("{feature} is not told"), REPORT)
            }
        }
    }
}

fn judge_cgroups(cgroups: &Result<Cgroups, String>, checks: &mut Checks) {
    match cgroups {
        Ok(Cgroups {
            mount,
            count,
            left_out: 0,
        }) => {
            checks.ok(
                "cgroups",
                format!("the whole v2 hierarchy at {mount}, {count} cgroups"),
            );
        }
        Ok(Cgroups {
            mount,
            count,
            left_out,
        }) => checks.less(
            "cgroups",
            format!("{mount}: {count} cgroups, {left_out} left out"),
            "containers in those left out are known only once something happens in them",
            "see what makes so many or so deep cgroups",
        ),
        Err(message) => {
            let (found, mend) = parted(message);
            checks.failed("cgroups", found, "containers cannot be told apart", mend);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    fn facts() -> Facts {
        Facts {
            release: "6.12.48+deb13-cloud-amd64".to_owned(),
            machine: "x86_64".to_owned(),
            types: Ok(Types {
                bytes: 6 << 20,
                modules: 71,
                missing: Vec::new(),
                apart: None,
            }),
            cgroups: Ok(Cgroups {
                mount: "/sys/fs/cgroup".to_owned(),
                count: 93,
                left_out: 0,
            }),
        }
    }

    fn field(required: bool) -> &'static FieldSpec {
        let mut fields = FIELDS.iter();
        fields
            .find(|field| (field.need == Need::Required) == required)
            .unwrap()
    }

    #[test]
    fn a_known_kernel_is_fine() {
        let checks = judge(&facts());
        assert!(
            checks.iter().all(|check| check.verdict.name() == "ok"),
            "{checks:#?}"
        );
        assert_eq!(
            named(&checks, "types").found,
            "/sys/kernel/btf/vmlinux, 6.0 MiB"
        );
    }

    #[test]
    fn missing_fields_are_named_and_weighed() {
        let (needed, optional) = (field(true), field(false));
        let mut facts = facts();
        if let Ok(types) = &mut facts.types {
            types.missing = vec![(needed, Reason::NoStructure), (optional, Reason::Damaged)];
        }
        let checks = judge(&facts);
        assert_eq!(
            named(&checks, &format!("field {}", needed.name))
                .verdict
                .name(),
            "failed"
        );
        let less = named(&checks, &format!("field {}", optional.name));
        assert_eq!(less.verdict.name(), "less");
        assert!(
            less.verdict
                .costs()
                .unwrap()
                .contains(optional.feature().unwrap())
        );
        let fields = &named(&checks, "fields").found;
        assert_eq!(
            *fields,
            format!("{} of {} found", FIELDS.len() - 2, FIELDS.len())
        );
    }

    #[test]
    fn a_kernel_that_cannot_be_used_says_why() {
        let facts = Facts {
            release: "5.4.0-150-generic".to_owned(),
            machine: "riscv64".to_owned(),
            types: Err(
                "this kernel has no BTF (/sys/kernel/btf/vmlinux is absent): ...".to_owned(),
            ),
            cgroups: Err("this host has no v2 cgroup hierarchy; boot with x".to_owned()),
        };
        let checks = judge(&facts);
        assert_eq!(named(&checks, "release").verdict.name(), "less");
        assert_eq!(named(&checks, "machine").verdict.name(), "failed");
        assert_eq!(named(&checks, "types").verdict.name(), "failed");
        assert_eq!(named(&checks, "fields").verdict.name(), "skipped");
        let cgroups = named(&checks, "cgroups");
        assert_eq!(cgroups.verdict.mend(), Some("boot with x"));
    }

    #[test]
    fn cgroups_that_were_left_out_cost_coverage() {
        let mut facts = facts();
        if let Ok(cgroups) = &mut facts.cgroups {
            cgroups.left_out = 3;
        }
        assert_eq!(named(&judge(&facts), "cgroups").verdict.name(), "less");
    }

    #[test]
    fn modules_are_counted_without_the_kernel() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["vmlinux", "overlay", "kvm"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(modules(directory.path()), 2);
        assert_eq!(modules(&directory.path().join("none")), 0);
    }
}
