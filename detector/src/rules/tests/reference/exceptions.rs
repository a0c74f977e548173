//! Exceptions of rules: with one field and with tuples, for every kind of comparison.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::constants::item;
use super::event::Kind;
use super::file::{Cell, Exception, Shape};

/// As many rows there are at most.
const ROWS: usize = 3;

/// The exceptions of a rule.
#[derive(Clone, Debug)]
pub(super) struct RuleExceptions {
    pub(super) defined: Vec<Exception>,
    /// Further values for the first of them.
    pub(super) further: Exception,
}

/// One column of a tuple: a field, its comparison, and an entry for each row.
#[derive(Clone, Debug)]
struct Column {
    field: &'static str,
    comp: &'static str,
    cells: Vec<Cell>,
}

fn column(kind: Kind, fields: &'static [&'static str], comps: Comps) -> BoxedStrategy<Column> {
    let comps = comps.iter().map(move |(comp, takes)| {
        (select(fields), vec(cell(kind, *takes), 2 * ROWS)).prop_map(|(field, cells)| Column {
            field,
            comp,
            cells,
        })
    });
    let comps = comps.collect::<Vec<_>>();
    prop::strategy::Union::new(comps).boxed()
}

/// What a comparison takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    One,
    Several,
}

type Comps = &'static [(&'static str, Takes)];

const OF_TEXT: Comps = &[
    ("=", Takes::One),
    ("!=", Takes::One),
    ("startswith", Takes::One),
    ("contains", Takes::One),
    ("endswith", Takes::One),
    ("in", Takes::Several),
    ("intersects", Takes::Several),
    ("pmatch", Takes::Several),
    ("startswith anyof", Takes::Several),
    ("=   oneof", Takes::Several),
];
const OF_NUMBERS: Comps = &[
    ("=", Takes::One),
    ("<", Takes::One),
    (">=", Takes::One),
    ("in", Takes::Several),
];
const OF_TRUTHS: Comps = &[("=", Takes::One)];

fn any_column() -> impl Strategy<Value = Column> {
    prop_oneof![
        4 => column(Kind::Text, &["fd.name", "proc.name", "proc.aname[1]", "evt.arg.flags"], OF_TEXT),
        1 => column(Kind::Number, &["proc.pid", "evt.rawres"], OF_NUMBERS),
        1 => column(Kind::Bool, &["evt.failed"], OF_TRUTHS),
    ]
}

fn cell(kind: Kind, takes: Takes) -> BoxedStrategy<Cell> {
    let value = match kind {
        Kind::Bool => select(&["true", "false"][..])
            .prop_map(str::to_owned)
            .boxed(),
        kind => item(kind),
    };
    match (takes, kind) {
        (Takes::One, _) => value
            .prop_filter("no quotes around blanks", |text| !is_quoted(text))
            .prop_map(Cell::Scalar)
            .boxed(),
        (Takes::Several, Kind::Text) => prop_oneof![
            3 => vec(value, 0..3).prop_map(Cell::Sequence),
            1 => select(&["text_0", "text_1", "(a, ab)", "(/a/b)", "a", "('a b', text_0)"][..])
                .prop_map(|text| Cell::Scalar(text.to_owned())),
        ]
        .boxed(),
        (Takes::Several, _) => vec(value, 0..3).prop_map(Cell::Sequence).boxed(),
    }
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\''])
}

fn exception() -> impl Strategy<Value = (Shape, Vec<Vec<Cell>>)> {
    let one = (
        select(&["fd.name", "proc.name"][..]),
        prop::option::of(select(
            &["in", "pmatch", "intersects", "endswith anyof", "= oneof"][..],
        )),
        vec(
            item(Kind::Text).prop_filter("plain", |text| !is_quoted(text)),
            2 * ROWS,
        ),
    );
    let one = one.prop_map(|(field, comp, values)| {
        let shape = Shape::One(field.to_owned(), comp.map(str::to_owned));
        let rows = values.into_iter().map(|value| vec![Cell::Scalar(value)]);
        (shape, rows.collect::<Vec<_>>())
    });
    let tuple = vec(any_column(), 1..4).prop_map(|columns| {
        let plain = columns.iter().all(|column| column.comp == "=");
        let fields = columns.iter().map(|column| column.field.to_owned());
        let comps = columns.iter().map(|column| column.comp.to_owned());
        let comps = (!plain).then(|| comps.collect());
        let row = |n: usize| {
            columns
                .iter()
                .map(|column| column.cells[n].clone())
                .collect()
        };
        (
            Shape::Tuple(fields.collect(), comps),
            (0..2 * ROWS).map(row).collect(),
        )
    });
    prop_oneof![1 => one, 2 => tuple]
}

/// The exceptions of one rule.
pub(super) fn of_rule() -> impl Strategy<Value = RuleExceptions> {
    let exception = (exception(), 0..=ROWS, 0..=ROWS);
    vec(exception, 1..3).prop_map(|exceptions| {
        let mut all = exceptions
            .into_iter()
            .enumerate()
            .map(|(n, (exception, first, more))| {
                let (shape, rows) = exception;
                let named = |rows: &[Vec<Cell>], adds| Exception {
                    name: format!("e{n}"),
                    shape: shape.clone(),
                    rows: rows.to_vec(),
                    adds,
                };
                let further = named(&rows[ROWS..ROWS + more], true);
                (named(&rows[..first], false), further)
            });
        let (first, further) = all.next().unwrap();
        let defined = std::iter::once(first)
            .chain(all.map(|(defined, _)| defined))
            .collect();
        RuleExceptions { defined, further }
    })
}
