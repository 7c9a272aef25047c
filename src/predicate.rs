//! Predicates: what a rule asks of a record, a metric point or an account.
//!
//! The text is a part of CEL, parsed to a typed tree against what such a subject can have. A comparison with something
//! that is not there is false.
//!
//! There are `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `&&`, `||`, `!`, brackets, texts, numbers, `true`, `false`, `null`, lists behind
//! `in`, `has(x)`, `size(x)`, `x.contains(s)`, `x.startsWith(s)`, `x.endsWith(s)`, `x.matches(re)`, `x.lowerAscii()`, and
//! `timestamp(s)` beside `tenant.created`. There is no arithmetic, no `a ? b : c`, no index and no macro besides `has`.
//!
//! Where all fields are there and of the types that are asked for, a predicate gives what CEL gives. It differs where CEL
//! would stop with an error, which a rule cannot do for each of a million records:
//!
//! - A comparison with a field that is not there, or is null, is false: also `!=`. Only `x == null` holds of null.
//! - `has(x)` is false of null, and may be asked of a name without dots.
//! - An order or a function that does not fit the type of a value is false. `!=` with a value of another type is true, as
//!   in CEL.
//! - A text that holds a number is that number beside a number, since many producers quote their numbers.
//! - A name with dots is the attribute of that name, and only then the member that it leads to. Names with other characters
//!   stand in backquotes; one that begins with a backquote is an attribute, whatever else it would be.
//! - Values of `level`, `source` and `tenant.state` may be written in any case.
//! - An expression that matches the empty text is refused.
//!
//! Source: CEL specification, <https://github.com/google/cel-spec/blob/master/doc/langdef.md>.

pub mod field;
pub mod account;
pub mod alias;
pub mod signature;

mod check;
mod lexer;
mod needs;
mod node;
mod syntax;
mod word;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::record::value::Value;
use alias::Scope;
use field::Field;
pub use needs::Needs;
use node::Node;
use syntax::Tree;

/// Characters of a predicate, at most. A list of all accounts belongs into a label of the directory.
const CHARS_MAX: usize = 16_384;

/// Faults that are told of one text, at most.
const FAULTS_MAX: usize = 20;

/// What is wrong with a text of the rule language, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins, in characters from 0.
    pub at: usize,
    /// How many characters it takes; at least 1.
    pub len: usize,
    /// What was given, what was wanted, and what to write instead.
    pub message: String,
}

/// What a predicate is about, which decides the fields that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A log record.
    Log,
    /// A point of a CloudWatch metric.
    Metric,
    /// An account of the directory.
    Account,
}

/// Something that has fields.
pub trait Fields {
    /// The value of a field; `None` where it is not there.
    fn get(&self, field: &Field) -> Option<Value<'_>>;
}

/// A predicate that was parsed and checked.
#[derive(Clone)]
pub struct Predicate {
    text: Box<str>,
    subject: Subject,
    node: Arc<Node>,
    scope: Scope,
}

impl Predicate {
    /// Parses and checks a predicate.
    ///
    /// # Errors
    /// With everything that is wrong, in the order of the text.
    pub fn parse(text: &str, subject: Subject) -> Result<Self, Vec<Fault>> {
        let end = text.chars().count();
        if end > CHARS_MAX {
            let message = format!(
                "a predicate has at most {CHARS_MAX} characters, and this one has {end}: use a label of the directory for long lists"
            );
            return Err(vec![Fault { at: CHARS_MAX, len: end - CHARS_MAX, message }]);
        }
        if text.trim().is_empty() {
            let message = "a predicate is missing: write a condition such as level == \"ERROR\", or leave the key out";
            return Err(vec![Fault { at: 0, len: end.max(1), message: message.into() }]);
        }
        let mut faults = Vec::new();
        let tokens = lexer::tokens(text, &mut faults);
        let tree = syntax::read(&tokens, end, &mut faults);
        let scope = top_scope(&tree);
        let node = check::Check { subject, faults: &mut faults }.tree(&tree, &Scope::default());
        if faults.is_empty() {
            return Ok(Self { text: text.into(), subject, node: Arc::new(node), scope });
        }
        faults.sort_by_key(|fault| (fault.at, fault.len));
        faults.dedup();
        faults.truncate(FAULTS_MAX);
        Err(faults)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is about.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// Whether it holds of a record.
    #[must_use]
    pub fn holds(&self, of: &dyn Fields) -> bool {
        self.node.holds(of)
    }

    /// What every record has of which it holds.
    #[must_use]
    pub fn needs(&self) -> Needs {
        Needs::of(&self.node)
    }

    /// Every field that it asks for.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<Field> {
        let mut fields = BTreeSet::new();
        self.node.each_field(&mut |field| {
            let _ = fields.insert(field.clone());
        });
        fields
    }

    /// The field of a name beside this predicate, as in `group_by`, where a short name of the one format that the predicate
    /// demands is that of an attribute: `user.ip` beside `source == "cloudtrail"` is `source.address`.
    ///
    /// # Errors
    /// When the subject has no such field; with what was given and what is allowed.
    pub fn field(&self, name: &str) -> Result<Field, String> {
        alias::field(name, self.subject, &self.scope).map(|(field, _)| field)
    }
}

/// What is demanded of every record.
fn top_scope(tree: &Tree) -> Scope {
    let trees = match tree {
        Tree::All(trees) => trees.as_slice(),
        Tree::Bad | Tree::Any(_) | Tree::Not(_) | Tree::Relation { .. } | Tree::Alone(_) => std::slice::from_ref(tree),
    };
    Scope::default().and(trees.iter().filter_map(check::demanded))
}

/// The same text about the same subject.
impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.subject == other.subject
    }
}

impl Eq for Predicate {}

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predicate").field("text", &self.text).field("subject", &self.subject).finish()
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
