//! Prints the effective configuration: as YAML that Fanin would read again, or as JSON for programs.

use serde_json::{Value, json};

use super::effective::{Origin, Origins, Tree};
use super::substitute;

/// What stands in the place of a secret.
const HIDDEN: &str = "********";

/// The configuration as YAML; each value has its origin as a comment. Secrets are not in it.
#[must_use]
pub fn yaml(tree: &Tree, origins: &Origins) -> String {
    let mut lines = Vec::new();
    let mut printer = Printer { origins, lines: &mut lines };
    printer.node(tree, "", 0, "");
    let width = lines.iter().filter(|(_, origin)| origin.is_some()).map(|(line, _)| line.chars().count()).max();
    let width = width.unwrap_or_default().min(60);
    let mut out = String::new();
    for (line, origin) in lines {
        match origin {
            Some(origin) => out.push_str(&format!("{line:width$}  # {origin}\n")),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

/// The configuration as JSON: a list of `{"key", "value", "origin"}`; secrets have `null` as their value.
#[must_use]
pub fn json(tree: &Tree, origins: &Origins) -> Value {
    let settings = tree.leaves().into_iter().map(|(key, leaf)| {
        let origin = origins.get(&key);
        let (value, origin) = match leaf {
            Tree::Text(text) if !is_fetched(origin) => (json!(text), origin.to_string()),
            Tree::Text(_) | Tree::Hidden | Tree::List(_) | Tree::Map(_) => (Value::Null, origin_of_hidden(origin)),
        };
        json!({ "key": key, "value": value, "origin": origin })
    });
    Value::Array(settings.collect())
}

struct Printer<'a> {
    origins: &'a Origins,
    lines: &'a mut Vec<(String, Option<String>)>,
}

impl Printer<'_> {
    /// `head` stands before the node on its first line: a key or the dash of a list.
    fn node(&mut self, tree: &Tree, key: &str, depth: usize, head: &str) {
        match tree {
            Tree::Text(text) if !is_fetched(self.origins.get(key)) => {
                let origin = self.origins.get(key).to_string();
                self.lines.push((format!("{head}{}", scalar(text)), Some(origin)));
            }
            Tree::Text(_) | Tree::Hidden => self.hidden(key, head),
            Tree::List(items) if items.is_empty() => self.lines.push((format!("{head}[]"), None)),
            Tree::Map(members) if members.is_empty() => self.lines.push((format!("{head}{{}}"), None)),
            Tree::List(items) => {
                self.head(head);
                for (index, item) in items.iter().enumerate() {
                    self.node(item, &format!("{key}[{index}]"), depth + 1, &format!("{}- ", "  ".repeat(depth)));
                }
            }
            Tree::Map(members) => self.map(members, key, depth, head),
        }
    }

    /// The first member of a section in a list stands behind the dash.
    fn map(&mut self, members: &[(String, Tree)], key: &str, depth: usize, head: &str) {
        let mut behind_dash = head.ends_with("- ").then(|| head.to_owned());
        if behind_dash.is_none() {
            self.head(head);
        }
        for (name, value) in members {
            let path = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let indent = behind_dash.take().unwrap_or_else(|| "  ".repeat(depth));
            let separator = if is_block(value) { ":" } else { ": " };
            self.node(value, &path, depth + 1, &format!("{indent}{}{separator}", scalar(name)));
        }
    }

    fn head(&mut self, head: &str) {
        if !head.is_empty() {
            self.lines.push((head.trim_end().to_owned(), None));
        }
    }

    fn hidden(&mut self, key: &str, head: &str) {
        let origin = self.origins.get(key);
        let shown = reference(origin).unwrap_or(HIDDEN);
        self.lines.push((format!("{head}{}", quoted(shown)), Some(origin_of_hidden(origin))));
    }
}

/// Whether the value was fetched as a secret, wherever it stands.
fn is_fetched(origin: &Origin) -> bool {
    match origin {
        Origin::File { reference: Some(reference), .. } => substitute::is_secret(reference),
        Origin::File { .. } | Origin::Default | Origin::Flag(_) | Origin::Environment(_) => false,
    }
}

/// The one `${...}` that a secret was written as. A default in it, or text around it, might be a secret itself.
fn reference(origin: &Origin) -> Option<&str> {
    let Origin::File { reference: Some(reference), .. } = origin else { return None };
    let is_alone = reference.starts_with("${") && reference.find('}') == Some(reference.len() - 1);
    (is_alone && !reference.contains(":-")).then_some(reference)
}

fn origin_of_hidden(origin: &Origin) -> String {
    match origin {
        Origin::File { file, line, column, .. } if reference(origin).is_none() => format!("{file}:{line}:{column}"),
        Origin::File { .. } | Origin::Default | Origin::Flag(_) | Origin::Environment(_) => origin.to_string(),
    }
}

fn is_block(tree: &Tree) -> bool {
    match tree {
        Tree::Text(_) | Tree::Hidden => false,
        Tree::List(items) => !items.is_empty(),
        Tree::Map(members) => !members.is_empty(),
    }
}

/// Plain where nothing in it has a meaning for YAML; a dollar sign is doubled, so that it reads as one.
fn scalar(text: &str) -> String {
    let text = text.replace('$', "$$");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.'));
    let colons_inside = text.split(':').all(|part| !part.is_empty() && part.chars().all(plain));
    let is_null = matches!(text.to_ascii_lowercase().as_str(), "null");
    if first && colons_inside && !is_null { text } else { quoted(&text) }
}

/// JSON strings are YAML strings.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
