//! Arguments of commands: each is known, and of the right kind.

use serde_json::{Map, Value};

use super::protocol::{Code, Refusal, quote};

/// The arguments of one command. What is left at the end was unknown.
pub(super) struct Args {
    command: &'static str,
    args: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Args {
    pub(super) fn of(command: &'static str, args: &Map<String, Value>) -> Self {
        Self {
            command,
            args: args.clone(),
            known: Vec::new(),
        }
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "must be a text that is not empty")),
        }
    }

    /// Several words of a few.
    pub(super) fn words(
        &mut self,
        name: &'static str,
        known: &[&str],
    ) -> Result<Vec<String>, Refusal> {
        let values = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(self.wrong(name, "must be an array of texts")),
        };
        let word = |value| match value {
            Value::String(word) if known.contains(&word.as_str()) => Ok(word),
            Value::String(word) => {
                let fault = format!("knows no {}", quote(&word));
                Err(self.wrong(name, &fault))
            }
            _ => Err(self.wrong(name, "must be an array of texts")),
        };
        values.into_iter().map(word).collect()
    }

    /// A number from 1 up to a limit.
    pub(super) fn count(
        &mut self,
        name: &'static str,
        limit: usize,
    ) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        match count.filter(|count| (1..=limit).contains(count)) {
            Some(count) => Ok(Some(count)),
            None => Err(self.wrong(name, &format!("must be a number from 1 to {limit}"))),
        }
    }

    /// Nothing else may have been said.
    pub(super) fn end(self) -> Result<(), Refusal> {
        let Some(unknown) = self.args.keys().next() else {
            return Ok(());
        };
        let only = match self.known.join("`, `") {
            known if known.is_empty() => String::new(),
            known => format!(", only `{known}`"),
        };
        let command = self.command;
        let message = format!("`{command}` takes no argument {}{only}", quote(unknown));
        Err(Refusal::new(Code::BadRequest, message))
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.args.remove(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, fault: &str) -> Refusal {
        let message = format!("`{name}` of `{}` {fault}", self.command);
        Refusal::new(Code::BadRequest, message)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn args(value: &Value) -> Args {
        Args::of("dance", value.as_object().unwrap())
    }

    #[test]
    fn right_arguments_are_taken() {
        let mut given = args(&json!({"partner": "x", "steps": ["left"], "turns": 3, "pace": null}));
        assert_eq!(given.text("partner").unwrap().as_deref(), Some("x"));
        assert_eq!(given.words("steps", &["left", "right"]).unwrap(), ["left"]);
        assert_eq!(given.count("turns", 3).unwrap(), Some(3));
        assert_eq!(given.text("pace").unwrap(), None);
        assert_eq!(given.count("more", 1).unwrap(), None);
        given.end().unwrap();
    }

    #[test]
    fn wrong_and_unknown_ones_are_named() {
        let fault = |value: Value| {
            let mut given = args(&value);
            let taken = given
                .text("partner")
                .and(given.words("steps", &["left"]).map(drop))
                .and(given.count("turns", 3).map(drop));
            let refusal = taken.and(given.end()).unwrap_err();
            assert_eq!(refusal.code, Code::BadRequest);
            refusal.message
        };
        for (value, named) in [
            (json!({"partner": 7}), "`partner` of `dance` must be a text"),
            (json!({"partner": ""}), "`partner`"),
            (
                json!({"steps": "left"}),
                "`steps` of `dance` must be an array",
            ),
            (json!({"steps": [1]}), "`steps` of `dance` must be an array"),
            (
                json!({"steps": ["up"]}),
                "`steps` of `dance` knows no \"up\"",
            ),
            (
                json!({"turns": 0}),
                "`turns` of `dance` must be a number from 1 to 3",
            ),
            (json!({"turns": 4}), "from 1 to 3"),
            (json!({"turns": -1}), "from 1 to 3"),
            (json!({"turns": 1.5}), "from 1 to 3"),
            (
                json!({"shoes": 1}),
                "takes no argument \"shoes\", only `partner`, `steps`, `turns`",
            ),
        ] {
            let message = fault(value.clone());
            assert!(message.contains(named), "{value}: {message}");
        }
        let none = args(&json!({"x": 1})).end().unwrap_err();
        assert_eq!(none.message, "`dance` takes no argument \"x\"");
    }
}
