//! Limits of this process that matter to the detector.

use rustix::process::{Resource, getrlimit};

use super::check::{Area, Check, Checks};
use crate::sensor::release::Release;

/// Descriptors for maps, programs, links, engines and clients, with room to spare.
const DESCRIPTORS: u64 = 256;
/// The memory of all maps.
const MAPS: u64 = 128 << 20;
/// The first kernel that counts the memory of programs by cgroup, and no longer as locked.
const UNCOUNTED: Release = Release::new(5, 11);

/// What there is to judge; no limit is `None`.
struct Facts {
    descriptors: Option<u64>,
    locked: Option<u64>,
    release: Option<Release>,
}

/// Looks, and judges.
pub(super) fn check() -> Vec<Check> {
    judge(&Facts {
        descriptors: getrlimit(Resource::Nofile).current,
        locked: getrlimit(Resource::Memlock).current,
        release: Release::running(),
    })
}

fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = Checks::of(Area::Limits);
    match facts.descriptors {
        Some(few) if few < DESCRIPTORS => checks.failed(
            "open files",
            few.to_string(),
            "maps, programs and engines need some hundred",
            "start it with `ulimit -n 1024`, or LimitNOFILE=1024 in its unit",
        ),
        limit => checks.ok("open files", shown(limit)),
    }
    let counted = facts.release.is_some_and(|release| release < UNCOUNTED);
    match facts.locked {
        Some(little) if counted && little < MAPS => checks.less(
            "locked memory",
            format!("{little} bytes, and this kernel counts maps against it"),
            "the maps may find no room",
            "start it with `ulimit -l unlimited`, or LimitMEMLOCK=infinity in its unit",
        ),
        limit if counted => checks.ok("locked memory", shown(limit)),
        limit => checks.ok(
            "locked memory",
            format!("{}; kernels from 5.11 on do not count maps", shown(limit)),
        ),
    }
    checks.done()
}

fn shown(limit: Option<u64>) -> String {
    limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::named;
    use super::*;

    fn verdicts(descriptors: Option<u64>, locked: Option<u64>, minor: u32) -> [&'static str; 2] {
        let release = Some(Release::new(5, minor));
        let checks = judge(&Facts {
            descriptors,
            locked,
            release,
        });
        ["open files", "locked memory"].map(|name| named(&checks, name).verdict.name())
    }

    #[test]
    fn limits_count_where_the_kernel_counts() {
        assert_eq!(verdicts(Some(1024), Some(65_536), 15), ["ok", "ok"]);
        assert_eq!(verdicts(None, None, 10), ["ok", "ok"]);
        assert_eq!(verdicts(Some(255), Some(65_536), 10), ["failed", "less"]);
        assert_eq!(verdicts(Some(256), Some(MAPS), 10), ["ok", "ok"]);
    }
}
