//! Whether two files say the same: their trees are equal, but for the layout of conditions.

use crate::rules::language::{parser, text::Text};
use crate::rules::loading::yaml::{Content, Node};

/// Whether documents say the same.
pub(super) fn documents(one: &[Node], other: &[Node]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| node(one, other))
}

fn node(one: &Node, other: &Node) -> bool {
    match (&one.content, &other.content) {
        (Content::Scalar(one), Content::Scalar(other)) => one.as_str() == other.as_str(),
        (Content::Sequence(one), Content::Sequence(other)) => documents(one, other),
        (Content::Mapping(one), Content::Mapping(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| {
                    one.key.as_str() == other.key.as_str()
                        && (node(&one.value, &other.value)
                            || one.key.as_str() == "condition"
                                && conditions(&one.value, &other.value))
                })
        }
        _ => false,
    }
}

/// Whether two conditions parse to the same tree.
fn conditions(one: &Node, other: &Node) -> bool {
    let (Content::Scalar(one), Content::Scalar(other)) = (&one.content, &other.content) else {
        return false;
    };
    let parse = |text: &Text| parser::condition(text).ok();
    parse(one).is_some_and(|one| Some(one) == parse(other))
}
