//! M of the last N ticks, for rules that count breaches instead of timing them.
//!
//! Source of the rules of `cloudwatch`: Amazon CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".

use serde::{Deserialize, Serialize};

use crate::rule::{Level, Missing};

/// Most ticks that can be counted: CloudWatch looks at two more, and all must fit into 64 bits.
pub const OF_MAX: u8 = 62;

/// How ticks are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How many must breach.
    pub breach: u8,
    /// Of how many; at most `OF_MAX`.
    pub of: u8,
    /// What a tick without data counts as.
    pub missing: Missing,
    /// By the tables of CloudWatch.
    pub cloudwatch: bool,
}

/// What the last ticks come to, for one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Enough of them breach.
    Alarm,
    /// Not enough of them do.
    Ok,
    /// They say nothing: what was, stays.
    Retain,
    /// There are none.
    Insufficient,
}

/// The last ticks, one bit each, the newest lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datapoints {
    /// It had data. Only CloudWatch's tables keep ticks without.
    present: u64,
    /// It breached at warning or above.
    warning: u64,
    /// It breached at critical.
    critical: u64,
    /// How many ticks in a row had no data.
    missing: u8,
}

impl Datapoints {
    /// Adds a tick with data, and the highest level at which it breaches.
    pub fn push(&mut self, level: Option<Level>, rule: &Rule) {
        self.missing = 0;
        self.shift(true, level, rule);
    }

    /// Adds a tick without data. `highest` is the level it counts as where it counts as a breach.
    pub fn push_missing(&mut self, highest: Level, rule: &Rule) {
        self.missing = self.missing.saturating_add(1);
        if rule.cloudwatch {
            self.shift(false, None, rule);
            return;
        }
        match rule.missing {
            Missing::Ignore | Missing::Missing => {}
            Missing::Breaching => self.shift(true, Some(highest), rule),
            Missing::NotBreaching => self.shift(true, None, rule),
        }
    }

    /// What the ticks come to for a level.
    #[must_use]
    pub fn verdict(&self, level: Level, rule: &Rule) -> Verdict {
        if rule.cloudwatch { self.cloudwatch(level, rule) } else { self.plain(level, rule) }
    }

    /// The highest level at which one of the ticks breaches that count.
    #[must_use]
    pub fn breaching(&self, rule: &Rule) -> Option<Level> {
        let range = mask(if rule.cloudwatch { range(rule) } else { of(rule) });
        if self.critical & range != 0 {
            Some(Level::Critical)
        } else {
            (self.warning & range != 0).then_some(Level::Warning)
        }
    }

    /// Whether any tick that may still count breached.
    #[must_use]
    pub fn any(&self) -> bool {
        self.warning != 0
    }

    fn shift(&mut self, present: bool, level: Option<Level>, rule: &Rule) {
        let range = mask(range(rule));
        self.present = (self.present << 1 | u64::from(present)) & range;
        self.warning = (self.warning << 1 | u64::from(level.is_some())) & range;
        self.critical = (self.critical << 1 | u64::from(level == Some(Level::Critical))) & range;
    }

    fn bits(&self, level: Level) -> u64 {
        match level {
            Level::Warning => self.warning,
            Level::Critical => self.critical,
        }
    }

    fn plain(&self, level: Level, rule: &Rule) -> Verdict {
        let silent = self.missing >= of(rule) && rule.missing == Missing::Missing;
        if silent {
            return Verdict::Insufficient;
        }
        let uncounted = self.missing > 0 && matches!(rule.missing, Missing::Missing | Missing::Ignore);
        if uncounted {
            return Verdict::Retain;
        }
        let breaches = (self.bits(level) & mask(of(rule))).count_ones();
        if breaches >= u32::from(rule.breach.max(1)) { Verdict::Alarm } else { Verdict::Ok }
    }

    /// The last N points that are there, of the last N + 2, count. Fewer are filled up as `missing` says; where that is not said and all
    /// that are there breach, the oldest must be M old, lest one point after a silence should raise an alarm.
    fn cloudwatch(&self, level: Level, rule: &Rule) -> Verdict {
        let points = newest(self.present & mask(range(rule)), of(rule));
        let there = points.count_ones();
        let breaches = (self.bits(level) & points).count_ones();
        let enough = u32::from(rule.breach.max(1));
        let fill = u32::from(of(rule)).saturating_sub(there);
        let count = |breaches: u32| if breaches >= enough { Verdict::Alarm } else { Verdict::Ok };
        match rule.missing {
            Missing::Breaching => count(breaches + fill),
            Missing::NotBreaching => count(breaches),
            Missing::Ignore | Missing::Missing if breaches >= enough => Verdict::Alarm,
            Missing::Ignore | Missing::Missing if breaches < there => Verdict::Ok,
            Missing::Ignore => Verdict::Retain,
            Missing::Missing if there == 0 => Verdict::Insufficient,
            Missing::Missing if u64::BITS - points.leading_zeros() >= enough => Verdict::Alarm,
            Missing::Missing => Verdict::Retain,
        }
    }
}

fn of(rule: &Rule) -> u8 {
    rule.of.clamp(1, OF_MAX)
}

/// How many ticks are looked at.
fn range(rule: &Rule) -> u8 {
    if rule.cloudwatch { of(rule) + 2 } else { of(rule) }
}

fn mask(bits: u8) -> u64 {
    u64::MAX >> (64 - u32::from(bits))
}

/// The lowest `count` of the bits that are set.
fn newest(bits: u64, count: u8) -> u64 {
    let mut rest = bits;
    for _ in 0..count {
        rest &= rest.wrapping_sub(1);
    }
    bits & !rest
}
