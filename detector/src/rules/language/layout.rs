//! Conditions on lines: one clause of an `and` or `or` on each where they do not fit on one.

use std::fmt::{self, Write};

use super::ast::{Check, Expr, Operand};

/// A condition that fits stays on one line.
const CONDITION: usize = 76;
/// What stands in parentheses, and a list of values, is broken where its line would be longer.
const LINE: usize = 92;

/// A condition as its author should see it. It parses to an equal tree.
pub(in crate::rules) fn lay_out(condition: &Expr) -> String {
    let mut page = Page::default();
    page.expression(condition, 0);
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    /// How long the last line is.
    column: usize,
}

impl Page {
    fn put(&mut self, text: &str) {
        self.text += text;
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.text += &format!("\n{:indent$}", "");
        self.column = indent;
    }

    fn expression(&mut self, expression: &Expr, indent: usize) {
        let whole = short(expression, CONDITION.saturating_sub(indent));
        match (expression, whole) {
            (Expr::And(_) | Expr::Or(_) | Expr::Not(_), Some(text)) => self.put(&text),
            (Expr::And(parts), None) => self.parts(parts, "and ", indent),
            (Expr::Or(parts), None) => self.parts(parts, "or ", indent),
            (Expr::Not(inner), None) => {
                self.put("not ");
                self.inner(inner, indent);
            }
            (Expr::Check(check), _) => self.check(check, indent),
            (Expr::Macro(name), _) => self.put(&name.node),
        }
    }

    fn parts(&mut self, parts: &[Expr], word: &str, indent: usize) {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.line(indent);
                self.put(word);
            }
            self.inner(part, indent);
        }
    }

    /// An expression inside of another: in parentheses if it joins several.
    fn inner(&mut self, part: &Expr, indent: usize) {
        if !matches!(part, Expr::And(_) | Expr::Or(_)) {
            return self.expression(part, indent);
        }
        let room = LINE.saturating_sub(self.column + 2);
        if let Some(text) = short(part, room) {
            return self.put(&format!("({text})"));
        }
        self.put("(");
        self.line(indent + 2);
        self.expression(part, indent + 2);
        self.line(indent);
        self.put(")");
    }

    /// A check; a long list of values goes over several lines.
    fn check(&mut self, check: &Check, indent: usize) {
        let whole = check.to_string();
        let Operand::Many(literals) = &check.operand else {
            return self.put(&whole);
        };
        if self.column + whole.chars().count() <= LINE {
            return self.put(&whole);
        }
        let without = Check {
            operand: Operand::None,
            ..check.clone()
        };
        self.put(&format!("{without} ("));
        self.line(indent + 2);
        for (index, literal) in literals.iter().enumerate() {
            let last = index + 1 == literals.len();
            let word = format!("{literal}{}", if last { "" } else { "," });
            if index > 0 {
                if self.column + 1 + word.chars().count() > LINE {
                    self.line(indent + 2);
                } else {
                    self.put(" ");
                }
            }
            self.put(&word);
        }
        self.line(indent);
        self.put(")");
    }
}

/// An expression in so many characters, if it has no more. A long one is not written to its end.
fn short(expression: &Expr, room: usize) -> Option<String> {
    struct Short {
        text: String,
        room: usize,
    }
    impl Write for Short {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.room = self
                .room
                .checked_sub(text.chars().count())
                .ok_or(fmt::Error)?;
            self.text += text;
            Ok(())
        }
    }
    let text = String::new();
    let mut short = Short { text, room };
    on_line(expression, &mut short).ok()?;
    Some(short.text)
}

/// An expression on one line. An `and` in an `or` has parentheses, although it needs none.
fn on_line(expression: &Expr, out: &mut impl Write) -> fmt::Result {
    let (parts, word) = match expression {
        Expr::And(parts) => (parts.as_slice(), " and "),
        Expr::Or(parts) => (parts.as_slice(), " or "),
        Expr::Not(part) => {
            out.write_str("not ")?;
            (std::slice::from_ref(&**part), "")
        }
        Expr::Macro(_) | Expr::Check(_) => return write!(out, "{expression}"),
    };
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(word)?;
        }
        if matches!(part, Expr::And(_) | Expr::Or(_)) {
            out.write_str("(")?;
            on_line(part, out)?;
            out.write_str(")")?;
        } else {
            on_line(part, out)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{parser, place::Place, text::Text};
    use super::*;

    fn laid_out(condition: &str) -> String {
        let parse = |text: &str| parser::condition(&Text::of(text, Place::default())).unwrap();
        let tree = parse(condition);
        let text = lay_out(&tree);
        assert_eq!(parse(&text), tree, "{text}");
        assert_eq!(lay_out(&parse(&text)), text);
        text
    }

    #[test]
    fn what_fits_stays_on_its_line() {
        assert_eq!(laid_out("a or   not(b and\n c)"), "a or not (b and c)");
        assert_eq!(laid_out("a and (b and c)"), "a and (b and c)");
        assert_eq!(laid_out("a or b and c"), "a or (b and c)");
    }

    #[test]
    fn each_clause_has_a_line_where_they_do_not_fit() {
        let text = laid_out(
            "evt.type in (open, openat, openat2) and workload = true and not (proc.exepath \
             in (known_programs) or proc.is_exe_lower_layer = true and fd.name startswith /etc/x) \
             and (fd.name = /a or fd.name = /b)",
        );
        assert_eq!(
            text,
            "evt.type in (open, openat, openat2)\n\
             and workload = true\n\
             and not (\n  \
               proc.exepath in (known_programs)\n  \
               or (proc.is_exe_lower_layer = true and fd.name startswith /etc/x)\n\
             )\n\
             and (fd.name = /a or fd.name = /b)"
        );
    }

    #[test]
    fn long_lists_are_broken() {
        let items: Vec<_> = (0..40).map(|number| format!("/path/{number}")).collect();
        let text = laid_out(&format!("fd.name in ({}) and m", items.join(",")));
        assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
        assert!(
            text.starts_with("fd.name in (\n  /path/0, /path/1,"),
            "{text}"
        );
        assert!(text.ends_with("/path/39\n)\nand m"), "{text}");
    }
}
