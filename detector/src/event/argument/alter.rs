//! Arguments of acts on names, lengths and modes of files, and on the clock.

use std::borrow::Cow;

use detector_common::call;

use super::super::act::Act;
use super::super::alter::{Alter, Given};
use super::super::clock::Clock;
use super::super::render;
use super::{Argument, Value, count, flags, named, result, text};

impl Act {
    pub(super) fn of_alter<'a>(&self, alter: &'a Alter) -> Vec<Argument<'a>> {
        let first = |name| text(name, alter.first.name.as_ref());
        let second = |name| {
            text(
                name,
                alter.second.as_ref().and_then(|given| given.name.as_ref()),
            )
        };
        let directory = |name, given: &Given| count(name, given.directory);
        let other = |name| {
            let given = alter.second.as_ref();
            given.map(|given| count(name, given.directory))
        };
        let bits = |render| flags(alter.flags, render);
        let length = alter.length.unwrap_or_default().cast_signed();
        let mode = alter.mode.unwrap_or_default();
        let permissions = || Argument {
            name: "mode",
            value: Value::Permissions(mode),
        };
        let mut all = vec![result(self.result)];
        match self.call.number {
            call::MKDIR | call::MKDIRAT => {
                if self.call.number == call::MKDIRAT {
                    all.push(directory("dirfd", &alter.first));
                }
                all.push(first("path"));
                all.push(Argument {
                    name: "mode",
                    value: Value::Mode(mode),
                });
            }
            call::CHMOD => all.extend([first("filename"), permissions()]),
            call::FCHMOD => all.extend([directory("fd", &alter.first), permissions()]),
            call::FCHMODAT | call::FCHMODAT2 => {
                all.push(directory("dirfd", &alter.first));
                all.extend([first("filename"), permissions()]);
                if self.call.number == call::FCHMODAT2 {
                    all.push(bits(render::at_flags));
                }
            }
            call::UNLINKAT => {
                all.push(directory("dirfd", &alter.first));
                all.extend([first("name"), bits(render::at_flags)]);
            }
            call::RENAME | call::LINK => all.extend([first("oldpath"), second("newpath")]),
            call::RENAMEAT | call::RENAMEAT2 => {
                all.extend([directory("olddirfd", &alter.first), first("oldpath")]);
                all.extend(other("newdirfd"));
                all.push(second("newpath"));
                if self.call.number == call::RENAMEAT2 {
                    all.push(bits(render::rename_flags));
                }
            }
            call::LINKAT => {
                all.extend([directory("olddir", &alter.first), first("oldpath")]);
                all.extend(other("newdir"));
                all.extend([second("newpath"), bits(render::at_flags)]);
            }
            call::SYMLINK => all.extend([second("target"), first("linkpath")]),
            call::SYMLINKAT => {
                all.push(second("target"));
                all.push(directory("linkdirfd", &alter.first));
                all.push(first("linkpath"));
            }
            call::TRUNCATE => all.extend([first("path"), count("length", length)]),
            call::FTRUNCATE => {
                all.extend([directory("fd", &alter.first), count("length", length)]);
            }
            _ => all.push(first("path")),
        }
        all
    }

    pub(super) fn of_clock(&self, clock: Clock) -> Vec<Argument<'static>> {
        let change = Value::Text(Cow::Borrowed(clock.change.name().as_bytes()));
        let mut all = vec![
            result(self.result),
            named("clock", clock.clock as u32 as u64, render::clock),
            Argument {
                name: "change",
                value: change,
            },
        ];
        all.extend(
            clock
                .modes
                .map(|modes| named("modes", modes.into(), render::clock_modes)),
        );
        if let Some((seconds, nanoseconds)) = clock.time {
            all.extend([count("seconds", seconds), count("nanoseconds", nanoseconds)]);
        }
        all
    }
}
