//! Reads the sections of a file out of its tree, and goes on after a mistake, so that all of them are told at once.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::problem::{Code, Place, Problems, did_you_mean, quoted};
use super::quantity;
use super::yaml::{Key, Node, Value};
use crate::glob::Glob;
use crate::id::{AccountId, Region};

/// A value and the place where it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it was given.
    pub place: Place,
    /// Whether it stands in the file as it is, and not as a `${...}`.
    pub plain: bool,
}

/// A duration as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(pub Duration);

/// A duration as written, or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodOrNever(pub Duration);

/// A size in bytes as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

/// A share as written, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

/// Never NaN.
impl Eq for Rate {}

/// An amount as written: 0 or more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount(pub f64);

/// Never NaN.
impl Eq for Amount {}

/// Something that can be read from a node. `None` means that a problem was noted, or that nothing was given.
pub trait Read: Sized {
    /// Reads the node.
    fn read(node: &Node, problems: &mut Problems) -> Option<Self>;
}

/// Something that can be read from the text of a scalar.
pub trait FromText: Sized {
    /// What is wanted: ends the sentence that begins with "the value is not".
    const WANTED: &'static str;

    /// Reads the text.
    ///
    /// # Errors
    /// With the kind of problem and what is to be said behind the offending text.
    fn from_text(text: &str) -> Result<Self, (Code, String)>;

    /// How the text looks, for the schema.
    fn schema() -> Schema;
}

impl<T: FromText> Read for At<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = match &node.value {
            Value::Text(text) => text,
            Value::Null => return None,
            Value::List(_) | Value::Map(_) => {
                problems.add(Code::Shape, &node.place, format!("one value belongs here, not {}", shape(node)));
                return None;
            }
        };
        match T::from_text(text) {
            Ok(value) => Some(Self { value, place: node.place.clone(), plain: node.written.is_none() }),
            Err((code, complaint)) => {
                // What came from outside may be a secret in the wrong place: neither it nor a complaint about it is shown.
                let message = match &node.written {
                    None => format!("{} {complaint}", quoted(text)),
                    Some(written) => format!("the value of {} is not {}", quoted(written), T::WANTED),
                };
                problems.add(code, &node.place, message);
                None
            }
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::List(items) => Some(items.iter().filter_map(|item| read_item(item, problems)).collect()),
            Value::Null => None,
            Value::Text(_) | Value::Map(_) => {
                let message = format!("a list belongs here, not {}: begin each item with \"- \"", shape(node));
                problems.add(Code::Shape, &node.place, message);
                None
            }
        }
    }
}

/// A mapping whose keys are the operator's own, such as the names of headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs<T>(pub Vec<(Key, T)>);

impl<T: Read> Read for Pairs<T> {
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Map(members) => {
                let read = |(key, value): &(Key, Node)| Some((key.clone(), read_item(value, problems)?));
                Some(Self(members.iter().filter_map(read).collect()))
            }
            Value::Null => None,
            Value::Text(_) | Value::List(_) => {
                problems.add(Code::Shape, &node.place, format!("names and values belong here, not {}", shape(node)));
                None
            }
        }
    }
}

fn read_item<T: Read>(node: &Node, problems: &mut Problems) -> Option<T> {
    if matches!(node.value, Value::Null) {
        if !problems.is_noted_at(&node.place.key) {
            problems.add(Code::Missing, &node.place, "nothing is given here: give a value or take the line out");
        }
        return None;
    }
    T::read(node, problems)
}

/// The members of a section. Keys that it does not have are noted as problems. An empty section is one with defaults only.
pub fn members<'a>(node: &'a Node, keys: &[&str], problems: &mut Problems) -> Option<&'a [(Key, Node)]> {
    let members = match &node.value {
        Value::Map(members) => members.as_slice(),
        Value::Null => &[],
        Value::Text(_) | Value::List(_) => {
            let message = format!("a section belongs here, not {}; its keys are {}", shape(node), keys.join(", "));
            problems.add(Code::Shape, &node.place, message);
            return None;
        }
    };
    for (key, _) in members {
        if !keys.contains(&key.text.as_str()) {
            problems.add(Code::UnknownKey, &parent(&key.place, &key.text), unknown_key(&key.text, keys));
        }
    }
    Some(members)
}

/// The member of that name.
pub fn member<T: Read>(members: &[(Key, Node)], name: &str, problems: &mut Problems) -> Option<T> {
    let (_, node) = members.iter().find(|(key, _)| key.text == name)?;
    T::read(node, problems)
}

/// The key of a field: one whose name is a word of Rust is written `r#match` there.
#[must_use]
pub fn key(field: &str) -> &str {
    field.strip_prefix("r#").unwrap_or(field)
}

fn unknown_key(given: &str, keys: &[&str]) -> String {
    match did_you_mean(given, keys) {
        hint if hint.is_empty() => format!("unknown key {}; known keys are {}", quoted(given), keys.join(", ")),
        hint => format!("unknown key {}{hint}", quoted(given)),
    }
}

/// The same position, called by the section that the key stands in.
fn parent(place: &Place, name: &str) -> Place {
    let key = place.key.strip_suffix(name).unwrap_or_default().trim_end_matches('.');
    Place { position: place.position.clone(), key: key.into() }
}

const fn shape(node: &Node) -> &'static str {
    match node.value {
        Value::Null => "nothing",
        Value::Text(_) => "a single value",
        Value::List(_) => "a list",
        Value::Map(_) => "a section",
    }
}

/// Defines a section of the file: its struct, its schema and how it is read. Every key may be left out.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
            /// Where the section stands.
            #[schemars(skip)]
            pub place: $crate::config::problem::Place,
        }

        impl $crate::config::read::Read for $name {
            fn read(
                node: &$crate::config::yaml::Node,
                problems: &mut $crate::config::problem::Problems,
            ) -> Option<Self> {
                use $crate::config::read::{key, member, members};
                let members = members(node, &[$(key(stringify!($field))),*], problems)?;
                Some(Self {
                    $($field: member(members, key(stringify!($field)), problems),)*
                    place: node.place.clone(),
                })
            }
        }
    };
}
pub(super) use section;

/// Defines how the values of an enum are written.
macro_rules! choices {
    ($type:ty { $($text:literal => $value:path,)* }) => {
        impl $crate::config::read::FromText for $type {
            const WANTED: &'static str = concat!("one of", $(" ", $text),*);

            fn from_text(text: &str) -> Result<Self, ($crate::config::problem::Code, String)> {
                match text {
                    $($text => Ok($value),)*
                    _ => Err($crate::config::read::no_choice(text, &[$($text),*])),
                }
            }

            fn schema() -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($text),*] })
            }
        }

        impl $crate::config::read::Written for $type {
            fn written(&self) -> String {
                match self {
                    $($value => $text.into(),)*
                }
            }
        }
    };
}
pub(super) use choices;

/// How a value is written in a file.
pub trait Written {
    /// The text that reads as this value.
    fn written(&self) -> String;
}

/// The complaint about a text that is none of the choices.
#[must_use]
pub fn no_choice(text: &str, choices: &[&str]) -> (Code, String) {
    match did_you_mean(text, choices) {
        hint if hint.is_empty() => (Code::Value, format!("is not one of {}", choices.join(", "))),
        hint => (Code::Value, format!("is not known{hint}")),
    }
}

impl FromText for String {
    const WANTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        Ok(text.into())
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "number"] })
    }
}

impl FromText for Glob {
    const WANTED: &'static str = "a pattern of names, such as \"/aws/lambda/*\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        if text.is_empty() {
            return Err((Code::Value, "is empty: give a pattern of names, such as \"/aws/lambda/*\"".into()));
        }
        Ok(Self::new(text))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "examples": ["/aws/lambda/*"] })
    }
}

impl FromText for bool {
    const WANTED: &'static str = "true or false";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        match text {
            "true" | "True" | "TRUE" => Ok(true),
            "false" | "False" | "FALSE" => Ok(false),
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
                Err((Code::Value, "is not true or false, did you mean \"true\"?".into()))
            }
            "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
                Err((Code::Value, "is not true or false, did you mean \"false\"?".into()))
            }
            _ => Err((Code::Value, "is not true or false".into())),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

impl FromText for u32 {
    const WANTED: &'static str = "a whole number";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        text.parse().map_err(|_| (Code::Value, "is not a whole number".into()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": 0 })
    }
}

impl FromText for Rate {
    const WANTED: &'static str = "a share from 0 to 1, such as 0.1";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        match text.parse() {
            Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Self(rate)),
            Ok(_) => Err((Code::Range, "is not between 0 and 1".into())),
            Err(_) => Err((Code::Value, "is not a share from 0 to 1, such as 0.1".into())),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1, "examples": [0.1] })
    }
}

impl FromText for Amount {
    const WANTED: &'static str = "an amount, such as 0.50";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        match text.parse::<f64>() {
            Ok(amount) if amount.is_finite() && amount >= 0.0 => Ok(Self(amount)),
            Ok(_) => Err((Code::Range, "is not 0 or more".into())),
            Err(_) => Err((Code::Value, "is not an amount, such as 0.50".into())),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "examples": [0.5] })
    }
}

impl FromText for SocketAddr {
    const WANTED: &'static str = "an IP address and a port, such as \"127.0.0.1:8080\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        let hint = match text.rsplit_once(':') {
            Some(("localhost", port)) => format!(", did you mean \"127.0.0.1:{port}\"?"),
            Some(("", port)) => format!(", did you mean \"0.0.0.0:{port}\"?"),
            Some(_) | None => ", such as \"127.0.0.1:8080\"".into(),
        };
        text.parse().map_err(|_| (Code::Value, format!("is not an IP address and a port{hint}")))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^.+:[0-9]+$", "examples": ["127.0.0.1:8080"] })
    }
}

impl FromText for AccountId {
    const WANTED: &'static str = "an AWS account id, which has 12 digits";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        Self::parse(text).map_err(|_| (Code::Value, "is not an AWS account id, which has 12 digits".into()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "integer"], "pattern": "^[0-9]{12}$" })
    }
}

impl FromText for Region {
    const WANTED: &'static str = "an AWS Region, such as \"eu-central-1\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        Self::parse(text).map_err(|_| (Code::Value, "is not an AWS Region, such as \"eu-central-1\"".into()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9-]{2,24}$", "examples": ["eu-central-1"] })
    }
}

const PERIOD_PATTERN: &str = "^([0-9]+ ?(ms|s|m|h|d))+$";

impl FromText for Period {
    const WANTED: &'static str = "a duration, such as \"5s\", \"10m\" or \"250ms\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        quantity::duration(text).map(Self).map_err(|error| complaint(&error))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": PERIOD_PATTERN, "examples": ["250ms", "30s", "15m"] })
    }
}

impl FromText for PeriodOrNever {
    const WANTED: &'static str = "a duration or \"never\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        if text == "never" {
            return Ok(Self(Duration::MAX));
        }
        quantity::duration(text).map(Self).map_err(|error| complaint(&error))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": format!("^never$|{PERIOD_PATTERN}"), "examples": ["5m", "never"] })
    }
}

impl FromText for Size {
    const WANTED: &'static str = "a size, such as \"256MiB\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        quantity::size(text).map(Self).map_err(|error| complaint(&error))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+ ?(B|kB|MB|GB|KiB|MiB|GiB)$", "examples": ["2MiB"] })
    }
}

fn complaint(error: &quantity::Error) -> (Code, String) {
    let code = match error {
        quantity::Error::NoUnit { .. } | quantity::Error::UnknownUnit { .. } => Code::Unit,
        quantity::Error::Malformed { .. } => Code::Value,
    };
    (code, error.to_string())
}

/// Anything may also come from outside, as `${...}`.
impl<T: FromText> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let own = T::schema();
        if own == String::schema() {
            return own;
        }
        json_schema!({ "anyOf": [own, generator.subschema_for::<Outside>()] })
    }
}

impl<T: JsonSchema> JsonSchema for Pairs<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Pairs".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// The schema of a `${...}`.
struct Outside;

impl JsonSchema for Outside {
    fn schema_name() -> Cow<'static, str> {
        "Outside".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value from outside the file: ${VAR}, ${VAR:-default}, ${file:/path} or ${secretsmanager:NAME}.",
            "type": "string",
            "pattern": r"\$\{[^}]+\}"
        })
    }
}
