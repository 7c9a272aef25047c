//! Rules: what a tick of many rules costs, what samples cost, a break of the whole fleet, the snapshot, and memory.
//!
//! `cargo bench --no-default-features --bench rules` prints all of it; a name after `--` (`ticks`, `observe`, `break`, `snapshot`,
//! `memory`, `samples`) runs one part. Single times of a shared machine do not compare; ratios of one run do.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fanin::alerting::{Alerting, Settings};
use fanin::config::Normalize;
use fanin::delivery::{Delivery, Origin, Payload, RawRecord, Source};
use fanin::evaluator::{Evaluator, Outcome, Tick};
use fanin::id::AccountId;
use fanin::processor::output::Output;
use fanin::processor::{Processor, Surroundings, units};
use fanin::rule::{Kind, RuleIdx, RuleSet};
use fanin::sample::{Cell, Group, Message, Partial, Sampler};
use fanin::simulate::Simulation;
use fanin::tenant::{Directory, Entry, State};
use fanin::time::Timestamp;

const ACCOUNTS: usize = 6_000;
const RULES: usize = 100;
const MINUTE: Duration = Duration::from_secs(60);
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ROUNDS: u64 = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--resident") {
        resident(arguments.get(at + 1).map_or("", String::as_str));
        return;
    }
    let parts: [(&str, fn()); 6] = [
        ("ticks", ticks),
        ("observe", observe),
        ("break", fleet_break),
        ("snapshot", snapshot),
        ("memory", memory),
        ("samples", samples),
    ];
    let chosen = |name: &str| arguments.iter().any(|argument| argument == name);
    let any = parts.iter().any(|(name, _)| chosen(name));
    for (name, run) in parts {
        if !any || chosen(name) {
            run();
        }
    }
}

/// What the rules of a run are made of.
#[derive(Clone, Copy, PartialEq)]
enum Blend {
    /// All count records.
    Counts,
    /// Counts, ratios, averages, greatest and last values, absence.
    Mixed,
    /// Percentiles.
    Percentiles,
    /// All wait for records.
    Absence,
}

fn rule(blend: Blend, index: usize) -> String {
    let kind = match (blend, index % 10) {
        (Blend::Counts, _) | (Blend::Mixed, 0..4) => {
            "kind: threshold, value: count(), critical: '>= 1000', warning: '>= 900', recover: '< 500', no_data: zero"
        }
        (Blend::Mixed, 4 | 5) => {
            "kind: ratio, bad: 'sum(bad)', total: 'sum(total)', critical: '> 10%', recover: '< 3%', min_total: 10, no_data: ok"
        }
        (Blend::Mixed, 6) => "kind: threshold, value: avg(ms), critical: '> 3000', min_samples: 2, no_data: keep",
        (Blend::Mixed, 7) => "kind: threshold, value: max(ms), critical: '> 3000', no_data: ok",
        (Blend::Mixed, 8) => "kind: threshold, value: last(ms), critical: '> 3000', no_data: keep",
        (Blend::Percentiles, _) => "kind: threshold, value: p99(ms), critical: '> 3000', no_data: ok",
        (Blend::Absence | Blend::Mixed, _) => "kind: absence, timeout: 60m, groups: registry, level: critical",
    };
    let window = if kind.contains("absence") { "" } else { ", window: 5m" };
    let overrides = if index.is_multiple_of(5) && blend == Blend::Mixed && !kind.contains("absence") {
        ", overrides: [{tier: gold, for: 5m}]"
    } else {
        ""
    };
    format!("  - {{alert: Rule{index}, from: logs, match: 'service == \"s{index}\"', {kind}{window}{overrides}}}\n")
}

fn rules(blend: Blend, count: usize) -> Arc<RuleSet> {
    let rules: String = (0..count).map(|index| rule(blend, index)).collect();
    let text = format!(
        "version: 1\ndefaults: {{every: 1m, delay: 60s, new_group_delay: 0s, scope: 'tenant.state == \"active\"', notify: {{critical: page}}}}\nrules:\n{rules}"
    );
    let (set, problems) = fanin::rule::read::read(&[("rules.yaml", &text)]);
    assert_eq!(set.rules.len(), count, "{problems:?}");
    Arc::new(set)
}

fn account(index: usize) -> AccountId {
    AccountId::parse(&format!("{:012}", 100_000_000_000 + index * 7_919)).expect("it has 12 digits")
}

fn directory() -> Directory {
    directory_of(ACCOUNTS)
}

fn directory_of(accounts: usize) -> Directory {
    let entry = |index: usize| Entry {
        account: account(index),
        tenant: format!("t{index}"),
        name: None,
        tier: Some(if index.is_multiple_of(10) { "gold" } else { "silver" }.into()),
        region: None,
        ou_path: None,
        state: State::Active,
        created: Some(Timestamp::from_seconds(1_600_000_000)),
        labels: std::collections::BTreeMap::new(),
    };
    Directory::new((0..accounts).map(entry), "tenant.id", &[])
}

/// What one rule takes of some records of one account in one minute.
fn partial(rules: &RuleSet, rule: RuleIdx, account: AccountId, minute: u64, count: u32) -> Partial {
    let bucket = START.plus(MINUTE * u32::try_from(minute).unwrap_or(0));
    let last = bucket.plus(Duration::from_secs(31));
    let value = f64::from(count);
    let terms = rules.rules[rule].measure().map_or(&[][..], |measure| &measure.terms);
    let cells = terms.iter().map(|term| {
        let mut cell = Cell::new(&term.aggregate, matches!(term.of, fanin::rule::Values::Records));
        for number in 0..count.min(4) {
            let _ = cell.add(f64::from(number) + value, last);
        }
        Some(cell)
    });
    Partial {
        rule,
        group: Group { account: Some(account), rest: Box::default() },
        bucket,
        count,
        first: bucket,
        last,
        until: last,
        cells: if matches!(rules.rules[rule].kind, Kind::Ratio(_)) {
            vec![None, Some(Cell::Sum(value))].into()
        } else {
            cells.collect()
        },
        series: None,
        set: 0,
        set_len: 0,
        times: Vec::new(),
        lines: Vec::new(),
    }
}

/// Messages of one minute: of each account one, in which every `thinned`th rule finds something.
fn messages(rules: &RuleSet, minute: u64, thinned: usize, count: u32) -> Vec<Message> {
    let arrived = START.plus(MINUTE * u32::try_from(minute + 1).unwrap_or(0));
    let of = |index: usize| {
        let at = index * 31 + usize::try_from(minute).unwrap_or(0) * 17;
        let speaks = |rule: &usize| (rule + at).is_multiple_of(thinned);
        let partials =
            (0..rules.rules.len()).filter(speaks).map(|rule| partial(rules, rule, account(index), minute, count));
        Message { fingerprint: minute << 32 | index as u64, arrived, partials: partials.collect() }
    };
    (0..ACCOUNTS).map(of).collect()
}

/// The moment at which the tick that ends a minute is due.
fn due(minute: u64) -> Timestamp {
    START.plus(MINUTE * u32::try_from(minute + 2).unwrap_or(0))
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Runs some minutes; the times of taking samples in, and of the ticks, once windows are filled.
fn minutes(rules: &Arc<RuleSet>, directory: &Directory, thinned: usize) -> (Vec<Duration>, Vec<Duration>, Evaluator) {
    let mut evaluator = Evaluator::new(Arc::clone(rules), 16, START);
    let (mut observed, mut ticked) = (Vec::new(), Vec::new());
    for minute in 0..ROUNDS + 6 {
        let messages = if thinned == 0 { Vec::new() } else { messages(rules, minute, thinned, 3) };
        let ((), taken) = timed(|| messages.iter().for_each(|message| evaluator.observe(message, directory)));
        let (ticks, time) = timed(|| evaluator.advance(due(minute), due(minute), directory));
        assert_eq!(ticks.len(), rules.rules.len());
        let calm = |tick: &Tick| tick.transitions.is_empty();
        assert!(thinned != 1 || ticks.iter().all(calm));
        if minute >= 6 {
            observed.push(taken);
            ticked.push(time);
        }
    }
    observed.sort_unstable();
    ticked.sort_unstable();
    (observed, ticked, evaluator)
}

fn ticks() {
    let directory = directory();
    println!("a tick of {RULES} rules over {ACCOUNTS} accounts, one core (least, median, greatest of {ROUNDS}):");
    let cases = [
        ("counts, all groups speak", Blend::Counts, 1),
        ("counts, a twentieth speaks in each minute", Blend::Counts, 20),
        ("counts, none speaks", Blend::Counts, 0),
        ("mixed kinds, all groups speak", Blend::Mixed, 1),
        ("mixed kinds, a twentieth speaks in each minute", Blend::Mixed, 20),
        ("mixed kinds, none speaks", Blend::Mixed, 0),
    ];
    for (name, blend, thinned) in cases {
        let rules = rules(blend, RULES);
        let (_, ticked, evaluator) = minutes(&rules, &directory, thinned);
        let groups: usize = evaluator.counters().iter().map(|counters| counters.groups).sum();
        let [least, median, greatest] = [0, ticked.len() / 2, ticked.len() - 1].map(|at| ms(ticked[at]));
        println!("  {name}: {least:.1}, {median:.1}, {greatest:.1} ms, {groups} groups tracked");
    }
    let rules_mixed = rules(Blend::Mixed, RULES);
    let (_, _, mut evaluator) = minutes(&rules_mixed, &directory, 20);
    let changed = directory_of(ACCOUNTS + 1);
    let (_, time) = timed(|| evaluator.advance(due(ROUNDS + 6), due(ROUNDS + 6), &changed));
    println!("  mixed kinds, a twentieth speaks, and the directory changed: {:.1} ms", ms(time));
    let (_, ticked, _) = minutes(&rules(Blend::Percentiles, 1), &directory, 1);
    println!("  one rule on p99, all groups speak: {:.1} ms (median)", ms(ticked[ticked.len() / 2]));
}

fn observe() {
    let directory = directory();
    for (name, blend) in [("counts", Blend::Counts), ("mixed kinds", Blend::Mixed)] {
        let (observed, _, _) = minutes(&rules(blend, RULES), &directory, 1);
        let nanos = observed[observed.len() / 2].as_secs_f64() * 1e9 / (ACCOUNTS * RULES) as f64;
        println!("taking in a partial ({name}): {nanos:.0} ns");
    }
}

/// Rule 0 breaches in every account at one tick; all else is calm.
fn fleet_break() {
    let (directory, rules) = (directory(), rules(Blend::Counts, RULES));
    let mut alerting = Alerting::new(Arc::clone(&rules), Settings::default(), START);
    let (id, mut told, mut calm) = (rules.id(), Vec::new(), Duration::ZERO);
    for minute in 0..12 {
        for mut message in messages(&rules, minute, 1, 3) {
            if minute >= 8 {
                message
                    .partials
                    .iter_mut()
                    .take(1)
                    .for_each(|first| *first = partial(&rules, 0, account_of(first), minute, 2_000));
                message.partials[0].cells = vec![Some(Cell::Count(2_000.0))].into();
            }
            alerting.observe(message, id, &directory);
        }
        let (ticks, time) = timed(|| alerting.advance(due(minute), due(minute), &directory));
        let breaching: u32 = ticks.iter().map(|tick| tick.outcomes[Outcome::Critical as usize]).sum();
        let changes: usize = ticks.iter().map(|tick| tick.transitions.len()).sum();
        if minute == 7 {
            calm = time;
        }
        if minute >= 7 {
            println!("  minute {minute}: {breaching} breach, {changes} changes, advance {:.1} ms", ms(time));
        }
        let (mut more, time) = timed(|| std::iter::from_fn(|| alerting.poll_notification()).collect::<Vec<_>>());
        if !more.is_empty() {
            println!("  minute {minute}: {} notifications, {:.1} ms", more.len(), ms(time));
        }
        told.append(&mut more);
    }
    println!("a break of {ACCOUNTS} accounts: {} notification(s); a calm advance took {:.1} ms", told.len(), ms(calm));
}

fn account_of(partial: &Partial) -> AccountId {
    partial.group.account.expect("its rule groups by account")
}

fn snapshot() {
    let directory = directory();
    for (name, blend, thinned) in
        [("counts, all groups speak", Blend::Counts, 1), ("mixed kinds, a twentieth", Blend::Mixed, 20)]
    {
        let rules = rules(blend, RULES);
        let id = rules.id();
        let mut alerting = Alerting::new(Arc::clone(&rules), Settings::default(), START);
        for minute in 0..8 {
            for message in messages(&rules, minute, thinned, 3) {
                alerting.observe(message, id, &directory);
            }
            let _ticks = alerting.advance(due(minute), due(minute), &directory);
        }
        let (bytes, written) = timed(|| alerting.to_bytes());
        let mut other = Alerting::new(Arc::clone(&rules), Settings::default(), START);
        let (restored, read) = timed(|| other.restore(&bytes, &directory, due(8)));
        restored.expect("it was just written");
        println!(
            "snapshot ({name}): {:.1} MB, written in {:.0} ms, read in {:.0} ms",
            bytes.len() as f64 / 1e6,
            ms(written),
            ms(read)
        );
    }
}

/// Each case in a process of its own: memory that was given back once would be used again.
fn memory() {
    let this = std::env::current_exe().expect("Linux tells it");
    for case in ["never", "tracked", "counts", "mixed"] {
        let told = std::process::Command::new(&this).args(["--resident", case]).output().expect("it runs");
        print!("{}", String::from_utf8_lossy(&told.stdout));
    }
}

fn resident(case: &str) {
    let (blend, thinned) = match case {
        "never" => (Blend::Counts, 0),
        "tracked" => (Blend::Absence, 0),
        "mixed" => (Blend::Mixed, 1),
        _ => (Blend::Counts, 1),
    };
    let (rules, directory) = (rules(blend, RULES), directory());
    // Room that messages need for a while must not count.
    drop(black_box(messages(&rules, 0, 1, 3)));
    let before = resident_bytes();
    let (_, _, evaluator) = minutes(&rules, &directory, thinned);
    let bytes = resident_bytes().saturating_sub(before) as f64 / (ACCOUNTS * RULES) as f64;
    let groups: usize = evaluator.counters().iter().map(|counters| counters.groups).sum();
    println!("memory, {case}: {bytes:.0} bytes for each of {} groups, {groups} of them tracked", ACCOUNTS * RULES);
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("Linux tells it") * 1024
}

/// 100 rules on logs, of the kinds that people write.
fn log_rules() -> Arc<RuleSet> {
    let words = [
        "timeout",
        "refused",
        "denied",
        "throttl",
        "OutOfMemory",
        "deadlock",
        "failed",
        "exceeded",
        "panic",
        "invalid",
    ];
    let rule = |index: usize| {
        let word = words[index % words.len()];
        let matches = match index % 5 {
            0 => format!("level in [\"ERROR\", \"FATAL\"] && message.contains(\"{word}\")"),
            1 => format!("service == \"service-{}\" && level == \"ERROR\"", index / 5),
            2 => format!("log_group.startsWith(\"/aws/lambda/service-{}\") && message.contains(\"{word}\")", index / 5),
            3 => format!("message.contains(\"{word} {index}\")"),
            _ => format!("service == \"checkout\" && message.contains(\"{word}\") && has(duration_ms)"),
        };
        format!(
            "  - {{alert: R{index}, kind: threshold, from: logs, match: '{matches}', value: count(), window: 5m, critical: '>= 50'}}\n"
        )
    };
    let text = format!("version: 1\nrules:\n{}", (0..RULES).map(rule).collect::<String>());
    let (set, problems) = fanin::rule::read::read(&[("rules.yaml", &text)]);
    assert_eq!(set.rules.len(), RULES, "{problems:?}");
    Arc::new(set)
}

/// What 100 rules add to the processor.
fn samples() {
    let mut simulation = Simulation::new(200, 1);
    let mut records = Vec::new();
    for index in 0..4_000_usize {
        let payload = simulation.payload(START);
        let data = Bytes::from(payload.json.into_bytes());
        records.push(RawRecord { data, position: index.to_string().into(), arrived: START });
    }
    let directory = Directory::new(simulation.directory(), "tenant.id", &[None]);
    let origin = Origin { source: Source::Kinesis, name: "bench".into(), region: None };
    let delivery = Delivery { origin, payload: Payload::Records(records), accounts: None };
    let rules = log_rules();
    let sampler = Sampler::new(&rules);
    let settings = Normalize::default();
    let pass = |sampler: Option<&Sampler>| {
        let around = Surroundings { sampler, ..Surroundings::new(&directory, &settings) };
        let (mut processor, mut output, mut taken) = (Processor::default(), Output::default(), 0);
        for unit in 0..units(&delivery.payload) {
            processor.process(&delivery, unit, &around, &mut output);
            taken +=
                output.messages.iter().flat_map(|message| &message.partials).map(|it| u64::from(it.count)).sum::<u64>();
            let _ = black_box(&output.chunks);
            output.clear();
        }
        taken
    };
    let (mut without, mut with, mut taken) = (Duration::MAX, Duration::MAX, 0);
    // By turns, so that both meet the same weather.
    for _ in 0..ROUNDS {
        without = without.min(timed(|| pass(None)).1);
        let (count, time) = timed(|| pass(Some(&sampler)));
        (taken, with) = (count, with.min(time));
    }
    let events = simulation.events() as f64;
    let nanos = (with.as_secs_f64() - without.as_secs_f64()) * 1e9 / events;
    println!(
        "the processor with {RULES} rules, by the one without: {:.3}; {nanos:.0} ns for each of {events} records, {taken} samples taken",
        with.as_secs_f64() / without.as_secs_f64()
    );
}
