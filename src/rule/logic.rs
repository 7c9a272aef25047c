//! Combinations of rules as people write them: `A && (B || C) && !D`.

use super::Logic;
use crate::predicate::Fault;

/// Most names in a combination.
pub const NAMES_MAX: usize = 64;
/// Deepest nesting of parentheses and negations.
const DEPTH_MAX: usize = 32;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(Box<str>),
    And,
    Or,
    Not,
    Open,
    Close,
}

/// A piece and where it stands, in characters.
#[derive(Clone, Debug)]
struct Placed {
    token: Token,
    at: usize,
    len: usize,
}

/// Reads a combination: names of rules with `!`, `&&`, `||` and parentheses, in this order of binding.
///
/// # Errors
/// With what is wrong, and where.
pub fn parse(text: &str) -> Result<Logic, Vec<Fault>> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, end: text.chars().count(), names: 0 };
    let logic = parser.either(0).map_err(|fault| vec![fault])?;
    match parser.peek() {
        None => Ok(logic),
        Some(rest) => Err(vec![unexpected(rest, "&& or || before it, or the end")]),
    }
}

impl Logic {
    /// The names of its rules, as often as they stand there, from left to right.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Rule(name) => vec![name],
            Self::Not(inner) => inner.names(),
            Self::And(left, right) | Self::Or(left, right) => [left.names(), right.names()].concat(),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    next: usize,
    /// Length of the text in characters.
    end: usize,
    names: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Placed> {
        self.tokens.get(self.next)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is = self.peek().is_some_and(|placed| placed.token == *token);
        self.next += usize::from(is);
        is
    }

    fn either(&mut self, depth: usize) -> Result<Logic, Fault> {
        let mut left = self.both(depth)?;
        while self.take(&Token::Or) {
            left = Logic::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Logic, Fault> {
        let mut left = self.single(depth)?;
        while self.take(&Token::And) {
            left = Logic::And(Box::new(left), Box::new(self.single(depth)?));
        }
        Ok(left)
    }

    fn single(&mut self, depth: usize) -> Result<Logic, Fault> {
        const WANTED: &str = "the name of a rule, ! or (";
        let Some(placed) = self.peek().cloned() else {
            let at = self.end;
            return Err(Fault { at, len: 1, message: format!("the combination ends where {WANTED} is wanted") });
        };
        if depth > DEPTH_MAX {
            let message = format!("the combination is nested deeper than {DEPTH_MAX}");
            return Err(Fault { at: placed.at, len: placed.len, message });
        }
        self.next += 1;
        match &placed.token {
            Token::Name(name) => self.name(&placed, name),
            Token::Not => Ok(Logic::Not(Box::new(self.single(depth + 1)?))),
            Token::Open => self.group(&placed, depth),
            Token::And | Token::Or | Token::Close => Err(unexpected(&placed, WANTED)),
        }
    }

    fn name(&mut self, placed: &Placed, name: &str) -> Result<Logic, Fault> {
        self.names += 1;
        if self.names > NAMES_MAX {
            let message = format!("the combination has more than {NAMES_MAX} names");
            return Err(Fault { at: placed.at, len: placed.len, message });
        }
        Ok(Logic::Rule(name.into()))
    }

    fn group(&mut self, open: &Placed, depth: usize) -> Result<Logic, Fault> {
        let inner = self.either(depth + 1)?;
        if self.take(&Token::Close) {
            return Ok(inner);
        }
        match self.peek() {
            Some(rest) => Err(unexpected(rest, "&&, || or )")),
            None => Err(Fault { at: open.at, len: open.len, message: "this ( is never closed".into() }),
        }
    }
}

fn unexpected(placed: &Placed, wanted: &str) -> Fault {
    let given = match &placed.token {
        Token::Name(name) => name,
        Token::And => "&&",
        Token::Or => "||",
        Token::Not => "!",
        Token::Open => "(",
        Token::Close => ")",
    };
    Fault { at: placed.at, len: placed.len, message: format!("{given:?} stands where {wanted} is wanted") }
}

/// Splits the text. All characters that belong nowhere are told of at once.
fn tokens(text: &str) -> Result<Vec<Placed>, Vec<Fault>> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut faults = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let twice = characters.get(at + 1) == Some(&character);
        let (token, len) = match character {
            character if character.is_whitespace() => (None, 1),
            '(' => (Some(Token::Open), 1),
            ')' => (Some(Token::Close), 1),
            '!' => (Some(Token::Not), 1),
            '&' if twice => (Some(Token::And), 2),
            '|' if twice => (Some(Token::Or), 2),
            character if starts_name(character) => {
                let name: String = characters[at..].iter().take_while(|c| continues_name(**c)).collect();
                let len = name.chars().count();
                match name.as_str() {
                    "and" | "or" | "not" | "AND" | "OR" | "NOT" => {
                        faults.push(word(&name, at, len));
                        (None, len)
                    }
                    _ => (Some(Token::Name(name.into())), len),
                }
            }
            other => {
                faults.push(stray(other, at));
                (None, 1)
            }
        };
        tokens.extend(token.map(|token| Placed { token, at, len }));
        at += len;
    }
    if faults.is_empty() { Ok(tokens) } else { Err(faults) }
}

fn starts_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Names of rules may have `-`, `.` and `:` inside, as in `Disk-Full` and `Errors:NoData`.
fn continues_name(character: char) -> bool {
    starts_name(character) || matches!(character, '-' | '.' | ':')
}

fn word(name: &str, at: usize, len: usize) -> Fault {
    let instead = match name.to_ascii_lowercase().as_str() {
        "and" => "&&",
        "or" => "||",
        _ => "!",
    };
    Fault { at, len, message: format!("{name:?} is no operator; write {instead}") }
}

fn stray(character: char, at: usize) -> Fault {
    let message = match character {
        '&' => "a single & is no operator; write &&".into(),
        '|' => "a single | is no operator; write ||".into(),
        other => format!("{other:?} belongs to no combination; it has names of rules, &&, ||, ! and parentheses"),
    };
    Fault { at, len: 1, message }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(name: &str) -> Box<Logic> {
        Box::new(Logic::Rule(name.into()))
    }

    fn fault(text: &str) -> (usize, usize, String) {
        let faults = parse(text).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        (faults[0].at, faults[0].len, faults[0].message.clone())
    }

    #[test]
    fn not_binds_tighter_than_and_and_that_tighter_than_or() {
        assert_eq!(
            parse("A || !B && C").unwrap(),
            Logic::Or(rule("A"), Box::new(Logic::And(Box::new(Logic::Not(rule("B"))), rule("C"))))
        );
    }

    #[test]
    fn parentheses_bind_tightest() {
        let text = "LambdaErrorRatio && (ApiLatencyP95 || CheckoutP99) && !TenantHeartbeatMissing";
        assert_eq!(
            parse(text).unwrap(),
            Logic::And(
                Box::new(Logic::And(
                    rule("LambdaErrorRatio"),
                    Box::new(Logic::Or(rule("ApiLatencyP95"), rule("CheckoutP99")))
                )),
                Box::new(Logic::Not(rule("TenantHeartbeatMissing")))
            )
        );
        assert_eq!(
            parse(text).unwrap().names(),
            ["LambdaErrorRatio", "ApiLatencyP95", "CheckoutP99", "TenantHeartbeatMissing"]
        );
    }

    #[test]
    fn names_may_be_any_identifier() {
        assert_eq!(parse(" Disk-Full ").unwrap(), *rule("Disk-Full"));
        assert_eq!(parse("!!Errors:NoData").unwrap(), Logic::Not(Box::new(Logic::Not(rule("Errors:NoData")))));
        assert_eq!(parse("_5xx.rate||404s").unwrap(), Logic::Or(rule("_5xx.rate"), rule("404s")));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wanted = "the name of a rule, ! or (";
        assert_eq!(fault(""), (0, 1, format!("the combination ends where {wanted} is wanted")));
        assert_eq!(fault("A &&"), (4, 1, format!("the combination ends where {wanted} is wanted")));
        assert_eq!(fault("A && || B"), (5, 2, format!("\"||\" stands where {wanted} is wanted")));
        assert_eq!(fault("A B"), (2, 1, "\"B\" stands where && or || before it, or the end is wanted".into()));
        assert_eq!(fault("A)"), (1, 1, "\")\" stands where && or || before it, or the end is wanted".into()));
        assert_eq!(fault("A && (B || C"), (5, 1, "this ( is never closed".into()));
        assert_eq!(fault("(A B)"), (3, 1, "\"B\" stands where &&, || or ) is wanted".into()));
        assert_eq!(fault("A & B"), (2, 1, "a single & is no operator; write &&".into()));
        assert_eq!(fault("A and B"), (2, 3, "\"and\" is no operator; write &&".into()));
        assert_eq!(
            fault("A > 5"),
            (2, 1, "'>' belongs to no combination; it has names of rules, &&, ||, ! and parentheses".into())
        );
    }

    #[test]
    fn all_characters_that_belong_nowhere_are_told_of_at_once() {
        let places: Vec<usize> = parse("A | B and C & D").unwrap_err().into_iter().map(|fault| fault.at).collect();
        assert_eq!(places, [2, 6, 12]);
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let names = vec!["A"; 64].join(" && ");
        assert!(parse(&names).is_ok());
        assert_eq!(fault(&format!("{names} && A")).2, "the combination has more than 64 names");
        assert_eq!(fault(&format!("{}A", "!".repeat(100_000))).2, "the combination is nested deeper than 32");
        assert_eq!(fault(&"(".repeat(100_000)).2, "the combination is nested deeper than 32");
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[A-C&|!() \\u{e9}]{0,30}|.{0,30}") {
            let length = text.chars().count();
            for fault in parse(&text).err().unwrap_or_default() {
                prop_assert!(fault.len >= 1 && fault.at <= length, "{fault:?}");
            }
        }
    }
}
