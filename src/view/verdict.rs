//! The verdict: how many, which, since when, in one sentence; and what it must not hide.

use std::collections::BTreeSet;

use super::View;
use super::trouble::{count, lasting};
use crate::api::fleet::{Mark, Noise, Summary};
use crate::template::figure;
use crate::time::Timestamp;

/// What a verdict is made of.
struct Parts {
    accounts: u32,
    attention: u32,
    silent: u32,
    silenced: u32,
    rules: usize,
    rules_firing: usize,
    newest: Option<Timestamp>,
    heard: bool,
}

impl View {
    /// The verdict and the numbers behind it. `noise` are rules that fired often, as history knows them.
    #[must_use]
    pub fn summary(&self, noise: Vec<Noise>) -> Summary {
        let (states, freshness) = (self.cells.states(), self.cells.freshness());
        let loud =
            || self.alerts.iter().map(|item| &item.shown).filter(|shown| shown.fires() && shown.mark() == Mark::None);
        let firing: BTreeSet<&str> = loud().map(|shown| shown.alert.rule.as_str()).collect();
        let newest = loud().filter_map(|shown| shown.alert.fired).max();
        let parts = Parts {
            accounts: super::number(self.base.len()),
            attention: states.critical + states.warning,
            silent: freshness.silent,
            silenced: self.cells.marked(),
            rules: self.rules.len(),
            rules_firing: firing.len(),
            newest: newest.map(|newest| newest.0),
            heard: self.figures.iter().any(|figures| figures.seen.is_some()),
        };
        Summary {
            as_of: self.at.into(),
            evaluated: Some(self.reached.into()),
            verdict: self.verdict(&parts),
            accounts: parts.accounts,
            states,
            silenced: parts.silenced,
            freshness,
            unknown: self.base.unknown(),
            needs_attention: parts.attention,
            rules: super::number(parts.rules),
            rules_firing: super::number(parts.rules_firing),
            newest,
            last_resolved: self.last_resolved.map(Into::into),
            troubles: self.troubles.clone(),
            noise,
            first_steps: self.first_steps,
        }
    }

    /// What is late or blind is never called quiet: its trouble comes first, and the rest is of the time that was seen.
    fn verdict(&self, parts: &Parts) -> String {
        let sentence = match parts.rules_firing {
            0 => self.quiet(parts),
            _ => self.loud(parts),
        };
        match self.troubles.iter().find(|trouble| trouble.blind) {
            Some(trouble) => {
                format!("{} As far as it was seen, until {} UTC: {sentence}", trouble.message, clock(self.reached))
            }
            None => sentence,
        }
    }

    /// `37 of 6,012 accounts need attention, 14 are silent. 3 rules firing, newest 4 min ago.`
    fn loud(&self, parts: &Parts) -> String {
        let of = figure::count(parts.accounts);
        let mut first = match parts.attention {
            0 => format!("No account of {of} needs attention"),
            1 => format!("1 of {of} accounts needs attention"),
            more => format!("{} of {of} accounts need attention", figure::count(more)),
        };
        first += &also(parts);
        let rules = counted(parts.rules_firing, "rule", "rules");
        let newest = parts.newest.map_or_else(String::new, |newest| format!(", newest {}", self.ago(newest)));
        format!("{first}. {rules} firing{newest}.")
    }

    /// `All quiet. 38 rules evaluated 12 s ago over 6,012 accounts. Last alert resolved 3 h ago.`
    fn quiet(&self, parts: &Parts) -> String {
        if parts.rules == 0 {
            return format!("No rules run, so nothing is looked at over {}.", accounts(parts));
        }
        if !parts.heard {
            return format!("Nothing was heard yet of {}.", accounts(parts));
        }
        let is_blind = self.troubles.iter().any(|trouble| trouble.blind);
        let mut text = format!("{}{}.", if is_blind { "nothing fires" } else { "All quiet" }, also(parts));
        let rules = counted(parts.rules, "rule", "rules");
        text += &format!(" {rules} evaluated {} over {}.", self.ago(self.reached), accounts(parts));
        if let Some(resolved) = self.last_resolved {
            text += &format!(" Last alert resolved {}.", self.ago(resolved));
        }
        text
    }

    fn ago(&self, at: Timestamp) -> String {
        format!("{} ago", lasting(self.at.since(at)))
    }
}

/// `, 14 are silent, 41 are silenced`
fn also(parts: &Parts) -> String {
    let part = |number: u32, what: &str| match number {
        0 => String::new(),
        1 => format!(", 1 is {what}"),
        more => format!(", {} are {what}", figure::count(more)),
    };
    part(parts.silent, "silent") + &part(parts.silenced, "silenced")
}

fn accounts(parts: &Parts) -> String {
    counted(parts.accounts as usize, "account", "accounts")
}

fn counted(number: usize, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// `14:02:11`
fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}
