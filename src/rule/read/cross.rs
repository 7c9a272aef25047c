//! What can be checked only once all rules are known: names, references, and the order of rules that look at others.

use std::collections::BTreeMap;
use std::time::Duration;

use super::draft::{Draft, Reference};
use super::layers::line;
use crate::config::problem::{Code, Place, Position, Problem, did_you_mean, quoted};
use crate::config::quantity::duration_text;
use crate::predicate::field::Field;
use crate::rule::graph::DEPTH_MAX;
use crate::rule::keys::KindName;
use crate::rule::{Kind, Rule};

/// Checks all rules together. Gives those that are right, in the order of the files.
pub(super) fn rules(drafts: Vec<Draft>, problems: &mut Vec<Problem>) -> Vec<Rule> {
    let firsts = duplicates(&drafts, problems);
    for draft in &drafts {
        for reference in &draft.references {
            references(draft, reference, &firsts, &drafts, problems);
        }
    }
    let depths: Vec<Option<usize>> = (0..drafts.len()).map(|index| depth(index, &drafts, &firsts, problems)).collect();
    let mut drafts = drafts;
    let mut order: Vec<usize> = (0..drafts.len()).filter(|index| depths[*index].is_some()).collect();
    order.sort_by_key(|index| depths[*index]);
    for index in order {
        inherit(index, &mut drafts, &firsts, problems);
    }
    let kept = drafts.into_iter().enumerate().filter(|(index, draft)| firsts.get(&draft.name) == Some(index));
    kept.filter_map(|(_, draft)| draft.rule).collect()
}

fn problem(draft: &Draft, code: Code, place: &Place, message: impl Into<String>) -> Problem {
    Problem { code, file: draft.file.clone(), place: place.clone(), message: message.into() }
}

/// The first rule of each name; others of that name are noted.
fn duplicates(drafts: &[Draft], problems: &mut Vec<Problem>) -> BTreeMap<Box<str>, usize> {
    let mut firsts: BTreeMap<Box<str>, usize> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let first = *firsts.entry(draft.name.clone()).or_insert(index);
        if first != index {
            let other = &drafts[first];
            let column = match other.place.position {
                Position::Line { column, .. } => column,
                Position::Whole | Position::Flag(_) | Position::Variable(_) => 1,
            };
            let at = format!("{}:{}:{column}", other.file, line(&other.place));
            let message = format!("{} is the name of another rule, at {at}", quoted(&draft.name));
            problems.push(problem(draft, Code::Duplicate, &draft.place, message));
        }
    }
    firsts
}

fn references(
    draft: &Draft,
    reference: &Reference,
    firsts: &BTreeMap<Box<str>, usize>,
    drafts: &[Draft],
    problems: &mut Vec<Problem>,
) {
    let name = &reference.name;
    let message = match firsts.get(name) {
        None => {
            let known: Vec<&str> = firsts.keys().map(AsRef::as_ref).collect();
            format!("there is no rule {}{}", quoted(name), did_you_mean(name, &known))
        }
        Some(_) if *name == draft.name && !reference.is_child => {
            format!("the rule {} cannot inhibit itself", quoted(name))
        }
        Some(other) => {
            let child = drafts[*other].rule.as_ref().filter(|_| reference.is_child);
            let (Some(rule), Some(child)) = (&draft.rule, child) else { return };
            match incompatible(rule, child) {
                Some(message) => message,
                None => return,
            }
        }
    };
    problems.push(problem(draft, Code::RuleReference, &reference.place, message));
}

/// Why a rule cannot look at another.
fn incompatible(rule: &Rule, child: &Rule) -> Option<String> {
    let Kind::Fleet(_) = rule.kind else { return None };
    if child.kind.name() == KindName::Fleet {
        return Some(format!("{} is a fleet rule itself, and counts no accounts", quoted(&child.name)));
    }
    if !child.group_by.contains(&Field::Account) {
        return Some(format!(
            "{} has no state for each account, so no share of accounts can be told",
            quoted(&child.name)
        ));
    }
    let of_account = |field: &&Field| matches!(field, Field::Account | Field::Region | Field::Tenant(_));
    let strange = rule.group_by.iter().find(|field| !of_account(field) && !child.group_by.contains(field));
    strange.map(|_| format!("\"by\" needs fields of accounts, or of the group of {}", quoted(&child.name)))
}

/// How many rules stand below each other from here on; `None` where that has no end, or is too deep.
fn depth(
    index: usize,
    drafts: &[Draft],
    firsts: &BTreeMap<Box<str>, usize>,
    problems: &mut Vec<Problem>,
) -> Option<usize> {
    let mut path = vec![index];
    match deepest(&mut path, drafts, firsts) {
        Ok(depth) if depth <= DEPTH_MAX => Some(depth),
        Ok(depth) => {
            let draft = &drafts[index];
            let message = format!("{} stands {depth} rules deep, and {DEPTH_MAX} are allowed", quoted(&draft.name));
            problems.push(problem(draft, Code::RuleReference, &draft.place, message));
            None
        }
        Err(cycle) if cycle.first() == Some(&index) => {
            let names: Vec<&str> = cycle.iter().chain(&[index]).map(|index| &*drafts[*index].name).collect();
            let draft = &drafts[index];
            let message = format!("the rule depends on itself: {}", names.join(" -> "));
            problems.push(problem(draft, Code::RuleReference, &draft.place, message));
            None
        }
        Err(_) => None,
    }
}

/// The longest way down from the end of a path; the rules of a cycle, if there is one.
fn deepest(path: &mut Vec<usize>, drafts: &[Draft], firsts: &BTreeMap<Box<str>, usize>) -> Result<usize, Vec<usize>> {
    let last = path[path.len() - 1];
    let mut deepest = 0;
    for reference in drafts[last].references.iter().filter(|reference| reference.is_child) {
        let Some(child) = firsts.get(&reference.name) else { continue };
        if let Some(start) = path.iter().position(|index| index == child) {
            return Err(path[start..].to_vec());
        }
        path.push(*child);
        let below = self::deepest(path, drafts, firsts)?;
        let _ = path.pop();
        deepest = deepest.max(below + 1);
    }
    Ok(deepest)
}

/// What a rule takes over from one that it looks at.
struct Child {
    name: Box<str>,
    delay: Duration,
    every: Duration,
    group_by: Vec<Field>,
}

impl Child {
    fn of(rule: &Rule) -> Self {
        Self { name: rule.name.clone(), delay: rule.delay, every: rule.every, group_by: rule.group_by.clone() }
    }
}

/// A rule that looks at others waits as long as they do, and is evaluated as often unless it says otherwise.
fn inherit(index: usize, drafts: &mut [Draft], firsts: &BTreeMap<Box<str>, usize>, problems: &mut Vec<Problem>) {
    let children: Vec<Child> = drafts[index]
        .references
        .iter()
        .filter(|reference| reference.is_child)
        .filter_map(|reference| drafts[*firsts.get(&reference.name)?].rule.as_ref())
        .map(Child::of)
        .collect();
    let longest = |of: fn(&Child) -> Duration| children.iter().map(of).max();
    let (Some(delay), Some(every)) = (longest(|child| child.delay), longest(|child| child.every)) else { return };
    let written = drafts[index].every.clone();
    let Some(rule) = &mut drafts[index].rule else { return };
    rule.delay = delay;
    match written {
        None => rule.every = every,
        Some(place) => {
            let uneven = children.iter().find(|child| !rule.every.as_nanos().is_multiple_of(child.every.as_nanos()));
            if let (Some(child), Kind::Fleet(_)) = (uneven, &rule.kind) {
                let message = format!(
                    "it counts at ticks of {}, which come every {}: write a multiple of that",
                    quoted(&child.name),
                    duration_text(child.every)
                );
                problems.push(problem(&drafts[index], Code::Conflict, &place, message));
                return;
            }
        }
    }
    let known = |field: &Field| children.iter().any(|child| child.group_by.contains(field));
    let draft = &drafts[index];
    if let Some(rule) = &draft.rule
        && matches!(rule.kind, Kind::Composite { .. })
        && !rule.group_by.iter().all(known)
    {
        let message = "\"group_by\" has a field that no rule of \"expr\" groups by";
        problems.push(problem(draft, Code::RuleReference, &draft.place, message));
    }
}
