//! Puts values from outside into a document: `${VAR}`, `${env:VAR}`, `${VAR:-default}`, `${file:/path}`,
//! `${secretsmanager:NAME}`; `$$` is a dollar sign, and a bare `$VAR` stays as it is.
//!
//! It works on values, never on keys, after YAML was parsed: what comes from outside cannot change the shape of a file.
//! Syntax of the first three: OpenTelemetry, "Configuration data model", environment variable substitution.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Code, Problems, quoted};
use super::yaml::{Document, Node, Value};

/// A value that is kept outside the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `${VAR}`, `${env:VAR}`, with `:-default` for a variable that is unset or empty.
    Variable {
        /// Name of the variable.
        name: String,
        /// What stands for it when it is unset or empty.
        default: Option<String>,
    },
    /// `${file:/run/secrets/key}`: the file's text without the line ends at its end.
    File(
        /// The path; a relative one begins at the folder of the configuration file.
        String,
    ),
    /// `${secretsmanager:NAME}` or `${secretsmanager:NAME#KEY}`: a secret of AWS Secrets Manager, or one member of a JSON secret.
    SecretsManager {
        /// Name or ARN of the secret.
        name: String,
        /// Member of the JSON object that the secret holds.
        key: Option<String>,
    },
}

/// What stands outside the file.
#[derive(Clone, Default)]
pub struct Outside {
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Files and secrets that were fetched, or why they could not be. A reference that is not in here stays as it
    /// was written: so a configuration can be checked on a machine that has none of its secrets.
    pub secrets: BTreeMap<Reference, Result<String, String>>,
}

/// Files and secrets that a document names: what a caller has to fetch before it can be used.
#[must_use]
pub fn secrets(document: &Document) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    visit(&document.root, &mut |text| {
        for part in parts(text).into_iter().flatten() {
            if let Part::Reference(reference @ (Reference::File(_) | Reference::SecretsManager { .. })) = part {
                let _ = found.insert(reference);
            }
        }
    });
    found
}

/// Replaces every reference in the document's values. What cannot be replaced becomes a problem, and nothing is left of it.
pub fn substitute(document: &mut Document, outside: &Outside, problems: &mut Problems) {
    substitute_node(&mut document.root, outside, problems);
}

/// Whether a text holds a reference to a file or to Secrets Manager, so that its value must not be printed.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    let secret =
        |part: &Part<'_>| matches!(part, Part::Reference(Reference::File(_) | Reference::SecretsManager { .. }));
    parts(text).is_ok_and(|parts| parts.iter().any(secret))
}

fn visit(node: &Node, f: &mut impl FnMut(&str)) {
    match &node.value {
        Value::Null => {}
        Value::Text(text) => f(text),
        Value::List(items) => items.iter().for_each(|item| visit(item, f)),
        Value::Map(members) => members.iter().for_each(|(_, value)| visit(value, f)),
    }
}

fn substitute_node(node: &mut Node, outside: &Outside, problems: &mut Problems) {
    match &mut node.value {
        Value::Null => {}
        Value::Text(text) => {
            if !text.contains('$') {
                return;
            }
            match replaced(text, outside) {
                Ok(new) => {
                    node.written = Some(std::mem::take(text));
                    node.value = if new.is_empty() { Value::Null } else { Value::Text(new) };
                }
                Err((code, message)) => {
                    problems.add(code, &node.place, message);
                    node.value = Value::Null;
                }
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| substitute_node(item, outside, problems)),
        Value::Map(members) => {
            members.iter_mut().for_each(|(_, value)| substitute_node(value, outside, problems));
        }
    }
}

fn replaced(text: &str, outside: &Outside) -> Result<String, (Code, String)> {
    let mut new = String::with_capacity(text.len());
    for part in parts(text).map_err(|message| (Code::Reference, message))? {
        match part {
            Part::Literal(literal) => new.push_str(literal),
            Part::Reference(reference) => new.push_str(&looked_up(&reference, outside)?),
        }
    }
    Ok(new)
}

fn looked_up(reference: &Reference, outside: &Outside) -> Result<String, (Code, String)> {
    match (reference, outside.secrets.get(reference)) {
        (Reference::Variable { name, default }, _) => match (outside.environment.get(name), default) {
            (Some(value), None) => Ok(value.clone()),
            (Some(value), Some(_)) if !value.is_empty() => Ok(value.clone()),
            (_, Some(default)) => Ok(default.clone()),
            (None, None) => Err((
                Code::Variable,
                format!("the environment variable {name} is not set: set it, or write \"${{{name}:-default}}\""),
            )),
        },
        (_, Some(Ok(secret))) => Ok(secret.clone()),
        (_, Some(Err(why))) => Err((Code::Secret, format!("cannot read {reference}: {why}"))),
        (_, None) => Ok(reference.to_string()),
    }
}

/// As it is written in a file.
impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable { name, default: None } => write!(f, "${{{name}}}"),
            Self::Variable { name, default: Some(default) } => write!(f, "${{{name}:-{default}}}"),
            Self::File(path) => write!(f, "${{file:{path}}}"),
            Self::SecretsManager { name, key: None } => write!(f, "${{secretsmanager:{name}}}"),
            Self::SecretsManager { name, key: Some(key) } => write!(f, "${{secretsmanager:{name}#{key}}}"),
        }
    }
}

enum Part<'a> {
    Literal(&'a str),
    Reference(Reference),
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let behind = &rest[dollar + 1..];
        if let Some(after) = behind.strip_prefix('$') {
            parts.push(Part::Literal(&rest[..=dollar]));
            rest = after;
        } else if let Some(inside) = behind.strip_prefix('{') {
            parts.push(Part::Literal(&rest[..dollar]));
            let Some(end) = inside.find('}') else {
                return Err(format!(
                    "{} has no closing brace; write \"$$\" where a dollar sign is meant",
                    quoted(&rest[dollar..])
                ));
            };
            parts.push(Part::Reference(reference(&inside[..end])?));
            rest = &inside[end + 1..];
        } else {
            parts.push(Part::Literal(&rest[..=dollar]));
            rest = behind;
        }
    }
    parts.push(Part::Literal(rest));
    Ok(parts)
}

fn reference(inside: &str) -> Result<Reference, String> {
    if let Some(path) = inside.strip_prefix("file:").filter(|path| !path.is_empty()) {
        return Ok(Reference::File(path.into()));
    }
    if let Some(secret) = inside.strip_prefix("secretsmanager:").filter(|name| !name.is_empty()) {
        let (name, key) = match secret.split_once('#') {
            Some((name, key)) => (name, Some(key.to_owned())),
            None => (secret, None),
        };
        return Ok(Reference::SecretsManager { name: name.into(), key });
    }
    let variable = inside.strip_prefix("env:").unwrap_or(inside);
    let (name, default) = match variable.split_once(":-") {
        Some((name, default)) => (name, Some(default.to_owned())),
        None => (variable, None),
    };
    if is_variable_name(name) {
        return Ok(Reference::Variable { name: name.into(), default });
    }
    Err(format!(
        "{} is not understood: write \"${{VAR}}\", \"${{VAR:-default}}\", \"${{file:/path}}\" or \
         \"${{secretsmanager:NAME}}\"",
        quoted(&format!("${{{inside}}}"))
    ))
}

fn is_variable_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::yaml;
    use super::*;

    fn outside() -> Outside {
        let environment = [("HOST", "example.com"), ("EMPTY", ""), ("EVIL", "x\n}: [*a, ${HOST}]")];
        let file = Reference::File("/run/secrets/key".into());
        let gone = Reference::File("gone".into());
        Outside {
            environment: environment.map(|(k, v)| (k.into(), v.into())).into(),
            secrets: [(file, Ok("s3cret".into())), (gone, Err("no such file".into()))].into(),
        }
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let mut document = yaml::parse("c.yaml", "a: 1").unwrap();
        document.set(&["a"], text, "--a");
        let mut problems = Problems::new("c.yaml".into());
        substitute(&mut document, &outside(), &mut problems);
        let Value::Map(members) = document.root.value else { panic!("no map") };
        let problems: Vec<_> = problems.into_list().iter().map(ToString::to_string).collect();
        match expected {
            Ok("") => assert_eq!(members[0].1.value, Value::Null),
            Ok(new) => assert_eq!(members[0].1.value, Value::Text(new.into())),
            Err(message) => assert_eq!(problems, [message]),
        }
        assert_eq!(problems.is_empty(), expected.is_ok(), "{problems:?}");
    }

    #[test]
    fn references_become_values() {
        check("http://${HOST}:4318/${env:HOST}", Ok("http://example.com:4318/example.com"));
        check("${MISSING:-eu-central-1}", Ok("eu-central-1"));
        check("${EMPTY:-default}", Ok("default"));
        check("${EMPTY}", Ok(""));
        check("${file:/run/secrets/key}", Ok("s3cret"));
        check("a $HOST costs $$5, not $${HOST}", Ok("a $HOST costs $5, not ${HOST}"));
        check("${secretsmanager:prod/fanin#token}", Ok("${secretsmanager:prod/fanin#token}"));
    }

    #[test]
    fn what_comes_from_outside_is_not_read_again() {
        check("${EVIL}", Ok("x\n}: [*a, ${HOST}]"));
    }

    #[test]
    fn what_cannot_be_replaced_says_why() {
        check(
            "${MISSING}",
            Err("E020 --a a: the environment variable MISSING is not set: set it, or write \"${MISSING:-default}\""),
        );
        check("${file:gone}", Err("E022 --a a: cannot read ${file:gone}: no such file"));
        check("x${HOST", Err("E021 --a a: \"${HOST\" has no closing brace; write \"$$\" where a dollar sign is meant"));
        check(
            "${vault:x}",
            Err("E021 --a a: \"${vault:x}\" is not understood: write \"${VAR}\", \"${VAR:-default}\", \
                 \"${file:/path}\" or \"${secretsmanager:NAME}\""),
        );
    }

    #[test]
    fn the_caller_learns_which_secrets_to_fetch() {
        let document =
            yaml::parse("c", "a: ${file:x}\nb: [\"${secretsmanager:n#k}\", \"$${file:y}\", \"${V}\"]\n").unwrap();
        let expected =
            [Reference::File("x".into()), Reference::SecretsManager { name: "n".into(), key: Some("k".into()) }];
        assert_eq!(secrets(&document), expected.into());
    }

    proptest! {
        #[test]
        fn text_without_a_dollar_sign_stays(text in "[^$]*") {
            prop_assert_eq!(replaced(&text, &outside()), Ok(text));
        }

        #[test]
        fn escaped_dollar_signs_come_back(text: String) {
            prop_assert_eq!(replaced(&text.replace('$', "$$"), &outside()), Ok(text));
        }
    }
}
