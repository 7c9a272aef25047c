//! YAML as a tree in which every value knows its place; nothing is interpreted yet.
//!
//! A scalar stays the text it was written as: an account id keeps its leading zeros, `1.10` does not become `1.1`.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::problem::{Code, Place, Position, Problem};

/// Deeper nesting than any file of ours needs.
const DEPTH_MAX: usize = 32;
/// More values than any file of ours needs, aliases counted each time they are used.
const NODES_MAX: usize = 20_000;

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Where it stands and what it is called.
    pub place: Place,
    /// What stands there.
    pub value: Value,
    /// The text as it was written, where `substitute` put another in its place.
    pub written: Option<String>,
}

/// What stands at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    #[default]
    Null,
    /// A scalar, as written but without quotes.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Where the key itself stands.
    pub place: Place,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file, as the operator named it; empty when there is none.
    pub file: Arc<str>,
    /// What it holds.
    pub root: Node,
}

impl Document {
    /// The document of someone who wrote no file.
    #[must_use]
    pub fn empty() -> Self {
        Self { file: "".into(), root: Node::default() }
    }

    /// The place of a key such as `destinations[0].name`; where it is not given, that of the section it belongs to.
    #[must_use]
    pub fn place(&self, key: &str) -> Place {
        let mut nearest = &self.root;
        while let Some(child) = children(nearest).find(|child| is_on_the_way(&child.place.key, key)) {
            nearest = child;
        }
        Place { position: nearest.place.position.clone(), key: key.into() }
    }

    /// The node of a key such as `destinations[0].name`, if it is given.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        let mut node = &self.root;
        while node.place.key != key {
            node = children(node).find(|child| is_on_the_way(&child.place.key, key))?;
        }
        Some(node)
    }

    /// The first node, in the order of the file, whose text holds this one.
    #[must_use]
    pub fn find_text(&self, part: &str) -> Option<&Node> {
        fn find<'a>(node: &'a Node, part: &str) -> Option<&'a Node> {
            match &node.value {
                Value::Text(text) if text.contains(part) => Some(node),
                Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                    children(node).find_map(|child| find(child, part))
                }
            }
        }
        find(&self.root, part)
    }

    /// Adds an empty section as a flag of the command line does, if the file has none of that name.
    pub fn open(&mut self, path: &[&str], flag: &'static str) {
        if self.get(&path.join(".")).is_none() {
            self.put(path, Value::Null, flag);
        }
    }

    /// Sets a value as a flag of the command line does: over what the file says. `+` in the path is a new item of a list.
    pub fn set(&mut self, path: &[&str], text: &str, flag: &'static str) {
        self.put(path, Value::Text(text.into()), flag);
    }

    /// Leaves out of a section of the file all keys but these.
    pub fn keep_only(&mut self, section: &[&str], keys: &[&str]) {
        let mut node = &mut self.root;
        for step in section {
            let Value::Map(members) = &mut node.value else { return };
            let Some((_, found)) = members.iter_mut().find(|(key, _)| key.text == *step) else { return };
            node = found;
        }
        if let Value::Map(members) = &mut node.value {
            members.retain(|(key, _)| keys.contains(&key.text.as_str()));
        }
    }

    fn put(&mut self, path: &[&str], value: Value, flag: &'static str) {
        let position = Position::Flag(flag);
        let mut node = &mut self.root;
        for step in path {
            node = if *step == "+" { new_item(node, &position) } else { member(node, step, &position) };
        }
        *node = Node { place: Place { position, key: std::mem::take(&mut node.place.key) }, value, written: None };
    }
}

/// Parses one YAML document.
///
/// # Errors
/// When the text is not YAML, holds a key twice or several documents, or is larger than any file of ours need be.
pub fn parse(file: &str, text: &str) -> Result<Document, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEPTH_MAX, max_nodes: NODES_MAX },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: NODES_MAX },
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(Document { file: file.into(), root: node(raw, String::new(), text) }),
        Err(error) => Err(Problem {
            code: Code::Syntax,
            file: file.into(),
            place: Place { position: error.location().map_or(Position::Whole, position), key: String::new() },
            message: one_line(&error),
        }),
    }
}

fn children(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.value {
        Value::Null | Value::Text(_) => Box::new(std::iter::empty()),
        Value::List(items) => Box::new(items.iter()),
        Value::Map(members) => Box::new(members.iter().map(|(_, value)| value)),
    }
}

/// Whether the path of keys `key` leads through `step`, or ends there.
fn is_on_the_way(step: &str, key: &str) -> bool {
    key.strip_prefix(step).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A new item of a list; what was there before and is no list goes.
fn new_item<'a>(node: &'a mut Node, position: &Position) -> &'a mut Node {
    let mut items = match std::mem::take(&mut node.value) {
        Value::List(items) => items,
        Value::Null | Value::Text(_) | Value::Map(_) => Vec::new(),
    };
    let key = format!("{}[{}]", node.place.key, items.len());
    items.push(Node { place: Place { position: position.clone(), key }, ..Node::default() });
    node.value = Value::List(items);
    let Value::List(items) = &mut node.value else { unreachable!("it was made a list above") };
    items.last_mut().expect("one was pushed above")
}

/// The member of that name, or a new one; what was there before and is no mapping goes.
fn member<'a>(node: &'a mut Node, name: &str, position: &Position) -> &'a mut Node {
    let mut members = match std::mem::take(&mut node.value) {
        Value::Map(members) => members,
        Value::Null | Value::Text(_) | Value::List(_) => Vec::new(),
    };
    let index = members.iter().position(|(key, _)| key.text == name).unwrap_or(members.len());
    if index == members.len() {
        let place = Place { position: position.clone(), key: child_key(&node.place.key, name) };
        members.push((Key { text: name.into(), place: place.clone() }, Node { place, ..Node::default() }));
    }
    node.value = Value::Map(members);
    let Value::Map(members) = &mut node.value else { unreachable!("it was made a mapping above") };
    &mut members[index].1
}

/// What serde sees; numbers and the like are read again from the text, because their spelling matters.
enum Raw {
    Null,
    Text(String),
    Other,
    List(Vec<Spanned<Self>>),
    Map(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut members: Vec<(Spanned<String>, _)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, _>()? {
            if members.iter().any(|(other, _)| other.value == key.value) {
                return Err(A::Error::custom(format!("the key {:?} is given twice", key.value)));
            }
            members.push((key, value));
        }
        Ok(Raw::Map(members))
    }
}

fn node(raw: Spanned<Raw>, key: String, text: &str) -> Node {
    let place = Place { position: position(raw.referenced), key };
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Text(text) => Value::Text(text),
        Raw::Other => Value::Text(spelling(raw.defined, text)),
        Raw::List(items) => {
            let items = items.into_iter().enumerate();
            Value::List(items.map(|(index, item)| node(item, format!("{}[{index}]", place.key), text)).collect())
        }
        Raw::Map(members) => {
            Value::Map(members.into_iter().map(|(name, value)| entry(name, value, &place.key, text)).collect())
        }
    };
    Node { place, value, written: None }
}

fn entry(name: Spanned<String>, value: Spanned<Raw>, parent: &str, text: &str) -> (Key, Node) {
    let key = child_key(parent, &name.value);
    let place = Place { position: position(name.referenced), key: key.clone() };
    let mut value = node(value, key, text);
    if matches!(value.value, Value::Null) {
        value.place = place.clone();
    }
    (Key { text: name.value, place }, value)
}

fn child_key(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.into() } else { format!("{parent}.{name}") }
}

/// The scalar's own text, found by its place in the file.
fn spelling(location: Location, text: &str) -> String {
    let span = location.span();
    let range = span.byte_offset().zip(span.byte_len()).and_then(|(offset, length)| {
        let offset = usize::try_from(offset).ok()?;
        Some(offset..offset.checked_add(usize::try_from(length).ok()?)?)
    });
    range.and_then(|range| text.get(range)).map(|text| text.trim().into()).unwrap_or_default()
}

fn position(location: Location) -> Position {
    if location == Location::UNKNOWN {
        return Position::Whole;
    }
    Position::Line { line: location.line(), column: location.column() }
}

/// The parser's words, without the place, which stands before them already, and without advice to programmers.
fn one_line(error: &serde_saphyr::Error) -> String {
    if matches!(error.without_snippet(), serde_saphyr::Error::MultipleDocuments { .. }) {
        return "not valid here: the file holds several documents, divided by \"---\"; keep one".into();
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let end = [" at line ", ", set "].iter().filter_map(|advice| first.find(advice)).min().unwrap_or(first.len());
    format!("not valid YAML: {}", &first[..end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at<'a>(node: &'a Node, name: &str) -> &'a Node {
        let Value::Map(members) = &node.value else { panic!("no map") };
        &members.iter().find(|(key, _)| key.text == name).unwrap().1
    }

    #[test]
    fn scalars_keep_their_spelling() {
        let text =
            "a: 000000000042\nb: 1.10\nc: yes\nd: 0x1F\ne: \"7\"\nf: ~\ng: 1_000\nh: &x 08\ni: *x\nj: !!str 010\n";
        let root = parse("f", text).unwrap().root;
        let all = ["a", "b", "c", "d", "e", "g", "h", "i", "j"].map(|name| at(&root, name).value.clone());
        let expected = ["000000000042", "1.10", "yes", "0x1F", "7", "1_000", "08", "08", "010"];
        assert_eq!(all, expected.map(|text| Value::Text(text.into())));
        assert_eq!(at(&root, "f").value, Value::Null);
    }

    #[test]
    fn every_value_knows_its_place() {
        let root = parse("f", "\u{feff}a:\n  - b: 1\n  -\n    b: {c: 2}\n").unwrap().root;
        let Value::List(items) = &at(&root, "a").value else { panic!("no list") };
        let c = at(at(&items[1], "b"), "c");
        assert_eq!(c.place, Place { position: Position::Line { line: 4, column: 12 }, key: "a[1].b.c".into() });
        assert_eq!(at(&items[0], "b").place.position, Position::Line { line: 2, column: 8 });
    }

    #[test]
    fn a_flag_stands_over_the_file() {
        let mut document = parse("f", "server: {listen: a, other: b}").unwrap();
        document.set(&["server", "listen"], "c", "--listen");
        document.set(&["list", "+", "name"], "d", "--name");
        document.open(&["server"], "--server");
        let server = at(&document.root, "server");
        assert_eq!(at(server, "listen").value, Value::Text("c".into()));
        assert_eq!(at(server, "listen").place.position, Position::Flag("--listen"));
        assert_eq!(at(server, "other").value, Value::Text("b".into()));
        let Value::List(items) = &at(&document.root, "list").value else { panic!("no list") };
        assert_eq!(at(&items[0], "name").place.key, "list[0].name");
    }

    #[test]
    fn what_is_not_yaml_says_where() {
        let told = |text: &str| parse("config.yaml", text).map(|_| ()).map_err(|problem| problem.to_string());
        let all = ["a: [1, 2\nb: 3\n", "a: 1\nb: 2\na: 3\n", "a: 1\n---\nb: 2\n", "a:\n\tb: 1\n", "1: 2: 3"].map(told);
        insta::assert_debug_snapshot!(all);
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for i in 1..12 {
            let aliases = vec![format!("*a{}", i - 1); 9].join(",");
            text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        }
        assert!(parse("f", &text).is_err());
        assert!(parse("f", &"[".repeat(10_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[-:\\[\\]{}&*!|>'\"%@`#,?~ \t\n])*") {
            drop(parse("f", &text));
        }
    }
}
