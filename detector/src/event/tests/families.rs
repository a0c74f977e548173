//! Acts on processes, signals, the clock, names of files, and what was refused.

use detector_common::call;
use detector_common::record::{Kind, Target, clock_argument as at, target_flag};
use detector_common::section::Tag;
use detector_common::state::phase;
use zerocopy::IntoBytes;

use super::super::sample::{Sample, act};
use super::super::{
    Act, Body, ClockStep as Change, Decoded, Event, Operation, Phase, Refused, Tgid, Trace, decode,
};

fn acted(event: &Event) -> &Act {
    let Body::Act(act) = &event.body else {
        panic!("no act: {event:?}")
    };
    act
}

fn target() -> Target {
    Target {
        tgid: 815,
        tid: 816,
        start: 3_000_000_000,
        cgroup: 98,
        phase: phase::RUNTIME,
        flags: target_flag::DETECTOR,
        exec_count: 4,
        ..Target::default()
    }
}

#[test]
fn a_trace_tells_at_whom_it_was_aimed() {
    let event = Sample::new(Kind::Trace, &act(call::PTRACE, 0, [16, 7, 0, 0, 0, 0]))
        .text(Tag::Target, target().as_bytes())
        .plain_path(Tag::TargetExe, "/usr/bin/runc")
        .event();
    let act = acted(&event);
    let met = act.target.as_ref().unwrap();
    assert_eq!(met.exec.process.tgid, Tgid(815));
    assert_eq!((met.phase, met.is_detector), (Phase::Runtime, true));
    assert_eq!(met.exe_path.as_ref().unwrap().visible(), b"/usr/bin/runc");
    assert!(matches!(
        act.operation,
        Operation::Trace(Trace::Ptrace {
            request: 16,
            pid: 7,
            ..
        })
    ));
    let list = String::from_utf8(event.argument_list()).unwrap();
    assert_eq!(list, "res=0 request=16(PTRACE_ATTACH) pid=7 addr=0 data=0");
}

#[test]
fn a_target_that_is_cut_off_is_damage() {
    let short = Sample::new(Kind::Trace, &act(call::PTRACE, 0, [16, 7, 0, 0, 0, 0]))
        .text(Tag::Target, &[0; 8])
        .bytes();
    let error = decode(&short).unwrap_err();
    assert!(error.to_string().contains("8 bytes"), "{error}");
}

#[test]
fn a_clock_is_stepped_slewed_or_only_its_zone_changed() {
    let change = |number, modes: u64, known| {
        let mut args = [0; 6];
        args[at::MODES] = modes;
        args[at::KNOWN] = known;
        let event = Sample::new(Kind::Clock, &act(number, 0, args)).event();
        match &acted(&event).operation {
            Operation::Clock(clock) => clock.change,
            other => panic!("{other:?}"),
        }
    };
    let time = at::TIME | at::TIME_READ;
    assert_eq!(change(call::CLOCK_SETTIME, 0, time), Change::Step);
    assert_eq!(change(call::SETTIMEOFDAY, 0, at::TIME), Change::Step);
    assert_eq!(change(call::SETTIMEOFDAY, 0, 0), Change::Zone);
    assert_eq!(change(call::ADJTIMEX, 2, at::MODES_READ), Change::Slew);
    assert_eq!(
        change(call::CLOCK_ADJTIME, 0x100, at::MODES_READ),
        Change::Step
    );
    assert_eq!(change(call::ADJTIMEX, 0, 0), Change::Step, "modes unread");
}

#[test]
fn both_names_count_from_directories_of_their_own() {
    let args = [3, 0, 4, 0, 2, 0];
    let event = Sample::new(Kind::Alter, &act(call::RENAMEAT2, 0, args))
        .text(Tag::Claim, b"a")
        .plain_path(Tag::Cwd, "/from")
        .text(Tag::Claim2, b"../b")
        .plain_path(Tag::Base2, "/to/here")
        .event();
    let act = acted(&event);
    assert_eq!(act.named().unwrap().path, b"/from/a");
    let Operation::Alter(alter) = &act.operation else {
        panic!("{act:?}")
    };
    let second = alter.second.as_ref().unwrap();
    assert_eq!(second.named().unwrap().path, b"/to/b");
    let list = String::from_utf8(event.argument_list()).unwrap();
    assert_eq!(
        list,
        "res=0 olddirfd=3 oldpath=a newdirfd=4 newpath=../b flags=2(RENAME_EXCHANGE)"
    );
}

#[test]
fn what_was_refused_has_the_type_of_what_is_done() {
    for (number, name) in [(call::EXECVEAT, "execve"), (call::CLONE3, "clone")] {
        let event = Sample::new(
            Kind::Refused,
            &act(number, -1, [0x1000_0000, 0, 0, 0, 0, 0]),
        )
        .text(Tag::Claim, b"/bin/x")
        .event();
        assert_eq!(event.event_type(), name);
        assert!(event.refused());
        match &acted(&event).operation {
            Operation::Refused(Refused::Clone { flags }) => assert_eq!(*flags, 0x1000_0000),
            Operation::Refused(Refused::Exec { name, .. }) => assert!(name.is_some()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_call_of_another_family_is_damage() {
    let wrong = Sample::new(Kind::Trace, &act(call::KILL, 0, [0; 6])).bytes();
    assert!(!matches!(decode(&wrong), Ok(Decoded::Event(_))));
}
