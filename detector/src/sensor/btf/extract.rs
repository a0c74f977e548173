//! Cuts what the sensor depends on out of a kernel's BTF: a file of some tens of kilobytes instead
//! of megabytes, which answers every question of this module as the whole does.
//!
//! An operator whose kernel is refused can send one, and one per supported kernel is kept as test
//! data. The wanted structures keep all of their members, so that a renamed one can be found; what
//! they embed keeps its size, and its members only where a path of the table leads through it.
//! Pointers lose what they point to, except in the arguments of tracepoints.

use std::collections::{BTreeSet, HashMap};

use detector_common::offsets::FIELDS;

use super::{
    locate::MAX_NAMESAKES,
    member::walk,
    raw::{self, Kind, Member, Type, TypeId},
    tracepoint::{TRACEPOINTS, VARIANTS},
    types::Btf,
};

/// The length of a header without the newer sections.
const HEADER_LENGTH: u32 = 24;

/// The number of the one pointer that stands for all of them: to `void`.
const ANY_POINTER: u32 = 1;

/// A complete BTF file with the structures and tracepoints that the sensor depends on.
#[must_use]
pub fn extract(btf: &Btf<'_>) -> Vec<u8> {
    let mut cutter = Cutter::new(btf);
    for field in FIELDS {
        cutter.want(field.structure, field.paths);
    }
    for name in TRACEPOINTS
        .iter()
        .map(|spec| spec.name)
        .chain(VARIANTS.iter().copied())
    {
        for id in btf.named(Kind::Typedef, &format!("btf_trace_{name}")) {
            cutter.number(id);
        }
    }
    cutter.finish()
}

struct Cutter<'b, 'a> {
    btf: &'b Btf<'a>,
    /// Structures that keep their members.
    open: BTreeSet<TypeId>,
    /// New numbers, given at the first mention.
    numbers: HashMap<TypeId, u32>,
    /// Types in the order of their new numbers.
    order: Vec<TypeId>,
    strings: Strings,
    out: Vec<u8>,
}

impl<'b, 'a> Cutter<'b, 'a> {
    fn new(btf: &'b Btf<'a>) -> Self {
        let mut cutter = Self {
            btf,
            open: BTreeSet::new(),
            numbers: HashMap::new(),
            order: Vec::new(),
            strings: Strings::default(),
            out: Vec::new(),
        };
        cutter.strings.add("");
        cutter.record("", Kind::Pointer, (false, 0), 0);
        cutter
    }

    /// Keeps the structures of a name, and the members of what the paths lead through.
    fn want(&mut self, structure: &str, paths: &[&str]) {
        for id in self
            .btf
            .structures(structure)
            .into_iter()
            .take(MAX_NAMESAKES)
        {
            self.open.insert(id);
            self.number(id);
            self.open_unnamed(id);
            for path in paths {
                for (dot, _) in path.match_indices('.') {
                    let through = path
                        .get(..dot)
                        .and_then(|path| walk(self.btf, id, path).ok());
                    let through = through.and_then(|place| self.btf.strip(place.id));
                    self.open.extend(through.map(|(id, _)| id));
                }
            }
        }
    }

    /// Keeps the members of what a structure embeds without a name: they count as its own, though the
    /// type may have a name.
    fn open_unnamed(&mut self, structure: TypeId) {
        let members = self.btf.get(structure).map(|found| found.members());
        for member in members.into_iter().flatten() {
            let unnamed = self.btf.string(member.name.get()) == Some("");
            let inner = self.btf.strip(TypeId(member.r#type.get()));
            self.open
                .extend(inner.filter(|_| unnamed).map(|(id, _)| id));
        }
    }

    /// The new number of a type, which from now on is part of the extract.
    fn number(&mut self, id: TypeId) -> u32 {
        if id.0 == 0 {
            return 0;
        }
        *self.numbers.entry(id).or_insert_with(|| {
            self.order.push(id);
            ANY_POINTER + u32::try_from(self.order.len()).unwrap_or_default()
        })
    }

    /// The new number of a member's type.
    fn in_place(&mut self, id: TypeId) -> u32 {
        match self.btf.strip(id) {
            Some((_, found)) if found.header.kind() == Kind::Pointer => ANY_POINTER,
            Some(_) => self.number(id),
            None => 0,
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let mut next = 0;
        while let Some(id) = self.order.get(next).copied() {
            if let Some(found) = self.btf.get(id) {
                self.copy(id, found);
            }
            next += 1;
        }
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let (types, strings) = (length(&self.out), length(&self.strings.bytes));
        let mut file = [raw::MAGIC.to_le_bytes(), [1, 0]].concat();
        for word in [HEADER_LENGTH, 0, types, types, strings] {
            file.extend(word.to_le_bytes());
        }
        file.extend(self.out);
        file.extend(self.strings.bytes);
        file
    }

    fn copy(&mut self, id: TypeId, found: Type<'a>) {
        let header = found.header;
        let (kind, flag, size) = (header.kind(), header.flag(), header.size_or_type.get());
        let name = self.btf.string(header.name.get()).unwrap_or_default();
        match kind {
            Kind::Struct | Kind::Union => {
                let keep = name.is_empty() || self.open.contains(&id);
                let members = if keep { found.members() } else { &[] };
                self.record(name, kind, (flag, members.len()), size);
                members.iter().for_each(|member| self.member(member));
            }
            Kind::Prototype => {
                let parameters = found.parameters();
                self.record(name, kind, (flag, parameters.len()), 0);
                for parameter in parameters {
                    let r#type = self.number(TypeId(parameter.r#type.get()));
                    self.words([0, r#type]);
                }
            }
            Kind::Array => {
                self.record(name, kind, (flag, 0), 0);
                let Some(array) = found.array() else { return };
                let element = self.in_place(TypeId(array.element.get()));
                let index = self.number(TypeId(array.index.get()));
                self.words([element, index, array.count.get()]);
            }
            Kind::Int => {
                self.record(name, kind, (flag, 0), size);
                self.out.extend(found.body);
            }
            // The values of an enumeration are of no interest, its size is.
            Kind::Enum | Kind::Enum64 | Kind::Float => self.record(name, kind, (flag, 0), size),
            Kind::Pointer
            | Kind::Typedef
            | Kind::Volatile
            | Kind::Const
            | Kind::Restrict
            | Kind::TypeTag => {
                let target = self.number(found.target());
                self.record(name, kind, (flag, 0), target);
            }
            _ => self.record(name, Kind::Forward, (false, 0), 0),
        }
    }

    fn member(&mut self, member: &Member) {
        let name = self
            .strings
            .add(self.btf.string(member.name.get()).unwrap_or_default());
        let r#type = self.in_place(TypeId(member.r#type.get()));
        self.words([name, r#type, member.offset.get()]);
    }

    fn record(&mut self, name: &str, kind: Kind, (flag, count): (bool, usize), size_or_type: u32) {
        let name = self.strings.add(name);
        let count = u32::try_from(count).unwrap_or_default();
        self.words([
            name,
            u32::from(flag) << 31 | kind.number() << 24 | count,
            size_or_type,
        ]);
    }

    fn words<const N: usize>(&mut self, words: [u32; N]) {
        self.out
            .extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
}

/// Strings, each once.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    offsets: HashMap<String, u32>,
}

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        if let Some(offset) = self.offsets.get(text) {
            return *offset;
        }
        let offset = u32::try_from(self.bytes.len()).unwrap_or_default();
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
        self.offsets.insert(text.to_owned(), offset);
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{resolve::resolve, samples::SAMPLES, source::BtfFile, tracepoint::arguments},
        *,
    };

    fn assert_same_answers(whole: &Btf<'_>, part: &Btf<'_>) {
        assert_eq!(resolve(whole), resolve(part));
        for name in TRACEPOINTS
            .iter()
            .map(|spec| spec.name)
            .chain(VARIANTS.iter().copied())
        {
            assert_eq!(arguments(whole, name), arguments(part, name), "{name}");
        }
    }

    #[test]
    fn an_extract_of_the_running_kernel_answers_as_the_whole() {
        let file = BtfFile::running().unwrap();
        let whole = file.parse().unwrap();
        resolve(&whole).unwrap();
        let bytes = extract(&whole);
        assert!(bytes.len() < 64 << 10, "{} bytes", bytes.len());
        assert_same_answers(&whole, &Btf::parse(&bytes, whole.kernel()).unwrap());
    }

    #[test]
    fn an_extract_of_an_extract_is_the_same() {
        for (name, bytes, _) in SAMPLES {
            let once = extract(&Btf::parse(bytes, name).unwrap());
            assert_eq!(once, *bytes, "{name}");
        }
    }
}
