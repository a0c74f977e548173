//! Records of every kind, there and back; damaged ones never panic.

mod damage;
mod executions;
mod families;
mod files;
mod modes;
mod mounts;
mod names;
mod network;
mod privileges;

use detector_common::call;
use detector_common::object::ObjectBody;
use detector_common::record::{
    Call, CgroupBody, ConnectBody, ExecBody, ExitBody, Kind, Lane, TaskBody, flag, object_flag,
};
use detector_common::section::{Tag, section_flag};
use detector_common::state::phase;

use super::sample::{self, Sample};
use super::*;

const EPERM: i64 = -1;
const AT_FDCWD: u64 = 0xffff_ff9c;

fn act(event: &Event) -> &Act {
    event.act().unwrap()
}

fn list(event: &Event) -> String {
    String::from_utf8(event.argument_list()).unwrap()
}

fn task_body() -> TaskBody {
    TaskBody {
        subject: sample::subject(),
        exe: sample::object(),
        parent_start: 3_000_000_000,
        clone_flags: 0x1000_0011,
        parent_tgid: 4000,
        actor_tgid: 0,
    }
}

fn exec_body() -> ExecBody {
    ExecBody {
        subject: sample::subject(),
        exe: sample::object(),
        parent_start: 3_000_000_000,
        parent_tgid: 4000,
        old_tid: 4712,
        argv_length: 9000,
        env_length: 20,
    }
}

#[test]
fn the_header_is_taken_over() {
    let event = Sample::new(Kind::TaskMade, &task_body())
        .with(|header| {
            header.lane = Lane::LifeCycle as u8;
            header.flags = flag::COMPAT | flag::UNDECIDED | flag::CHOSEN;
            header.phase = phase::RUNTIME;
        })
        .event();
    let process = ProcessKey {
        tgid: Tgid(4711),
        start: BootTime(4_000_000_000),
    };
    let expected = Meta {
        lane: Lane::LifeCycle,
        kind: Kind::TaskMade,
        cpu: 1,
        sequence: 7,
        time: BootTime(5_000_000_000),
        tid: Tid(4712),
        process,
        exec_count: 3,
        cgroup: CgroupId(99),
        phase: Phase::Runtime,
        via: Via::Call32,
        incomplete: false,
        undecided: true,
        chosen: true,
        missed_state: false,
    };
    assert_eq!(event.meta, expected);
    assert_eq!(event.meta.exec(), ExecKey { process, count: 3 });
}

#[test]
fn the_subject_keeps_each_id_in_its_place() {
    let event = Sample::new(Kind::TaskMade, &task_body()).event();
    let subject = event.subject().unwrap();
    let Ids {
        uid,
        gid,
        suid,
        sgid,
        euid,
        egid,
        fsuid,
        fsgid,
    } = subject.ids;
    let ids = [uid, gid, suid, sgid, euid, egid, fsuid, fsgid];
    assert_eq!(ids, [1000, 1001, 1002, 1003, 0, 1005, 1006, 1007]);
    assert_eq!(subject.cap_effective.names(), "CAP_CHOWN CAP_SYS_ADMIN");
    assert!(subject.cap_effective.contains(21) && !subject.cap_effective.contains(20));
    assert_eq!(subject.namespaces.mnt, Some(NamespaceId(1)));
    assert_eq!(subject.namespaces.ipc, None, "0 is what could not be read");
    assert_eq!(subject.vpid, Some(12));
    assert_eq!(subject.loginuid, None);
    assert_eq!(subject.seccomp, Seccomp::Filter);
    let exe = subject.exe.unwrap();
    assert_eq!((exe.inode, exe.device), (55, Device { major: 8, minor: 1 }));
    assert_eq!(exe.file_system.name(), Some("ext4"));
}

#[test]
fn processes_found_made_and_moved_share_a_body() {
    let made = Sample::new(Kind::TaskMade, &task_body()).event();
    let Body::TaskMade(process) = &made.body else {
        panic!("{made:?}")
    };
    let parent = ProcessKey {
        tgid: Tgid(4000),
        start: BootTime(3_000_000_000),
    };
    assert_eq!(process.parent, Some(parent));
    assert_eq!(made.event_type(), "clone");
    assert_eq!(
        made.argument_list(),
        b"res=0 flags=268435473(CLONE_NEWUSER|0x11)"
    );

    let moved = TaskBody {
        actor_tgid: 5,
        parent_tgid: 0,
        clone_flags: 0,
        ..task_body()
    };
    let moved = Sample::new(Kind::Attach, &moved)
        .plain_path(Tag::ExePath, "/bin/sh")
        .event();
    let Body::Attach(process) = &moved.body else {
        panic!("{moved:?}")
    };
    assert_eq!((process.parent, process.actor), (None, Some(Tgid(5))));
    assert_eq!(process.exe_path.as_ref().unwrap().visible(), b"/bin/sh");
    assert_eq!(moved.event_type(), "cgroup_attach");

    let found = Sample::new(Kind::Alive, &task_body())
        .plain_path(Tag::Cwd, "/")
        .event();
    let Body::Alive(process) = &found.body else {
        panic!("{found:?}")
    };
    assert_eq!(process.cwd.as_ref().unwrap().visible(), b"/");
    assert_eq!(found.event_type(), "alive");
}

#[test]
fn an_exec_tells_its_program_and_arguments() {
    let event = Sample::new(Kind::Exec, &exec_body())
        .with(|header| header.flags = flag::INCOMPLETE)
        .section(Tag::Argv as u16, section_flag::TRUNCATED, b"sh\0-c\0ec")
        .plain_path(Tag::ExePath, "/usr/bin/dash")
        .plain_path(Tag::Cwd, "/home")
        .text(Tag::Claim, b"/bin/sh")
        .text(Tag::Env, b"A=1\0B=\0")
        .event();
    let Body::Exec(exec) = &event.body else {
        panic!("{event:?}")
    };
    let argv = exec.argv.as_ref().unwrap();
    assert_eq!(argv.iter().collect::<Vec<_>>(), [&b"sh"[..], b"-c", b"ec"]);
    assert!(argv.is_cut() && event.meta.incomplete);
    assert_eq!(argv.length, 9000);
    let env = exec.env.as_ref().unwrap();
    assert_eq!(env.iter().collect::<Vec<_>>(), [&b"A=1"[..], b"B="]);
    assert_eq!(exec.exe_path.as_ref().unwrap().visible(), b"/usr/bin/dash");
    assert_eq!(exec.cwd.as_ref().unwrap().visible(), b"/home");
    assert_eq!(
        exec.file_name.as_ref().unwrap().known(),
        Some(&b"/bin/sh"[..])
    );
    assert_eq!(exec.old_tid, Tid(4712));
    assert_eq!(event.event_type(), "execve");
    assert_eq!(
        event.argument_list(),
        b"res=0 exe=sh args=-c ec filename=/bin/sh"
    );
}

#[test]
fn a_memfd_is_executed_without_a_path() {
    let flags = object_flag::RESOLVED | object_flag::INTERNAL | object_flag::UNLINKED;
    let exe = detector_common::record::Object {
        magic: 0x0102_1994,
        mode: 0o100_777,
        flags,
        ..Default::default()
    };
    let event = Sample::new(Kind::Exec, &ExecBody { exe, ..exec_body() })
        .path(Tag::ExePath, WalkEnd::Disconnected, [&[], &[], &[]])
        .event();
    let Body::Exec(exec) = &event.body else {
        panic!("{event:?}")
    };
    assert!(exec.exe.as_ref().unwrap().is_memfd());
    assert!(exec.exe_path.as_ref().unwrap().is_nameless());
}

#[test]
fn an_exit_tells_status_or_signal() {
    let event = Sample::new(
        Kind::Exit,
        &ExitBody {
            code: 256,
            reserved: 0,
        },
    )
    .event();
    assert_eq!(event.event_type(), "procexit");
    assert_eq!(event.argument_list(), b"status=256 ret=1 sig=0");
    assert_eq!(event.subject(), None);
    let event = Sample::new(
        Kind::Exit,
        &ExitBody {
            code: 9,
            reserved: 0,
        },
    )
    .event();
    assert_eq!(event.argument_list(), b"status=9 ret=0 sig=9");
}

#[test]
fn a_cgroup_tells_its_place() {
    let body = CgroupBody {
        id: 99,
        parent: 1,
        level: 2,
        reserved: 0,
    };
    let made = Sample::new(Kind::CgroupMade, &body)
        .text(Tag::CgroupPath, b"/docker/\xff")
        .event();
    let Body::CgroupMade(cgroup) = &made.body else {
        panic!("{made:?}")
    };
    assert_eq!(
        (cgroup.id, cgroup.parent),
        (CgroupId(99), Some(CgroupId(1)))
    );
    assert_eq!(cgroup.level, 2);
    assert_eq!(
        made.argument("path").unwrap().text().unwrap().as_ref(),
        b"/docker/\xff"
    );
    assert_eq!(made.event_type(), "cgroup_mkdir");
    let removed = Sample::new(Kind::CgroupRemoved, &body).event();
    assert_eq!(removed.event_type(), "cgroup_rmdir");
}

#[test]
fn what_a_newer_sensor_wrote_is_unknown_or_refused() {
    let sample = Sample::new(Kind::Exit, &ExitBody::default());
    let newer_kind = sample.clone().with(|header| header.kind = 31).bytes();
    assert_eq!(decode(&newer_kind), Ok(Decoded::Unknown(Unknown::Kind(31))));
    let newer_call = Sample::new(Kind::Mount, &sample::act(499, 0, [0; 6])).bytes();
    assert_eq!(
        decode(&newer_call),
        Ok(Decoded::Unknown(Unknown::Call(499)))
    );
    let newer_section = sample.clone().section(999, 0, b"something").event();
    assert_eq!(newer_section.body, sample.clone().event().body);
    let newer_format = sample.with(|header| header.format = 2).bytes();
    assert_eq!(decode(&newer_format), Err(DecodeError::Format { found: 2 }));
}

#[test]
fn texts_are_slices_of_the_record() {
    let record = Sample::new(Kind::Exec, &exec_body())
        .text(Tag::Claim, b"/bin/true")
        .bytes();
    let Ok(Decoded::Event(Event {
        body: Body::Exec(exec),
        ..
    })) = decode(&record)
    else {
        panic!("not decoded")
    };
    let name = exec.file_name.unwrap();
    assert!(
        record.as_ptr_range().contains(&name.bytes.as_ptr()),
        "copied"
    );
}

#[test]
fn a_call_of_another_kind_is_an_error() {
    let record = Sample::new(Kind::Mount, &sample::act(call::SETUID, 0, [0; 6])).bytes();
    let expected = DecodeError::Call {
        kind: Kind::Mount,
        number: call::SETUID,
    };
    assert_eq!(decode(&record), Err(expected));
    let record = Sample::new(Kind::Open, &sample::act(call::SETUID, 0, [0; 6])).bytes();
    assert!(matches!(decode(&record), Err(DecodeError::Call { .. })));
}

#[test]
fn every_call_of_the_table_is_decoded() {
    for spec in call::CALLS {
        let call = Call {
            number: spec.number,
            ..Call::default()
        };
        let sample = if matches!(spec.kind, Kind::Connect | Kind::Descriptor) {
            Sample::new(
                spec.kind,
                &ConnectBody {
                    call,
                    ..Default::default()
                },
            )
        } else {
            Sample::new(spec.kind, &sample::act(spec.number, 0, [0; 6]))
        };
        let event = sample.event();
        assert_eq!(event.event_type(), spec.name);
        assert!(!event.arguments().is_empty(), "{}", spec.name);
    }
}

#[test]
fn a_class_or_change_that_a_newer_detector_wrote_is_skipped() {
    let told = |class, change| {
        let body = ObjectBody {
            class,
            change,
            ..ObjectBody::default()
        };
        decode(&Sample::new(Kind::ObjectChanged, &body).bytes())
    };
    assert_eq!(told(99, 1), Ok(Decoded::Unknown(Unknown::Class(99))));
    assert_eq!(told(1, 99), Ok(Decoded::Unknown(Unknown::Change(99))));
    assert!(matches!(told(7, 8), Ok(Decoded::Event(_))));
}
