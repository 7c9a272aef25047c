//! What happens to every record before it leaves: filter, sample, redact, edit.
//!
//! The order is fixed, and each step has its place for a reason:
//!
//! 1. *Filters* see the record as it came, so that a rule may ask for what will not leave.
//! 2. *Sampling* comes next: neither it nor a filter needs clean texts, and what is thrown away need not be cleaned.
//! 3. *Redaction* goes over all that is left, under the names that the source gave.
//! 4. *Edits* come last, so that a rename cannot hide a value from redaction, and what an operator adds stays as it is.
//!
//! Metrics were read out of a message before and are never thrown away here, but their dimensions are redacted in any case.
//! Explanations are made of the record as well, so a record that is explained is redacted even where it does not leave; so is one
//! whose text travels with an alert. Rules of alerts look at the record as it came, as filters do, and also at records that do
//! not leave.

pub mod detect;
mod scope;
mod mark;
mod redact;
mod condition;
mod sample;
mod edit;
mod json_text;
pub mod otlp;

use bumpalo::Bump;
use serde::{Deserialize, Serialize};

use crate::config::policy::{Action, Edit, Filter, Sample, Verdict};
use crate::config::{self, FormatName};
use crate::id::AccountId;
use crate::record::draft::Draft;
use crate::record::log::Log;
use crate::tenant::Tag;
use redact::{Redactor, Rules};

/// A policy that can be applied.
#[derive(Clone, Debug)]
pub struct Policy {
    redactor: Redactor,
    filters: Vec<Filter>,
    samples: Vec<Sample>,
    edits: Vec<Edit>,
}

/// Whose records they are, and where they are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose<'a> {
    /// The account.
    pub account: AccountId,
    /// Id of the tenant.
    pub tenant: &'a str,
    /// Tier of the tenant; empty where there is none.
    pub tier: &'a str,
    /// The log group; empty where there is none.
    pub log_group: &'a str,
}

impl<'a> Whose<'a> {
    /// Records of an account that is tagged so.
    #[must_use]
    pub fn new(account: AccountId, tag: &'a Tag, log_group: &'a str) -> Self {
        Self { account, tenant: &tag.tenant, tier: &tag.tier, log_group }
    }
}

/// What of a policy holds for the records of one account and log group. Made once for each payload.
#[derive(Debug)]
pub struct Local<'p> {
    policy: &'p Policy,
    rules: Rules<'p>,
    filters: Vec<&'p Filter>,
    samples: Vec<&'p Sample>,
    edits: Vec<&'p Edit>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It leaves.
    Forward,
    /// A filter kept it back.
    Filtered,
    /// It was sampled out.
    SampledOut,
    /// It held something for which the whole record is to be dropped.
    Redacted,
}

impl Outcome {
    /// Whether the record leaves.
    #[must_use]
    pub fn forwards(self) -> bool {
        self == Self::Forward
    }
}

/// What was done to records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Values that detectors found, in the order of `config::policy::Detector::ALL`.
    pub detected: [u64; 5],
    /// Values that patterns of the operator found.
    pub patterns: u64,
    /// Values that were taken whole, by their name.
    pub fields: u64,
    /// Records that a filter kept back.
    pub filtered: u64,
    /// Records that were sampled out.
    pub sampled_out: u64,
    /// Records that were dropped for what they held.
    pub dropped: u64,
    /// Records whose attributes were edited.
    pub edited: u64,
}

impl Counts {
    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.detected.iter_mut().zip(other.detected) {
            *sum += more;
        }
        self.patterns += other.patterns;
        self.fields += other.fields;
        self.filtered += other.filtered;
        self.sampled_out += other.sampled_out;
        self.dropped += other.dropped;
        self.edited += other.edited;
    }

    /// Records that do not leave.
    #[must_use]
    pub const fn held_back(&self) -> u64 {
        self.filtered + self.sampled_out + self.dropped
    }

    /// Values that were redacted, whatever found them.
    #[must_use]
    pub fn redactions(&self) -> u64 {
        self.detected.iter().sum::<u64>() + self.patterns + self.fields
    }
}

impl Policy {
    /// Makes the policy of a configuration.
    #[must_use]
    pub fn compile(config: &config::Policy) -> Self {
        Self {
            redactor: Redactor::new(&config.redact),
            filters: config.filter.clone(),
            samples: config.sample.clone(),
            edits: config.attributes.clone(),
        }
    }

    /// What of it holds for these records.
    #[must_use]
    pub fn of(&self, whose: &Whose<'_>) -> Local<'_> {
        Local {
            policy: self,
            rules: self.redactor.rules(Some(whose)),
            filters: self.filters.iter().filter(|filter| scope::holds(&filter.condition.scope, whose)).collect(),
            samples: self.samples.iter().filter(|sample| scope::holds(&sample.scope, whose)).collect(),
            edits: self.edits.iter().filter(|edit| scope::holds(&edit.scope, whose)).collect(),
        }
    }

    /// What of it holds for rejects, which are kept and do not leave: redaction alone. Whose they are may not be known, so
    /// nothing is spared, and every pattern and field holds.
    #[must_use]
    pub fn of_rejects(&self) -> Local<'_> {
        let (filters, samples, edits) = (Vec::new(), Vec::new(), Vec::new());
        Local { policy: self, rules: self.redactor.rules(None), filters, samples, edits }
    }

    /// A text that could not be decoded, such as a rejected payload, without what must not leave: JSON stays JSON.
    /// Whose it is may not be known, so nothing is spared, every pattern holds, and whatever is found is masked or hashed.
    #[must_use]
    pub fn redact_text<'t>(&self, text: &'t str, counts: &mut Counts) -> std::borrow::Cow<'t, str> {
        json_text::redact(&self.redactor.rules(None), text, counts)
    }
}

impl Local<'_> {
    /// Applies it to a record. See `apply_sampled`.
    pub fn apply<'a>(&self, draft: &mut Draft<'a>, message: &str, bump: &'a Bump, counts: &mut Counts) -> Outcome {
        self.apply_sampled(draft, message, false, bump, counts).0
    }

    /// Applies it to a record, of which rules want the text where `sampled`: it is redacted then even where it does not leave.
    /// What became of it, and whether its text may be shown: not that of a record that is to be dropped for what it holds.
    ///
    /// `message` is the text that the record was made of, empty where it is not at hand: values
    /// that lie within it need not be looked at when there is nothing in the whole of it.
    pub fn apply_sampled<'a>(
        &self,
        draft: &mut Draft<'a>,
        message: &str,
        sampled: bool,
        bump: &'a Bump,
        counts: &mut Counts,
    ) -> (Outcome, bool) {
        let mut outcome = self.admit(draft, message, counts);
        // Flow logs are numbers, which takes longest to look through, and the commonest lines of all.
        let clean = self.rules.clean(message, draft.format != FormatName::VpcFlow);
        self.rules.readings(&mut draft.readings, &clean, bump, counts);
        let redacts = outcome.forwards() || sampled || draft.explain.is_on();
        let drops = redacts && self.rules.draft(draft, &clean, bump, counts);
        if drops && outcome.forwards() {
            outcome = Outcome::Redacted;
            counts.dropped += 1;
        }
        if outcome.forwards() {
            edit::apply(&self.edits, draft, bump, counts);
        }
        (outcome, redacts && !drops)
    }

    /// A text of a record as rules group by it, without what must not leave. `path` is the name of the attribute or the way to
    /// it, `body` for the message. `None` where the value is not to be shown at all. Counts nothing: it is a copy of what is
    /// redacted, and counted, in the record itself.
    #[must_use]
    pub fn clean_text<'t>(&self, path: &str, text: &'t str) -> Option<std::borrow::Cow<'t, str>> {
        let last = path.rsplit_once('.').map_or(path, |(_, last)| last);
        match self.rules.text_alone(path, last, text, &mut Counts::default()) {
            None => Some(text.into()),
            Some((marked, Action::Mask | Action::Hash)) => Some(marked.into()),
            Some((_, Action::DropValue | Action::DropRecord)) => None,
        }
    }

    /// Filters and samples.
    fn admit(&self, draft: &mut Draft<'_>, message: &str, counts: &mut Counts) -> Outcome {
        if let Some(filter) = self.filter(&draft.log, message) {
            let index = index_of(filter, &self.policy.filters);
            match filter.verdict {
                Verdict::Keep => draft.explain.note("filter", || format!("kept by policy.filter[{index}]")),
                Verdict::Drop => {
                    draft.explain.note("filter", || format!("dropped by policy.filter[{index}]"));
                    counts.filtered += 1;
                    return Outcome::Filtered;
                }
            }
        }
        let Some(sample) = sample::rule(&self.samples, draft.log.severity) else { return Outcome::Forward };
        let index = index_of(sample, &self.policy.samples);
        if sample::keeps(sample.rate, &sample::key(&draft.log, message)) {
            draft.explain.note("sample", || format!("one of those that policy.sample[{index}] keeps"));
            sample::mark(sample.rate, &mut draft.log);
            return Outcome::Forward;
        }
        draft.explain.note("sample", || format!("not one of those that policy.sample[{index}] keeps"));
        counts.sampled_out += 1;
        Outcome::SampledOut
    }

    /// The filter that decides, if one does.
    fn filter(&self, log: &Log<'_>, message: &str) -> Option<&Filter> {
        self.filters.iter().copied().find(|filter| condition::holds(&filter.condition, log, message))
    }
}

/// The place of an item in the configuration.
fn index_of<T>(item: &T, list: &[T]) -> usize {
    list.iter().position(|it| std::ptr::eq(it, item)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
