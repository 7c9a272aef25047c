//! What a replay found and did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::id::AccountId;
use crate::replay::peek::Look;
use crate::replay::{Broken, Item, Kind};
use crate::time::Timestamp;

/// Problems that are told one by one; the rest is counted.
const PROBLEMS_MAX: usize = 20;

/// Accounts that are shown to a person; a program gets all.
const ACCOUNTS_SHOWN: usize = 10;

/// What a replay found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether things were sent, or only looked at.
    pub mode: Mode,
    /// Files or objects that were read.
    pub objects: u64,
    /// What is in them, by kind.
    pub kinds: BTreeMap<Kind, Count>,
    /// Log events and data points by account, as far as they could be read without decoding everything.
    pub accounts: BTreeMap<AccountId, u64>,
    /// The earliest moment of what is in them.
    #[serde(serialize_with = "rfc_3339")]
    pub first: Option<Timestamp>,
    /// The latest moment of what is in them.
    #[serde(serialize_with = "rfc_3339")]
    pub last: Option<Timestamp>,
    /// Things that cannot be sent.
    pub broken: u64,
    /// Things that were sent and accepted, or written to the dead letters.
    pub accepted: u64,
    /// Log records and data points that a backend refused of requests that it accepted; they are in the dead letters.
    pub refused_records: u64,
    /// Things that were not accepted; they stay.
    pub failed: u64,
    /// Files or objects that could not be read to their end.
    pub unreadable: u64,
    /// Files or objects that were removed because everything in them was accepted.
    pub removed: u64,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// The first problems.
    pub problems: Vec<Problem>,
}

/// Whether things are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Only looked at.
    #[default]
    DryRun,
    /// Sent.
    Send,
}

/// How much there is of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Things.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Path or URL.
    pub object: String,
    /// Where in it; empty for the whole.
    pub position: String,
    /// What went wrong.
    pub detail: String,
}

impl Summary {
    /// Whether everything that was found can be sent, or was.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.broken == 0 && self.failed == 0 && self.unreadable == 0 && !self.stopped
    }

    pub(super) fn found(&mut self, item: &Item, look: Look) {
        let count = self.kinds.entry(item.kind).or_default();
        count.items += 1;
        count.bytes += item.bytes as u64;
        for (account, records) in look.accounts {
            *self.accounts.entry(account).or_default() += records;
        }
        if let Some((first, last)) = look.span {
            self.first = Some(self.first.map_or(first, |known| known.min(first)));
            self.last = Some(self.last.map_or(last, |known| known.max(last)));
        }
    }

    pub(super) fn broken(&mut self, object: &str, broken: Broken) {
        self.broken += 1;
        self.problem(object, broken.position, broken.detail);
    }

    pub(super) fn failed(&mut self, object: &str, position: String, detail: String) {
        self.failed += 1;
        self.problem(object, position, detail);
    }

    pub(super) fn unreadable(&mut self, object: &str, detail: String) {
        self.unreadable += 1;
        self.problem(object, String::new(), detail);
    }

    pub(super) fn problem(&mut self, object: &str, position: String, detail: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { object: object.into(), position, detail });
        }
    }
}

fn rfc_3339<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} read", counted(self.objects, "file"))?;
        for (kind, count) in &self.kinds {
            writeln!(f, "  {:>10} {} ({} bytes)", count.items, kind.plural(), count.bytes)?;
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            writeln!(f, "  from {first} to {last}")?;
        }
        self.write_accounts(f)?;
        self.write_outcome(f)?;
        self.write_problems(f)
    }
}

impl Summary {
    fn write_accounts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accounts.is_empty() {
            return Ok(());
        }
        writeln!(f, "{}, by records:", counted(self.accounts.len() as u64, "account"))?;
        let mut accounts: Vec<_> = self.accounts.iter().collect();
        accounts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (account, records) in accounts.iter().take(ACCOUNTS_SHOWN) {
            writeln!(f, "  {records:>10} {account}")?;
        }
        match accounts.len().checked_sub(ACCOUNTS_SHOWN) {
            Some(more @ 1..) => writeln!(f, "             and {more} more"),
            Some(0) | None => Ok(()),
        }
    }

    fn write_outcome(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::DryRun => writeln!(f, "nothing was sent: this was a dry run")?,
            Mode::Send => {
                writeln!(f, "{} accepted, {} failed", self.accepted, self.failed)?;
                if self.refused_records > 0 {
                    writeln!(f, "{} refused, now in the dead letters", counted(self.refused_records, "record"))?;
                }
                writeln!(f, "{} removed", counted(self.removed, "file"))?;
            }
        }
        if self.stopped {
            writeln!(f, "stopped before the end; what was not accepted is still there")?;
        }
        Ok(())
    }

    fn write_problems(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.broken > 0 {
            writeln!(f, "{} broken", counted(self.broken, "item"))?;
        }
        if self.unreadable > 0 {
            writeln!(f, "{} not readable to the end", counted(self.unreadable, "file"))?;
        }
        for problem in &self.problems {
            let at = if problem.position.is_empty() { "" } else { " at " };
            writeln!(f, "  {}{at}{}: {}", problem.object, problem.position, problem.detail)?;
        }
        Ok(())
    }
}

fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_what_was_found_and_done() {
        let mut summary =
            Summary { mode: Mode::Send, objects: 2, accepted: 3, failed: 1, removed: 1, ..Summary::default() };
        let _ = summary.kinds.insert(Kind::SpilledBatch, Count { items: 4, bytes: 1_000 });
        let _ = summary.accounts.insert(AccountId::parse("111122223333").unwrap(), 7);
        summary.first = Some(Timestamp::from_millis(1_583_425_836_114));
        summary.last = Some(Timestamp::from_millis(1_583_425_836_115));
        summary.problem("spill/a.jsonl", "120".into(), "HTTP 503".into());
        assert_eq!(
            summary.to_string(),
            "\
2 files read
           4 spilled batches (1000 bytes)
  from 2020-03-05T16:30:36.114Z to 2020-03-05T16:30:36.115Z
1 account, by records:
           7 111122223333
3 accepted, 1 failed
1 file removed
  spill/a.jsonl at 120: HTTP 503
"
        );
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["kinds"]["spilled_batch"]["items"], 4);
        assert_eq!(json["accounts"]["111122223333"], 7);
        assert_eq!(json["first"], "2020-03-05T16:30:36.114Z");
        assert_eq!(json["mode"], "send");
    }
}
