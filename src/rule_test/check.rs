//! Compares what was seen with what was expected.

use std::collections::BTreeSet;
use std::time::Duration;

use super::file::{Expect, ExpectNotification, ExpectTransition, Listed, Test, Want, Who};
use super::group;
use super::said::{counted, number, standing_text, want_text, word};
use super::watch::{Look, Looks, Trace};
use crate::config::quantity::duration_text;
use crate::evaluator::{Standing, State, Transition};
use crate::incident::{Kind, Notification, Status};
use crate::rule::RuleSet;
use crate::sample::Group;
use crate::time::Timestamp;

/// A notification and when it was told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) at: Timestamp,
    pub(super) notification: Notification,
}

/// Everything that was seen in a test.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) looks: Looks,
    pub(super) sent: Vec<Sent>,
    pub(super) transitions: Vec<Transition>,
    /// What a reader should know: a snapshot that was not used.
    pub(super) notes: Vec<String>,
    /// Ids from before a restart, which replay makes again and nobody is told of again.
    known_notifications: BTreeSet<Box<str>>,
    known_transitions: BTreeSet<u64>,
}

impl Seen {
    /// A notification came. One of before a restart is not sent again: its id stands in the log of what was sent.
    pub(super) fn told(&mut self, sent: Sent) {
        if !self.known_notifications.contains(&sent.notification.id) {
            self.sent.push(sent);
        }
    }

    /// Alerts changed.
    pub(super) fn changed(&mut self, transitions: impl Iterator<Item = Transition>) {
        let known = &self.known_transitions;
        self.transitions.extend(transitions.filter(|transition| !known.contains(&transition.id)));
    }

    /// Fanin was killed: what comes now may have come before.
    pub(super) fn restarted(&mut self) {
        self.known_notifications.extend(self.sent.iter().map(|sent| sent.notification.id.clone()));
        self.known_transitions.extend(self.transitions.iter().map(|transition| transition.id));
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

/// One expectation that was not met.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Where the expectation stands: the line, counting from 1; that of the test where it is none of a single one.
    pub line: u64,
    /// What it is about: `at 6m, PaymentTimeouts 111111111111`.
    pub about: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub got: String,
    /// How the alert stood, tick by tick: the offset from the start of the test, and the alert.
    pub trace: Vec<(Duration, Option<Standing>)>,
}

/// How many ticks of a trace are shown: those before the one in question, and one more.
const TRACE_BEFORE: usize = 9;

/// What a failed list of notifications or transitions shows of the others.
const OTHERS_MAX: usize = 8;

/// All expectations of a test that were not met, in the order of their lines.
pub(super) fn check(test: &Test, seen: &Seen, rules: &RuleSet) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (expect, look) in test.expect.iter().zip(&seen.looks.expected) {
        match look {
            Some(Ok(look)) => {
                failures.extend(stands(test, expect, look, seen, rules));
                failures.extend(listed(test, expect, look, seen, rules));
                failures.extend(notified(test, expect, look, seen, rules));
            }
            Some(Err(error)) => failures.push(impossible(expect, error)),
            None => failures.push(impossible(expect, "the tick was not evaluated")),
        }
    }
    failures.extend(test.notifications.iter().filter_map(|expect| notifications(test, expect, seen)));
    failures.extend(test.transitions.iter().filter_map(|expect| transitions(test, expect, seen)));
    failures.sort_by_key(|failure| failure.line);
    failures
}

fn impossible(expect: &Expect, error: &str) -> Failure {
    let about = format!("at {}, {}", duration_text(expect.at), about(expect, &expect.who));
    Failure { line: expect.line, about, expected: want_text(&expect.want), got: error.into(), trace: Vec::new() }
}

fn about(expect: &Expect, who: &Who) -> String {
    let account = who.account.iter().map(|account| account.to_string());
    let others = who.group.iter().map(|(name, value)| format!("{name}={value}"));
    [expect.alert.clone()].into_iter().chain(account).chain(others).collect::<Vec<_>>().join(" ")
}

fn trace(test: &Test, expect: &Expect, who: &Who, seen: &Seen, rules: &RuleSet) -> Vec<(Duration, Option<Standing>)> {
    let meant = group::rule(rules, &expect.alert).and_then(|rule| group::group(&rules.rules[rule], who));
    let Ok(meant) = meant else { return Vec::new() };
    let Some(trace) = seen.looks.traces.get(&(expect.alert.clone(), meant)) else { return Vec::new() };
    around(trace, test.start, test.start.plus(expect.at))
}

fn around(trace: &Trace, start: Timestamp, at: Timestamp) -> Vec<(Duration, Option<Standing>)> {
    let before = trace.range(..=at).count().saturating_sub(TRACE_BEFORE);
    let rows = trace.iter().skip(before).take(TRACE_BEFORE + 1);
    rows.map(|(tick, standing)| (tick.since(start), standing.clone())).collect()
}

fn stands(test: &Test, expect: &Expect, look: &Look, seen: &Seen, rules: &RuleSet) -> Option<Failure> {
    let fits = expect.alerts.is_some() || fits(&expect.want, look.standing.as_ref());
    (!fits).then(|| Failure {
        line: expect.line,
        about: format!("at {}, {}", duration_text(expect.at), about(expect, &expect.who)),
        expected: want_text(&expect.want),
        got: standing_text(look.standing.as_ref(), test.start),
        trace: trace(test, expect, &expect.who, seen, rules),
    })
}

/// Whether an alert stands as it must. Of an alert that there is none of, all that is known is that it is inactive.
fn fits(want: &Want, standing: Option<&Standing>) -> bool {
    let Some(standing) = standing else {
        return *want == Want { state: want.state, ..Want::default() }
            && want.state.is_none_or(|it| it == State::Inactive);
    };
    let is =
        |wanted: Option<f64>, got: Option<f64>| wanted.is_none_or(|wanted| got.is_some_and(|got| near(wanted, got)));
    want.state.is_none_or(|state| state == standing.state)
        && want.level.is_none_or(|level| Some(level) == standing.level)
        && want.pending.is_none_or(|level| Some(level) == standing.pending)
        && want.outcome.is_none_or(|outcome| outcome == standing.outcome)
        && is(want.value, standing.value)
        && is(want.threshold, standing.threshold)
}

/// To six digits.
fn near(wanted: f64, got: f64) -> bool {
    wanted.total_cmp(&got).is_eq() || (wanted - got).abs() <= 1e-6 * wanted.abs().max(got.abs()).max(1e-6)
}

/// All alerts that are not inactive, against the list of the test.
fn listed(test: &Test, expect: &Expect, look: &Look, seen: &Seen, rules: &RuleSet) -> Vec<Failure> {
    let Some(list) = &expect.alerts else { return Vec::new() };
    let at = duration_text(expect.at);
    let failure = |line, about, expected, got, trace| Failure { line, about, expected, got, trace };
    let rule = match group::rule(rules, &expect.alert) {
        Ok(index) => &rules.rules[index],
        Err(error) => return vec![impossible(expect, &error)],
    };
    let mut wanted = BTreeSet::new();
    let mut failures = Vec::new();
    for Listed { line, who, want } in list {
        let about = format!("at {at}, {}", about(expect, who));
        let meant = match group::group(rule, who) {
            Ok(meant) => meant,
            Err(error) => {
                failures.push(failure(*line, about, want_text(want), error, Vec::new()));
                continue;
            }
        };
        let found = look.alerts.iter().find(|(group, _, _)| *group == meant).map(|(_, _, standing)| standing);
        if found.is_none() || !fits(want, found) {
            let expected = match want_text(want) {
                text if text.is_empty() => "an alert that is not inactive".into(),
                text => text,
            };
            failures.push(failure(
                *line,
                about,
                expected,
                standing_text(found, test.start),
                trace(test, expect, who, seen, rules),
            ));
        }
        let _ = wanted.insert(meant);
    }
    let is_surplus = |(group, _, _): &&(Group, String, Standing)| !wanted.contains(group);
    let surplus: Vec<_> = look.alerts.iter().filter(is_surplus).collect();
    if !surplus.is_empty() {
        let shown = surplus.iter().take(OTHERS_MAX);
        let mut got: Vec<_> =
            shown.map(|(_, name, standing)| format!("{name}: {}", standing_text(Some(standing), test.start))).collect();
        if surplus.len() > OTHERS_MAX {
            got.push(format!("and {} more", surplus.len() - OTHERS_MAX));
        }
        let expected =
            if list.is_empty() { "no alert that is not inactive" } else { "no other alert that is not inactive" };
        let about = format!("at {at}, {}", expect.alert);
        failures.push(failure(expect.line, about, expected.into(), got.join("\n"), Vec::new()));
    }
    failures
}

/// The classes that are told of the alert in the time after its tick: each that is expected, and none where none is. Others
/// may be told as well: a ticket that is open hears of the page too.
fn notified(test: &Test, expect: &Expect, look: &Look, seen: &Seen, rules: &RuleSet) -> Option<Failure> {
    let wanted = expect.notified.as_ref()?;
    let wait = group::rule(rules, &expect.alert).map(|rule| rules.rules[rule].incident.group_wait).unwrap_or_default();
    let (from, until) = (look.at, look.at.plus(wait));
    let is_about = |notification: &Notification| {
        *notification.rule == *expect.alert
            && (expect.who.account.is_none()
                || notification.kind == Kind::Fleet
                || notification.alerts.iter().any(|alert| alert.account == expect.who.account))
    };
    let told = seen.sent.iter().filter(|sent| (from..=until).contains(&sent.at) && is_about(&sent.notification));
    let classes: BTreeSet<_> = told.map(|sent| sent.notification.to.to_string()).collect();
    let classes: Vec<_> = classes.into_iter().collect();
    let list = |classes: &[String]| match classes {
        [] => "nobody is told".to_owned(),
        classes => format!("told: {}", classes.join(", ")),
    };
    let met = if wanted.is_empty() { classes.is_empty() } else { wanted.iter().all(|class| classes.contains(class)) };
    (!met).then(|| Failure {
        line: expect.line,
        about: format!("at {}, {}", duration_text(expect.at), about(expect, &expect.who)),
        expected: list(wanted),
        got: list(&classes),
        trace: trace(test, expect, &expect.who, seen, rules),
    })
}

fn is_counted(wanted: Option<u32>, found: usize) -> bool {
    wanted.map_or(found > 0, |wanted| usize::try_from(wanted) == Ok(found))
}

fn wanted_count(count: Option<u32>, noun: &str) -> String {
    count.map_or_else(|| format!("at least one {noun}"), |count| counted(count as usize, noun))
}

fn between(from: Duration, until: Duration) -> String {
    format!("between {} and {}", duration_text(from), duration_text(until))
}

fn notifications(test: &Test, expect: &ExpectNotification, seen: &Seen) -> Option<Failure> {
    let (from, until) = (test.start.plus(expect.from), test.start.plus(expect.until));
    let inside: Vec<_> = seen.sent.iter().filter(|sent| (from..until).contains(&sent.at)).collect();
    let fitting = inside.iter().filter(|sent| tells(expect, &sent.notification)).count();
    if is_counted(expect.count, fitting) {
        return None;
    }
    let mut expected = wanted_count(expect.count, "notification");
    let words = [
        expect.alert.as_ref().map(|alert| format!("of {alert}")),
        expect.account.map(|account| format!("about {account}")),
        expect.kind.map(|kind| format!("kind {}", word(kind))),
        expect.cause.map(|cause| format!("cause {}", word(cause))),
        expect.status.map(|status| format!("status {}", word(status))),
        expect.level.map(|level| format!("level {}", word(level))),
        expect.to.as_ref().map(|to| format!("to {to}")),
        expect.late.map(|late| (if late { "late" } else { "not late" }).to_owned()),
        expect.accounts.map(|accounts| counted(accounts as usize, "account")),
        expect.fired_and_resolved.as_ref().map(|accounts| format!("fired and resolved {accounts:?}")),
        expect.contains.as_ref().map(|text| format!("with {text:?}")),
    ];
    words.into_iter().flatten().for_each(|text| {
        expected.push_str(&format!(", {text}"));
    });
    let lines: Vec<_> = inside.iter().map(|sent| sent_text(sent, test.start)).collect();
    let got = among(fitting, "notification", &lines);
    Some(Failure { line: expect.line, about: between(expect.from, expect.until), expected, got, trace: Vec::new() })
}

/// `1 notification fits; there were` and a line for each that there was.
fn among(fitting: usize, noun: &str, lines: &[String]) -> String {
    let mut text = match fitting {
        0 => format!("no {noun} fits"),
        1 => format!("1 {noun} fits"),
        n => format!("{n} {noun}s fit"),
    };
    match lines.len() {
        0 => text.push_str("; there was none"),
        n => {
            text.push_str(&format!("; there {} {}:", if n == 1 { "was" } else { "were" }, counted(n, noun)));
        }
    }
    for line in lines.iter().take(OTHERS_MAX) {
        text.push_str(&format!("\n{line}"));
    }
    if lines.len() > OTHERS_MAX {
        text.push_str(&format!("\nand {} more", lines.len() - OTHERS_MAX));
    }
    text
}

fn sent_text(sent: &Sent, start: Timestamp) -> String {
    let Sent { at, notification: it } = sent;
    let rule = if it.rule.is_empty() { String::new() } else { format!(" of {}", it.rule) };
    let late = if it.late { ", late" } else { "" };
    let accounts = match it.alerts.as_slice() {
        [alert] => alert.account.map_or_else(|| "one alert".into(), |account| account.to_string()),
        _ => counted(it.accounts as usize, "account"),
    };
    format!(
        "{}: {} {}{rule}, {}, {}, to {}{late}: {accounts}",
        duration_text(at.since(start)),
        word(it.kind),
        word(it.cause),
        word(it.status),
        word(it.level),
        it.to
    )
}

fn tells(expect: &ExpectNotification, it: &Notification) -> bool {
    let is_of = |alert: &String| *it.rule == **alert || it.alerts.iter().any(|shown| *shown.rule == **alert);
    let has = |text: &String| {
        let lines = it.lines.iter().map(|line| &line.text);
        it.annotations.values().chain(&it.runbook).chain(lines).any(|annotation| annotation.contains(text.as_str()))
    };
    expect.alert.as_ref().is_none_or(is_of)
        && expect.account.is_none_or(|account| it.alerts.iter().any(|shown| shown.account == Some(account)))
        && expect.kind.is_none_or(|kind| kind == it.kind)
        && expect.cause.is_none_or(|cause| cause == it.cause)
        && expect.status.is_none_or(|status| status == it.status)
        && expect.level.is_none_or(|level| level == it.level)
        && expect.to.as_ref().is_none_or(|to| *it.to == **to)
        && expect.late.is_none_or(|late| late == it.late)
        && expect.accounts.is_none_or(|accounts| accounts == it.accounts)
        && expect.contains.as_ref().is_none_or(has)
        && expect.fired_and_resolved.as_ref().is_none_or(|accounts| {
            let resolved = it.alerts.iter().filter(|shown| shown.status == Status::Resolved);
            let resolved: BTreeSet<_> = resolved.filter_map(|shown| shown.account).collect();
            resolved == accounts.iter().copied().collect()
        })
}

fn transitions(test: &Test, expect: &ExpectTransition, seen: &Seen) -> Option<Failure> {
    let (from, until) = (test.start.plus(expect.from), test.start.plus(expect.until));
    let is_of = |it: &&Transition| {
        expect.alert.as_ref().is_none_or(|alert| *it.rule == **alert)
            && expect.account.is_none_or(|account| it.group.account == Some(account))
    };
    let fits = |it: &Transition| {
        expect.state.is_none_or(|state| state == it.to)
            && expect.level.is_none_or(|level| level == it.level)
            && expect.reason.is_none_or(|reason| reason == it.reason)
            && expect.late.is_none_or(|late| late == it.late)
    };
    let inside = seen.transitions.iter().filter(|it| (from..until).contains(&it.at));
    let inside: Vec<_> = inside.filter(is_of).collect();
    let fitting = inside.iter().filter(|it| fits(it)).count();
    if is_counted(expect.count, fitting) {
        return None;
    }
    let mut expected = wanted_count(expect.count, "transition");
    let words = [
        expect.alert.as_ref().map(|alert| format!("of {alert}")),
        expect.account.map(|account| format!("about {account}")),
        expect.state.map(|state| format!("to {}", word(state))),
        expect.level.map(|level| format!("level {}", word(level))),
        expect.reason.map(|reason| format!("reason {}", word(reason))),
        expect.late.map(|late| (if late { "late" } else { "not late" }).to_owned()),
    ];
    words.into_iter().flatten().for_each(|text| {
        expected.push_str(&format!(", {text}"));
    });
    let lines: Vec<_> = inside.iter().map(|it| transition_text(it, test.start)).collect();
    let got = among(fitting, "transition", &lines);
    Some(Failure { line: expect.line, about: between(expect.from, expect.until), expected, got, trace: Vec::new() })
}

fn transition_text(it: &Transition, start: Timestamp) -> String {
    let account = it.group.account.map(|account| format!(" {account}")).unwrap_or_default();
    let rest: String = it.group.rest.iter().map(|value| format!(" {value}")).collect();
    let value = it.value.map(|value| format!(", value {}", number(value))).unwrap_or_default();
    let late = if it.late { ", late" } else { "" };
    format!(
        "{}: {}{account}{rest}, {} to {}, {}, reason {}{value}{late}",
        duration_text(it.at.since(start)),
        it.rule,
        word(it.from),
        word(it.to),
        word(it.level),
        word(it.reason)
    )
}
