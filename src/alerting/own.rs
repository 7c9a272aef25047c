//! Values of Fanin itself, for rules that watch the watcher (`from: self`).

pub use crate::rule::own::{ALL, BYTES, OUTBOX, QUEUE_BYTES, RECORDS, REJECTS, UNKNOWN_ACCOUNTS, WATERMARK_LAG};

use crate::rule::{From, Rule, RuleSet, Values};
use crate::sample::{Cell, Group, Message, Partial};
use crate::time::Timestamp;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value<'a> {
    /// Its name, one of `rule::own::ALL`.
    pub name: &'a str,
    /// The value.
    pub value: f64,
}

/// What the rules take from such values.
pub(super) fn sample(rules: &RuleSet, values: &[Value<'_>], now: Timestamp) -> Message {
    let own = rules.rules.iter().enumerate().filter(|(_, rule)| rule.from == Some(From::Fanin));
    let partials = own.filter_map(|(index, rule)| partial(index, rule, values, now)).collect();
    Message { fingerprint: 0, arrived: now, partials }
}

fn partial(index: usize, rule: &Rule, values: &[Value<'_>], now: Timestamp) -> Option<Partial> {
    let measure = rule.measure()?;
    let cells: Vec<_> = measure
        .terms
        .iter()
        .map(|term| {
            let Values::Own(name) = &term.of else { return None };
            let value = values.iter().find(|value| value.name == &**name)?;
            let mut cell = Cell::new(&term.aggregate, false);
            let _finite = cell.add(value.value, now);
            Some(cell)
        })
        .collect();
    cells.iter().any(Option::is_some).then(|| Partial {
        rule: index,
        group: Group::default(),
        bucket: now.floor(rule.every),
        count: 1,
        first: now,
        last: now,
        until: now,
        cells: cells.into(),
        set: 0,
        set_len: 0,
        series: None,
        times: Vec::new(),
        lines: Vec::new(),
    })
}
