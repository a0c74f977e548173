//! From definitions to rules: parse, resolve, check, compile; every fault is kept.

use std::collections::HashSet;

use super::{
    definitions::Definitions,
    exceptions::{self, Exception, joined},
    mentions::Mentions,
    problem::{Caution, Fault, RuleError},
    rule_definition::RuleDefinition,
};
use crate::rules::language::{
    ast::Expr,
    check::{CheckError, Checker},
    doubt::Doubt,
    output::{self, OutputError},
    parser,
    place::At,
    resolve::{Names, Resolver},
};
use crate::rules::matching::{
    condition::Condition,
    events::{REPORTED, UNREPORTED},
    template::Template,
};

/// A rule that compiled, and the definition that it came from.
pub(in crate::rules) struct Built {
    pub(in crate::rules) definition: RuleDefinition,
    /// With lists, macros and exceptions put in.
    pub(in crate::rules) expression: Expr,
    pub(in crate::rules) condition: Condition,
    pub(in crate::rules) output: Template,
}

/// What came out of all definitions.
#[derive(Default)]
pub(in crate::rules) struct Outcome {
    /// Those that are switched off too.
    pub(in crate::rules) rules: Vec<Built>,
    /// What their conditions may name.
    pub(in crate::rules) names: Names,
    pub(in crate::rules) errors: Vec<At<Fault>>,
    pub(in crate::rules) warnings: Vec<At<Fault>>,
}

impl Outcome {
    /// Takes doubts about what a rule says, each once a file: in an alert an absent field shows as
    /// such, and the same few stand in all outputs.
    fn doubt(&mut self, doubts: Vec<At<Doubt>>) {
        for doubt in doubts {
            let known = |warning: &At<Fault>| {
                let same = matches!(&warning.fault, Fault::Doubt(known) if *known == doubt.fault);
                same && warning.place.file == doubt.place.file
            };
            if !self.warnings.iter().any(known) {
                self.warnings.push(doubt.widen());
            }
        }
    }
}

/// Compiles everything that has been defined.
pub(in crate::rules) fn build(definitions: Definitions) -> Outcome {
    let mut outcome = Outcome::default();
    let Definitions {
        lists,
        macros,
        rules,
        errors,
        cautions,
        defined,
        ..
    } = definitions;
    outcome.errors.extend(errors.into_iter().map(At::widen));
    outcome.warnings.extend(cautions.into_iter().map(At::widen));
    let mut mentions = Mentions::default();
    lists
        .iter()
        .for_each(|(name, items)| mentions.list(name, items));

    let mut names = Names::default();
    outcome
        .errors
        .extend(names.set_lists(&lists).into_iter().map(At::widen));
    for (name, text) in macros {
        let parsed = parser::condition(&text).map_err(|error| outcome.errors.push(error.widen()));
        parsed
            .iter()
            .for_each(|condition| mentions.condition(condition));
        names.macros.insert(name, parsed.ok());
    }

    let mut used = HashSet::new();
    for definition in rules {
        if let Some(built) = rule(definition, &names, &mut used, &mut mentions, &mut outcome) {
            outcome.rules.push(built);
        }
    }
    let said = mentions.cautions(&defined);
    outcome.warnings.extend(said.into_iter().map(At::widen));
    check_unused(&names, &used, &mut outcome);
    outcome.names = names;
    outcome
}

fn rule<'a>(
    definition: RuleDefinition,
    names: &'a Names,
    used: &mut HashSet<&'a str>,
    mentions: &mut Mentions,
    outcome: &mut Outcome,
) -> Option<Built> {
    let mut faults = Vec::new();
    let output = match output::compile(&definition.output) {
        Ok((output, doubts)) => {
            outcome.doubt(doubts);
            Some(output)
        }
        Err(errors) => {
            faults.extend(errors.into_iter().map(At::widen));
            None
        }
    };
    let compiled = match whole_condition(&definition) {
        Ok(expression) => {
            mentions.condition(&expression);
            let mut compiled = Compiled::new(expression, names);
            used.extend(compiled.used.drain());
            faults.append(&mut compiled.errors);
            outcome.warnings.append(&mut compiled.warnings);
            Some((compiled.expression, compiled.condition))
        }
        Err(errors) => {
            faults.extend(errors);
            None
        }
    };
    faults.extend(fields_of_exceptions(&definition, names));
    outcome.warnings.extend(
        exceptions::twice(&definition.exceptions)
            .into_iter()
            .map(At::widen),
    );
    if definition.skip_if_unknown && !faults.is_empty() && faults.iter().all(is_unknown) {
        let rule = definition.name.as_str().to_owned();
        let reason = faults
            .first()
            .map(|error| error.fault.to_string())
            .unwrap_or_default();
        let caution = Caution::Skipped { rule, reason };
        outcome
            .warnings
            .push(At::new(definition.name.whole(), caution.into()));
        return None;
    }
    if !faults.is_empty() {
        outcome.errors.append(&mut faults);
        return None;
    }
    let (expression, condition) = compiled?;
    let built = Built {
        expression,
        condition: condition?,
        output: output?,
        definition,
    };
    judge_types(&built, outcome);
    Some(built)
}

/// The condition with the exceptions behind it.
fn whole_condition(definition: &RuleDefinition) -> Result<Expr, Vec<At<Fault>>> {
    let mut errors = Vec::new();
    let mut parts = Vec::new();
    match parser::condition(&definition.condition) {
        Ok(condition) => parts.push(condition),
        Err(error) => errors.push(error.widen()),
    }
    for exception in &definition.exceptions {
        match exception.condition() {
            Ok(Some(silent)) => parts.push(Expr::Not(Box::new(silent))),
            Ok(None) => {}
            Err(error) => errors.push(error.widen()),
        }
    }
    match joined(parts, Expr::And) {
        Some(condition) if errors.is_empty() => Ok(condition),
        _ => Err(errors),
    }
}

/// What is wrong with fields of exceptions that have no values, and so are in no condition.
fn fields_of_exceptions(definition: &RuleDefinition, names: &Names) -> Vec<At<Fault>> {
    let unused = definition.exceptions.iter().filter_map(Exception::unused);
    let errors = unused.flat_map(|fields| Compiled::new(fields, names).errors);
    errors.collect()
}

/// One condition, resolved and checked.
pub(in crate::rules) struct Compiled<'a> {
    pub(in crate::rules) expression: Expr,
    pub(in crate::rules) condition: Option<Condition>,
    used: HashSet<&'a str>,
    pub(in crate::rules) errors: Vec<At<Fault>>,
    warnings: Vec<At<Fault>>,
}

impl<'a> Compiled<'a> {
    pub(in crate::rules) fn new(mut expression: Expr, names: &'a Names) -> Self {
        let mut resolver = Resolver::new(names);
        let resolved = resolver.resolve(&mut expression);
        let Resolver {
            used,
            errors,
            suspicions,
            ..
        } = resolver;
        let mut checker = Checker::default();
        let condition = if resolved {
            checker.condition(&expression)
        } else {
            None
        };
        let mut errors: Vec<At<Fault>> = errors.into_iter().map(At::widen).collect();
        errors.extend(checker.errors.into_iter().map(At::widen));
        let mut warnings: Vec<At<Fault>> = suspicions.into_iter().map(At::widen).collect();
        // An execveat is reported as the execve that it equals.
        let equal = |doubt: &Doubt| matches!(doubt, Doubt::Unreported(name) if name == "execveat");
        let doubts = checker.doubts.into_iter();
        warnings.extend(doubts.filter(|doubt| !equal(&doubt.fault)).map(At::widen));
        Self {
            expression,
            condition,
            used,
            errors,
            warnings,
        }
    }
}

/// Says so if no reported event can match, or if each can.
fn judge_types(built: &Built, outcome: &mut Outcome) {
    let possible = REPORTED
        .iter()
        .filter(|event| built.condition.can_match(event))
        .count();
    let name = built.definition.name.as_str().to_owned();
    let place = built.definition.condition.whole();
    if possible == 0
        && UNREPORTED
            .iter()
            .any(|event| built.condition.can_match(event))
    {
        outcome
            .warnings
            .push(At::new(place, Caution::NothingReported(name).into()));
    } else if possible == 0 {
        outcome
            .errors
            .push(At::new(place, RuleError::NeverMatches(name).into()));
    } else if possible == REPORTED.len() && built.definition.warn_event_types {
        outcome
            .warnings
            .push(At::new(place, Caution::EveryEvent(name).into()));
    }
}

/// What `skip-if-unknown-filter` forgives.
fn is_unknown(error: &At<Fault>) -> bool {
    matches!(
        error.fault,
        Fault::Check(CheckError::UnknownField { .. } | CheckError::UnknownEventType { .. })
            | Fault::Output(OutputError::Field(CheckError::UnknownField { .. }))
    )
}

/// Checks macros that no rule uses: their faults harm nobody yet.
fn check_unused(names: &Names, used: &HashSet<&str>, outcome: &mut Outcome) {
    for (name, body) in &names.macros {
        let Some(body) = body.as_ref().filter(|_| !used.contains(name.as_str())) else {
            continue;
        };
        for At { place, fault } in Compiled::new(body.clone(), names).errors {
            let caution = Caution::UnusedMacro(fault.to_string());
            outcome.warnings.push(At::new(place, caution.into()));
        }
    }
}
