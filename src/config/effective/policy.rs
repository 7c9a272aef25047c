//! The section `policy` in the shape of the file.

use super::{Tree, list, map, text, texts};
use crate::config::Secret;
use crate::config::policy::{
    Change, Condition, Edit, Exempt, Fields, Filter, Pattern, Policy, Redact, Sample, Scope, Verdict,
};
use crate::config::read::Written;

pub(super) fn tree(policy: &Policy) -> Tree {
    map([
        ("redact", Some(redact(&policy.redact))),
        ("filter", Some(list(&policy.filter, filter))),
        ("sample", Some(list(&policy.sample, sample))),
        ("attributes", Some(list(&policy.attributes, edit))),
    ])
}

fn redact(redact: &Redact) -> Tree {
    let hidden = |_: &Secret| Tree::Hidden;
    map([
        ("detectors", Some(choices(&redact.detectors))),
        ("action", text(redact.action.written())),
        ("hash_key", redact.hash_key.as_ref().map(hidden)),
        ("exempt", Some(list(&redact.exempt, exempt))),
        ("patterns", Some(list(&redact.patterns, pattern))),
        ("fields", Some(list(&redact.fields, fields))),
    ])
}

fn exempt(exempt: &Exempt) -> Tree {
    limited(&exempt.scope, [("detectors", Some(choices(&exempt.detectors)))])
}

fn pattern(pattern: &Pattern) -> Tree {
    limited(
        &pattern.scope,
        [
            ("name", text(&pattern.name)),
            ("pattern", text(&pattern.pattern)),
            ("action", text(pattern.action.written())),
            ("fields", some_texts(&pattern.fields)),
        ],
    )
}

fn fields(fields: &Fields) -> Tree {
    limited(&fields.scope, [("names", Some(texts(&fields.names))), ("action", text(fields.action.written()))])
}

fn filter(filter: &Filter) -> Tree {
    let name = match filter.verdict {
        Verdict::Keep => "keep",
        Verdict::Drop => "drop",
    };
    map([(name, Some(condition(&filter.condition)))])
}

fn condition(condition: &Condition) -> Tree {
    let attributes = condition.attributes.iter().map(|(key, glob)| (key.clone(), Tree::Text(glob.to_string())));
    let attributes: Vec<_> = attributes.collect();
    limited(
        &condition.scope,
        [
            ("severity_below", condition.severity_below.and_then(|level| text(level.written()))),
            ("severity_from", condition.severity_from.and_then(|level| text(level.written()))),
            ("body", condition.body.as_ref().and_then(text)),
            ("attributes", (!attributes.is_empty()).then_some(Tree::Map(attributes))),
        ],
    )
}

fn sample(sample: &Sample) -> Tree {
    let severity_below = text(sample.severity_below.written());
    limited(&sample.scope, [("rate", text(sample.rate)), ("severity_below", severity_below)])
}

fn edit(edit: &Edit) -> Tree {
    let change = match &edit.change {
        Change::Rename { from, to } => ("rename", Some(map([("from", text(from)), ("to", text(to))]))),
        Change::Remove(names) => ("remove", Some(texts(names))),
        Change::Add(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| (key.clone(), Tree::Text(value.clone())));
            ("add", Some(Tree::Map(pairs.collect())))
        }
    };
    limited(&edit.scope, [change])
}

/// An item, and the records that it is for.
fn limited<const N: usize>(scope: &Scope, members: [(&str, Option<Tree>); N]) -> Tree {
    let limits = [
        ("accounts", some_texts(&scope.accounts)),
        ("tenants", some_texts(&scope.tenants)),
        ("tiers", some_texts(&scope.tiers)),
        ("log_groups", some_texts(&scope.log_groups)),
    ];
    let members = members.into_iter().chain(limits);
    Tree::Map(members.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// A list that means everything when it is empty is then left out.
fn some_texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Option<Tree> {
    let mut items = items.into_iter().peekable();
    let _ = items.peek()?;
    Some(texts(items))
}

fn choices<'a, T: Written + 'a>(items: impl IntoIterator<Item = &'a T>) -> Tree {
    texts(items.into_iter().map(Written::written))
}
