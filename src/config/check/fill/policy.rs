//! The section `policy`.

use super::Filler;
use crate::config::file;
use crate::config::policy::{
    Action, Change, Condition, Detector, Edit, Exempt, Fields, Filter, Level, Pattern, Policy, Redact, Sample, Scope,
    Verdict,
};
use crate::config::problem::{Code, Place};
use crate::config::read::{At, Pairs};
use crate::glob::Glob;
use crate::id::AccountId;

/// The longest name of a pattern: it stands in the place of each match.
const NAME_BYTES_MAX: usize = 32;

/// The shortest key of hashes, in bytes: a shorter one could be guessed, and with it what was hashed.
const HASH_KEY_BYTES_MIN: usize = 16;

/// The four keys that limit an item.
type Limits = (Option<Vec<At<AccountId>>>, Option<Vec<At<String>>>, Option<Vec<At<String>>>, Option<Vec<At<Glob>>>);

impl Filler<'_> {
    pub(super) fn policy(&mut self, written: file::Policy) -> Policy {
        let filter = written.filter.unwrap_or_default();
        let sample = written.sample.unwrap_or_default();
        let attributes = written.attributes.unwrap_or_default();
        Policy {
            redact: self.redact(written.redact.unwrap_or_default()),
            filter: filter.into_iter().filter_map(|item| self.filter(item)).collect(),
            sample: sample.into_iter().filter_map(|item| self.sample(item)).collect(),
            attributes: attributes.into_iter().filter_map(|item| self.edit(item)).collect(),
        }
    }

    fn redact(&mut self, written: file::Redact) -> Redact {
        let default = Redact::default();
        let action = written.action.as_ref().map_or(default.action, |at| at.value);
        let has_key = written.hash_key.is_some() || self.problems.is_noted_under(&written.place, "hash_key");
        if let Some(at) = written.action.filter(|at| at.value == Action::Hash) {
            self.needs_hash_key(has_key, &at.place);
        }
        let exempt = written.exempt.unwrap_or_default();
        let patterns = written.patterns.unwrap_or_default();
        let fields = written.fields.unwrap_or_default();
        for at in
            patterns.iter().filter_map(|it| it.action.as_ref()).chain(fields.iter().filter_map(|it| it.action.as_ref()))
        {
            if at.value == Action::Hash {
                self.needs_hash_key(has_key, &at.place);
            }
        }
        Redact {
            detectors: written.detectors.map_or(default.detectors, |list| values(Some(list))),
            action,
            hash_key: written.hash_key.map(|at| {
                let length = at.value.expose().len();
                if length < HASH_KEY_BYTES_MIN {
                    let message =
                        format!("a key of {length} bytes could be guessed: give at least {HASH_KEY_BYTES_MIN}");
                    self.problems.add(Code::Range, &at.place, message);
                }
                self.secret(at)
            }),
            exempt: exempt.into_iter().map(|item| self.exempt(item)).collect(),
            patterns: patterns.into_iter().filter_map(|item| self.pattern(item, action)).collect(),
            fields: fields.into_iter().map(|item| self.fields(item, action)).collect(),
        }
    }

    fn needs_hash_key(&mut self, has_key: bool, place: &Place) {
        if !has_key {
            let message = "hashes need a key, or they could be guessed: add \"hash_key\" to policy.redact";
            self.problems.add(Code::Incomplete, place, message);
        }
    }

    fn exempt(&mut self, written: file::Exempt) -> Exempt {
        let scope = self.scope((written.accounts, written.tenants, written.tiers, written.log_groups));
        if scope.is_everything() && !self.problems.is_noted_at(&written.place.key) {
            let message = "names no records, so it would spare all: name accounts, tenants, tiers or log_groups, \
                           or leave the detector out of \"detectors\"";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let all = || Detector::ALL.into();
        Exempt { detectors: written.detectors.map_or_else(all, |list| values(Some(list))), scope }
    }

    fn pattern(&mut self, written: file::Pattern, action: Action) -> Option<Pattern> {
        let scope = self.scope((written.accounts, written.tenants, written.tiers, written.log_groups));
        let named = written.name.is_some();
        let name = self.checked_text(written.name, |text| {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(fits) {
                return Ok(());
            }
            Err("is no name: write at most 32 lower case letters, digits and \"_\"")
        });
        if !named {
            let _ = self.required::<String>(None, "name", &written.place);
        }
        let pattern = self.required(written.pattern, "pattern", &written.place);
        let action = written.action.map_or(action, |at| at.value);
        let fields = written.fields.unwrap_or_default().into_iter().map(|at| at.value).collect();
        Some(Pattern { name: name?, pattern: pattern?, action, fields, scope })
    }

    fn fields(&mut self, written: file::Fields, action: Action) -> Fields {
        let scope = self.scope((written.accounts, written.tenants, written.tiers, written.log_groups));
        let names = self.required(written.names.map(|names| at(names, &written.place)), "names", &written.place);
        let names = names.unwrap_or_default().into_iter().map(|at| at.value).collect();
        Fields { names, action: written.action.map_or(action, |at| at.value), scope }
    }

    fn filter(&mut self, written: file::Filter) -> Option<Filter> {
        match (written.keep, written.drop) {
            (Some(keep), None) => Some(Filter { verdict: Verdict::Keep, condition: self.condition(keep) }),
            (None, Some(drop)) => {
                let place = drop.place.clone();
                let condition = self.condition(drop);
                if condition == Condition::default() && !self.problems.is_noted_at(&place.key) {
                    let message = "names nothing, so it would drop every record: say which";
                    self.problems.add(Code::Missing, &place, message);
                }
                Some(Filter { verdict: Verdict::Drop, condition })
            }
            (keep, _) => {
                let code = if keep.is_some() { Code::Conflict } else { Code::Missing };
                self.one_of(code, &written.place, "\"keep\" or \"drop\"");
                None
            }
        }
    }

    fn condition(&mut self, written: file::Condition) -> Condition {
        let attributes = written.attributes.map_or_else(Vec::new, |Pairs(pairs)| pairs);
        let condition = Condition {
            scope: self.scope((written.accounts, written.tenants, written.tiers, written.log_groups)),
            severity_below: written.severity_below.map(|at| at.value),
            severity_from: written.severity_from.as_ref().map(|at| at.value),
            body: written.body.map(|at| at.value),
            attributes: attributes.into_iter().map(|(key, at)| (key.text, at.value)).collect(),
        };
        if let (Some(below), Some(from)) = (condition.severity_below, written.severity_from)
            && below <= from.value
        {
            self.problems.add(Code::Conflict, &from.place, "no severity is both from this and below severity_below");
        }
        condition
    }

    fn sample(&mut self, written: file::Sample) -> Option<Sample> {
        let scope = self.scope((written.accounts, written.tenants, written.tiers, written.log_groups));
        let rate = self.required(written.rate, "rate", &written.place);
        let severity_below = written.severity_below.map_or(Level::Error, |at| at.value);
        Some(Sample { rate: rate?.0, severity_below, scope })
    }

    fn edit(&mut self, written: file::Edit) -> Option<Edit> {
        let scope = self.scope((written.accounts, written.tenants, written.tiers, written.log_groups));
        let change = match (written.rename, written.remove, written.add) {
            (Some(rename), None, None) => {
                let from = self.required_text(rename.from, "from", &rename.place);
                let to = self.required_text(rename.to, "to", &rename.place);
                Change::Rename { from: from?, to: to? }
            }
            (None, Some(names), None) => Change::Remove(names.into_iter().map(|at| at.value).collect()),
            (None, None, Some(Pairs(pairs))) => {
                Change::Add(pairs.into_iter().map(|(key, at)| (key.text, at.value)).collect())
            }
            (None, None, None) => {
                self.one_of(Code::Missing, &written.place, "\"rename\", \"remove\" or \"add\"");
                return None;
            }
            (..) => {
                self.one_of(Code::Conflict, &written.place, "\"rename\", \"remove\" or \"add\"");
                return None;
            }
        };
        Some(Edit { change, scope })
    }

    /// An item is one of several things: it is none of them, or more than one.
    fn one_of(&mut self, code: Code, place: &Place, choices: &str) {
        if !self.problems.is_noted_at(&place.key) {
            self.problems.add(code, place, format!("an item is one of {choices}: give one"));
        }
    }

    fn scope(&mut self, (accounts, tenants, tiers, log_groups): Limits) -> Scope {
        let mut names = |list: Option<Vec<At<String>>>| {
            list.unwrap_or_default().into_iter().filter_map(|name| self.text(Some(name))).collect()
        };
        let (tenants, tiers) = (names(tenants), names(tiers));
        let log_groups = log_groups.unwrap_or_default().into_iter().map(|at| at.value).collect();
        Scope { accounts: values(accounts), tenants, tiers, log_groups }
    }
}

fn at<T>(value: T, place: &Place) -> At<T> {
    At { value, place: place.clone(), plain: true }
}

fn values<T: Ord>(list: Option<Vec<At<T>>>) -> std::collections::BTreeSet<T> {
    list.unwrap_or_default().into_iter().map(|at| at.value).collect()
}
