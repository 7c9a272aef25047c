//! What the outbox guarantees, by scenario and by property.

use proptest::prelude::*;

use super::*;
use crate::config::Secret;
use crate::config::alerting::{Alertmanager, FanOut, Log, PagerDuty, ReceiverKind, Slack};
use crate::incident::Cause;
use crate::notify::samples::{self, AT};

fn accepted() -> Verdict {
    Verdict::Accepted { posted: None }
}

/// The receiver was not reached at all.
fn down() -> Verdict {
    Verdict::Retry { after: None, uncertain: false, error: "nothing listens".into() }
}

fn unsure() -> Verdict {
    Verdict::Retry { after: None, uncertain: true, error: "no answer".into() }
}

fn receiver(name: &str) -> Receiver {
    Receiver::new(name, ReceiverKind::Log(Log { alerts_max: 1 }))
}

fn notification(incident: &str, number: u32, cause: Cause) -> Notification {
    let mut notification = Notification { cause, ..samples::individual() };
    if cause == Cause::Resolved {
        notification = samples::resolved(notification);
    }
    Notification { id: format!("{incident}/{number}").into(), incident: incident.into(), number, ..notification }
}

/// One receiver, and what it was told.
struct Rig {
    outbox: Outbox,
    receiver: Receiver,
    now: Timestamp,
    told: Vec<String>,
}

impl Rig {
    fn new() -> Self {
        Self::of(receiver("page").kind)
    }

    fn of(kind: ReceiverKind) -> Self {
        Self { outbox: Outbox::default(), receiver: Receiver::new("page", kind), now: AT, told: Vec::new() }
    }

    fn push(&mut self, incident: &str, number: u32, cause: Cause) {
        self.outbox.push(&notification(incident, number, cause), &[&self.receiver], self.now);
    }

    /// Sends all that is due, each with this outcome.
    fn send(&mut self, verdict: &Verdict) {
        while let Some(due) = self.outbox.due(self.now) {
            if matches!(verdict, Verdict::Accepted { .. }) {
                self.told.push(format!("{} {:?}", due.notification.id, due.notification.cause));
            }
            self.outbox.answered(due.id, verdict, self.now, u64::MAX);
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    fn restart(&mut self) {
        let bytes = postcard::to_stdvec(&self.outbox).unwrap();
        self.outbox = postcard::from_bytes(&bytes).unwrap();
        self.outbox.restarted(self.now);
    }
}

#[test]
fn what_is_pushed_is_sent_once_in_order() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.push("b", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("a", 2, Cause::Grew);
    rig.push("a", 3, Cause::Resolved);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/1 Fired", "b/1 Fired", "a/3 Resolved"]);
    assert!(rig.outbox.is_empty());
    assert_eq!(rig.outbox.poll_timeout(), None);
}

#[test]
fn what_fired_and_resolved_while_the_receiver_was_down_is_never_told() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.push("b", 1, Cause::Fired);
    for minute in 0..60 {
        rig.send(&down());
        rig.pass(60);
        if minute == 30 {
            rig.push("a", 2, Cause::Resolved);
            rig.push("b", 2, Cause::Grew);
        }
    }
    rig.pass(60);
    rig.send(&accepted());
    assert_eq!(rig.told, ["b/2 Grew"]);
    assert_eq!(rig.outbox.counters().never_told, 1);
}

#[test]
fn a_receiver_that_knows_of_the_beginning_is_told_of_the_end_after_the_hour() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("a", 2, Cause::Grew);
    rig.send(&down());
    rig.push("a", 3, Cause::Resolved);
    rig.pass(3_600);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/1 Fired", "a/3 Resolved"]);
}

#[test]
fn a_receiver_that_may_have_heard_is_told_of_the_end() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.send(&unsure());
    rig.push("a", 2, Cause::Resolved);
    rig.pass(3_600);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/2 Resolved"]);
}

#[test]
fn an_end_that_comes_while_the_beginning_is_under_way_waits_for_its_outcome() {
    for (verdict, expected) in [(accepted(), vec!["a/2 Resolved"]), (down(), vec![]), (unsure(), vec!["a/2 Resolved"])]
    {
        let mut rig = Rig::new();
        rig.push("a", 1, Cause::Fired);
        let first = rig.outbox.due(rig.now).unwrap();
        rig.push("a", 2, Cause::Resolved);
        assert_eq!(rig.outbox.due(rig.now), None, "one at a time for an incident");
        rig.outbox.answered(first.id, &verdict, rig.now, 0);
        rig.pass(600);
        rig.send(&accepted());
        assert_eq!(rig.told, expected);
        assert!(rig.outbox.is_empty());
    }
}

#[test]
fn killed_between_sending_and_its_answer_it_is_sent_again_with_the_same_id() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    let sent = rig.outbox.due(rig.now).unwrap();
    rig.restart();
    let again = rig.outbox.due(rig.now).unwrap();
    assert_eq!((again.notification.id, again.notification.number), (sent.notification.id, 1));
}

#[test]
fn killed_before_it_was_sent_it_is_sent_after_the_restart() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.restart();
    // The replay makes the same notification.
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/1 Fired"]);
}

#[test]
fn what_was_accepted_is_not_sent_again_by_a_replay() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    rig.restart();
    rig.push("a", 1, Cause::Fired);
    rig.push("a", 2, Cause::Resolved);
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("a", 2, Cause::Resolved);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/1 Fired", "a/2 Resolved"]);
}

#[test]
fn what_may_have_been_sent_before_a_crash_is_told_to_be_over() {
    // The state is from before the notification; it was sent, and then the process was killed.
    let mut rig = Rig::new();
    rig.restart();
    rig.push("a", 1, Cause::Fired);
    rig.push("a", 2, Cause::Resolved);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/2 Resolved"]);
}

#[test]
fn a_receiver_that_does_not_want_ends_is_not_told_a_stale_beginning_either() {
    let mut rig = Rig::new();
    rig.receiver.send_resolved = false;
    rig.push("a", 1, Cause::Fired);
    rig.push("a", 2, Cause::Resolved);
    rig.push("b", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("b", 2, Cause::Resolved);
    rig.send(&accepted());
    assert_eq!(rig.told, ["b/1 Fired"]);
}

#[test]
fn an_end_counts_though_the_replay_numbers_it_lower_than_what_was_told() {
    let at = |number, cause, ticks: u64| {
        let at = AT.plus(Duration::from_secs(60 * ticks));
        Notification { at, ..notification("a", number, cause) }
    };
    let mut rig = Rig::new();
    let push = |rig: &mut Rig, told: &Notification| rig.outbox.push(told, &[&rig.receiver], rig.now);
    rig.restart();
    // Before the crash it was told that it fired and that it escalated; the replay finds both at once.
    let told = [at(1, Cause::Fired, 0), at(2, Cause::Escalated, 1)];
    for told in &told {
        push(&mut rig, told);
        rig.send(&accepted());
    }
    push(&mut rig, &at(1, Cause::Escalated, 1));
    rig.send(&accepted());
    push(&mut rig, &at(2, Cause::Resolved, 5));
    rig.send(&accepted());
    // It fires again, and what was told long ago comes once more.
    push(&mut rig, &at(3, Cause::Fired, 9));
    rig.send(&accepted());
    push(&mut rig, &at(2, Cause::Resolved, 5));
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/1 Fired", "a/2 Escalated", "a/2 Resolved", "a/3 Fired"]);
}

#[test]
fn waits_double_and_retry_after_is_kept_to() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    let mut waits = Vec::new();
    for _ in 0..10 {
        rig.send(&down());
        let next = rig.outbox.poll_timeout().unwrap();
        waits.push(next.since(rig.now).as_secs());
        rig.now = next;
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    rig.send(&Verdict::Retry { after: Some(Duration::from_secs(120)), uncertain: false, error: "429".into() });
    assert_eq!(rig.outbox.poll_timeout().unwrap().since(rig.now), Duration::from_secs(122));
}

#[test]
fn a_refused_notification_is_given_up_and_counted() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.send(&Verdict::Refused { reason: "HTTP 400".into() });
    rig.push("a", 2, Cause::Resolved);
    rig.send(&accepted());
    assert_eq!(rig.told, [""; 0], "the end of what it never took is not told");
    assert_eq!((rig.outbox.counters().refused, rig.outbox.len()), (1, 0));
}

#[test]
fn one_that_fails_does_not_hold_up_the_others() {
    let mut rig = Rig::new();
    rig.push("bad", 1, Cause::Fired);
    rig.push("good", 1, Cause::Fired);
    let bad = rig.outbox.due(rig.now).unwrap();
    rig.outbox.answered(bad.id, &unsure(), rig.now, u64::MAX);
    rig.pass(1);
    assert_eq!(rig.outbox.due(rig.now).unwrap().notification.id.as_ref(), "good/1");
}

#[test]
fn the_outbox_is_bounded_and_gives_up_what_matters_least() {
    let mut rig = Rig::new();
    rig.push("told", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("told", 2, Cause::Grew);
    rig.outbox.push(&samples::digest(), &[&rig.receiver], rig.now);
    for number in 0..ENTRIES_MAX + 10 {
        rig.push(&format!("i{number}"), 1, Cause::Fired);
    }
    assert_eq!(rig.outbox.len(), ENTRIES_MAX);
    assert_eq!(rig.outbox.counters().shed, 12);
    let first = rig.outbox.due(rig.now).unwrap();
    assert_eq!(first.notification.id.as_ref(), "i10/1", "digest, update and the ten oldest beginnings went");
}

#[test]
fn slack_is_told_once_a_second_and_keeps_its_message() {
    let kind = Slack::Webhook { url: Secret::new("https://hooks.slack.com/x".into()) };
    let mut rig = Rig::of(ReceiverKind::Slack(kind));
    rig.push("a", 1, Cause::Fired);
    rig.push("b", 1, Cause::Fired);
    let posted = Verdict::Accepted { posted: Some("C1/1.2".into()) };
    rig.send(&posted);
    assert_eq!(rig.told, ["a/1 Fired"]);
    assert_eq!(rig.outbox.poll_timeout(), Some(AT.plus(Duration::from_secs(1))));
    rig.pass(1);
    rig.send(&posted);
    rig.push("a", 2, Cause::Grew);
    rig.pass(1);
    rig.restart();
    let due = rig.outbox.due(rig.now).unwrap();
    assert_eq!(due.posted.as_deref(), Some("C1/1.2"));
    rig.outbox.answered(due.id, &Verdict::Gone, rig.now, 0);
    rig.pass(1);
    assert_eq!(rig.outbox.due(rig.now).unwrap().posted, None, "the message is gone: a new one");
}

#[test]
fn pagerduty_gets_no_more_than_a_hundred_in_a_minute() {
    let kind = PagerDuty { routing_key: Secret::new("k".into()), url: "https://e".into() };
    let mut rig = Rig::of(ReceiverKind::PagerDuty(kind));
    for number in 0..300 {
        rig.push(&format!("i{number}"), 1, Cause::Fired);
    }
    let end = AT.plus(Duration::from_secs(60));
    while rig.now < end {
        rig.send(&accepted());
        rig.now = rig.outbox.poll_timeout().unwrap();
    }
    assert_eq!(rig.told.len(), 100);
}

#[test]
fn an_alertmanager_is_told_again_each_minute_and_of_the_end_for_five() {
    let kind = Alertmanager { url: "http://am".into(), fan_out: FanOut::Alert, headers: Vec::new() };
    let mut rig = Rig::of(ReceiverKind::Alertmanager(kind));
    let minutes = |rig: &mut Rig, count: u64| {
        for _ in 0..count {
            rig.send(&accepted());
            rig.pass(60);
        }
        std::mem::take(&mut rig.told)
    };
    rig.push("a", 1, Cause::Fired);
    assert_eq!(minutes(&mut rig, 3), ["a/1 Fired"; 3]);
    rig.restart();
    assert_eq!(minutes(&mut rig, 2), ["a/1 Fired"; 2]);
    rig.push("a", 2, Cause::Resolved);
    assert_eq!(minutes(&mut rig, 20), ["a/2 Resolved"; 6]);
    assert_eq!(rig.outbox.poll_timeout(), None);
}

/// A crash after the answer was noted and before the state was saved: else the alert would end there while it fires.
#[test]
fn an_alertmanager_is_told_again_each_minute_after_a_crash_as_well() {
    for waited in [false, true] {
        let headers = Vec::new();
        let kind = Alertmanager { url: "http://am:9093".into(), fan_out: FanOut::Alert, headers };
        let mut rig = Rig::of(ReceiverKind::Alertmanager(kind));
        let before = rig.outbox.clone();
        rig.push("a", 1, Cause::Fired);
        let waiting = rig.outbox.clone();
        let due = rig.outbox.due(rig.now).unwrap();
        let note = Note::of(&due, None, rig.now);
        rig.outbox = if waited { waiting } else { before };
        rig.restart();
        rig.outbox.noted(&note);
        rig.push("a", 1, Cause::Fired);
        rig.send(&accepted());
        assert_eq!(rig.told, [] as [&str; 0]);
        for _ in 0..2 {
            rig.pass(60);
            rig.send(&accepted());
        }
        assert_eq!(rig.told, ["a/1 Fired", "a/1 Fired"]);
    }
}

#[test]
fn heartbeats_go_out_again_after_a_restart_that_counts_anew() {
    let mut rig = Rig::new();
    for _ in 0..2 {
        rig.outbox.push(&samples::heartbeat(), &[&rig.receiver], rig.now);
        rig.send(&accepted());
        rig.restart();
    }
    assert_eq!(rig.told.len(), 2);
}

#[test]
fn a_receiver_that_is_not_configured_any_more_is_forgotten() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.outbox.keep(&[receiver("other")]);
    assert!(rig.outbox.is_empty());
}

#[test]
fn incidents_that_are_long_over_are_forgotten() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("a", 2, Cause::Resolved);
    rig.send(&accepted());
    let with_one = postcard::to_stdvec(&rig.outbox).unwrap().len();
    rig.pass(2 * 86_400);
    rig.push("b", 1, Cause::Fired);
    rig.send(&accepted());
    assert!(postcard::to_stdvec(&rig.outbox).unwrap().len() <= with_one + 10);
}

#[test]
fn an_incident_that_never_ended_is_forgotten_before_its_numbers_begin_anew() {
    let mut rig = Rig::new();
    rig.push("a", 7, Cause::Fired);
    rig.send(&accepted());
    rig.pass(30 * 86_400);
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/7 Fired", "a/1 Fired"]);
}

#[test]
fn the_next_episode_of_an_incident_goes_on_with_its_numbers() {
    let mut rig = Rig::new();
    rig.push("a", 1, Cause::Fired);
    rig.send(&accepted());
    rig.push("a", 2, Cause::Resolved);
    rig.push("a", 3, Cause::Fired);
    rig.send(&accepted());
    rig.push("a", 4, Cause::Resolved);
    rig.send(&accepted());
    assert_eq!(rig.told, ["a/1 Fired", "a/3 Fired", "a/4 Resolved"]);
}

/// Something that happens to an outbox.
#[derive(Clone, Debug)]
enum Step {
    Push { incident: u8, cause: u8 },
    Send { verdict: u8 },
    Take,
    Answer { verdict: u8 },
    Pass { seconds: u16 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_u8, 0..4_u8).prop_map(|(incident, cause)| Step::Push { incident, cause }),
        3 => (0..5_u8).prop_map(|verdict| Step::Send { verdict }),
        2 => Just(Step::Take),
        2 => (0..5_u8).prop_map(|verdict| Step::Answer { verdict }),
        2 => (0..400_u16).prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Restart),
    ]
}

fn verdict(number: u8) -> Verdict {
    match number {
        0 | 1 => accepted(),
        2 => down(),
        3 => unsure(),
        _ => Verdict::Refused { reason: "no".into() },
    }
}

#[derive(Default)]
struct Model {
    /// By incident: round, number of the last push, whether it ended, and the last verdict of the newest.
    pushed: BTreeMap<u8, (u32, u32, bool)>,
    told: BTreeMap<Box<str>, Vec<(u32, bool)>>,
    attempted: BTreeMap<Box<str>, u32>,
    refused: BTreeMap<Box<str>, u32>,
    flying: Vec<Due>,
}

impl Model {
    fn answer(&mut self, outbox: &mut Outbox, due: &Due, verdict: &Verdict, now: Timestamp) {
        let incident = due.notification.incident.clone();
        match verdict {
            Verdict::Accepted { .. } => {
                let over = due.notification.status == Status::Resolved;
                self.told.entry(incident).or_default().push((due.notification.number, over));
            }
            Verdict::Refused { .. } => drop(self.refused.insert(incident, due.notification.number)),
            Verdict::Retry { .. } | Verdict::Gone => {}
        }
        outbox.answered(due.id, verdict, now, 0);
    }
}

fn run(steps: Vec<Step>) -> (Outbox, Model) {
    let receiver = receiver("page");
    let (mut outbox, mut model, mut now) = (Outbox::default(), Model::default(), AT);
    let take = |outbox: &mut Outbox, model: &mut Model, now| {
        let due = outbox.due(now)?;
        let _ = model.attempted.insert(due.notification.incident.clone(), due.notification.number);
        Some(due)
    };
    for step in steps.into_iter().map(Some).chain([None]) {
        match step {
            Some(Step::Push { incident, cause }) => {
                let (round, number, over) = model.pushed.entry(incident).or_default();
                if *over {
                    (*round, *number, *over) = (*round + 1, 0, false);
                }
                *number += 1;
                let cause = match (*number, cause) {
                    (1, _) => Cause::Fired,
                    (_, 0) => Cause::Resolved,
                    (_, 1) => Cause::Escalated,
                    (_, _) => Cause::Grew,
                };
                *over = cause == Cause::Resolved;
                let mut notification = notification(&format!("{incident}-{round}"), *number, cause);
                notification.at = now;
                outbox.push(&notification, &[&receiver], now);
            }
            Some(Step::Send { verdict: outcome }) => {
                while let Some(due) = take(&mut outbox, &mut model, now) {
                    model.answer(&mut outbox, &due, &verdict(outcome), now);
                    if outcome > 1 {
                        break;
                    }
                }
            }
            Some(Step::Take) => {
                let due = take(&mut outbox, &mut model, now);
                model.flying.extend(due);
            }
            Some(Step::Answer { verdict: outcome }) => {
                if let Some(due) = model.flying.pop() {
                    model.answer(&mut outbox, &due, &verdict(outcome), now);
                }
            }
            Some(Step::Pass { seconds }) => now = now.plus(Duration::from_secs(seconds.into())),
            Some(Step::Restart) => {
                outbox = postcard::from_bytes(&postcard::to_stdvec(&outbox).unwrap()).unwrap();
                outbox.restarted(now);
                model.flying.clear();
            }
            None => {
                for due in std::mem::take(&mut model.flying) {
                    model.answer(&mut outbox, &due, &accepted(), now);
                }
                while let Some(next) = outbox.poll_timeout() {
                    now = now.max(next);
                    while let Some(due) = take(&mut outbox, &mut model, now) {
                        model.answer(&mut outbox, &due, &accepted(), now);
                    }
                }
            }
        }
        assert!(outbox.len() <= 2 * 4 + ENTRIES_MAX);
    }
    (outbox, model)
}

proptest! {
    #[test]
    fn newer_states_are_told_after_older_ones_and_the_newest_in_the_end(steps in prop::collection::vec(step(), 0..60)) {
        let (outbox, model) = run(steps);
        prop_assert!(outbox.is_empty());
        for told in model.told.values() {
            let in_order = told.windows(2).all(|pair| pair[0].0 <= pair[1].0);
            prop_assert!(in_order, "{told:?}");
            let end = told.iter().position(|(_, over)| *over).unwrap_or(told.len());
            prop_assert!(told[end..].iter().all(|(_, over)| *over), "fires after it was over: {told:?}");
        }
        for (incident, (round, number, over)) in &model.pushed {
            let incident: Box<str> = format!("{incident}-{round}").into();
            let last = model.told.get(&incident).and_then(|told| told.last()).map(|(number, _)| *number);
            let refused = model.refused.get(&incident) == Some(number);
            // What was never attempted need not be told to be over.
            let knows = model.told.contains_key(&incident);
            prop_assert!(refused || last == Some(*number) || (*over && !knows), "{incident} {number} {last:?}");
        }
    }
}
