//! `proc.sid`, `proc.pgid`, `proc.tty` and their like: what the actor was part of.

use super::Facts;
use super::process::{of_image, pid_of};
use crate::host::Membership;
use crate::rules::{Field, Value};

pub(super) fn value<'a>(facts: &'a Facts<'_>, field: Field) -> Option<Value<'a>> {
    let observation = facts.observation;
    let membership = observation.actor.membership.as_ref()?;
    let Membership {
        session,
        leader,
        group_leader,
    } = membership;
    let leads = |number: u32| Value::Bool(number == pid_of(observation));
    let (leader, group_leader) = (leader.as_deref(), group_leader.as_deref());
    match field {
        Field::ProcTty => Some(Value::Unsigned(session.terminal.unwrap_or_default().into())),
        Field::ProcSid => Some(Value::Unsigned(session.number.into())),
        Field::ProcPgid => Some(Value::Unsigned(session.group.into())),
        Field::ProcVpgid => {
            let inside = session.group_inside.unwrap_or_default();
            Some(Value::Unsigned(inside.into()))
        }
        Field::ProcIsSidLeader => Some(leads(session.number)),
        // One process has both numbers, or neither.
        Field::ProcIsPgidLeader | Field::ProcIsVpgidLeader => Some(leads(session.group)),
        Field::ProcSname => of_image(facts, leader?, Field::ProcName),
        Field::ProcSidExe => of_image(facts, leader?, Field::ProcExe),
        Field::ProcSidExepath => of_image(facts, leader?, Field::ProcExepath),
        Field::ProcPgidName | Field::ProcVpgidName => {
            of_image(facts, group_leader?, Field::ProcName)
        }
        Field::ProcPgidExe | Field::ProcVpgidExe => of_image(facts, group_leader?, Field::ProcExe),
        Field::ProcPgidExepath | Field::ProcVpgidExepath => {
            of_image(facts, group_leader?, Field::ProcExepath)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::detect::fields::Room;
    use crate::event::{Clock, Session, sample};
    use crate::host;
    use crate::host::Observation;
    use crate::host::tree::Image;

    fn said(observation: &Observation, name: &str) -> Option<String> {
        let room = Room::default();
        let facts = Facts::new(observation, Clock::with_offset(0), &room);
        let value = value(&facts, Field::named(name).unwrap())?;
        Some(match value {
            Value::Unsigned(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn what_the_actor_is_part_of_is_told_where_the_sensor_tells_it() {
        let mut observation = host::sample::observation(sample::exec(&[b"cat"]), &[b"cat"]);
        for field in ["proc.tty", "proc.sid", "proc.sname", "proc.is_sid_leader"] {
            assert_eq!(said(&observation, field), None, "{field}");
        }
        let own = pid_of(&observation);
        observation.actor.membership = Some(Membership {
            session: Session {
                number: 4700,
                group: own,
                group_inside: Some(12),
                terminal: None,
            },
            leader: Some(Arc::new(Image {
                name: b"bash".to_vec(),
                ..Image::default()
            })),
            group_leader: None,
        });
        for (field, expected) in [
            ("proc.tty", Some("0")),
            ("proc.sid", Some("4700")),
            ("proc.sname", Some("bash")),
            ("proc.sid.exepath", None),
            ("proc.is_sid_leader", Some("false")),
            ("proc.vpgid", Some("12")),
            ("proc.is_pgid_leader", Some("true")),
            ("proc.is_vpgid_leader", Some("true")),
            ("proc.pgid.name", None),
        ] {
            assert_eq!(said(&observation, field).as_deref(), expected, "{field}");
        }
    }
}
