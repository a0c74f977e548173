//! The codes that Falco gives to what can be wrong with rules, for programs that know those.

use super::items::ItemError;
use super::problem::{Caution, Fault, FileError, RuleError};
use super::rule_definition::DefinitionError;
use crate::rules::language::{doubt::Doubt, resolve::ResolveError};

macro_rules! codes {
    ($($code:ident $name:literal $about:literal;)*) => {
        /// A sort of error or warning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $about] $code,)* }

        impl Code {
            /// As Falco calls it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// What it means.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$code => $about,)* }
            }

            #[cfg(test)]
            pub(in crate::rules) const ALL: &[Self] = &[$(Self::$code,)*];
        }
    };
}

codes! {
    FileRead "LOAD_ERR_FILE_READ" "A file cannot be read";
    YamlParse "LOAD_ERR_YAML_PARSE" "A file is no YAML";
    YamlValidate "LOAD_ERR_YAML_VALIDATE" "A key or value is not what it should be";
    Condition "LOAD_ERR_COMPILE_CONDITION" "A condition cannot be compiled";
    Output "LOAD_ERR_COMPILE_OUTPUT" "An output cannot be compiled";
    Validate "LOAD_ERR_VALIDATE" "An object does not fit the others";
    UnknownSource "LOAD_UNKNOWN_SOURCE" "A rule for events of a source that does not exist here";
    MacroName "LOAD_INVALID_MACRO_NAME" "A macro that no condition can name";
    ListName "LOAD_INVALID_LIST_NAME" "A list that no condition can name";
    ExceptionName "LOAD_EXCEPTION_NAME_NOT_UNIQUE" "Two exceptions of one name";
    NoEffect "LOAD_UNKNOWN_KEY" "A key that means nothing here";
    NoEventType "LOAD_NO_EVTTYPE" "A condition is tried on every event";
    UnknownFilter "LOAD_UNKNOWN_FILTER" "A field or event type is not supplied here";
    UnsafeAbsent "LOAD_UNSAFE_NA_CHECK" "A comparison with what absent fields look like";
    UnusedMacro "LOAD_UNUSED_MACRO" "A macro that nothing uses";
    UnusedList "LOAD_UNUSED_LIST" "A list that nothing uses";
    Deprecated "LOAD_DEPRECATED_ITEM" "Something that is said otherwise today";
    Doubtful "LOAD_COMPILE_CONDITION" "A condition that perhaps means something else";
}

impl Fault {
    /// Its code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::File(FileError::Read(_) | FileError::EmptyDirectory | FileError::Test) => {
                Code::FileRead
            }
            Self::Yaml(_) => Code::YamlParse,
            Self::File(FileError::Empty) => Code::YamlValidate,
            Self::Definition(error) => definition(error),
            Self::Exception(_) => Code::Validate,
            Self::Resolve(error) => match error {
                // Names that lead nowhere or in circles are not the condition's own fault.
                ResolveError::UnknownMacro { .. }
                | ResolveError::MacroLoop(_)
                | ResolveError::ListLoop(_) => Code::Validate,
                _ => Code::Condition,
            },
            Self::Syntax(_) | Self::Check(_) | Self::Rule(RuleError::NeverMatches(_)) => {
                Code::Condition
            }
            Self::Output(_) => Code::Output,
            Self::Suspicion(_) => Code::Doubtful,
            Self::Doubt(doubt) => match doubt {
                Doubt::Unreported(_) | Doubt::Unsupplied(_) => Code::UnknownFilter,
                Doubt::Entry | Doubt::ContainerInfo => Code::Deprecated,
                Doubt::NoValue(_) => Code::UnsafeAbsent,
                Doubt::PlainRegex(_) | Doubt::TextBehind { .. } => Code::Doubtful,
            },
            Self::Caution(caution) => warning(caution),
        }
    }
}

const fn definition(error: &DefinitionError) -> Code {
    match error {
        DefinitionError::Item(ItemError::Engine { .. } | ItemError::Unsupported { .. })
        | DefinitionError::Exception(_)
        | DefinitionError::Unknown { .. } => Code::Validate,
        _ => Code::YamlValidate,
    }
}

const fn warning(caution: &Caution) -> Code {
    match caution {
        Caution::NothingReported(_) | Caution::Skipped { .. } => Code::UnknownFilter,
        Caution::EveryEvent(_) => Code::NoEventType,
        Caution::Redefined(_) | Caution::UnusedMacro(_) => Code::Doubtful,
        Caution::Appended => Code::Deprecated,
        Caution::OtherSource { .. } => Code::UnknownSource,
        Caution::BadName { item, .. } => match item.as_bytes() {
            b"list" => Code::ListName,
            _ => Code::MacroName,
        },
        Caution::ExceptionTwice(_) => Code::ExceptionName,
        Caution::NoEffect(_) => Code::NoEffect,
        Caution::NeverUsed { item, .. } => match item.as_bytes() {
            b"list" => Code::UnusedList,
            _ => Code::UnusedMacro,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rules::matching::events::UNREPORTED;
    use crate::rules::{Report, RuleSource};

    /// The codes of all that is said about a text.
    fn codes(text: &str) -> Vec<&'static str> {
        let (name, text) = ("x.yaml".into(), text.to_owned().into());
        let report = Report::of(&[RuleSource::Text { name, text }]);
        let said = report.errors.iter().chain(&report.warnings);
        said.map(|told| told.problem.fault.code().name()).collect()
    }

    #[test]
    fn each_code_can_be_provoked() {
        let rule =
            "- rule: R\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
        let with = |condition: &str| rule.replace("evt.type = open", condition);
        // An execveat is reported as what it equals, and so no doubt.
        let mut others = UNREPORTED.iter().filter(|name| **name != "execveat");
        let unreported = others.next().unwrap();
        let table = [
            ("- a: [\n".to_owned(), Code::YamlParse),
            ("a: b\n".to_owned(), Code::YamlValidate),
            (format!("{rule}  odd: 1\n"), Code::YamlValidate),
            (rule.replace("INFO", "HIGH"), Code::YamlValidate),
            (rule.replace("  desc: d\n", ""), Code::YamlValidate),
            (with("evt.type = "), Code::Condition),
            (with("fd.nam = x"), Code::Condition),
            (with("unknown"), Code::Validate),
            (rule.replace("output: o", "output: '%fd.nam'"), Code::Output),
            (
                format!("{rule}  exceptions: [{{name: e, fields: [fd.name], values: [[a, b]]}}]\n"),
                Code::Validate,
            ),
            (
                "- rule: S\n  append: true\n  condition: and a.b = c\n".to_owned(),
                Code::Validate,
            ),
            (
                "- required_engine_version: 99.0.0\n".to_owned(),
                Code::Validate,
            ),
            (format!("{rule}  source: k8s_audit\n"), Code::UnknownSource),
            (
                "- macro: my-macro\n  condition: fd.num = 1\n".to_owned(),
                Code::MacroName,
            ),
            ("- list: my(list\n  items: [a]\n".to_owned(), Code::ListName),
            (
                format!(
                    "{rule}  exceptions: [{{name: e, fields: fd.name, values: [a]}}, {{name: e, fields: fd.name, values: [b]}}]\n"
                ),
                Code::ExceptionName,
            ),
            (format!("{rule}  capture: true\n"), Code::NoEffect),
            (with("fd.name = x"), Code::NoEventType),
            (
                with(&format!("evt.type in (open, {unreported})")),
                Code::UnknownFilter,
            ),
            (
                format!("{}  skip-if-unknown-filter: true\n", with("fd.nam = x")),
                Code::UnknownFilter,
            ),
            (
                with("evt.type = open and fd.name = <NA>"),
                Code::UnsafeAbsent,
            ),
            (with("evt.type = open and evt.dir = >"), Code::Deprecated),
            (
                format!("{rule}- rule: R\n  append: true\n  condition: and fd.num = 1\n"),
                Code::Deprecated,
            ),
            (
                format!("{rule}- macro: m\n  condition: fd.num = 1\n"),
                Code::UnusedMacro,
            ),
            (format!("{rule}- list: l\n  items: [a]\n"), Code::UnusedList),
            (
                with("evt.type = open and fd.name = proc.name"),
                Code::Doubtful,
            ),
        ];
        for (text, code) in &table {
            assert!(
                codes(text).contains(&code.name()),
                "{text}{:?}",
                codes(text)
            );
        }
        let provoked: HashSet<_> = table.iter().map(|(_, code)| *code).collect();
        let missing = Code::ALL.iter().filter(|code| !provoked.contains(code));
        assert_eq!(missing.collect::<Vec<_>>(), [&Code::FileRead]);
        let report = Report::of(&[RuleSource::Path("/gone".into())]);
        assert_eq!(report.errors[0].problem.fault.code(), Code::FileRead);
    }

    #[test]
    fn what_is_used_is_not_called_unused() {
        let text = "\
- {list: inner, items: [a]}
- {list: outer, items: [inner, b]}
- {list: one, items: [c]}
- {list: excepted, items: [d]}
- {list: other, items: [e]}
- {macro: low, condition: proc.name in outer}
- {macro: high, condition: low or proc.name = one}
- rule: R
  desc: d
  condition: evt.type = open and high and not proc.name in (other, x)
  output: o
  priority: INFO
  exceptions: [{name: e, fields: proc.name, values: [excepted]}]
";
        assert_eq!(codes(text), Vec::<&str>::new());
        let quoted = text.replace("(other, x)", "('other', x)");
        assert_eq!(codes(&quoted), ["LOAD_UNUSED_LIST"]);
    }
}
