//! Rows of a YAML or JSON file: a list of entries, or a map from account to entry, at the root or under `accounts`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::ACCOUNTS_MAX;
use super::column::{Column, Key};
use super::problem::Fault;
use super::report::{At, Report};
use super::row::{Cell, Row};

/// The one member that may stand around the accounts.
const ACCOUNTS: &str = "accounts";

/// The member of an entry that holds nothing but labels.
const LABELS: &str = "labels";

/// Anything, with the place where it stands.
type Node = Spanned<Value>;

#[derive(Clone, Debug)]
enum Value {
    Null,
    /// A number or a truth value; what counts is how it is written.
    Plain,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Plain | Self::Text(_) => "a single value",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Reads JSON: refuses what is YAML only.
pub(super) fn json_rows(text: &str, report: &mut Report<'_>) -> Vec<Row> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => yaml_rows(text, report),
        Err(error) => {
            let at = At::Byte(byte_of(text, error.line(), error.column()));
            report.add(at, Fault::Syntax(without_place(&error)));
            Vec::new()
        }
    }
}

/// Reads YAML.
pub(super) fn yaml_rows(text: &str, report: &mut Report<'_>) -> Vec<Row> {
    match serde_saphyr::from_str_with_options::<Node>(text, options(text)) {
        Ok(root) => Reader { text, report }.root(root),
        Err(error) => {
            let error = error.without_snippet();
            report.add(error.location().map_or(At::Byte(0), line_column), Fault::Syntax(without_place(error)));
            Vec::new()
        }
    }
}

/// Limits that follow from the size of the text, so that a directory of the largest size is read and an alias cannot
/// multiply itself. Duplicate keys are reported by us, with both lines.
fn options(text: &str) -> serde_saphyr::Options {
    /// What aliases may add: one for each account, with some fields.
    const REPLAYED_MAX: usize = ACCOUNTS_MAX * 32;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: text.len() + REPLAYED_MAX,
            max_nodes: text.len() + REPLAYED_MAX,
            max_total_scalar_bytes: text.len() + REPLAYED_MAX * 16,
            max_depth: 16,
            max_aliases: ACCOUNTS_MAX,
            max_merge_keys: ACCOUNTS_MAX,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: REPLAYED_MAX,
            max_replay_stack_depth: 16,
        },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
    }
}

struct Reader<'t, 'r, 'a> {
    text: &'t str,
    report: &'r mut Report<'a>,
}

impl Reader<'_, '_, '_> {
    fn root(mut self, root: Node) -> Vec<Row> {
        match root.value {
            Value::Map(mut members) if self.is_wrapper(&members) => {
                let (_, accounts) = members.remove(0);
                self.accounts(accounts)
            }
            Value::Null | Value::Plain | Value::Text(_) | Value::List(_) | Value::Map(_) => self.accounts(root),
        }
    }

    fn is_wrapper(&self, members: &[(Node, Node)]) -> bool {
        matches!(members, [(key, _)] if self.scalar(key).as_deref() == Some(ACCOUNTS))
    }

    fn accounts(&mut self, node: Node) -> Vec<Row> {
        let at = place(&node);
        match node.value {
            Value::List(items) => items.into_iter().filter_map(|item| self.entry(item)).collect(),
            Value::Map(members) => members.into_iter().map(|(key, value)| self.keyed(&key, value)).collect(),
            other @ (Value::Null | Value::Plain | Value::Text(_)) => {
                self.unexpected(at, "a list of accounts or a mapping from account to entry", &other);
                Vec::new()
            }
        }
    }

    /// An item of the list.
    fn entry(&mut self, node: Node) -> Option<Row> {
        let at = place(&node);
        match node.value {
            Value::Map(members) => Some(Row { at, cells: self.cells(members) }),
            other @ (Value::Null | Value::Plain | Value::Text(_) | Value::List(_)) => {
                self.unexpected(at, "a mapping with the fields of an account", &other);
                None
            }
        }
    }

    /// A member of the map: its key is the account, its value an entry or the tenant alone.
    fn keyed(&mut self, key: &Node, value: Node) -> Row {
        let at = place(key);
        let account = self.scalar(key).map(|value| Cell { key: Key::Column(Column::Account), at, value });
        let mut cells = Vec::from_iter(account);
        match self.scalar(&value) {
            Some(tenant) => cells.push(Cell { key: Key::Column(Column::Tenant), at: place(&value), value: tenant }),
            None if matches!(value.value, Value::Null) => {}
            None => cells.extend(self.entry(value).into_iter().flat_map(|row| row.cells)),
        }
        Row { at, cells }
    }

    fn cells(&mut self, members: Vec<(Node, Node)>) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(members.len());
        for (key, value) in members {
            match (self.scalar(&key), value.value) {
                (Some(name), Value::Map(labels)) if name == LABELS => cells.extend(self.labels(&labels)),
                (_, content) => cells.extend(self.cell(&key, &Node { value: content, ..value }, Key::parse)),
            }
        }
        cells
    }

    fn labels(&mut self, members: &[(Node, Node)]) -> Vec<Cell> {
        members.iter().filter_map(|(key, value)| self.cell(key, value, Key::label)).collect()
    }

    fn cell(&mut self, key: &Node, value: &Node, parse: fn(&str) -> Result<Key, Fault>) -> Option<Cell> {
        let Some(name) = self.scalar(key) else {
            self.unexpected(place(key), "the name of a column or label", &key.value);
            return None;
        };
        let key = parse(&name).map_err(|fault| self.report.add(place(key), fault)).ok()?;
        let at = place(value);
        match self.scalar(value) {
            Some(text) if text.is_empty() => None,
            Some(value) => Some(Cell { key, at, value }),
            None if matches!(value.value, Value::Null) => None,
            None => {
                self.unexpected(at, "a single value", &value.value);
                None
            }
        }
    }

    /// The text of a single value: of a number the digits as written, so that leading zeros stay.
    fn scalar(&self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.trim().into()),
            Value::Plain => {
                let span = node.defined.span();
                let start = usize::try_from(span.byte_offset()?).ok()?;
                let length = usize::try_from(span.byte_len()?).ok()?;
                Some(self.text.get(start..start + length)?.trim().into())
            }
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    fn unexpected(&mut self, at: At, expected: &'static str, given: &Value) {
        self.report.add(at, Fault::Shape { expected, given: given.kind() });
    }
}

fn place(node: &Node) -> At {
    At::Byte(byte(&node.referenced).unwrap_or(0))
}

fn byte(location: &serde_saphyr::Location) -> Option<usize> {
    usize::try_from(location.span().byte_offset()?).ok()
}

fn line_column(location: serde_saphyr::Location) -> At {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    At::LineColumn(number(location.line()), number(location.column()))
}

/// The words of a parser's error; its place stands before them already.
fn without_place(error: &impl fmt::Display) -> String {
    let words = error.to_string();
    let words = words.split(" (defined at line ").next().unwrap_or_default();
    words.rsplit_once(" at line ").map_or(words, |(words, _)| words).into()
}

/// The byte of a line and column as `serde_json` counts them: lines from 1, columns in bytes from 1.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    lines.map(str::len).sum::<usize>() + column.saturating_sub(1)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Value::Map(map))
    }
}
