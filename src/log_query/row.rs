//! What of a record a query looks at.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::{Key, Pattern, Term, Test};

/// A record as queries see it. Attributes are read only when a query asks for one.
#[derive(Debug)]
pub struct Row<'a> {
    account: &'a str,
    tenant: &'a str,
    source: &'a str,
    severity: u8,
    body: &'a str,
    attributes: Lazy<'a>,
    resource: Lazy<'a>,
}

impl<'a> Row<'a> {
    /// A record: twelve digits, tenant, log group, severity number, and its message as text. `attributes` and `resource` are
    /// JSON objects as text; what is none has no attribute.
    #[must_use]
    pub const fn new(
        (account, tenant): (&'a str, &'a str),
        source: &'a str,
        severity: u8,
        body: &'a str,
        attributes: &'a str,
        resource: &'a str,
    ) -> Self {
        Self {
            account,
            tenant,
            source,
            severity,
            body,
            attributes: Lazy::new(attributes),
            resource: Lazy::new(resource),
        }
    }

    pub(super) fn satisfies(&self, term: &Term) -> bool {
        match term {
            Term::Text { not, text } => self.says(text) != *not,
            Term::Severity { comparison, level } => {
                let (low, high) = comparison.range(level);
                (low..=high).contains(&self.severity)
            }
            Term::Field { key, test } => self.field(key, test),
        }
    }

    /// In the message, or in the value of an attribute: a JSON line is taken apart into attributes, and its words must be found
    /// still.
    fn says(&self, text: &Pattern) -> bool {
        if text.regex.is_match(self.body) {
            return true;
        }
        // Names of attributes stand in the text as well, and characters are escaped in it.
        let json = self.attributes.text;
        let perhaps = json.len() > 2 && (json.contains('\\') || text.regex.is_match(json));
        perhaps && self.attributes.members().values().any(|value| any_text(value, &|said| text.regex.is_match(said)))
    }

    fn field(&self, key: &Key, test: &Test) -> bool {
        match key {
            Key::Account => holds(test, self.account),
            Key::Tenant => holds(test, self.tenant),
            Key::Source => holds(test, self.source),
            Key::Message => holds(test, self.body),
            Key::Attribute(name) => self.attribute(name, test),
        }
    }

    /// An attribute of the record counts before one of its resource. What is absent is no value, so it is not any given one.
    fn attribute(&self, name: &str, test: &Test) -> bool {
        let value = find(self.attributes.members(), name).or_else(|| find(self.resource.members(), name));
        match (value, test) {
            (None, Test::IsNot(_)) => true,
            (None, Test::Is(_) | Test::Like(_)) => false,
            (Some(value), Test::IsNot(unwanted)) => !any_text(value, &|text| text == unwanted),
            (Some(value), Test::Is(_) | Test::Like(_)) => any_text(value, &|text| holds(test, text)),
        }
    }
}

fn holds(test: &Test, text: &str) -> bool {
    match test {
        Test::Is(wanted) => text == wanted,
        Test::IsNot(unwanted) => text != unwanted,
        Test::Like(pattern) => pattern.regex.is_match(text),
    }
}

/// The member of that name, else the one that its dots lead to: `user.type` is also `type` of `user`.
fn find<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.get(name).or_else(|| {
        let mut dots = name.match_indices('.');
        dots.find_map(|(dot, _)| find(members.get(&name[..dot])?.as_object()?, &name[dot + 1..]))
    })
}

/// Whether a value, or one inside of it, is such a text. Numbers are texts as they are written.
fn any_text(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Null => test(""),
        Value::Bool(value) => test(if *value { "true" } else { "false" }),
        Value::Number(number) => test(&number.to_string()),
        Value::String(text) => test(text),
        Value::Array(values) => values.iter().any(|value| any_text(value, test)),
        Value::Object(members) => members.values().any(|value| any_text(value, test)),
    }
}

/// A JSON object that is parsed when it is needed.
#[derive(Debug)]
struct Lazy<'a> {
    text: &'a str,
    parsed: OnceCell<Map<String, Value>>,
}

impl<'a> Lazy<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, parsed: OnceCell::new() }
    }

    fn members(&self) -> &Map<String, Value> {
        self.parsed.get_or_init(|| serde_json::from_str(self.text).unwrap_or_default())
    }
}
