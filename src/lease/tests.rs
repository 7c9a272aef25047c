//! Who holds the lease, whatever fails between the store and those who want it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const T: Duration = Duration::from_secs(20);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn holder(id: &str) -> Holder {
    Holder { id: id.into(), host: format!("host-{id}") }
}

fn lease(id: &str) -> Lease {
    Lease::new(holder(id), T)
}

fn entry(id: &str, number: u64, term: u64, released: bool) -> Numbered {
    Numbered { number, entry: Entry { holder: holder(id), term, released, takeover_after_ms: 20_000 } }
}

/// Takes the lease at that time, where nobody has it.
fn take(lease: &mut Lease, newest: Option<Numbered>, now: Duration) -> Numbered {
    assert_eq!(lease.next(now), Step::Look);
    lease.looked(newest, now);
    let Step::Write(next) = lease.next(now) else { panic!("it is not free: {:?}", lease.next(now)) };
    lease.writing(next.number, now);
    lease.wrote(next.clone(), Written::Created, now);
    next
}

#[test]
fn the_first_takes_what_nobody_has_and_writes_four_times_as_often_as_others_wait() {
    let mut one = lease("one");
    assert_eq!(take(&mut one, None, seconds(0)), entry("one", 1, 1, false));
    assert_eq!(one.held_until(), Some(seconds(15)));
    assert_eq!(one.next(seconds(1)), Step::Wait(seconds(5)));
    let next = entry("one", 2, 1, false);
    assert_eq!(one.next(seconds(5)), Step::Write(next.clone()));
    one.writing(2, seconds(5));
    one.wrote(next, Written::Created, seconds(6));
    assert_eq!(one.held_until(), Some(seconds(20)), "counted from when it was begun");
}

#[test]
fn who_stands_by_waits_by_a_clock_of_its_own_until_nothing_new_came_for_long_enough() {
    let mut two = lease("two");
    two.looked(Some(entry("one", 7, 3, false)), seconds(100));
    assert_eq!(two.next(seconds(100)), Step::Wait(seconds(102)));
    assert_eq!(two.next(seconds(102)), Step::Look);
    two.looked(Some(entry("one", 8, 3, false)), seconds(105));
    two.looked(Some(entry("one", 8, 3, false)), seconds(124));
    assert_eq!(two.next(seconds(124)), Step::Wait(seconds(126)));
    assert_eq!(take(&mut two, Some(entry("one", 8, 3, false)), seconds(126)), entry("two", 9, 4, false));
}

#[test]
fn what_was_given_back_is_taken_at_once() {
    let (mut one, mut two) = (lease("one"), lease("two"));
    let _ = take(&mut one, None, seconds(0));
    let back = one.release().unwrap();
    assert_eq!(back, entry("one", 2, 1, true));
    one.writing(2, seconds(1));
    one.wrote(back.clone(), Written::Created, seconds(1));
    assert_eq!((one.held_until(), one.next(seconds(1))), (None, Step::Stop));
    assert_eq!(take(&mut two, Some(back), seconds(0)), entry("two", 3, 2, false));
}

#[test]
fn of_two_that_take_it_at_once_one_is_too_late_and_looks_again() {
    let mut two = lease("two");
    two.looked(None, seconds(0));
    assert_eq!(two.next(seconds(0)), Step::Write(entry("two", 1, 1, false)));
    two.writing(1, seconds(0));
    two.wrote(entry("two", 1, 1, false), Written::TooLate, seconds(0));
    assert!(matches!(two.next(seconds(0)), Step::Wait(_)));
    assert_eq!(two.next(seconds(1)), Step::Look);
    two.looked(Some(entry("one", 1, 1, false)), seconds(1));
    assert!(matches!(two.next(seconds(1)), Step::Wait(_)));
}

#[test]
fn who_holds_it_and_cannot_write_tries_again_and_gives_up_before_anyone_may_take_it() {
    let mut one = lease("one");
    let _ = take(&mut one, None, seconds(0));
    for second in 5..15 {
        let Step::Write(next) = one.next(seconds(second)) else {
            panic!("at {second} s: {:?}", one.next(seconds(second)))
        };
        assert_eq!(next.number, 2, "one number until it is known what became of it");
        one.writing(2, seconds(second));
        one.wrote(next, Written::Unknown, seconds(second));
    }
    assert_eq!(one.next(seconds(15)), Step::Stop);
}

#[test]
fn who_finds_the_entry_of_another_where_its_own_belongs_has_lost() {
    let mut one = lease("one");
    let _ = take(&mut one, None, seconds(0));
    one.writing(2, seconds(5));
    one.wrote(entry("one", 2, 1, false), Written::TooLate, seconds(5));
    assert_eq!((one.held_until(), one.next(seconds(5))), (None, Step::Stop));
}

#[test]
fn an_entry_whose_answer_was_lost_counts_from_when_it_was_tried_first() {
    let mut one = lease("one");
    one.looked(None, seconds(0));
    one.writing(1, seconds(1));
    one.wrote(entry("one", 1, 1, false), Written::Unknown, seconds(3));
    assert_eq!(one.held_until(), None);
    one.looked(Some(entry("one", 1, 1, false)), seconds(4));
    assert_eq!(one.held_until(), Some(seconds(16)));
}

#[test]
fn the_longer_of_two_settings_counts() {
    let mut hasty = Lease::new(holder("hasty"), seconds(5));
    hasty.looked(Some(entry("one", 1, 1, false)), seconds(0));
    hasty.looked(Some(entry("one", 1, 1, false)), seconds(19));
    assert!(matches!(hasty.next(seconds(19)), Step::Wait(_)));
    hasty.looked(Some(entry("one", 1, 1, false)), seconds(20));
    assert!(matches!(hasty.next(seconds(20)), Step::Write(_)));
}

#[test]
fn one_that_slept_after_it_looked_looks_again_before_it_writes() {
    let mut two = lease("two");
    two.looked(None, seconds(0));
    assert_eq!(two.next(seconds(30)), Step::Look);
}

/// A process in a made-up world: what it does, and when that is over.
struct Process {
    lease: Lease,
    /// Its clock begins elsewhere.
    offset: Duration,
    doing: Doing,
    paused_until: u64,
}

enum Doing {
    Nothing,
    /// The entry lands in the store at the first time; the answer is there at the second.
    Writing {
        next: Numbered,
        lands: u64,
        answers: u64,
        written: Option<Written>,
        answer_is_lost: bool,
    },
}

/// The store, in which only the newest two entries stay.
#[derive(Default)]
struct Store(BTreeMap<u64, Entry>);

impl Store {
    fn newest(&self) -> Option<Numbered> {
        self.0.last_key_value().map(|(number, entry)| Numbered { number: *number, entry: entry.clone() })
    }

    fn create(&mut self, next: &Numbered) -> Written {
        match self.0.get(&next.number) {
            Some(there) if *there == next.entry => {}
            Some(_) => return Written::TooLate,
            None => drop(self.0.insert(next.number, next.entry.clone())),
        }
        let is_newest = self.newest().is_some_and(|newest| newest.number == next.number);
        while self.0.len() > 2 {
            let _ = self.0.pop_first();
        }
        if is_newest { Written::Created } else { Written::TooLate }
    }
}

impl Process {
    fn now(&self, tenth: u64) -> Duration {
        self.offset + Duration::from_millis(100 * tenth)
    }

    fn holds(&self, tenth: u64) -> bool {
        self.lease.held_until().is_some_and(|until| self.now(tenth) < until)
    }

    fn step(&mut self, tenth: u64, store: &mut Store, chance: &mut fastrand::Rng, faults: Option<u32>) {
        // In calm weather nothing fails, and every write is answered at once.
        let (is_calm, faults) = (faults.is_none(), faults.unwrap_or(0));
        let now = self.now(tenth);
        match &mut self.doing {
            Doing::Writing { next, lands, answers, written, answer_is_lost } => {
                if tenth >= *lands && written.is_none() {
                    *written = Some(store.create(next));
                }
                if tenth >= *answers {
                    let told = written.filter(|_| !*answer_is_lost).unwrap_or(Written::Unknown);
                    let next = next.clone();
                    // What is given up on may land later all the same.
                    if written.is_none() && chance.bool() {
                        let _ = store.create(&next);
                    }
                    self.doing = Doing::Nothing;
                    self.lease.wrote(next, told, now);
                }
            }
            Doing::Nothing => match self.lease.next(now) {
                Step::Wait(_) => {}
                Step::Look if chance.u32(0..100) < faults => self.lease.could_not_look(now),
                Step::Look => self.lease.looked(store.newest(), now),
                Step::Write(next) => {
                    self.lease.writing(next.number, now);
                    let (lands, answers) = if is_calm { (0, 1) } else { (chance.u64(0..8), chance.u64(1..16)) };
                    let (lands, answers) = (tenth + lands, tenth + answers);
                    let answer_is_lost = chance.u32(0..100) < faults;
                    self.doing = Doing::Writing { next, lands, answers, written: None, answer_is_lost };
                }
                // Its supervisor starts it again.
                Step::Stop => {
                    let id = format!("{}-again", self.lease.me.id);
                    self.lease = Lease::new(holder(&id), self.lease.takeover_after);
                }
            },
        }
    }
}

proptest! {
    #[test]
    fn never_do_two_hold_it_whatever_pauses_and_faults_there_are_and_in_the_end_one_does(
        seed in any::<u64>(), n_processes in 2_usize..4, faults in 0_u32..40, pauses in 0_u32..8,
    ) {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut store = Store::default();
        let mut processes: Vec<_> = (0..n_processes)
            .map(|n| Process {
                lease: Lease::new(holder(&n.to_string()), seconds(chance.u64(5..20))),
                offset: seconds(chance.u64(0..1000)),
                doing: Doing::Nothing,
                paused_until: 0,
            })
            .collect();
        let (calm_from, end) = (3_000, 4_500);
        for tenth in 0..end {
            let is_calm = tenth >= calm_from;
            let faults = (!is_calm).then_some(faults);
            for process in &mut processes {
                if !is_calm && chance.u32(0..1000) < pauses {
                    process.paused_until = tenth + chance.u64(0..600);
                }
                if is_calm || tenth >= process.paused_until {
                    process.step(tenth, &mut store, &mut chance, faults);
                }
            }
            let holding = processes.iter().filter(|process| process.holds(tenth)).count();
            prop_assert!(holding <= 1, "at {tenth}: {holding}");
        }
        prop_assert_eq!(processes.iter().filter(|process| process.holds(end - 1)).count(), 1);
    }
}
