//! Tokens into a tree. What cannot be read is noted, and reading goes on behind the next `&&`, `||` or bracket.

use super::Fault;
use super::lexer::{Spanned, Token};

/// Brackets and negations inside of each other, at most: nobody reads more.
const DEPTH_MAX: usize = 32;

/// Where something stands, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: usize,
    pub(super) len: usize,
}

impl Span {
    /// From the beginning of one to the end of another.
    pub(super) fn to(self, other: Self) -> Self {
        Self { at: self.at, len: (other.at + other.len).saturating_sub(self.at).max(self.len) }
    }

    pub(super) fn fault(self, message: impl Into<String>) -> Fault {
        Fault { at: self.at, len: self.len.max(1), message: message.into() }
    }
}

/// A condition.
#[derive(Debug)]
pub(super) enum Tree {
    /// What was complained about.
    Bad,
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Relation {
        relation: Relation,
        left: Operand,
        right: Operand,
    },
    /// Something that stands alone.
    Alone(Operand),
}

/// What may stand between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Below,
    AtMost,
    Above,
    AtLeast,
    In,
}

/// Something that has a value.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What has a value.
#[derive(Debug)]
pub(super) enum Kind {
    Literal(Literal),
    List(Vec<Operand>),
    /// A name as it was written, with its dots and backquotes.
    Name(String),
    /// `function(arguments)`, or `target.function(arguments)`.
    Call {
        function: String,
        target: Option<Box<Operand>>,
        arguments: Vec<Operand>,
    },
    /// What was complained about.
    Bad,
}

/// A value that stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    Null,
}

/// Reads all tokens as one condition.
pub(super) fn read(tokens: &[Spanned], end: usize, faults: &mut Vec<Fault>) -> Tree {
    let mut parser = Parser { tokens, next: 0, end, depth: 0, faults };
    let mut trees = vec![parser.any()];
    while let Some(span) = parser.take(")") {
        parser.faults.push(span.fault("a ) too many: there is no ( for it"));
        let _ = parser.take("&&").or_else(|| parser.take("||"));
        if parser.next < parser.tokens.len() {
            trees.push(parser.any());
        }
    }
    one_or(trees, Tree::All)
}

fn one_or(mut trees: Vec<Tree>, many: fn(Vec<Tree>) -> Tree) -> Tree {
    match trees.pop() {
        Some(only) if trees.is_empty() => only,
        Some(last) => {
            trees.push(last);
            many(trees)
        }
        None => Tree::Bad,
    }
}

/// Reading stopped, and why is noted.
struct Stop;

struct Parser<'t> {
    tokens: &'t [Spanned],
    next: usize,
    /// Characters of the whole text: where something is missing at its end.
    end: usize,
    depth: usize,
    faults: &'t mut Vec<Fault>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|it| &it.token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.next).map_or(Span { at: self.end, len: 1 }, |it| Span { at: it.at, len: it.len })
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token::Symbol(it)) if *it == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(it)) if it == word)
    }

    fn take(&mut self, symbol: &str) -> Option<Span> {
        let span = self.is(symbol).then(|| self.span())?;
        self.next += 1;
        Some(span)
    }

    fn stop<T>(&mut self, span: Span, message: impl Into<String>) -> Result<T, Stop> {
        self.faults.push(span.fault(message));
        Err(Stop)
    }

    /// What stands here, for messages.
    fn here(&self) -> String {
        match self.peek() {
            None => "the end".into(),
            Some(Token::Name(name) | Token::Quoted(name)) => format!("`{name}`"),
            Some(Token::Text(text)) => crate::config::problem::quoted(text),
            Some(Token::Int(number)) => number.to_string(),
            Some(Token::Double(number)) => number.to_string(),
            Some(Token::Symbol(symbol)) => format!("`{symbol}`"),
            Some(Token::Bad) => "something else".into(),
        }
    }

    fn any(&mut self) -> Tree {
        let mut trees = vec![self.all()];
        while self.take("||").is_some() || self.take_word("or", "||") {
            trees.push(self.all());
        }
        one_or(trees, Tree::Any)
    }

    fn all(&mut self) -> Tree {
        let mut trees = vec![self.part()];
        while self.take("&&").is_some() || self.take_word("and", "&&") {
            trees.push(self.part());
        }
        one_or(trees, Tree::All)
    }

    /// A word that is an operator elsewhere: complained about, and understood.
    fn take_word(&mut self, word: &str, symbol: &str) -> bool {
        let written = match self.peek() {
            Some(Token::Name(name)) if name.eq_ignore_ascii_case(word) => name.clone(),
            Some(_) | None => return false,
        };
        let fault = self.span().fault(format!("`{written}` is no operator here: write {symbol}"));
        self.faults.push(fault);
        self.next += 1;
        true
    }

    /// A part of `&&`, up to what may follow one.
    fn part(&mut self) -> Tree {
        let tree = self.relation().and_then(|tree| self.ends_well().map(|()| tree));
        tree.unwrap_or_else(|Stop| {
            self.recover();
            Tree::Bad
        })
    }

    fn ends_well(&mut self) -> Result<(), Stop> {
        let word = |word: &str| matches!(self.peek(), Some(Token::Name(it)) if it.eq_ignore_ascii_case(word));
        match self.peek() {
            None | Some(Token::Symbol("&&" | "||" | ")")) => Ok(()),
            Some(_) if word("and") || word("or") => Ok(()),
            Some(_) => {
                let message = self.out_of_place();
                self.stop(self.span(), message)
            }
        }
    }

    /// Why something that is no `&&` and no `||` cannot stand behind a condition.
    fn out_of_place(&self) -> String {
        match self.peek() {
            Some(Token::Symbol(symbol @ ("+" | "-" | "*" | "/" | "%"))) => arithmetic(symbol),
            Some(Token::Symbol("?" | ":")) => "there is no a ? b : c in predicates: write a && b || !a && c".into(),
            Some(Token::Symbol("[")) => {
                "there is no [..] behind a field: write the member behind a dot, as in order.id".into()
            }
            Some(Token::Symbol("==" | "!=" | "<" | "<=" | ">" | ">=")) => {
                format!("a second comparison in one: {} here; write && between two, as in a >= 1 && a < 5", self.here())
            }
            Some(Token::Name(name)) if name == "in" => "a second comparison in one: write && between two".into(),
            Some(Token::Name(name)) if name.eq_ignore_ascii_case("not") => {
                "there is no `not`: write !( ) around the condition, as in !(level in [\"DEBUG\"])".into()
            }
            Some(Token::Name(name)) if name.eq_ignore_ascii_case("like") || name.eq_ignore_ascii_case("contains") => {
                format!("`{name}` is no operator here: write field.contains(\"text\")")
            }
            Some(_) | None => format!("&& or || is missing before {}", self.here()),
        }
    }

    /// Past what cannot be read, up to where another part begins.
    fn recover(&mut self) {
        let mut open = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Symbol("(" | "[" | "{") => open += 1,
                Token::Symbol(")") if open == 0 => return,
                Token::Symbol(")" | "]" | "}") => open = open.saturating_sub(1),
                Token::Symbol("&&" | "||") if open == 0 => return,
                Token::Name(_)
                | Token::Quoted(_)
                | Token::Text(_)
                | Token::Int(_)
                | Token::Double(_)
                | Token::Symbol(_)
                | Token::Bad => {}
            }
            self.next += 1;
        }
    }

    fn relation(&mut self) -> Result<Tree, Stop> {
        let left_span = self.span();
        let left = self.unary()?;
        let Some(relation) = self.relation_here() else { return Ok(left) };
        self.next += 1;
        let right_span = self.span();
        let right = self.unary()?;
        match (left, right) {
            (Tree::Alone(left), Tree::Alone(right)) => Ok(Tree::Relation { relation, left, right }),
            (Tree::Bad, _) | (_, Tree::Bad) => Ok(Tree::Bad),
            (Tree::Not(_), _) => self.stop(
                left_span,
                "! belongs to what is directly behind it and binds tighter than a comparison: write !(a == b), or a != b",
            ),
            (Tree::Alone(_), _) => self.stop(right_span, "a condition cannot be compared: write a field, a value or a list"),
            (_, _) => self.stop(left_span, "a condition cannot be compared: join conditions with && and ||"),
        }
    }

    fn relation_here(&mut self) -> Option<Relation> {
        if self.is_word("in") {
            return Some(Relation::In);
        }
        match self.peek()? {
            Token::Name(name) if name.eq_ignore_ascii_case("in") => {
                let fault = self.span().fault(format!("`{name}` is written `in`"));
                self.faults.push(fault);
                Some(Relation::In)
            }
            Token::Symbol("==") => Some(Relation::Equal),
            Token::Symbol("!=") => Some(Relation::NotEqual),
            Token::Symbol("<") => Some(Relation::Below),
            Token::Symbol("<=") => Some(Relation::AtMost),
            Token::Symbol(">") => Some(Relation::Above),
            Token::Symbol(">=") => Some(Relation::AtLeast),
            Token::Name(_)
            | Token::Quoted(_)
            | Token::Text(_)
            | Token::Int(_)
            | Token::Double(_)
            | Token::Symbol(_)
            | Token::Bad => None,
        }
    }

    fn unary(&mut self) -> Result<Tree, Stop> {
        let mut negations = 0_usize;
        while self.take("!").is_some() {
            negations += 1;
        }
        let tree = if self.is("(") { self.bracket()? } else { Tree::Alone(self.operand()?) };
        if negations > 0 && matches!(tree, Tree::Bad) {
            return Ok(tree);
        }
        Ok(match negations {
            0 => tree,
            _ if negations % 2 == 1 => Tree::Not(Box::new(tree)),
            _ => Tree::Not(Box::new(Tree::Not(Box::new(tree)))),
        })
    }

    fn bracket(&mut self) -> Result<Tree, Stop> {
        let open = self.span();
        self.next += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.next = self.tokens.len();
            return self.stop(open, format!("more than {DEPTH_MAX} brackets inside of each other: write fewer"));
        }
        let tree = self.any();
        self.depth -= 1;
        if self.take(")").is_none() {
            return self.stop(open, format!("a ( that is not closed: a ) is missing before {}", self.here()));
        }
        Ok(tree)
    }

    fn operand(&mut self) -> Result<Operand, Stop> {
        let span = self.span();
        let literal = |literal| Operand { kind: Kind::Literal(literal), span };
        let operand = match self.peek().cloned() {
            Some(Token::Text(text)) => literal(Literal::Text(text)),
            Some(Token::Int(number)) => literal(Literal::Int(number)),
            Some(Token::Double(number)) => literal(Literal::Double(number)),
            Some(Token::Bad) => Operand { kind: Kind::Bad, span },
            Some(Token::Symbol("-")) => return self.negative(),
            Some(Token::Symbol("[")) => return self.list(),
            Some(Token::Name(name)) => match name.as_str() {
                "true" => literal(Literal::Bool(true)),
                "false" => literal(Literal::Bool(false)),
                "null" => literal(Literal::Null),
                _ => return self.path(),
            },
            Some(Token::Quoted(_)) => return self.path(),
            Some(Token::Symbol("{")) => return self.stop(span, "there are no maps in predicates: name a field"),
            Some(Token::Symbol(symbol @ ("+" | "*" | "/" | "%"))) => {
                let message = arithmetic(symbol);
                return self.stop(span, message);
            }
            Some(Token::Symbol(_)) | None => {
                let message = format!("a field or a value is missing before {}", self.here());
                return self.stop(span, message);
            }
        };
        self.next += 1;
        if self.is(".") && !matches!(operand.kind, Kind::Bad) {
            return self
                .stop(self.span(), "functions are asked of fields, not of values: write field.contains(\"text\")");
        }
        Ok(operand)
    }

    fn negative(&mut self) -> Result<Operand, Stop> {
        let minus = self.span();
        self.next += 1;
        let span = minus.to(self.span());
        let literal = match self.peek() {
            Some(Token::Int(number)) => Literal::Int(-number),
            Some(Token::Double(number)) => Literal::Double(-number),
            Some(_) | None => return self.stop(minus, arithmetic("-")),
        };
        self.next += 1;
        Ok(Operand { kind: Kind::Literal(literal), span })
    }

    fn list(&mut self) -> Result<Operand, Stop> {
        let open = self.span();
        self.next += 1;
        let (items, close) = self.items("]", open)?;
        Ok(Operand { kind: Kind::List(items), span: open.to(close) })
    }

    /// Operands with commas between, up to a bracket.
    fn items(&mut self, close: &str, open: Span) -> Result<(Vec<Operand>, Span), Stop> {
        let mut items = Vec::new();
        loop {
            if let Some(span) = self.take(close) {
                return Ok((items, span));
            }
            if self.peek().is_none() {
                return self.stop(open, format!("a bracket that is not closed: {close} is missing at the end"));
            }
            items.push(self.operand()?);
            if self.take(",").is_none() && !self.is(close) && self.peek().is_some() {
                return self.stop(self.span(), format!("a comma or {close} is missing before {}", self.here()));
            }
        }
    }

    /// A name with its dots, and the functions that are asked of it.
    fn path(&mut self) -> Result<Operand, Stop> {
        let span = self.span();
        let quoted = matches!(self.peek(), Some(Token::Quoted(_)));
        let Some(first) = self.segment() else { return Err(Stop) };
        if self.is("(") && !quoted {
            let operand = self.call(first, None, span)?;
            return self.methods(operand);
        }
        let mut operand = Operand { kind: Kind::Name(first), span };
        while self.is(".") {
            let dot = self.span();
            self.next += 1;
            let behind = self.span();
            let Some(segment) = self.segment() else {
                return self.stop(dot, format!("a name is missing between the dot and {}", self.here()));
            };
            if self.is("(") {
                let operand = self.call(segment, Some(Box::new(operand)), span)?;
                return self.methods(operand);
            }
            if let Kind::Name(name) = &mut operand.kind {
                name.push('.');
                name.push_str(&segment);
            }
            operand.span = span.to(behind);
        }
        self.no_hyphen(&operand)?;
        Ok(operand)
    }

    /// `x-forwarded-for` is a subtraction to CEL, and a name to everyone else.
    fn no_hyphen(&mut self, operand: &Operand) -> Result<(), Stop> {
        let adjacent = self.span().at == operand.span.at + operand.span.len;
        let named = matches!(self.tokens.get(self.next + 1).map(|it| &it.token), Some(Token::Name(_)));
        if self.is("-") && adjacent && named {
            return self.stop(
                operand.span,
                "a name with a hyphen is written in backquotes, as in http.request.header.`x-forwarded-for`",
            );
        }
        Ok(())
    }

    fn segment(&mut self) -> Option<String> {
        match self.peek()? {
            Token::Name(name) => {
                let name = name.clone();
                self.next += 1;
                Some(name)
            }
            Token::Quoted(name) => {
                let name = format!("`{name}`");
                self.next += 1;
                Some(name)
            }
            Token::Text(_) | Token::Int(_) | Token::Double(_) | Token::Symbol(_) | Token::Bad => None,
        }
    }

    fn call(&mut self, function: String, target: Option<Box<Operand>>, start: Span) -> Result<Operand, Stop> {
        let open = self.span();
        self.next += 1;
        let (arguments, close) = self.items(")", open)?;
        Ok(Operand { kind: Kind::Call { function, target, arguments }, span: start.to(close) })
    }

    /// Further functions, as in `service.lowerAscii().contains("x")`.
    fn methods(&mut self, operand: Operand) -> Result<Operand, Stop> {
        let mut operand = operand;
        let start = operand.span;
        let mut calls = 0;
        while self.take(".").is_some() {
            calls += 1;
            let Some(function) = self.segment().filter(|_| self.is("(") && calls <= DEPTH_MAX) else {
                return self.stop(start, format!("a function is missing before {}", self.here()));
            };
            operand = self.call(function, Some(Box::new(operand)), start)?;
        }
        Ok(operand)
    }
}

fn arithmetic(symbol: &str) -> String {
    format!(
        "predicates have no arithmetic, and {symbol} is of it: compare a field with a number, and calculate in the rule's `value`"
    )
}
