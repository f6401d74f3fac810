//! Just enough of LogQL to run what this module writes.

use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;

pub struct Evaluator<'q> {
    rest: &'q str,
    labels: BTreeMap<String, String>,
}

/// Whether a log query finds this line.
pub fn finds(query: &str, line: &str) -> bool {
    let (_, rest) = query.split_once('}').expect("a selector");
    let mut evaluator = Evaluator { rest, labels: BTreeMap::new() };
    evaluator.run(line)
}

impl Evaluator<'_> {
    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let found = self.rest.starts_with(token);
        if found {
            self.rest = &self.rest[token.len()..];
        }
        found
    }

    fn run(&mut self, line: &str) -> bool {
        let mut found = true;
        while !self.rest.trim().is_empty() {
            found &= if self.eat("|=") {
                line.contains(&self.string())
            } else if self.eat("!=") {
                !line.contains(&self.string())
            } else if self.eat("|~") {
                Regex::new(&self.string()).unwrap().is_match(line)
            } else if self.eat("!~") {
                !Regex::new(&self.string()).unwrap().is_match(line)
            } else {
                assert!(self.eat("|"), "a stage at {}", self.rest);
                if self.eat("json ") { self.json(line) } else { self.any() }
            };
        }
        found
    }

    fn json(&mut self, line: &str) -> bool {
        let parsed: Option<Value> = serde_json::from_str(line).ok();
        loop {
            let name = self.name();
            assert!(self.eat("="));
            let path = self.string();
            let (path, key) = path.split_once("[\"").unwrap_or((&path, ""));
            let mut at = parsed.as_ref();
            for part in path.split('.').chain(key.strip_suffix("\"]")) {
                at = at.and_then(|value| value.get(part));
            }
            let text = match at {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            self.labels.insert(name, text);
            if !self.eat(",") {
                break;
            }
        }
        self.labels.insert("__error__".into(), if parsed.is_some() { "" } else { "JSONParserErr" }.into());
        true
    }

    fn any(&mut self) -> bool {
        let mut found = self.all();
        while self.eat("or ") {
            found |= self.all();
        }
        found
    }

    fn all(&mut self) -> bool {
        let mut found = self.one();
        while self.eat("and ") {
            found &= self.one();
        }
        found
    }

    fn one(&mut self) -> bool {
        if self.eat("(") {
            let found = self.any();
            assert!(self.eat(")"), "a bracket at {}", self.rest);
            return found;
        }
        let name = self.name();
        let value = self.labels.get(&name).unwrap_or_else(|| panic!("{name} was not extracted")).clone();
        let operator = ["!=", "!~", "=~", "="].into_iter().find(|operator| self.eat(operator)).expect("an operator");
        let text = self.string();
        let like = || Regex::new(&format!("^(?:{text})$")).unwrap().is_match(&value);
        match operator {
            "=" => value == text,
            "!=" => value != text,
            "=~" => like(),
            _ => !like(),
        }
    }

    fn name(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).expect("more");
        let name = self.rest[..end].to_string();
        self.rest = &self.rest[end..];
        name
    }

    fn string(&mut self) -> String {
        self.rest = self.rest.trim_start();
        if let Some(raw) = self.rest.strip_prefix('`') {
            let (text, rest) = raw.split_once('`').expect("a closing backtick");
            self.rest = rest;
            return text.to_string();
        }
        // Go's escapes that we write are JSON's too.
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let text = values.next().expect("a string").expect("a JSON string");
        self.rest = &self.rest[values.byte_offset()..];
        text
    }
}
