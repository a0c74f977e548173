//! `proc.*`, `thread.*`, `user.*`, `group.*`: who acted.

use super::{Facts, age, environment, owned, session, standard};
use crate::event::{Layer, Subject};
use crate::host::Observation;
use crate::host::tree::{Ancestor, Image, pid};
use crate::rules::{Argument, Field, Value};

pub(super) fn value<'a>(
    facts: &'a Facts<'_>,
    field: Field,
    argument: Option<&Argument>,
) -> Option<Value<'a>> {
    let observation = facts.observation;
    let actor = &observation.actor;
    match field {
        Field::ProcPid => Some(Value::Unsigned(pid(actor.exec.process).into())),
        Field::ThreadTid => Some(Value::Unsigned(observation.event.meta.tid.0.into())),
        Field::ProcCwd => actor.cwd.as_ref().map(Value::text),
        Field::ThreadIsMain => {
            let tid = observation.event.meta.tid.0;
            Some(Value::Bool(tid == pid(actor.exec.process)))
        }
        Field::ProcPname
        | Field::ProcPexe
        | Field::ProcPexepath
        | Field::ProcPcmdline
        | Field::ProcPpid => of_ancestor(facts, actor.lineage.first()?, parent_field(field)),
        Field::ProcAname
        | Field::ProcAexe
        | Field::ProcAexepath
        | Field::ProcAcmdline
        | Field::ProcAargs
        | Field::ProcApid => ancestors(facts, field, argument),
        Field::ProcPidTs
        | Field::ProcDuration
        | Field::ProcPpidTs
        | Field::ProcPpidDuration
        | Field::ProcExeCtimeDuration => age::value(facts, field),
        Field::ProcArgs if argument.is_some() => nth(arguments(&actor.image), argument?),
        Field::ProcEnv => environment::value(&observation.event, argument),
        Field::UserBecameRoot => became_root(observation).map(Value::Bool),
        Field::ProcExeSetuid
        | Field::ProcStdinType
        | Field::ProcStdoutType
        | Field::ProcStderrType
        | Field::ProcStdinName
        | Field::ProcStdoutName
        | Field::ProcStderrName
        | Field::ProcStdinRnet
        | Field::ProcStdoutRnet => standard::value(&observation.event, field),
        _ => of_image(facts, &actor.image, field)
            .or_else(|| session::value(facts, field))
            .or_else(|| of_subject(observation.subject()?, field)),
    }
}

/// The actor's process id.
pub(super) fn pid_of(observation: &Observation) -> u32 {
    pid(observation.actor.exec.process)
}

/// The field of the process itself that a parent's field speaks of.
fn parent_field(field: Field) -> Field {
    match field {
        Field::ProcPname => Field::ProcName,
        Field::ProcPexe => Field::ProcExe,
        Field::ProcPexepath => Field::ProcExepath,
        Field::ProcPcmdline => Field::ProcCmdline,
        _ => Field::ProcPid,
    }
}

/// The field of the process itself that an ancestor's field speaks of.
fn own_field(field: Field) -> Field {
    match field {
        Field::ProcAname => Field::ProcName,
        Field::ProcAexe => Field::ProcExe,
        Field::ProcAexepath => Field::ProcExepath,
        Field::ProcAcmdline => Field::ProcCmdline,
        Field::ProcAargs => Field::ProcArgs,
        _ => Field::ProcPid,
    }
}

/// Shows the values of all ancestors.
pub(super) fn each_ancestor(facts: &Facts<'_>, field: Field, see: &mut dyn FnMut(&Value<'_>)) {
    let own = own_field(field);
    for ancestor in &facts.observation.actor.lineage {
        if let Some(value) = of_ancestor(facts, ancestor, own) {
            see(&value);
        }
    }
}

fn ancestors<'a>(
    facts: &'a Facts<'_>,
    field: Field,
    argument: Option<&Argument>,
) -> Option<Value<'a>> {
    let own = own_field(field);
    let lineage = &facts.observation.actor.lineage;
    match argument {
        // [0] is the process itself, [1] its parent.
        Some(Argument::Index(0)) => value(facts, own, None),
        Some(Argument::Index(index)) => of_ancestor(
            facts,
            lineage.get(usize::try_from(*index).ok()?.checked_sub(1)?)?,
            own,
        ),
        Some(Argument::Name(_)) => None,
        None => Some(Value::List(
            lineage
                .iter()
                .filter_map(|ancestor| of_ancestor(facts, ancestor, own))
                .collect(),
        )),
    }
}

fn of_ancestor<'a>(
    facts: &'a Facts<'_>,
    ancestor: &'a Ancestor,
    field: Field,
) -> Option<Value<'a>> {
    match field {
        Field::ProcPid => Some(Value::Unsigned(pid(ancestor.process).into())),
        _ => of_image(facts, &ancestor.image, field),
    }
}

pub(super) fn of_image<'a>(
    facts: &'a Facts<'_>,
    image: &'a Image,
    field: Field,
) -> Option<Value<'a>> {
    let exe = image.exe.as_ref();
    match field {
        Field::ProcName => (!image.name.is_empty()).then(|| Value::text(&image.name)),
        Field::ProcExe => image.argv.first().map(Value::text),
        Field::ProcExepath => image.exe_path.as_ref().map(Value::text),
        Field::ProcCmdline => {
            let words = std::iter::once(image.name.as_slice()).chain(each(arguments(image)));
            let is_empty = image.name.is_empty() && arguments(image).is_empty();
            (!is_empty).then(|| facts.text(|text| join(words, text)))
        }
        Field::ProcArgs => Some(facts.text(|text| join(each(arguments(image)), text))),
        Field::ProcExeline => {
            (!image.argv.is_empty()).then(|| facts.text(|text| join(each(&image.argv), text)))
        }
        Field::ProcCmdnargs => Some(Value::Unsigned(arguments(image).len() as u64)),
        Field::ProcCmdlenargs => {
            let lengths = arguments(image).iter().map(|one| one.len() as u64);
            Some(Value::Unsigned(lengths.sum()))
        }
        Field::ProcIsExeFromMemfd => exe.map(|exe| Value::Bool(exe.is_memfd())),
        Field::ProcIsExeUpperLayer => {
            layer(exe.map(|exe| exe.layer)).map(|layer| Value::Bool(layer == Layer::Upper))
        }
        Field::ProcIsExeLowerLayer => exe.map(|exe| Value::Bool(exe.layer == Layer::Lower)),
        Field::ProcExeUnlinked => exe.map(|exe| Value::Bool(exe.unlinked)),
        Field::ProcExeChanged => image.changed.map(Value::Bool),
        Field::ProcExeCtime => image.file.map(|file| Value::Number(file.changed)),
        Field::ProcExeMtime => image.file.map(|file| Value::Number(file.written)),
        Field::ProcExeOwner => image.file.map(|file| Value::Unsigned(file.owner.into())),
        Field::ProcExeIno => exe.map(|exe| Value::Unsigned(exe.inode)),
        Field::ProcExeDev => exe.map(|exe| {
            Value::Unsigned(u64::from(exe.device.major) << 20 | u64::from(exe.device.minor))
        }),
        _ => None,
    }
}

fn each(words: &[bytes::Bytes]) -> impl Iterator<Item = &[u8]> {
    words.iter().map(AsRef::as_ref)
}

/// Words with blanks between them.
fn join<'a>(words: impl Iterator<Item = &'a [u8]>, text: &mut Vec<u8>) {
    for (index, word) in words.enumerate() {
        if index > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
}

/// The arguments after the first.
fn arguments(image: &Image) -> &[bytes::Bytes] {
    image.argv.get(1..).unwrap_or_default()
}

/// The word of that number.
fn nth<'a>(words: &'a [bytes::Bytes], argument: &Argument) -> Option<Value<'a>> {
    match argument {
        Argument::Index(index) => words.get(usize::try_from(*index).ok()?).map(Value::text),
        Argument::Name(_) => None,
    }
}

/// Whether a call has made root of somebody who was not, in any way.
fn became_root(observation: &Observation) -> Option<bool> {
    let before = observation.ids_before?;
    let now = observation.subject()?.ids;
    let was = [before.uid, before.euid, before.suid].contains(&0);
    Some(!observation.event.refused() && now.euid == 0 && !was)
}

/// The layer, where the kernel lets us tell.
fn layer(layer: Option<Layer>) -> Option<Layer> {
    layer.filter(|layer| *layer != Layer::Unknown)
}

fn of_subject(subject: &Subject, field: Field) -> Option<Value<'_>> {
    let ids = &subject.ids;
    match field {
        Field::ProcVpid => subject.vpid.map(|vpid| Value::Unsigned(vpid.into())),
        Field::ThreadCapEffective => Some(owned(subject.cap_effective.names())),
        Field::ThreadCapEffectiveRaw => Some(Value::Unsigned(subject.cap_effective.0)),
        Field::ThreadCapPermitted => Some(owned(subject.cap_permitted.names())),
        Field::UserName => root(ids.uid),
        Field::UserLoginname => root(subject.loginuid?),
        Field::GroupName => root(ids.gid),
        Field::UserUid => Some(Value::Unsigned(ids.uid.into())),
        Field::UserEuid => Some(Value::Unsigned(ids.euid.into())),
        Field::UserGid | Field::GroupGid => Some(Value::Unsigned(ids.gid.into())),
        // As Falco has it: -1 without a login session.
        Field::UserLoginuid => Some(Value::Number(subject.loginuid.map_or(-1, i64::from))),
        _ => None,
    }
}

/// The one name that means the same user, or group, everywhere.
fn root(id: u32) -> Option<Value<'static>> {
    (id == 0).then(|| Value::text("root"))
}
