//! What keeps the picture from being whole, in sentences with numbers: for the banner, the verdict and the pipeline page. Pure.

use std::time::Duration;

use crate::api::fleet::Trouble;
use crate::time::Timestamp;

/// A shard that is further behind than this is late.
pub const LATE: Duration = Duration::from_secs(60);

/// Rules that are further behind than this stand still: twice the step that most rules have.
const STALLED: Duration = Duration::from_secs(120);

/// A destination or a receiver that fails for less than this may be back at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// When it was so.
    pub now: Timestamp,
    /// Shards that are read.
    pub shards: usize,
    /// Of these, those that are late.
    pub shards_late: usize,
    /// How far the furthest is behind.
    pub behind: Duration,
    /// Accounts that were heard from a late shard before.
    pub accounts_late: usize,
    /// Up to when the rules have seen everything.
    pub seen_until: Timestamp,
    /// Rules that run.
    pub rules: usize,
    /// Why the rules could not be read last, and when.
    pub rules_not_read: Option<(Timestamp, String)>,
    /// Accounts of the directory.
    pub accounts: usize,
    /// Why the directory could not be read last, and when it was read.
    pub directory: Option<(String, Option<Timestamp>)>,
    /// Log records that the store left out over the last minute.
    pub store_dropped: u64,
    /// Why the store cannot be written.
    pub store_failing: Option<String>,
    /// The store keeps no log records.
    pub store_off: bool,
    /// Destinations that fail: name, since when, what they said, and how much waits for them.
    pub destinations: Vec<Down>,
    /// Receivers that cannot be told: name, since when, what they said, and how many notifications wait for them.
    pub receivers: Vec<Down>,
}

/// Something that does not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Down {
    /// Its name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// What it said last.
    pub why: String,
    /// What waits for it: bytes or notifications.
    pub waiting: u64,
}

/// The troubles, those that make the picture wrong first.
#[must_use]
pub fn troubles(facts: &Facts) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    troubles.extend(late(facts));
    troubles.extend(stalled(facts));
    troubles.extend(store(facts));
    troubles.extend(facts.destinations.iter().filter_map(|down| destination(down, facts.now)));
    troubles.extend(facts.receivers.iter().filter_map(|down| receiver(down, facts.now)));
    troubles.extend(not_read(facts));
    troubles.extend(directory(facts));
    troubles.sort_by_key(|trouble| !trouble.blind);
    troubles
}

fn trouble(code: &str, blind: bool, message: String) -> Trouble {
    Trouble { code: code.into(), blind, message, link: "pipeline".into() }
}

fn late(facts: &Facts) -> Option<Trouble> {
    if facts.shards_late == 0 {
        return None;
    }
    let of = format!("{} of {}", facts.shards_late, counted(facts.shards as u64, "shard"));
    let accounts = match facts.accounts_late as u64 {
        0 => "it is not known of which accounts".to_owned(),
        n => format!("{} may be out of date", counted(n, "account")),
    };
    // Ticks go by the slowest shard, so what is shown of the others is as old.
    let waits = facts.rules > 0 && facts.now.since(facts.seen_until) > LATE;
    let rules = if waits { ", and rules wait for that data, of all accounts" } else { "" };
    Some(trouble("late", true, format!("Data is {} late on {of}: {accounts}{rules}.", rough(facts.behind))))
}

fn stalled(facts: &Facts) -> Option<Trouble> {
    let lag = facts.now.since(facts.seen_until);
    // Where shards are late that is why, and it was said.
    if lag <= STALLED || facts.rules == 0 || facts.seen_until == Timestamp::default() || facts.shards_late > 0 {
        return None;
    }
    let message = format!(
        "{} have not looked at anything of the last {}: a source is not read, or a delivery does not come through.",
        counted(facts.rules as u64, "rule"),
        rough(lag)
    );
    Some(trouble("rules_stalled", true, message))
}

fn not_read(facts: &Facts) -> Option<Trouble> {
    let (at, why) = facts.rules_not_read.as_ref()?;
    let (first, more) = why.split_once('\n').map_or((why.as_str(), ""), |(first, _)| (first, " (and more)"));
    let ago = rough(facts.now.since(*at));
    let message = format!("The rules could not be read {ago} ago, those of before run on: {first}{more}");
    Some(Trouble { link: "rules".into(), ..trouble("rules_not_read", false, message) })
}

fn directory(facts: &Facts) -> Option<Trouble> {
    let (why, read) = facts.directory.as_ref()?;
    let since = match read {
        Some(read) => format!("was last read {} ago", rough(facts.now.since(*read))),
        None => "was never read".into(),
    };
    let accounts = counted(facts.accounts as u64, "account");
    Some(trouble("directory_stale", false, format!("The directory of {accounts} {since}: {why}")))
}

fn store(facts: &Facts) -> Option<Trouble> {
    if let Some(why) = &facts.store_failing {
        return Some(trouble("store_dropping", false, format!("The page's store cannot be written: {why}")));
    }
    if facts.store_dropped > 0 {
        let records = counted(facts.store_dropped, "log record");
        let message = format!(
            "The page's store left out {records} in the last minute: searches miss them, destinations have them."
        );
        return Some(trouble("store_dropping", false, message));
    }
    facts.store_off.then(|| {
        let message = "The page keeps no log records (page.store.logs: off): look for them in the backend.";
        trouble("store_off", false, message.into())
    })
}

fn destination(down: &Down, now: Timestamp) -> Option<Trouble> {
    let lasted = now.since(down.since);
    let message = format!(
        "Destination {} has not answered for {}, {} of telemetry wait for it: {}",
        down.name,
        rough(lasted),
        bytes(down.waiting),
        down.why
    );
    (lasted >= PATIENCE).then(|| trouble("destination_down", false, message))
}

fn receiver(down: &Down, now: Timestamp) -> Option<Trouble> {
    let lasted = now.since(down.since);
    let message = format!(
        "Receiver {} could not be told for {}, {} wait for it: {}",
        down.name,
        rough(lasted),
        counted(down.waiting, "notification"),
        down.why
    );
    (lasted >= PATIENCE).then(|| trouble("receivers_failing", false, message))
}

/// `1 shard`, `412 accounts`, `6,012 accounts`.
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {noun}{}", if n == 1 { "" } else { "s" })
}

/// A duration as people say it: `12 s`, `7 min`, `3 h`, `2 d`.
#[must_use]
pub fn rough(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} KB", n / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", n / 1_000_000),
        _ => format!("{} GB", n / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    fn well() -> Facts {
        Facts { now: at(600), shards: 48, seen_until: at(595), rules: 38, accounts: 6_012, ..Facts::default() }
    }

    fn said(facts: &Facts) -> Vec<String> {
        troubles(facts).into_iter().map(|trouble| format!("{}: {}", trouble.code, trouble.message)).collect()
    }

    #[test]
    fn where_all_is_well_there_is_no_trouble() {
        assert_eq!(said(&well()), Vec::<String>::new());
    }

    #[test]
    fn late_shards_are_told_with_the_accounts_that_wait_there() {
        let facts = Facts {
            shards_late: 3,
            behind: Duration::from_secs(422),
            accounts_late: 412,
            seen_until: at(178),
            ..well()
        };
        assert_eq!(
            said(&facts),
            [
                "late: Data is 7 min late on 3 of 48 shards: 412 accounts may be out of date, and rules wait for that data, of all accounts."
            ]
        );
        assert!(troubles(&facts)[0].blind);
        let without_rules = Facts { rules: 0, ..facts };
        assert!(said(&without_rules)[0].ends_with("412 accounts may be out of date."), "{without_rules:?}");
    }

    #[test]
    fn rules_that_see_nothing_are_told_of_though_no_shard_is_late() {
        let facts = Facts { seen_until: at(0), ..well() };
        let expected = "rules_stalled: 38 rules have not looked at anything of the last 10 min: a source is not read, or a \
                        delivery does not come through.";
        assert_eq!(said(&facts), [expected]);
    }

    #[test]
    fn what_may_be_back_at_once_is_not_told_of() {
        let down = |since| Down { name: "grafana".into(), since, why: "503".into(), waiting: 12_000_000 };
        assert_eq!(said(&Facts { destinations: vec![down(at(590))], ..well() }), Vec::<String>::new());
        let expected =
            "destination_down: Destination grafana has not answered for 5 min, 12 MB of telemetry wait for it: 503";
        assert_eq!(said(&Facts { destinations: vec![down(at(300))], ..well() }), [expected]);
    }

    #[test]
    fn what_makes_the_picture_wrong_comes_first() {
        let facts = Facts {
            store_dropped: 1_200,
            rules_not_read: Some((at(0), "E012 r.yaml:3:1 x\nE013 r.yaml:4:1 y".into())),
            directory: Some(("accounts.csv: gone".into(), Some(at(0)))),
            receivers: vec![Down { name: "pagerduty".into(), since: at(0), why: "timeout".into(), waiting: 2 }],
            shards_late: 1,
            behind: Duration::from_secs(90),
            ..well()
        };
        assert_eq!(
            said(&facts),
            [
                "late: Data is 90 s late on 1 of 48 shards: it is not known of which accounts.",
                "store_dropping: The page's store left out 1,200 log records in the last minute: searches miss them, \
                 destinations have them.",
                "receivers_failing: Receiver pagerduty could not be told for 10 min, 2 notifications wait for it: timeout",
                "rules_not_read: The rules could not be read 10 min ago, those of before run on: E012 r.yaml:3:1 x (and more)",
                "directory_stale: The directory of 6,012 accounts was last read 10 min ago: accounts.csv: gone",
            ]
        );
    }
}
