//! Namespaces, privileges and code for the kernel.

use detector_common::call;
use detector_common::record::{ActBody, Object};

use super::*;

#[test]
fn setns_tells_the_namespace() {
    let nsfs = Object {
        inode: 4_026_531_841,
        magic: 0x6e73_6673,
        flags: object_flag::RESOLVED,
        ..Object::default()
    };
    let body = sample::act(call::SETNS, EPERM, [7, 0x0002_0000, 0, 0, 0, 0]);
    let event = Sample::new(
        Kind::Namespace,
        &ActBody {
            object: nsfs,
            ..body
        },
    )
    .event();
    let Operation::Namespace(namespace) = &act(&event).operation else {
        panic!("{event:?}")
    };
    assert_eq!(namespace.entered(), Some(NamespaceId(4_026_531_841)));
    assert!(!namespace.names_user());
    assert_eq!(
        list(&event),
        "res=-1(EPERM) fd=7 nstype=131072(CLONE_NEWNS)"
    );

    let body = sample::act(call::UNSHARE, 0, [0x1002_0000, 0, 0, 0, 0, 0]);
    let event = Sample::new(Kind::Namespace, &body).event();
    let Operation::Namespace(namespace) = &act(&event).operation else {
        panic!("{event:?}")
    };
    assert!(namespace.names_user());
    assert_eq!(
        list(&event),
        "res=0 flags=268566528(CLONE_NEWNS|CLONE_NEWUSER)"
    );
}

#[test]
fn privileges_tell_ids_and_options() {
    let told = |number, result, args| {
        list(&Sample::new(Kind::Privilege, &sample::act(number, result, args)).event())
    };
    assert_eq!(told(call::SETUID, 0, [0; 6]), "res=0 uid=0");
    let unchanged = u64::from(u32::MAX);
    let args = [unchanged, 0, 5, 0, 0, 0];
    assert_eq!(
        told(call::SETRESUID, EPERM, args),
        "res=-1(EPERM) ruid=-1 euid=0 suid=5"
    );
    assert_eq!(
        told(call::SETREGID, 0, [1, 2, 0, 0, 0, 0]),
        "res=0 rgid=1 egid=2"
    );
    let expected = "res=0 option=38(PR_SET_NO_NEW_PRIVS) arg2=1 arg3=0 arg4=0 arg5=0";
    assert_eq!(told(call::PRCTL, 0, [38, 1, 0, 0, 0, 0]), expected);
    let expected = "res=0 cap_permitted=2097152(CAP_SYS_ADMIN) \
                    cap_effective=2097153(CAP_CHOWN CAP_SYS_ADMIN)";
    assert_eq!(told(call::CAPSET, 0, [0; 6]), expected);
    let expected = "res=-1(EPERM) cap_permitted=<NA> cap_effective=<NA>";
    assert_eq!(told(call::CAPSET, EPERM, [0; 6]), expected);
    let expected = "res=0 op=1(SECCOMP_SET_MODE_FILTER) flags=1(SECCOMP_FILTER_FLAG_TSYNC)";
    assert_eq!(told(call::SECCOMP, 0, [1, 1, 0, 0, 0, 0]), expected);
}

#[test]
fn kernel_code_tells_command_and_module() {
    let body = sample::act(call::BPF, 9, [5, 0, 0, 0, 0, 0]);
    assert_eq!(
        list(&Sample::new(Kind::KernelCode, &body).event()),
        "fd=9 cmd=5(BPF_PROG_LOAD)"
    );
    let marked = sample::act(call::BPF, 9, [0x1_0005, 0, 0, 0, 0, 0]);
    assert_eq!(
        list(&Sample::new(Kind::KernelCode, &marked).event()),
        "fd=9 cmd=5(BPF_PROG_LOAD)"
    );

    let body = sample::act(call::FINIT_MODULE, EPERM, [8, 0, 2, 0, 0, 0]);
    let event = Sample::new(
        Kind::KernelCode,
        &ActBody {
            object: sample::object(),
            ..body
        },
    )
    .plain_path(Tag::Path, "/tmp/evil.ko")
    .event();
    let named = act(&event).named().unwrap();
    assert_eq!(
        (named.path.as_slice(), named.truth),
        (&b"/tmp/evil.ko"[..], Truth::Kernel)
    );
    assert_eq!(
        list(&event),
        "res=-1(EPERM) fd=8 flags=2(MODULE_INIT_IGNORE_VERMAGIC)"
    );

    let event = Sample::new(
        Kind::KernelCode,
        &sample::act(call::DELETE_MODULE, 0, [1, 0, 0, 0, 0, 0]),
    )
    .text(Tag::Claim, b"evil")
    .event();
    assert_eq!(list(&event), "res=0 name=evil flags=0(O_RDONLY)");
}
