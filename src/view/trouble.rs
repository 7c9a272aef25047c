//! What keeps the picture from being whole, in words with numbers.

use std::time::Duration;

use super::fresh::BEHIND_MAX;
use crate::api::fleet::Trouble;
use crate::template::figure;

/// Without a look at what is due for so long, rules stand still. They are looked at every second.
pub const STALLED_AFTER: Duration = Duration::from_secs(15);

/// The code of late data.
const LATE: &str = "late";

/// The code of rules that stand still.
const STALLED: &str = "rules_stalled";

/// How far shards of streams are behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// The furthest.
    pub most: Duration,
    /// Shards that are late,
    pub late: usize,
    /// of so many.
    pub shards: usize,
}

/// Data is late. `behind` is how far the rules are behind, `shards` what holds them up, as far as that is a shard.
#[must_use]
pub fn late(behind: Duration, shards: Behind, accounts: usize) -> Option<Trouble> {
    if behind <= BEHIND_MAX {
        return None;
    }
    let wherever = match shards.late {
        0 => String::new(),
        late => format!(" on {} of {} shards", count(late), count(shards.shards)),
    };
    let accounts = format!("{} account{} may be out of date", count(accounts), if accounts == 1 { "" } else { "s" });
    Some(trouble(LATE, true, format!("Data is {} late{wherever}: {accounts}.", lasting(behind))))
}

/// Rules were not looked at for so long.
#[must_use]
pub fn stalled(for_so_long: Duration) -> Option<Trouble> {
    (for_so_long > STALLED_AFTER)
        .then(|| trouble(STALLED, true, format!("No rule was evaluated for {}: what fires is not known.", lasting(for_so_long))))
}

/// Rules could not be read again.
#[must_use]
pub fn not_read(error: &str) -> Trouble {
    let first = error.lines().next().unwrap_or_default();
    trouble("rules_not_read", false, format!("The rules could not be read again, those from before run: {first}"))
}

/// A source of the directory cannot be read, and was read last so long ago.
#[must_use]
pub fn stale(source: &str, age: Option<Duration>, error: &str) -> Trouble {
    let since = age.map_or_else(|| "was never read".to_owned(), |age| format!("was last read {} ago", lasting(age)));
    trouble("directory_stale", false, format!("The directory's {source} {since}: {error}"))
}

/// Log records were left out of the page's store.
#[must_use]
pub fn dropping(dropped: u64) -> Trouble {
    let dropped = figure::number(dropped as f64);
    trouble("store_dropping", false, format!("The store is behind: {dropped} log records were left out since the start."))
}

/// The page's store keeps nothing.
#[must_use]
pub fn store_off(why: &str) -> Trouble {
    trouble("store_off", false, format!("The store does not work, so logs and history are not kept: {why}"))
}

/// Notifications wait for a receiver for too long.
#[must_use]
pub fn receiver(name: &str, waiting: usize) -> Trouble {
    let waiting = format!("{} notification{} wait{}", count(waiting), if waiting == 1 { "" } else { "s" }, if waiting == 1 { "s" } else { "" });
    trouble("receivers_failing", false, format!("{waiting} for the receiver {name}, which does not take them."))
}

fn trouble(code: &str, blind: bool, message: String) -> Trouble {
    Trouble { code: code.into(), blind, message, link: "pipeline".into() }
}

/// What those may know of it who see only some tenants: whether they can trust the picture, and nothing of the machine.
#[must_use]
pub fn for_tenants(of_fleet: &Trouble) -> Option<Trouble> {
    let message = match &*of_fleet.code {
        LATE => "Data is late: this may be out of date.",
        STALLED => "No rule is evaluated: what fires is not known.",
        _ => return None,
    };
    Some(trouble(&of_fleet.code, of_fleet.blind, message.into()))
}

/// `7 min`: a time in the one unit that people would name.
#[must_use]
pub fn lasting(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        172_800.. => format!("{} d", seconds / 86_400),
    }
}

/// `6,012`
#[must_use]
pub fn count(count: usize) -> String {
    figure::count(super::number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_say_how_much() {
        let shards = Behind { most: Duration::from_secs(450), late: 3, shards: 48 };
        let late = late(Duration::from_secs(450), shards, 6_012).unwrap();
        assert_eq!(late.message, "Data is 7 min late on 3 of 48 shards: 6,012 accounts may be out of date.");
        assert!(late.blind);
        assert_eq!(super::late(Duration::from_secs(60), shards, 1), None);
        assert_eq!(stalled(Duration::from_secs(15)), None);
        assert_eq!(receiver("pager", 1).message, "1 notification waits for the receiver pager, which does not take them.");
    }

    #[test]
    fn tenants_learn_nothing_of_the_machine() {
        let shards = Behind { most: Duration::from_secs(450), late: 3, shards: 48 };
        let told = late(Duration::from_secs(450), shards, 6_012).and_then(|late| for_tenants(&late)).unwrap();
        assert_eq!(told.message, "Data is late: this may be out of date.");
        assert_eq!(for_tenants(&receiver("pager", 3)), None);
        assert_eq!(for_tenants(&not_read("x")), None);
    }
}
