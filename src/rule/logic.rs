//! Combinations of rules: `A && (B || C) && !D`.

use std::collections::BTreeSet;

use super::Logic;
use crate::config::problem::quoted;
use crate::predicate::Fault;

/// Deeper nesting is a mistake.
const DEPTH_MAX: usize = 32;

/// Parses a combination.
///
/// # Errors
/// With the first thing that is wrong.
pub fn parse(text: &str) -> Result<Logic, Fault> {
    let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0 };
    let logic = parser.any()?;
    match parser.peek() {
        None => Ok(logic),
        Some(')') => Err(parser.fault("no parenthesis is open here".into())),
        Some(_) => Err(parser.fault("&& or || belongs here".into())),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Logic, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault(format!("the expression is nested deeper than {DEPTH_MAX}")));
        }
        let mut left = self.all()?;
        while self.operator('|')? {
            left = Logic::Or(Box::new(left), Box::new(self.all()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn all(&mut self) -> Result<Logic, Fault> {
        let mut left = self.one()?;
        while self.operator('&')? {
            left = Logic::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Logic, Fault> {
        let mut negations = 0_usize;
        while self.peek() == Some('!') {
            self.at += 1;
            negations += 1;
        }
        let inner = if self.peek() == Some('(') {
            self.at += 1;
            let inner = self.any()?;
            if self.peek() != Some(')') {
                return Err(self.fault("')' belongs here".into()));
            }
            self.at += 1;
            inner
        } else {
            Logic::Rule(self.name()?.into())
        };
        Ok(if negations.is_multiple_of(2) { inner } else { Logic::Not(Box::new(inner)) })
    }

    fn name(&mut self) -> Result<String, Fault> {
        let rest = &self.chars[self.at..];
        let end = rest.iter().position(|c| !super::read::is_of_name(*c)).unwrap_or(rest.len());
        let name: String = rest[..end].iter().collect();
        if name.is_empty() {
            return Err(self.fault("the name of a rule belongs here".into()));
        }
        if ["and", "or", "not"].contains(&name.to_ascii_lowercase().as_str()) {
            return Err(self.fault(format!("{} is written &&, || or !", quoted(&name))));
        }
        self.at += end;
        Ok(name)
    }

    /// Whether `&&` or `||` stands here; takes it.
    fn operator(&mut self, sign: char) -> Result<bool, Fault> {
        if self.peek() != Some(sign) {
            return Ok(false);
        }
        if self.chars.get(self.at + 1) != Some(&sign) {
            return Err(self.fault(format!("\"{sign}\" alone is no operator: write \"{sign}{sign}\"")));
        }
        self.at += 2;
        Ok(true)
    }

    /// The next character that is not blank.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    const fn fault(&self, message: String) -> Fault {
        Fault { at: self.at, len: 1, message }
    }
}

impl Logic {
    /// The names of all rules in it.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.collect(&mut names);
        names
    }

    fn collect<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::Rule(name) => {
                let _ = names.insert(name);
            }
            Self::Not(inner) => inner.collect(names),
            Self::And(left, right) | Self::Or(left, right) => {
                left.collect(names);
                right.collect(names);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> Box<Logic> {
        Box::new(Logic::Rule(name.into()))
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert_eq!(
            parse("A && (B || C) && !D").unwrap(),
            Logic::And(
                Box::new(Logic::And(rule("A"), Box::new(Logic::Or(rule("B"), rule("C"))))),
                Box::new(Logic::Not(rule("D")))
            )
        );
        assert_eq!(parse("A || B && C").unwrap(), Logic::Or(rule("A"), Box::new(Logic::And(rule("B"), rule("C")))));
        assert_eq!(parse("!!A").unwrap(), *rule("A"));
        assert_eq!(parse("A||B&&A").unwrap().names(), BTreeSet::from(["A", "B"]));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let told = |text: &str| parse(text).map_err(|fault| (fault.at, fault.message)).unwrap_err();
        assert_eq!(told("A &&"), (4, "the name of a rule belongs here".into()));
        assert_eq!(told("A & B"), (2, "\"&\" alone is no operator: write \"&&\"".into()));
        assert_eq!(told("A B"), (2, "&& or || belongs here".into()));
        assert_eq!(told("(A"), (2, "')' belongs here".into()));
        assert_eq!(told("A)"), (1, "no parenthesis is open here".into()));
        assert_eq!(told("A and B"), (2, "&& or || belongs here".into()));
        assert_eq!(told(&"(".repeat(99)).1, "the expression is nested deeper than 32");
    }
}
