//! What a report says is what was taken, however it was packed.

use proptest::prelude::*;

use super::*;
use crate::rule::RuleSet;
use crate::sample::{Cell, Group, Partial};

const RULES: &str = r#"version: 1
rules:
  - alert: A
    kind: event
    from: logs
    match: message.contains("x")
    level: warning
  - alert: B
    kind: event
    from: logs
    match: message.contains("y")
    level: warning
"#;

fn rules(text: &str) -> RuleSet {
    let (rules, problems) = crate::rule::read::read(&[("r.yaml", text)]);
    assert!(!crate::rule::read::is_refused(&problems), "{problems:?}");
    rules
}

fn account(n: u64) -> AccountId {
    AccountId::parse(&format!("{n:012}")).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + seconds)
}

fn partial(rule: usize, of: u64, times: Vec<Timestamp>) -> Partial {
    Partial {
        rule,
        group: Group { account: Some(account(of)), rest: Box::default() },
        bucket: at(0),
        count: u32::try_from(times.len()).unwrap(),
        first: times.first().copied().unwrap_or_default(),
        last: times.last().copied().unwrap_or_default(),
        until: at(9),
        cells: [Some(Cell::Count(2.0)), None].into(),
        series: None,
        set: 0,
        set_len: 0,
        times,
        lines: Vec::new(),
    }
}

fn output(of: u64, messages: Vec<Message>) -> Output {
    let tally = AccountTally { logs: 3, bytes: 7, rejects: 1, ..AccountTally::default() };
    let mut output = Output { messages, accounts: [(account(of), tally)].into(), ..Output::default() };
    output.completeness.arrived(account(of), at(0), 3, "central");
    output
}

fn message(fingerprint: u64, partials: Vec<Partial>) -> Message {
    Message { fingerprint, arrived: at(1), partials }
}

#[test]
fn what_a_report_puts_is_what_was_taken() {
    let sampling = Sampling::of(&rules(RULES));
    let messages = vec![message(5, vec![partial(1, 7, vec![at(1)]), partial(0, 7, vec![at(2)])])];
    let mut taken = output(7, messages.clone());
    let report = Report::take(1, at(3), &mut taken, &sampling).unwrap();
    let packet = Packet { reports: vec![report], marks: Vec::new() };
    let read = Packet::parse(&packet.to_bytes()).unwrap();
    assert_eq!(read, packet);
    let mut put = Output::default();
    assert_eq!(read.reports.into_iter().next().unwrap().put(&mut put, &sampling), 0);
    assert_eq!(put.messages, messages);
    assert_eq!(put.accounts, output(7, Vec::new()).accounts);
    assert_eq!(put.completeness, output(7, Vec::new()).completeness);
}

#[test]
fn rules_are_found_by_name_and_shape_and_not_by_place() {
    let theirs = Sampling::of(&rules(RULES));
    let before = RULES.replace("alert: A", "alert: New").replace("alert: B", "alert: Other");
    let b = &RULES[RULES.find("  - alert: B").unwrap()..];
    let ours = format!("{before}{b}");
    let ours = Sampling::of(&rules(&ours));
    let mut taken = output(7, vec![message(5, vec![partial(0, 7, vec![at(1)]), partial(1, 7, vec![at(2)])])]);
    let report = Report::take(1, at(3), &mut taken, &theirs).unwrap();
    let mut put = Output::default();
    assert_eq!(report.put(&mut put, &ours), 1, "A is gone");
    assert_eq!(put.messages[0].partials.iter().map(|partial| partial.rule).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_rule_that_takes_other_samples_now_gets_none() {
    let theirs = Sampling::of(&rules(RULES));
    let ours = Sampling::of(&rules(&RULES.replace("\"x\"", "\"z\"")));
    let mut taken = output(7, vec![message(5, vec![partial(0, 7, vec![at(1)])])]);
    let report = Report::take(1, at(3), &mut taken, &theirs).unwrap();
    let mut put = Output::default();
    assert_eq!(report.put(&mut put, &ours), 1);
    assert_eq!(put.accounts.len(), 1, "what was counted counts all the same");
}

#[test]
fn reports_are_packed_by_account() {
    let sampling = Sampling::of(&rules(RULES));
    let report = |id, of| Report::take(id, at(1), &mut output(of, Vec::new()), &sampling).unwrap();
    let parcels = pack(vec![report(1, 7), report(2, 8), report(3, 7)]);
    let told: Vec<_> = parcels.iter().map(|parcel| (parcel.key.as_str(), parcel.reports.clone())).collect();
    assert_eq!(told, [("000000000007", vec![0, 2]), ("000000000008", vec![1])]);
}

#[test]
fn a_report_of_nothing_is_none() {
    let sampling = Sampling::of(&rules(RULES));
    assert_eq!(Report::take(1, at(1), &mut Output::default(), &sampling), None);
}

#[test]
fn a_report_that_is_too_large_for_a_record_is_cut_at_the_same_places_each_time() {
    let sampling = Sampling::of(&rules(RULES));
    let times: Vec<_> = (0..600_000).map(at).collect();
    let large =
        || vec![message(5, vec![partial(0, 7, times.clone()), partial(1, 7, vec![at(1)])]), message(6, Vec::new())];
    let report = || Report::take(1, at(1), &mut output(7, large()), &sampling).unwrap();
    let parcels = pack(vec![report()]);
    assert!(parcels.len() > 1);
    assert_eq!(pack(vec![report()]), parcels);
    let mut put = Output::default();
    let (mut ids, mut fingerprints) = (Vec::new(), Vec::new());
    for parcel in &parcels {
        assert!(parcel.data.len() <= 1 << 20);
        for report in Packet::parse(&parcel.data).unwrap().reports {
            ids.push(report.id);
            assert_eq!(report.put(&mut put, &sampling), 0);
        }
    }
    fingerprints.extend(put.messages.iter().map(|message| message.fingerprint));
    for names in [&mut ids, &mut fingerprints] {
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n, "no piece hides another");
    }
    let partials = || put.messages.iter().flat_map(|message| &message.partials);
    let of_first = partials().filter(|partial| partial.rule == 0);
    assert_eq!(of_first.map(|partial| u64::from(partial.count)).sum::<u64>(), 600_000);
    assert_eq!(
        partials().filter(|partial| partial.rule == 0).flat_map(|partial| partial.times.clone()).max(),
        Some(at(599_999))
    );
    assert_eq!(put.accounts[&account(7)].logs, 3, "counts come once");
}

#[test]
fn bytes_that_are_no_packet_are_refused_with_a_reason() {
    let whole = Packet::default().to_bytes();
    for (bytes, reason) in [
        (&b"{}"[..], Reason::UnknownFormat),
        (b"FNR\x02rest", Reason::UnknownFormat),
        (b"FNR\x01rest", Reason::BadGzip),
        (&whole[..whole.len() - 1], Reason::BadGzip),
    ] {
        assert_eq!(Packet::parse(bytes).unwrap_err().reason(), reason, "{bytes:?}");
    }
    assert_eq!(Packet::parse(&whole).unwrap(), Packet::default());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = MAGIC.to_vec();
        framed.extend(zstd::bulk::compress(&bytes, 1).unwrap());
        drop(Packet::parse(&framed));
        drop(Packet::parse(&bytes));
    }
}
