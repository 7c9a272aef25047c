//! What alerts did: the list, the blocks of 24 hours, and which rules are noisy.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::insert::{nanos, number};
use super::{Error, HistoryQuery};
use crate::api::alerts::Transition;
use crate::api::fleet::{Noise, State};
use crate::api::rules::Notification;
use crate::api::{List, Time};
use crate::time::Timestamp;
use crate::view::scope::Scope;

/// Above this, a total is only a lower bound.
const COUNTED_MAX: u64 = 10_000;

/// Hours that blocks show.
const HOURS: usize = 24;

const HOUR: Duration = Duration::from_hours(1);

/// Rules that the noise report names.
const NOISY_MAX: usize = 10;

/// Transitions that the noise report looks at.
const LOOKED_AT_MAX: usize = 200_000;

/// So many times within an hour is flapping, as notifications have it.
const FLAPS: usize = 4;

/// A state as the tables have it.
pub(super) const fn word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Pending => "pending",
        State::NoData => "no_data",
        State::Error => "error",
        State::Warning => "warning",
        State::Critical => "critical",
    }
}

fn state(word: &str) -> State {
    let all = [State::Ok, State::Pending, State::NoData, State::Error, State::Warning, State::Critical];
    all.into_iter().find(|state| self::word(*state) == word).unwrap_or_default()
}

/// As `FleetState` has it.
const fn digit(state: State) -> char {
    match state {
        State::Ok => '0',
        State::Pending => '1',
        State::NoData => '2',
        State::Error => '3',
        State::Warning => '4',
        State::Critical => '5',
    }
}

const fn fires(state: State) -> bool {
    match state {
        State::Warning | State::Critical => true,
        State::Ok | State::Pending | State::NoData | State::Error => false,
    }
}

fn time(nanos: i64) -> Time {
    Timestamp::from_nanos(nanos.cast_unsigned()).into()
}

/// Tenants as one parameter; `None` for all.
fn tenants(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Fleet => None,
        Scope::Tenants(tenants) => Some(serde_json::to_string(tenants).unwrap_or_default()),
    }
}

/// Conditions and the values in them.
#[derive(Default)]
struct Filter {
    sql: String,
    values: Vec<SqlValue>,
}

impl Filter {
    fn add(&mut self, condition: &str, value: impl Into<SqlValue>) {
        let joined = if self.sql.is_empty() { " WHERE " } else { " AND " };
        self.sql.push_str(joined);
        self.sql.push_str(condition);
        self.values.push(value.into());
    }

    fn of(query: &HistoryQuery) -> Self {
        let mut filter = Self::default();
        if let Some(tenants) = tenants(&query.scope) {
            filter.add("tenant IN (SELECT value FROM json_each(?))", tenants);
        }
        for (column, text) in [("rule", &query.rule), ("fingerprint", &query.fingerprint)] {
            if let Some(text) = text {
                filter.add(&format!("{column} = ?"), text.clone());
            }
        }
        if let Some(account) = query.account {
            filter.add("account = ?", number(account));
        }
        if let Some(from) = query.from {
            filter.add("at >= ?", nanos(from.nanos()));
        }
        if let Some(to) = query.to {
            filter.add("at < ?", nanos(to.nanos()));
        }
        filter
    }
}

/// A part of the transitions that are looked for.
pub(super) fn list(connection: &Connection, query: &HistoryQuery, now: Timestamp) -> Result<List<Transition>, Error> {
    let mut filter = Filter::of(query);
    let count =
        format!("SELECT count(*) FROM (SELECT 1 FROM alert_transition{} LIMIT {})", filter.sql, COUNTED_MAX + 1);
    let counted: i64 = connection.query_row(&count, params_from_iter(&filter.values), |row| row.get(0))?;
    if let Some(cursor) = &query.cursor {
        let (at, id) = cursor.split_once('-').ok_or(Error::Cursor)?;
        let number = |text| i64::from_str_radix(text, 16).ok().filter(|number| *number >= 0).ok_or(Error::Cursor);
        filter.add("at <= ?", number(at)?);
        filter.add(&format!("(at < {} OR id < ?)", number(at)?), number(id)?);
    }
    let select =
        format!("SELECT * FROM alert_transition{} ORDER BY at DESC, id DESC LIMIT {}", filter.sql, query.limit + 1);
    let mut statement = connection.prepare(&select)?;
    let rows = statement.query_map(params_from_iter(&filter.values), |row| {
        Ok((row.get::<_, i64>("at")?, row.get::<_, i64>("id")?, transition(row)?))
    })?;
    let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|(at, id, _)| format!("{at:x}-{id:x}"));
    let counted = counted.cast_unsigned();
    Ok(List {
        items: found.into_iter().map(|(_, _, transition)| transition).collect(),
        total: counted.min(COUNTED_MAX),
        exact: counted <= COUNTED_MAX,
        next,
        notices: Vec::new(),
        as_of: now.into(),
    })
}

fn transition(row: &Row<'_>) -> rusqlite::Result<Transition> {
    let account: Option<i64> = row.get("account")?;
    Ok(Transition {
        at: time(row.get("at")?),
        fingerprint: row.get("fingerprint")?,
        name: row.get("name")?,
        rule: row.get("rule")?,
        account: account.map(|account| format!("{account:012}")),
        tenant: row.get("tenant")?,
        group: serde_json::from_str(&row.get::<_, String>("labels")?).unwrap_or_default(),
        from: state(&row.get::<_, String>("before")?),
        to: state(&row.get::<_, String>("after")?),
        value: row.get("value")?,
        value_text: row.get("value_text")?,
        reason: row.get("reason")?,
        episode: row.get("episode")?,
    })
}

/// The worst state of each alert in each of the last 24 hours.
pub(super) fn blocks(
    connection: &Connection,
    fingerprints: &[String],
    now: Timestamp,
) -> Result<BTreeMap<String, String>, Error> {
    let begun: i64 = connection.query_row("SELECT begun FROM meta", [], |row| row.get(0))?;
    let first = now.minus(HOUR * u32::try_from(HOURS).unwrap_or_default());
    let mut before = connection
        .prepare("SELECT after FROM alert_transition WHERE fingerprint = ?1 AND at < ?2 ORDER BY at DESC LIMIT 1")?;
    let mut within = connection.prepare(
        "SELECT at, before, after FROM alert_transition WHERE fingerprint = ?1 AND at >= ?2 AND at <= ?3 ORDER BY at",
    )?;
    let (start, end) = (nanos(first.nanos()), nanos(now.nanos()));
    let mut blocks = BTreeMap::new();
    for fingerprint in fingerprints {
        let known: Option<String> = before.query_row((fingerprint, start), |row| row.get(0)).optional()?;
        let rows = within.query_map((fingerprint, start, end), |row| {
            let (before, after): (String, String) = (row.get(1)?, row.get(2)?);
            Ok((Timestamp::from_nanos(row.get::<_, i64>(0)?.cast_unsigned()), state(&before), state(&after)))
        })?;
        let changes = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let begun = if known.is_some() { Timestamp::default() } else { Timestamp::from_nanos(begun.cast_unsigned()) };
        let text = hours(first, begun, known.as_deref().map(state), &changes);
        let _ = blocks.insert(fingerprint.clone(), text);
    }
    Ok(blocks)
}

/// The worst state in each hour from `first` on. Nothing is known of hours that ended before the store `begun`.
fn hours(first: Timestamp, begun: Timestamp, known: Option<State>, changes: &[(Timestamp, State, State)]) -> String {
    let before = known.or_else(|| changes.first().map(|(_, before, _)| *before));
    let Some(mut current) = before else { return "-".repeat(HOURS) };
    // A change that is told of is known, also where it was before the store.
    let begun = changes.first().map_or(begun, |(at, _, _)| begun.min(*at));
    let mut changes = changes.iter().peekable();
    let mut hour_end = first;
    let mut text = String::with_capacity(HOURS);
    for hour in 0..HOURS {
        hour_end = hour_end.plus(HOUR);
        let mut worst = current;
        let is_last = hour + 1 == HOURS;
        while let Some((_, _, after)) = changes.next_if(|(at, _, _)| *at < hour_end || is_last) {
            current = *after;
            worst = worst.max(current);
        }
        text.push(if hour_end <= begun { '-' } else { digit(worst) });
    }
    text
}

/// What a rule did in the last 24 hours.
#[derive(Default)]
struct Tally {
    fired: u32,
    accounts: BTreeSet<String>,
    time: Duration,
    flapping: bool,
}

/// The rules that fired most often, most first.
pub(super) fn noise(connection: &Connection, scope: &Scope, now: Timestamp) -> Result<Vec<Noise>, Error> {
    let first = now.minus(HOUR * u32::try_from(HOURS).unwrap_or_default());
    let mut filter = Filter::default();
    filter.add("at >= ?", nanos(first.nanos()));
    if let Some(tenants) = tenants(scope) {
        filter.add("tenant IN (SELECT value FROM json_each(?))", tenants);
    }
    let select =
        format!("SELECT * FROM alert_transition{} ORDER BY at DESC, id DESC LIMIT {LOOKED_AT_MAX}", filter.sql);
    let mut statement = connection.prepare(&select)?;
    let rows = statement.query_map(params_from_iter(&filter.values), transition)?;
    let mut alerts: BTreeMap<String, Vec<Transition>> = BTreeMap::new();
    for row in rows {
        let row = row?;
        alerts.entry(row.fingerprint.clone()).or_default().push(row);
    }
    let mut rules: BTreeMap<String, Tally> = BTreeMap::new();
    for mut changes in alerts.into_values() {
        changes.reverse();
        add_up(&mut rules, &changes, first, now);
    }
    let mut noise: Vec<Noise> = rules.into_iter().filter(|(_, tally)| tally.fired > 0).map(report).collect();
    noise.sort_by(|left, right| right.fired.cmp(&left.fired).then_with(|| left.rule.cmp(&right.rule)));
    noise.truncate(NOISY_MAX);
    Ok(noise)
}

fn report((rule, tally): (String, Tally)) -> Noise {
    let accounts = u32::try_from(tally.accounts.len()).unwrap_or(u32::MAX);
    Noise { rule, fired: tally.fired, accounts, seconds: tally.time.as_secs(), flapping: tally.flapping }
}

/// The changes of one alert, oldest first.
fn add_up(rules: &mut BTreeMap<String, Tally>, changes: &[Transition], first: Timestamp, now: Timestamp) {
    let Some(begin) = changes.first() else { return };
    let tally = rules.entry(begin.rule.clone()).or_default();
    let mut since = fires(begin.from).then_some(first);
    let mut starts: VecDeque<Timestamp> = VecDeque::new();
    for change in changes {
        let at = change.at.0;
        match (fires(change.from), fires(change.to)) {
            (false, true) => {
                tally.fired += 1;
                tally.accounts.extend(change.account.clone());
                since = Some(at);
                starts.push_back(at);
                while starts.front().is_some_and(|start| at.since(*start) > HOUR) {
                    let _ = starts.pop_front();
                }
                tally.flapping |= starts.len() >= FLAPS;
            }
            (true, false) => tally.time += since.take().map_or(Duration::ZERO, |since| at.since(since)),
            (true, true) | (false, false) => {}
        }
    }
    tally.time += since.map_or(Duration::ZERO, |since| now.since(since));
}

/// What people were told about a rule, newest first.
pub(super) fn notifications(connection: &Connection, rule: &str, limit: usize) -> Result<Vec<Notification>, Error> {
    let select =
        "SELECT at, title, told, cause, accounts FROM notification WHERE rule = ?1 ORDER BY at DESC, id DESC LIMIT ?2";
    let mut statement = connection.prepare(select)?;
    let rows = statement.query_map((rule, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
        Ok(Notification {
            at: time(row.get(0)?),
            title: row.get(1)?,
            to: row.get(2)?,
            cause: row.get(3)?,
            accounts: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When an alert last resolved.
pub(super) fn last_resolved(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let select = "SELECT at FROM alert_transition WHERE after = 'ok' AND before IN ('warning', 'critical') \
                  ORDER BY at DESC LIMIT 1";
    let at: Option<i64> = connection.query_row(select, [], |row| row.get(0)).optional()?;
    Ok(at.map(|at| Timestamp::from_nanos(at.cast_unsigned())))
}

/// Whether a transition is the end of something that fired.
pub(super) const fn resolves(transition: &Transition) -> bool {
    fires(transition.from) && matches!(transition.to, State::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Timestamp = Timestamp::from_seconds(1_000_000);

    fn at(hours: f64) -> Timestamp {
        FIRST.plus(Duration::from_secs_f64(hours * 3_600.0))
    }

    #[test]
    fn each_hour_shows_its_worst_state() {
        let changes = [
            (at(2.5), State::Ok, State::Pending),
            (at(2.6), State::Pending, State::Critical),
            (at(4.0), State::Critical, State::Ok),
            (at(24.0), State::Ok, State::Warning),
        ];
        let text = hours(FIRST, Timestamp::default(), None, &changes);
        assert_eq!(text, "005550000000000000000004");
        assert_eq!(text.len(), HOURS);
    }

    #[test]
    fn nothing_is_said_of_hours_before_the_store_began() {
        let changes = [(at(5.5), State::Ok, State::Critical)];
        assert_eq!(hours(FIRST, at(3.0), None, &changes), "---005555555555555555555");
        assert_eq!(hours(FIRST, at(3.0), None, &[]), "-".repeat(24));
        assert_eq!(hours(FIRST, Timestamp::default(), Some(State::Warning), &[]), "4".repeat(24));
    }

    #[test]
    fn states_are_written_and_read() {
        for known in [State::Ok, State::Pending, State::NoData, State::Error, State::Warning, State::Critical] {
            assert_eq!(state(word(known)), known);
            assert_eq!(serde_json::to_value(known).unwrap(), word(known));
        }
    }
}
