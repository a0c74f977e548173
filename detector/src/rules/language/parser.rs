//! The parser of conditions: `not` binds before `and`, and `and` before `or`.
//!
//! Parentheses are kept on a stack of our own and nest up to [`MAX_DEPTH`], so that no text can
//! overflow the thread's, here or in whoever walks the tree later.

use super::{
    ast::{Check, Expr, Literal, Operand, Operator, Shape},
    call::bracket,
    level::Level,
    lexer::{Cursor, Result, SyntaxError, is_blank},
    place::{At, Placed},
    subject::Subject,
    suggest,
    text::Text,
};
use crate::rules::matching::comparison::Quantifier;

/// How deeply parentheses and `not` may nest.
pub(super) const MAX_DEPTH: usize = 1000;

/// Parses a condition.
pub(in crate::rules) fn condition(text: &Text) -> Result<Expr> {
    let mut parser = Parser::new(text);
    let expression = parser.expression()?;
    match parser.cursor.peek() {
        None => Ok(expression),
        Some(_) => Err(parser
            .cursor
            .expected("'and', 'or' or the end of the condition")),
    }
}

/// A parser somewhere in a text.
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    depth: usize,
    /// Functions that are open.
    pub(super) calls: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        Self {
            cursor: Cursor::new(text),
            depth: 0,
            calls: 0,
        }
    }

    /// Checks joined by `and` and `or`, and the blanks after them.
    fn expression(&mut self) -> Result<Expr> {
        let mut outer: Vec<Level> = Vec::new();
        let mut level = Level::default();
        loop {
            level.negations = self.negations()?;
            if self.opens()? {
                outer.push(std::mem::take(&mut level));
                continue;
            }
            let mut operand = self.leaf()?;
            // Behind an operand stands a connective, or the end of one level or of several.
            loop {
                self.depth -= level.add(operand);
                if self.keyword("and") {
                    break;
                }
                if self.keyword("or") {
                    level.next_alternative();
                    break;
                }
                operand = level.finish();
                level = match outer.pop() {
                    None => return Ok(operand),
                    Some(parent) => parent,
                };
                self.close()?;
            }
        }
    }

    /// Counts any number of `not`.
    fn negations(&mut self) -> Result<usize> {
        let mut negations = 0;
        while self.keyword("not") {
            self.descend()?;
            negations += 1;
        }
        Ok(negations)
    }

    /// Steps over `(`, if it is next.
    fn opens(&mut self) -> Result<bool> {
        self.cursor.skip_blanks();
        let opens = self.cursor.eat("(");
        if opens {
            self.descend()?;
        }
        Ok(opens)
    }

    fn close(&mut self) -> Result<()> {
        if !self.cursor.eat(")") {
            return Err(self.cursor.expected("'and', 'or' or ')'"));
        }
        self.depth -= 1;
        self.cursor.skip_blanks();
        Ok(())
    }

    /// A check or a macro.
    fn leaf(&mut self) -> Result<Expr> {
        let before = self.cursor.clone();
        let expected = "a field, a macro, 'not' or '('";
        let Some(word) = self.cursor.word(true) else {
            return Err(before.expected(expected));
        };
        if matches!(word.node.as_str(), "and" | "or" | "not") {
            return Err(before.expected(expected));
        }
        if let Some(call) = self.call(&word)? {
            return self.check(Subject::Call(call));
        }
        self.refuse_call(&word)?;
        if word.node.contains('.') || self.operator_follows() {
            let field = bracket(&mut self.cursor, word)?;
            return self.check(Subject::Field(field));
        }
        self.cursor.skip_blanks();
        Ok(Expr::Macro(word))
    }

    /// A name without a dot is a field too if something is asked of it: a macro stands alone.
    fn operator_follows(&self) -> bool {
        let mut ahead = Parser {
            cursor: self.cursor.clone(),
            depth: 0,
            calls: 0,
        };
        ahead.cursor.peek() == Some('[') || ahead.operator().is_ok()
    }

    fn check(&mut self, subject: Subject) -> Result<Expr> {
        let operator = self.operator()?;
        let quantifier = self.quantifier(operator.node);
        let operand = match operator.node.shape() {
            Shape::Unary => Operand::None,
            _ if quantifier.is_some() => self.list_operand()?,
            shape => match (self.right_subject()?, shape) {
                (Some(subject), _) => Operand::Subject(subject),
                (None, Shape::List) => self.list_operand()?,
                _ => Operand::One(self.value(&format!("a value after '{operator}'"))?),
            },
        };
        self.cursor.skip_blanks();
        Ok(Expr::Check(Box::new(Check {
            subject,
            operator,
            quantifier,
            operand,
        })))
    }

    pub(super) fn operator(&mut self) -> Result<Placed<Operator>> {
        self.cursor.skip_blanks();
        let start = self.cursor.offset();
        // The longer one first: `<=` begins with `<`.
        for (text, operator) in [
            ("<=", Operator::LessOrEqual),
            ("<", Operator::Less),
            (">=", Operator::GreaterOrEqual),
            (">", Operator::Greater),
            ("==", Operator::Equal),
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
        ] {
            if self.cursor.eat(text) {
                return Ok(Placed::new(
                    operator,
                    self.cursor.place(start..start + text.len()),
                ));
            }
        }
        let before = self.cursor.clone();
        let Some(word) = self.cursor.word(false) else {
            return Err(before.expected("an operator such as '=', 'in' or 'contains'"));
        };
        let words = || Operator::ALL.iter().map(|operator| operator.text());
        match Operator::ALL
            .iter()
            .find(|operator| operator.text() == word.node)
        {
            Some(operator) => Ok(Placed::new(*operator, word.place)),
            None if matches!(word.node.as_str(), "and" | "or" | "not") => {
                Err(before.expected("an operator such as '=', 'in' or 'contains'"))
            }
            None => {
                let hint = suggest::hint(&word.node, words());
                let name = word.node;
                Err(At::new(
                    word.place,
                    SyntaxError::UnknownOperator { name, hint },
                ))
            }
        }
    }

    /// `oneof`, `anyof` or `allof`, which are ordinary values unless a list follows.
    fn quantifier(&mut self, operator: Operator) -> Option<Quantifier> {
        if operator.shape() != Shape::Value {
            return None;
        }
        let before = self.cursor.clone();
        self.cursor.skip_blanks();
        let word = self.cursor.bare().map(|word| word.node);
        let found = Quantifier::ALL
            .iter()
            .find(|(_, text)| word.as_deref() == Some(*text));
        self.cursor.skip_blanks();
        let next = self.cursor.clone().word(false).map(|word| word.node);
        let followed = match next.as_deref() {
            None => self.cursor.peek() == Some('('),
            Some(next) => !matches!(next, "and" | "or" | "not"),
        };
        match found {
            Some((quantifier, _)) if followed => Some(*quantifier),
            _ => {
                self.cursor = before;
                None
            }
        }
    }

    fn list_operand(&mut self) -> Result<Operand> {
        self.cursor.skip_blanks();
        if self.cursor.peek() == Some('(') {
            return self.parenthesised().map(Operand::Many);
        }
        match self.cursor.bare() {
            Some(name) => self.refuse_call(&name).map(|()| Operand::List(name)),
            None => Err(self
                .cursor
                .expected("'(' and values, or the name of a list")),
        }
    }

    pub(super) fn parenthesised(&mut self) -> Result<Vec<Literal>> {
        if !self.cursor.eat("(") {
            return Err(self.cursor.expected("'('"));
        }
        let mut literals = Vec::new();
        self.cursor.skip_blanks();
        if self.cursor.eat(")") {
            return Ok(literals);
        }
        loop {
            literals.push(self.value("a value")?);
            self.cursor.skip_blanks();
            if self.cursor.eat(")") {
                return Ok(literals);
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.expected("',' or ')'"));
            }
        }
    }

    fn value(&mut self, expected: &str) -> Result<Literal> {
        self.cursor.skip_blanks();
        if let Some(value) = self.cursor.quoted()? {
            return Ok(Literal {
                value,
                quoted: true,
            });
        }
        let Some(Placed { node, place }) = self.cursor.bare() else {
            return Err(self.cursor.expected(expected));
        };
        let word = Placed::new(node, place);
        self.refuse_call(&word)?;
        Ok(Literal {
            value: Placed::new(word.node.into_bytes(), place),
            quoted: false,
        })
    }

    /// Takes a word if it stands alone: `andx` is no `and`.
    fn keyword(&mut self, keyword: &str) -> bool {
        self.cursor.skip_blanks();
        let mut ahead = self.cursor.clone();
        let alone = ahead.word(true).is_some_and(|word| word.node == keyword)
            && ahead
                .peek()
                .is_none_or(|next| next == '(' || is_blank(next));
        if alone {
            self.cursor = ahead;
        }
        alone
    }

    fn descend(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let offset = self.cursor.offset();
        Err(At::new(
            self.cursor.place(offset..offset + 1),
            SyntaxError::TooDeep(MAX_DEPTH),
        ))
    }

    pub(super) fn end(&mut self) -> Result<()> {
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            None => Ok(()),
            Some(_) => Err(self.cursor.expected("the end")),
        }
    }
}
