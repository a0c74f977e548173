//! Conditions of any shape, for properties.

use proptest::prelude::*;

use super::super::language::{
    ast::{Check, Expr, FieldName, Literal, Operand, Operator, Shape},
    place::{Place, Placed},
    subject::{Call, Function, Given, Subject},
};
use super::super::matching::comparison::Quantifier;

pub(super) const START: Place = Place {
    file: 0,
    line: 1,
    column: 1,
    width: 1,
};

fn literal() -> impl Strategy<Value = Literal> {
    let literal = |value: Vec<u8>, quoted| Literal {
        value: Placed::new(value, START),
        quoted,
    };
    prop_oneof![
        "[a-zA-Z0-9_/.*:+-]{1,8}"
            .prop_filter("quantifiers", |text| !["oneof", "anyof", "allof"]
                .contains(&&**text))
            .prop_map(move |text| literal(text.into_bytes(), false)),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(move |bytes| literal(bytes, true)),
    ]
}

fn field() -> impl Strategy<Value = FieldName> {
    let name = "[a-z]{1,5}(\\.[a-z][a-z0-9_]{0,4}){1,2}";
    let argument = prop::option::of("[a-z0-9 .\"\\\\]{1,5}");
    (name, argument).prop_map(|(name, argument)| FieldName {
        name: Placed::new(name, START),
        argument: argument.map(|argument| Placed::new(argument, START)),
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    let constant = prop::collection::vec(any::<u8>(), 0..5).prop_map(|bytes| {
        let value = Placed::new(bytes, START);
        Given::Constant(Literal {
            value,
            quoted: true,
        })
    });
    let of_field = || field().prop_map(Subject::Field);
    let given = prop_oneof![3 => of_field().prop_map(Given::Subject), 1 => constant];
    let given = given.prop_recursive(3, 12, 3, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            parts().prop_map(|parts| Given::List(Placed::new(parts, START))),
            call(parts()).prop_map(|call| Given::Subject(Subject::Call(call))),
        ]
    });
    let made = call(prop::collection::vec(given, 0..3)).prop_map(Subject::Call);
    prop_oneof![4 => of_field(), 1 => made]
}

fn call(given: impl Strategy<Value = Vec<Given>>) -> impl Strategy<Value = Box<Call>> {
    let function = prop::sample::select(Function::ALL.to_vec());
    let selector = prop::option::of("[a-z ]".prop_map(|letter| Placed::new(letter, START)));
    (function, given, selector).prop_map(|(function, given, selector)| {
        let function = Placed::new(function, START);
        Box::new(Call {
            function,
            given,
            selector,
        })
    })
}

fn check() -> impl Strategy<Value = Expr> {
    let operator = prop::sample::select(Operator::ALL.to_vec());
    let quantifier = prop::option::of(prop::sample::select(vec![
        Quantifier::One,
        Quantifier::Any,
        Quantifier::All,
    ]));
    let list = prop_oneof![
        prop::collection::vec(literal(), 0..4).prop_map(Operand::Many),
        Just(Operand::List(Placed::new("a_list".to_owned(), START))),
    ];
    let right = prop::option::of(subject());
    (subject(), operator, quantifier, list, literal(), right).prop_map(
        |(subject, operator, quantifier, list, value, right)| {
            let quantifier = quantifier.filter(|_| operator.shape() == Shape::Value);
            let operand = match (operator.shape(), right) {
                (Shape::Unary, _) => Operand::None,
                _ if quantifier.is_some() => list,
                (_, Some(right)) => Operand::Subject(right),
                (Shape::List, None) => list,
                _ => Operand::One(value),
            };
            Expr::Check(Box::new(Check {
                subject,
                operator: Placed::new(operator, START),
                quantifier,
                operand,
            }))
        },
    )
}

pub(super) fn expression() -> impl Strategy<Value = Expr> {
    let macro_name = "[a-z]{2,6}_m".prop_map(|name| Expr::Macro(Placed::new(name, START)));
    let leaf = prop_oneof![3 => check(), 1 => macro_name];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}
