//! What an execution tells besides its program: the file's inode, and the standard descriptors.

use detector_common::call;
use detector_common::record::{Call, ConnectBody, Endpoint, Kind, Object, family};
use detector_common::section::{ExeFile, StandardDescriptor, StandardDescriptors, Tag};
use zerocopy::IntoBytes;

use super::super::sample::{self, Sample};
use super::super::{Body, Event, Exec, FileKind, Operation, Standard};
use super::exec_body;

fn internet() -> Endpoint {
    let mut endpoint = Endpoint {
        family: family::INET,
        protocol: 6,
        local_port: 40_000,
        remote_port: 4444,
        resolved: 1,
        socket_type: 1,
        ..Endpoint::default()
    };
    endpoint.local[..4].copy_from_slice(&[10, 0, 0, 2]);
    endpoint.remote[..4].copy_from_slice(&[198, 51, 100, 7]);
    endpoint
}

fn exec(sample: Sample) -> Exec {
    match sample.event().body {
        Body::Exec(exec) => exec,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_exec_tells_times_and_owner_of_its_file() {
    let file = ExeFile {
        changed: 7,
        written: -1,
        owner: 1000,
        group: 1001,
    };
    // A newer sensor may have added to it.
    let bytes = [file.as_bytes(), &[0; 16]].concat();
    let exec = exec(Sample::new(Kind::Exec, &exec_body()).text(Tag::ExeFile, &bytes));
    let told = exec.exe_file.unwrap();
    assert_eq!((told.changed, told.written), (7, -1));
    assert_eq!((told.owner, told.group), (1000, 1001));
    assert_eq!(exec.standard, None);
}

#[test]
fn an_exec_tells_where_its_standard_descriptors_lead() {
    let mut all = StandardDescriptors::default();
    all[0] = StandardDescriptor {
        mode: 0o140_777,
        reserved: 0,
        endpoint: internet(),
    };
    all[1].mode = 0o010_600;
    let exec = exec(Sample::new(Kind::Exec, &exec_body()).text(Tag::Descriptors, all.as_bytes()));
    let [stdin, stdout, stderr] = *exec.standard.unwrap();
    let socket = stdin.socket().unwrap();
    assert_eq!(socket.tuple().unwrap(), "10.0.0.2:40000->198.51.100.7:4444");
    assert_eq!(stdout, Standard::File(FileKind::Fifo));
    assert_eq!(stderr, Standard::Closed);
}

#[test]
fn a_section_that_is_too_short_is_an_error() {
    let sample = Sample::new(Kind::Exec, &exec_body()).text(Tag::ExeFile, &[0; 8]);
    let error = super::super::decode(&sample.bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "section ExeFile is too short: the stream is damaged"
    );
}

#[test]
fn a_doubled_descriptor_tells_both_numbers_and_the_socket() {
    let body = |number, args| ConnectBody {
        subject: sample::subject(),
        call: Call {
            number,
            result: 0,
            args,
            reserved: 0,
        },
        object: Object::default(),
        endpoint: internet(),
    };
    let told = |event: &Event| String::from_utf8(event.argument_list()).unwrap();
    let event = Sample::new(
        Kind::Descriptor,
        &body(call::DUP3, [5, 0, 0o2_000_000, 0, 0, 0]),
    );
    let event = event.event();
    assert_eq!(event.event_type(), "dup3");
    assert!(told(&event).starts_with("res=0 oldfd=5 newfd=0 flags="));
    assert!(told(&event).contains("O_CLOEXEC"), "{}", told(&event));
    let Operation::Descriptor(descriptor) = &event.act().unwrap().operation else {
        panic!("{event:?}");
    };
    assert_eq!(descriptor.endpoint.remote().unwrap().port(), 4444);
    let event = Sample::new(Kind::Descriptor, &body(call::DUP, [5, 9, 9, 0, 0, 0])).event();
    assert_eq!(told(&event), "res=0 oldfd=5");
}
