//! Short names of what the formats of AWS say, beside a predicate that demands one format: `user.ip` of CloudTrail instead
//! of `source.address`. A name that the demanded format has not is a fault, with what was probably meant.

mod table;

use super::Subject;
use super::check::Type;
use super::field::{Field, slip};
use crate::config::FormatName;
use crate::config::problem::did_you_mean;
use table::{Names, names};

/// What every record may have, whatever its format.
const OF_ALL_FORMATS: [&str; 3] = ["aws.log.", "fanin.", "log.record."];

/// Which formats a record can be of, where a condition demands some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    formats: Vec<FormatName>,
}

impl Scope {
    /// The same, and one of each list as well.
    pub(super) fn and(&self, demanded: impl Iterator<Item = Vec<FormatName>>) -> Self {
        let mut formats = self.formats.clone();
        for demanded in demanded {
            if formats.is_empty() {
                formats = demanded;
            } else {
                formats.retain(|format| demanded.contains(format));
            }
        }
        Self { formats }
    }
}

/// The name of the attribute that a short name of a format stands for; `None` where the format has no such short name.
#[must_use]
pub fn attribute(format: FormatName, name: &str) -> Option<String> {
    names(format).alias(name).map(|(attribute, _)| attribute)
}

/// The field of a name, and what its values are.
pub(super) fn field(name: &str, subject: Subject, scope: &Scope) -> Result<(Field, Type), String> {
    let in_backquotes = name.starts_with('`');
    let plain = name.replace('`', "");
    if subject == Subject::Log && !in_backquotes && !scope.formats.is_empty() && !is_of_standard(&plain) {
        return of_formats(&plain, &scope.formats).map(|(attribute, of)| (Field::Attribute(attribute.into()), of));
    }
    let field = Field::parse(name, subject)?;
    let of = type_of(&field);
    Ok((field, of))
}

/// Whether a name is a field whatever the format, or what is said of it does not depend on the format.
fn is_of_standard(name: &str) -> bool {
    name.starts_with("tenant.")
        || name.starts_with("dim.")
        || name.split('.').any(str::is_empty)
        || Field::parse(name, Subject::Log).is_ok_and(|field| !matches!(field, Field::Attribute(_)))
}

fn type_of(field: &Field) -> Type {
    match field {
        Field::Account => Type::Account,
        Field::Level => Type::Level,
        Field::Source => Type::Format,
        Field::Bytes => Type::Number,
        Field::Tenant(name) => match &**name {
            "state" => Type::State,
            "created" => Type::Time,
            "id" | "name" | "tier" | "ou" => Type::Text,
            _ => Type::Any,
        },
        Field::Region
        | Field::Service
        | Field::Message
        | Field::LogGroup
        | Field::LogStream
        | Field::Event
        | Field::Namespace
        | Field::Metric
        | Field::Unit => Type::Text,
        Field::Dimension(_) | Field::Attribute(_) => Type::Any,
    }
}

/// The attribute that a name stands for in each of the formats.
fn of_formats(name: &str, formats: &[FormatName]) -> Result<(String, Type), String> {
    let mut found: Option<(FormatName, String, Type)> = None;
    for format in formats {
        let (attribute, of) = of_format(name, *format)?;
        match &found {
            Some((other, before, _)) if *before != attribute => {
                return Err(format!(
                    "`{name}` is {before} of {other} and {attribute} of {format}: write the full names, or a condition for each source"
                ));
            }
            Some(_) => {}
            None => found = Some((*format, attribute, of)),
        }
    }
    found.map(|(_, attribute, of)| (attribute, of)).ok_or_else(|| format!("`{name}` is no field of any source"))
}

fn of_format(name: &str, format: FormatName) -> Result<(String, Type), String> {
    let names = names(format);
    if let Some(found) = names.alias(name).or_else(|| names.known(name)) {
        return Ok(found);
    }
    let all = names.all();
    let hint = |meant: &str| {
        format!(
            "`{name}` is no field of {format}, did you mean \"{meant}\"? An attribute of that name is written in backquotes: `{name}`"
        )
    };
    let standard: Vec<&str> = all
        .iter()
        .copied()
        .chain(["service", "level", "message", "log_group", "log_stream", "region", "account"])
        .collect();
    if let Some(meant) = slip(name, &standard) {
        return Err(hint(meant));
    }
    let prefixed = names.prefixes.iter().chain(&OF_ALL_FORMATS).any(|prefix| name.starts_with(prefix));
    if names.open || prefixed {
        return Ok((name.to_owned(), Type::Any));
    }
    let near = did_you_mean(name, &standard);
    if let Some(meant) = near.strip_prefix(", did you mean \"").and_then(|rest| rest.strip_suffix("\"?")) {
        return Err(hint(meant));
    }
    let short: Vec<&str> = names.aliases.iter().map(|(short, _, _)| *short).collect();
    Err(format!(
        "`{name}` is no field of {format}: there are {}, and its attributes by their full names; an attribute of that name is written in backquotes: `{name}`",
        short.join(", ")
    ))
}

impl Names {
    /// What a short name stands for, also where it leads to a member.
    fn alias(&self, name: &str) -> Option<(String, Type)> {
        let exact = self.aliases.iter().find(|(short, _, _)| *short == name);
        if let Some((_, attribute, of)) = exact {
            return Some(((*attribute).to_owned(), *of));
        }
        let below = |short: &str| name.strip_prefix(short).filter(|rest| rest.starts_with('.'));
        let mut maps = self.aliases.iter().filter(|(_, _, of)| *of == Type::Any);
        maps.find_map(|(short, attribute, _)| below(short).map(|rest| (format!("{attribute}{rest}"), Type::Any)))
    }

    /// An attribute by its full name, or a member of one.
    fn known(&self, name: &str) -> Option<(String, Type)> {
        let exact = self.aliases.iter().find(|(_, attribute, _)| *attribute == name);
        if let Some((_, _, of)) = exact {
            return Some((name.to_owned(), *of));
        }
        let leads = |known: &str| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let known = self.attributes.iter().any(|known| leads(known))
            || self.aliases.iter().any(|(_, attribute, of)| *of == Type::Any && leads(attribute));
        known.then(|| (name.to_owned(), Type::Any))
    }

    fn all(&self) -> Vec<&'static str> {
        let aliases = self.aliases.iter().flat_map(|(short, attribute, _)| [*short, *attribute]);
        aliases.chain(self.attributes.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests;
