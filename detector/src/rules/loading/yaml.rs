//! The YAML reader: a tree in which everything knows its line and column.
//!
//! Built on the event stream, not on a ready-made tree, so that duplicate keys, depth and the
//! expansion of aliases are under our own limits, and so that every character of a folded or
//! quoted scalar can be traced back to its place ([`Text`]). Nothing here recurses deeper than
//! [`MAX_DEPTH`].

use std::{borrow::Cow, collections::HashMap};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::scalar;
use crate::rules::language::{
    place::{At, Place, count},
    text::Text,
};

/// Rules need five levels; what is deeper is an accident or an attack.
const MAX_DEPTH: usize = 32;
/// Nodes of one file, aliases expanded: ten times the largest rule file known.
const MAX_NODES: usize = 200_000;

/// A node of the tree.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Node {
    pub(in crate::rules) place: Place,
    pub(in crate::rules) content: Content,
}

#[derive(Clone, Debug)]
pub(in crate::rules) enum Content {
    Scalar(Text),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(in crate::rules) struct Entry {
    pub(in crate::rules) key: Text,
    pub(in crate::rules) value: Node,
}

/// What is wrong with the YAML of a file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum YamlError {
    /// The text is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// The same key twice in one mapping.
    #[error("key '{0}' stands twice in one mapping: keep one of them")]
    DuplicateKey(String),
    /// A sequence or mapping as a key.
    #[error("a key must be a plain word, not a sequence or mapping")]
    ComplexKey,
    /// A tag such as `!include`.
    #[error("tag '{0}' is not supported: write the value itself")]
    Tag(String),
    /// An alias of something that is not complete yet.
    #[error("an alias must name an anchor that ends before it")]
    Alias,
    /// Nested too deeply.
    #[error("nested more than {MAX_DEPTH} levels deep: rules need five")]
    TooDeep,
    /// Too large, or aliases that multiply each other.
    #[error("more than {MAX_NODES} values, aliases expanded: split the file")]
    TooLarge,
}

type Result<T> = std::result::Result<T, At<YamlError>>;

/// Reads a file into the root nodes of its documents; an empty document has none.
///
/// One thing is allowed that YAML forbids and rule files everywhere do: a closing bracket on a line
/// of its own, no deeper than the key whose value it closes.
pub(in crate::rules) fn read(file: u32, text: &str) -> Result<Vec<Node>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match read_strictly(file, text) {
        Err(error) if is_closing(text, error.place) => {
            let indented: Vec<Cow<'_, str>> = text.split('\n').map(indent_closing).collect();
            read_strictly(file, &indented.join("\n")).map_err(|error| as_written(text, error))
        }
        read => read,
    }
}

/// An error where it stands in the text that was not indented.
fn as_written(text: &str, mut error: At<YamlError>) -> At<YamlError> {
    if is_closing(text, error.place) {
        error.place.column = error.place.column.saturating_sub(count(MAX_DEPTH)).max(1);
    }
    error
}

fn is_closing(text: &str, place: Place) -> bool {
    let line = text
        .split('\n')
        .nth((place.line as usize).saturating_sub(1));
    line.is_some_and(|line| matches!(indent_closing(line), Cow::Owned(_)))
}

/// Moves a line that only closes collections so far to the right that it is deep enough.
fn indent_closing(line: &str) -> Cow<'_, str> {
    let bare = line.split('#').next().unwrap_or_default().trim();
    let closes = bare.starts_with([']', '}']) && bare.trim_matches([']', '}', ',']).is_empty();
    if closes {
        Cow::Owned(format!("{:width$}{line}", "", width = MAX_DEPTH))
    } else {
        Cow::Borrowed(line)
    }
}

fn read_strictly(file: u32, text: &str) -> Result<Vec<Node>> {
    let mut builder = Builder {
        file,
        lines: text.split('\n').collect(),
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        roots: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| builder.syntax(&error))?;
        builder.take(event, span)?;
    }
    Ok(builder.roots)
}

/// A collection that has begun and not ended.
struct Open {
    place: Place,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<Entry>,
        key: Option<Text>,
    },
}

struct Builder<'a> {
    file: u32,
    lines: Vec<&'a str>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    roots: Vec<Node>,
}

impl Builder<'_> {
    fn place(&self, at: Marker) -> Place {
        Place {
            file: self.file,
            line: count(at.line()),
            column: count(at.col()) + 1,
            width: 1,
        }
    }

    fn syntax(&self, error: &ScanError) -> At<YamlError> {
        let mut place = self.place(*error.marker());
        // The end of a file may be told as one line more than there are.
        if let Some(last) = self.lines.last()
            && place.line as usize > self.lines.len()
        {
            place.line = count(self.lines.len());
            place.column = count(last.chars().count()) + 1;
        }
        At::new(place, YamlError::Syntax(error.info().to_owned()))
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<()> {
        let place = self.place(span.start);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                check_tag(place, tag.as_deref())?;
                if style == ScalarStyle::Plain && value.is_empty() && self.open.is_empty() {
                    return Ok(());
                }
                let content = Content::Scalar(scalar::locate(&self.lines, place, style, &value));
                self.add(anchor, Node { place, content })
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(place, tag.as_deref())?;
                self.begin(Open {
                    place,
                    anchor,
                    kind: OpenKind::Sequence(Vec::new()),
                })
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(place, tag.as_deref())?;
                let kind = OpenKind::Mapping {
                    entries: Vec::new(),
                    key: None,
                };
                self.begin(Open {
                    place,
                    anchor,
                    kind,
                })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(At::new(open.place, YamlError::TooDeep));
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let Some(Open {
            place,
            anchor,
            kind,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let content = match kind {
            OpenKind::Sequence(items) => Content::Sequence(items),
            OpenKind::Mapping { entries, .. } => Content::Mapping(entries),
        };
        self.add(anchor, Node { place, content })
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<()> {
        let node = self
            .anchors
            .get(&anchor)
            .ok_or_else(|| At::new(place, YamlError::Alias))?;
        let (size, depth) = node.extent();
        if self.open.len() + depth > MAX_DEPTH {
            return Err(At::new(place, YamlError::TooDeep));
        }
        self.nodes += size;
        if self.nodes > MAX_NODES {
            return Err(At::new(place, YamlError::TooLarge));
        }
        let node = node.clone();
        self.add(0, node)
    }

    /// Puts a complete node where it belongs: into the innermost open collection, or at the root.
    fn add(&mut self, anchor: usize, node: Node) -> Result<()> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(At::new(node.place, YamlError::TooLarge));
        }
        if anchor != 0 {
            self.nodes += node.extent().0;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.roots.push(node),
            Some(OpenKind::Sequence(items)) => items.push(node),
            Some(OpenKind::Mapping { entries, key }) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => *key = Some(as_key(node, entries)?),
            },
        }
        Ok(())
    }
}

impl Node {
    /// How many nodes hang here, and how deep.
    fn extent(&self) -> (usize, usize) {
        let sum = |(size, depth): (usize, usize), node: &Self| {
            let (more, deeper) = node.extent();
            (size + more, depth.max(deeper + 1))
        };
        match &self.content {
            Content::Scalar(_) => (1, 0),
            Content::Sequence(items) => items.iter().fold((1, 1), sum),
            Content::Mapping(entries) => entries.iter().map(|entry| &entry.value).fold((1, 1), sum),
        }
    }
}

fn as_key(node: Node, entries: &[Entry]) -> Result<Text> {
    let Content::Scalar(key) = node.content else {
        return Err(At::new(node.place, YamlError::ComplexKey));
    };
    if entries
        .iter()
        .any(|entry| entry.key.as_str() == key.as_str())
    {
        let fault = YamlError::DuplicateKey(key.as_str().to_owned());
        return Err(At::new(key.whole(), fault));
    }
    Ok(key)
}

fn check_tag(place: Place, tag: Option<&saphyr_parser::Tag>) -> Result<()> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            Err(At::new(place, YamlError::Tag(tag.to_string())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closing_bracket_may_stand_below_its_key() {
        for text in [
            "- list: l\n  items: [\n    a,\n    b\n  ]\n",
            "- list: l\n  items: [\n    a,\n    b,\n] # end\n- list: m\n  items: {\n    a: b\n  }\n",
        ] {
            assert!(read(0, text).is_ok(), "{text}");
        }
        let other = "- list: l\n  items: [\n    a,\n  b\n  ]\n";
        assert_eq!(read(0, other).unwrap_err().place.line, 4);
    }

    #[test]
    fn errors_of_syntax_lie_in_the_text() {
        for (text, line, column) in [
            ("- a: |\n \n  b(c) ", 3, 8),
            ("- list: l\n  items:\n]\n", 3, 1),
            ("- list: l\n  items: [\n    a\n  ]\n  ]\n", 5, 3),
        ] {
            let Place {
                line: found,
                column: at,
                ..
            } = read(0, text).unwrap_err().place;
            assert_eq!((found, at), (line, column), "{text}");
        }
    }
}
