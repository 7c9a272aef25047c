//! Edits of attributes.

use bumpalo::Bump;

use super::Counts;
use crate::config::policy::{Change, Edit};
use crate::record::draft::Draft;
use crate::record::log::Log;
use crate::record::value::Value;

/// Applies edits in their order.
pub(super) fn apply<'a>(edits: &[&Edit], draft: &mut Draft<'a>, bump: &'a Bump, counts: &mut Counts) {
    let mut edited = false;
    for edit in edits {
        edited |= match &edit.change {
            Change::Rename { from, to } => rename(from, to, draft, bump),
            Change::Remove(names) => {
                let before = draft.log.attributes.len();
                draft.log.attributes.retain(|it| !names.iter().any(|name| name.matches(it.key)));
                let removed = before - draft.log.attributes.len();
                if removed > 0 {
                    draft.explain.note("edit", || format!("{removed} attributes removed"));
                }
                removed > 0
            }
            Change::Add(pairs) => {
                let added = pairs.iter().filter(|(key, value)| add(key, value, &mut draft.log, bump)).count();
                if added > 0 {
                    draft.explain.note("edit", || format!("{added} attributes added"));
                }
                added > 0
            }
        };
    }
    counts.edited += u64::from(edited);
}

fn rename<'a>(from: &str, to: &str, draft: &mut Draft<'a>, bump: &'a Bump) -> bool {
    if !has(&draft.log, from) {
        return false;
    }
    if has(&draft.log, to) {
        draft.explain.note("edit", || format!("{from} not renamed: there is a {to} already"));
        return false;
    }
    let to = bump.alloc_str(to);
    for attribute in draft.log.attributes.iter_mut().filter(|it| it.key == from) {
        attribute.key = to;
    }
    draft.explain.note("edit", || format!("{from} renamed to {to}"));
    true
}

fn add<'a>(key: &str, value: &str, log: &mut Log<'a>, bump: &'a Bump) -> bool {
    if has(log, key) {
        return false;
    }
    log.attribute(bump.alloc_str(key), Value::Text(bump.alloc_str(value)));
    true
}

fn has(log: &Log<'_>, key: &str) -> bool {
    log.attributes.iter().any(|it| it.key == key)
}
