//! What the text of a predicate says, before it is known whether that makes sense.

mod parser;

use super::Fault;
pub(super) use parser::read;

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
