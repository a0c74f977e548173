//! BTF for tests: extracts of real kernels, and a writer of small ones.

use super::raw::{Kind, MAGIC};

macro_rules! sample {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/btf/",
                $name,
                ".btf"
            )),
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/btf/",
                $name,
                ".offsets"
            )),
        )
    };
}

/// Name, extract, and what the table of kernel fields resolves to on it.
pub(super) const SAMPLES: &[(&str, &[u8], &str)] = &[
    sample!("5.10"),
    sample!("6.1"),
    sample!("6.12"),
    sample!("6.18"),
    sample!("6.18-microvm"),
    sample!("7.3"),
];

/// A BTF file in the making.
#[derive(Clone)]
pub(super) struct Blob {
    first_id: u32,
    first_string: u32,
    count: u32,
    types: Vec<u8>,
    strings: Vec<u8>,
}

impl Default for Blob {
    fn default() -> Self {
        Self {
            first_id: 1,
            first_string: 0,
            count: 0,
            types: Vec::new(),
            strings: vec![0],
        }
    }
}

impl Blob {
    /// A module's, whose ids and strings continue those of `base`.
    pub(super) fn on(base: &Self) -> Self {
        let first_string = base.first_string + base.strings.len() as u32;
        Self {
            first_id: base.next_id(),
            first_string,
            count: 0,
            types: vec![],
            strings: vec![],
        }
    }

    /// Any types at all: kinds, names and references from the numbers given.
    pub(super) fn random(types: &[(u8, bool, u8, [u16; 9])]) -> Self {
        const NAMES: [&str; 8] = [
            "",
            "",
            "task_struct",
            "pid",
            "btf_trace_sys_exit",
            "path",
            "dentry",
            "thread_info",
        ];
        let mut blob = Self::default();
        let id = |word: u16| u32::from(word) % (types.len() as u32 + 2);
        for (kind, flag, name, words) in types {
            let kind = Kind::from(u32::from(*kind) % 19 + 1);
            let name = NAMES[usize::from(*name) % NAMES.len()];
            let [size, rest @ ..] = words;
            let count = match kind {
                Kind::Struct | Kind::Union | Kind::Enum64 => 2,
                Kind::Prototype | Kind::Enum => 3,
                _ => 0,
            };
            let length = kind.body_length(count, &[]).unwrap() / 4;
            let mut body = rest.map(id);
            for member in body.chunks_mut(3).filter(|_| count == 2) {
                member[0] = blob.string(NAMES[member[0] as usize % NAMES.len()]);
            }
            blob.push(name, kind, (*flag, count), id(*size), &body[..length]);
        }
        blob
    }

    pub(super) fn next_id(&self) -> u32 {
        self.first_id + self.count
    }

    pub(super) fn int(&mut self, name: &str, size: u32, bits: u32) -> u32 {
        self.push(name, Kind::Int, (false, 0), size, &[bits])
    }

    pub(super) fn array(&mut self, element: u32, count: u32) -> u32 {
        self.push("", Kind::Array, (false, 0), 0, &[element, element, count])
    }

    /// A pointer, typedef or qualifier.
    pub(super) fn refer(&mut self, kind: Kind, name: &str, to: u32) -> u32 {
        self.push(name, kind, (false, 0), to, &[])
    }

    /// A structure with members of name, type and offset in bits.
    pub(super) fn structure(&mut self, name: &str, size: u32, members: &[(&str, u32, u32)]) -> u32 {
        let body = self.members(members);
        self.push(
            name,
            Kind::Struct,
            (false, members.len() as u32),
            size,
            &body,
        )
    }

    /// The same, each offset with a width in its upper 8 bits.
    pub(super) fn flagged_structure(
        &mut self,
        name: &str,
        size: u32,
        members: &[(&str, u32, u32)],
    ) -> u32 {
        let body = self.members(members);
        self.push(
            name,
            Kind::Struct,
            (true, members.len() as u32),
            size,
            &body,
        )
    }

    /// A tracepoint's function type, behind pointer and typedef.
    pub(super) fn tracepoint(&mut self, name: &str, arguments: &[u32]) -> u32 {
        let body = arguments
            .iter()
            .flat_map(|argument| [0, *argument])
            .collect::<Vec<_>>();
        let function = self.push(
            "",
            Kind::Prototype,
            (false, arguments.len() as u32),
            0,
            &body,
        );
        let pointer = self.refer(Kind::Pointer, "", function);
        self.refer(Kind::Typedef, &format!("btf_trace_{name}"), pointer)
    }

    pub(super) fn push(
        &mut self,
        name: &str,
        kind: Kind,
        (flag, count): (bool, u32),
        size_or_type: u32,
        body: &[u32],
    ) -> u32 {
        let id = self.next_id();
        let name = self.string(name);
        let info = u32::from(flag) << 31 | kind.number() << 24 | count;
        for word in [name, info, size_or_type].iter().chain(body) {
            self.types.extend(word.to_le_bytes());
        }
        self.count += 1;
        id
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = [MAGIC.to_le_bytes(), [1, 0]].concat();
        let (types, strings) = (self.types.len() as u32, self.strings.len() as u32);
        for word in [24, 0, types, types, strings] {
            bytes.extend(word.to_le_bytes());
        }
        [bytes, self.types.clone(), self.strings.clone()].concat()
    }

    fn members(&mut self, members: &[(&str, u32, u32)]) -> Vec<u32> {
        let words =
            |(name, r#type, offset): &(&str, u32, u32)| [self.string(name), *r#type, *offset];
        members.iter().flat_map(words).collect()
    }

    fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let offset = self.first_string + self.strings.len() as u32;
        self.strings.extend(text.as_bytes());
        self.strings.push(0);
        offset
    }
}
