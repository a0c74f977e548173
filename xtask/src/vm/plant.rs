//! A credential, overwritten in the memory of a machine: what an exploited kernel would do.
//!
//! The guest says whose, where its kernel keeps what, and what to write; no code of the guest takes
//! part in the act.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::debugger::Debugger;

/// More processes than a guest has.
const PROCESSES: usize = 4096;

/// The longest thing that is written: a set of capabilities, or the eight ids.
const LONGEST: usize = 32;

/// What a guest asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plant {
    /// The process, by the number that its host knows.
    pid: u32,
    /// Address of the first process, `init_task`.
    first: u64,
    /// Offsets in `struct task_struct`: the list of processes, a process's number, its credential.
    tasks: u64,
    tgid: u64,
    cred: u64,
    /// Offsets in the credential, and the bytes to write there.
    writes: Vec<(u64, Vec<u8>)>,
}

impl Plant {
    /// Reads what a guest said.
    pub(super) fn parse(said: &Value) -> Result<Self> {
        let number = |name: &str| {
            let number = said.get(name).and_then(Value::as_u64);
            number.with_context(|| format!("the guest tells no {name}"))
        };
        let writes = said.get("writes").and_then(Value::as_array);
        let writes = writes.context("the guest tells no writes")?.iter();
        Ok(Self {
            pid: u32::try_from(number("pid")?)?,
            first: number("init_task")?,
            tasks: number("tasks")?,
            tgid: number("tgid")?,
            cred: number("cred")?,
            writes: writes.map(write).collect::<Result<_>>()?,
        })
    }

    /// Writes it into the memory of a machine that stands still.
    pub(super) fn perform<S: Read + Write>(&self, debugger: &mut Debugger<S>) -> Result<()> {
        let task = self.find(debugger)?;
        let credential = u64::from_le_bytes(debugger.read(task.wrapping_add(self.cred))?);
        for (offset, bytes) in &self.writes {
            debugger.write(credential.wrapping_add(*offset), bytes)?;
        }
        Ok(())
    }

    /// Goes through the list of all processes, which leads from each to the list in the next.
    fn find<S: Read + Write>(&self, debugger: &mut Debugger<S>) -> Result<u64> {
        let mut task = self.first;
        for _ in 0..PROCESSES {
            let next = u64::from_le_bytes(debugger.read(task.wrapping_add(self.tasks))?);
            task = next.wrapping_sub(self.tasks);
            ensure!(task != self.first, "the guest has no process {}", self.pid);
            let tgid = u32::from_le_bytes(debugger.read(task.wrapping_add(self.tgid))?);
            if tgid == self.pid {
                return Ok(task);
            }
        }
        bail!("the guest's list of processes has no end")
    }
}

fn write(said: &Value) -> Result<(u64, Vec<u8>)> {
    let offset = said.get("offset").and_then(Value::as_u64);
    let bytes = said.get("bytes").and_then(Value::as_array);
    let bytes = bytes.into_iter().flatten().map(|byte| {
        let byte = byte.as_u64().and_then(|byte| u8::try_from(byte).ok());
        byte.context("what the guest wants written is no bytes")
    });
    let bytes = bytes.collect::<Result<Vec<_>>>()?;
    ensure!(
        (1..=LONGEST).contains(&bytes.len()),
        "the guest wants {} bytes written",
        bytes.len()
    );
    Ok((offset.context("the guest does not say where")?, bytes))
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;

    use super::*;

    fn asked() -> Value {
        json!({
            "say": "plant", "pid": 7, "init_task": 0x1000, "tasks": 8, "tgid": 16, "cred": 24,
            "writes": [{"offset": 4, "bytes": [1, 2, 3, 4]}],
        })
    }

    /// A machine's memory from address 0 on, behind a debugger.
    struct Memory {
        bytes: Vec<u8>,
        answer: io::Cursor<Vec<u8>>,
    }

    impl Memory {
        /// Three tasks in a ring, of numbers 0, 1 and 7; the last one's credential is at 0x4000.
        fn new() -> Self {
            let mut memory = Self {
                bytes: vec![0; 0x5000],
                answer: io::Cursor::default(),
            };
            for (task, next, tgid) in [
                (0x1000, 0x2000, 0),
                (0x2000, 0x3000, 1),
                (0x3000, 0x1000, 7),
            ] {
                memory.put(task + 8, &u64::to_le_bytes(next + 8));
                memory.put(task + 16, &u32::to_le_bytes(tgid));
            }
            memory.put(0x3000 + 24, &u64::to_le_bytes(0x4000));
            memory
        }

        fn put(&mut self, at: usize, bytes: &[u8]) {
            self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        }
    }

    impl Read for Memory {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.answer.read(into)
        }
    }

    impl Write for Memory {
        /// Each request comes in one piece.
        fn write(&mut self, from: &[u8]) -> io::Result<usize> {
            let said = String::from_utf8(from.to_vec()).unwrap();
            let Some(said) = said.strip_prefix('$') else {
                return Ok(from.len());
            };
            let said = &said[..said.len() - 3];
            let number = |text: &str| usize::from_str_radix(text, 16).unwrap();
            let answer = if let Some(what) = said.strip_prefix('m') {
                let (at, length) = what.split_once(',').unwrap();
                let bytes = &self.bytes[number(at)..][..number(length)];
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            } else {
                let (place, hex) = said[1..].split_once(':').unwrap();
                let (at, _) = place.split_once(',').unwrap();
                for (index, digits) in hex.as_bytes().chunks(2).enumerate() {
                    let digits = std::str::from_utf8(digits).unwrap();
                    self.bytes[number(at) + index] = u8::from_str_radix(digits, 16).unwrap();
                }
                "OK".to_owned()
            };
            let sum = answer.bytes().fold(0_u8, u8::wrapping_add);
            self.answer = io::Cursor::new(format!("${answer}#{sum:02x}").into_bytes());
            Ok(from.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_credential_of_that_process_is_overwritten() {
        let plant = Plant::parse(&asked()).unwrap();
        let mut debugger = Debugger(Memory::new());
        let before = debugger.0.bytes.clone();
        plant.perform(&mut debugger).unwrap();
        let after = &debugger.0.bytes;
        assert_eq!(after[0x4004..0x4008], [1, 2, 3, 4]);
        let changed = before.iter().zip(after).filter(|(old, new)| old != new);
        assert_eq!(changed.count(), 4);
    }

    #[test]
    fn a_process_that_is_not_there_ends_the_search() {
        let mut asked = asked();
        asked["pid"] = json!(8);
        let plant = Plant::parse(&asked).unwrap();
        let mut debugger = Debugger(Memory::new());
        let error = plant.perform(&mut debugger).unwrap_err();
        assert!(error.to_string().contains("no process 8"), "{error}");
    }

    #[test]
    fn what_a_guest_leaves_out_is_not_guessed() {
        for name in ["pid", "init_task", "tasks", "tgid", "cred", "writes"] {
            let mut asked = asked();
            asked.as_object_mut().unwrap().remove(name);
            assert!(Plant::parse(&asked).is_err(), "{name}");
        }
        for writes in [
            json!([{"offset": 4}]),
            json!([{"bytes": [1]}]),
            json!([{"offset": 4, "bytes": [256]}]),
            json!([{"offset": 4, "bytes": vec![0; LONGEST + 1]}]),
        ] {
            let mut asked = asked();
            asked["writes"] = writes;
            assert!(Plant::parse(&asked).is_err(), "{asked}");
        }
    }
}
