//! A program answers what its conditions answer one by one.

use std::borrow::Cow;
use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::rules::matching::comparison::{Comparison, NumberTest, Order, Quantifier, TextTest};
use crate::rules::matching::condition::{Condition, Free, Plain, Right};
use crate::rules::matching::fields::{Argument, Field};
use crate::rules::matching::glob::Glob;
use crate::rules::matching::prefixes::Prefixes;
use crate::rules::matching::relation::Relation;
use crate::rules::matching::subject::{Made, Subject};
use crate::rules::matching::value::Value;

const TYPES: [&str; 3] = ["open", "openat", "connect"];
const TEXTS: [&str; 8] = ["", "a", "ab", "/a", "/a/b", "/a/bc", "b", "ABA"];
const FIELDS: [(Field, Option<u32>); 6] = [
    (Field::FdName, None),
    (Field::ProcName, None),
    (Field::ProcAname, None),
    (Field::ProcAname, Some(1)),
    (Field::EvtType, None),
    (Field::UserUid, None),
];

type Event = HashMap<(Field, Option<u32>), Value<'static>>;

impl Fields for Event {
    fn value(&self, field: Field, argument: Option<&Argument>) -> Option<Value<'_>> {
        let index = argument.map(|argument| match argument {
            Argument::Index(index) => *index,
            Argument::Name(_) => u32::MAX,
        });
        self.get(&(field, index)).cloned()
    }
}

fn text() -> impl Strategy<Value = Box<[u8]>> {
    prop::sample::select(&TEXTS[..]).prop_map(|text| text.as_bytes().into())
}

fn text_test() -> impl Strategy<Value = TextTest> {
    let pattern = prop::sample::select(&["*", "/a*", "*b", "/?/b*", "[ab]*", "A*"][..]);
    prop_oneof![
        prop::collection::btree_set(text(), 0..3).prop_map(TextTest::Among),
        text().prop_map(TextTest::Contains),
        text().prop_map(|text| TextTest::ContainsFolded(text.to_ascii_lowercase().into())),
        text().prop_map(TextTest::StartsWith),
        text().prop_map(TextTest::EndsWith),
        text().prop_map(|text| TextTest::Ordered(Order::Less, text)),
        (pattern, any::<bool>())
            .prop_map(|(pattern, fold)| TextTest::Glob(Glob::new(pattern.as_bytes(), fold))),
        prop::collection::vec(prop::sample::select(&["/a", "/a/b", "/*/b", "a"][..]), 1..3)
            .prop_map(|paths| TextTest::Prefixes(Prefixes::new(
                paths.iter().map(|p| p.as_bytes())
            ))),
    ]
}

fn comparison(field: Field) -> BoxedStrategy<Comparison> {
    let plain = if field == Field::UserUid {
        let numbers = prop::collection::btree_set(0_i128..3, 0..3);
        prop_oneof![
            numbers.prop_map(NumberTest::Among),
            (0_i128..3).prop_map(|number| NumberTest::Ordered(Order::GreaterOrEqual, number)),
        ]
        .prop_map(Comparison::Number)
        .boxed()
    } else if field == Field::EvtType {
        let types = prop::collection::btree_set(prop::sample::select(&TYPES[..]), 0..3);
        let among = |types: std::collections::BTreeSet<&str>| {
            TextTest::Among(types.iter().map(|name| name.as_bytes().into()).collect())
        };
        types
            .prop_map(move |types| Comparison::Text(among(types)))
            .boxed()
    } else {
        text_test().prop_map(Comparison::Text).boxed()
    };
    let quantifier = prop::sample::select(&[Quantifier::One, Quantifier::Any, Quantifier::All][..]);
    prop_oneof![
        4 => plain.clone(),
        1 => Just(Comparison::Exists),
        1 => plain.clone().prop_map(|like| Comparison::Unlike(Box::new(like))),
        1 => (quantifier, prop::collection::vec(plain, 0..4))
            .prop_map(|(quantifier, tests)| Comparison::Quantified(quantifier, tests)),
    ]
    .boxed()
}

fn test() -> impl Strategy<Value = Condition> {
    let field = prop::sample::select(&FIELDS[..]);
    field.prop_flat_map(|(field, index)| {
        (comparison(field), prop::bool::weighted(0.1)).prop_map(move |(comparison, every)| {
            Condition::Test(Box::new(Test::Plain(Plain {
                field,
                argument: index.map(Argument::Index),
                every,
                comparison,
            })))
        })
    })
}

/// A test of something made, against constants or something else.
fn free() -> impl Strategy<Value = Condition> {
    let fields = [Field::FdName, Field::ProcName, Field::EvtType];
    let field = prop::sample::select(fields.to_vec()).prop_map(|field| Subject::Field(field, None));
    let made = (field.clone(), field.clone(), 0..4).prop_map(|(one, other, which)| {
        let made = match which {
            0 => Made::Upper(one),
            1 => Made::Basename(one),
            2 => Made::Concatenated(vec![one, Subject::Constant(text_of("/a")), other]),
            _ => return one,
        };
        Subject::Made(Box::new(made))
    });
    let relations = [Relation::Equal, Relation::Unequal, Relation::StartsWith];
    let relation = prop::sample::select(relations.to_vec());
    let constants = text_test().prop_map(|test| Right::Constants {
        every: false,
        comparison: Comparison::Text(test),
    });
    let right = prop_oneof![
        constants,
        (relation, field).prop_map(|(relation, other)| Right::Subject(relation, other)),
    ];
    (made, right)
        .prop_map(|(subject, right)| Condition::Test(Box::new(Test::Free(Free { subject, right }))))
}

fn text_of(text: &str) -> Box<[u8]> {
    text.as_bytes().into()
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![5 => test(), 1 => free()];
    leaf.prop_recursive(4, 24, 4, |part| {
        let parts = prop::collection::vec(part.clone(), 1..4);
        prop_oneof![
            parts.clone().prop_map(Condition::All),
            parts.prop_map(Condition::Any),
            part.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

fn bytes() -> impl Strategy<Value = Value<'static>> {
    text().prop_map(|text| Value::Bytes(Cow::Owned(text.into())))
}

fn event() -> impl Strategy<Value = Event> {
    let maybe = |value: BoxedStrategy<Value<'static>>| prop::option::weighted(0.8, value);
    let ancestors = prop::collection::vec(bytes(), 0..3).prop_map(Value::List);
    let uid = (0_u64..3).prop_map(Value::Unsigned);
    let event_type = prop::sample::select(&TYPES[..]).prop_map(Value::text);
    (
        maybe(bytes().boxed()),
        maybe(bytes().boxed()),
        maybe(ancestors.boxed()),
        maybe(bytes().boxed()),
        event_type,
        maybe(uid.boxed()),
    )
        .prop_map(|(name, process, ancestors, parent, event_type, uid)| {
            let values = [name, process, ancestors, parent, Some(event_type), uid];
            let named = FIELDS.into_iter().zip(values);
            named
                .filter_map(|(field, value)| Some((field, value?)))
                .collect()
        })
}

fn type_of(event: &Event) -> String {
    match &event[&(Field::EvtType, None)] {
        Value::Bytes(name) => String::from_utf8_lossy(name).into_owned(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn asked_together_conditions_answer_as_one_by_one(
        conditions in prop::collection::vec(condition(), 1..12),
        events in prop::collection::vec(event(), 1..6),
    ) {
        let all: Vec<&Condition> = conditions.iter().collect();
        let program = Program::new(&TYPES, &all);
        let mut scratch = Scratch::default();
        for event in &events {
            let expected: Vec<usize> = (0..conditions.len())
                .filter(|index| conditions[*index].holds(event))
                .collect();
            let found = program.matching(&type_of(event), event, &mut scratch);
            prop_assert_eq!(found, expected.as_slice());
        }
    }
}

#[test]
fn a_type_of_which_nobody_asks_concerns_nobody() {
    let asks_for_open = Condition::Test(Box::new(Test::Plain(Plain {
        field: Field::EvtType,
        argument: None,
        every: false,
        comparison: Comparison::Text(TextTest::Among([text_of("open")].into())),
    })));
    let program = Program::new(&TYPES, &[&asks_for_open]);
    assert!(program.concerns("open") && !program.concerns("connect"));
    let event = Event::from([((Field::EvtType, None), Value::text("connect"))]);
    let mut scratch = Scratch::default();
    assert!(program.matching("connect", &event, &mut scratch).is_empty());
}
