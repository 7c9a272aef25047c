//! How things are said in tables: the words of the page.

use fanin::api::Time;
use fanin::api::alerts::Trend;
use fanin::api::fleet::{Common, Freshness, Mark, State};
use fanin::io::clock;
use fanin::template::figure;

use super::super::output;

/// `1234-5678-9012`; what is no account id stays as it is.
pub(super) fn account(id: &str) -> String {
    match (id.get(..4), id.get(4..8), id.get(8..)) {
        (Some(first), Some(second), Some(third)) if id.len() == 12 => format!("{first}-{second}-{third}"),
        _ => id.to_owned(),
    }
}

pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Pending => "pending",
        State::NoData => "no data",
        State::Error => "error",
        State::Warning => "warning",
        State::Critical => "critical",
    }
}

pub(super) const fn freshness(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Live => "live",
        Freshness::Late => "late",
        Freshness::Silent => "silent",
        Freshness::New => "new",
        Freshness::Suspended => "suspended",
    }
}

pub(super) const fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::None => "",
        Mark::Silenced => "silenced",
        Mark::Acked => "acked",
    }
}

pub(super) const fn trend(trend: Trend) -> &'static str {
    match trend {
        Trend::New => "NEW",
        Trend::Growing => "GROWING",
        Trend::Steady => "STEADY",
        Trend::Shrinking => "SHRINKING",
        Trend::Flapping => "FLAPPING",
    }
}

/// How long ago that was: `38m`, `4s`.
pub(super) fn ago(time: Time) -> String {
    short(clock::now().since(time.0).as_secs())
}

/// How long until then.
pub(super) fn ahead(time: Time) -> String {
    short(time.0.since(clock::now()).as_secs())
}

/// The largest unit alone, and two where the larger is small: `45s`, `38m`, `3h12m`, `9d`.
fn short(seconds: u64) -> String {
    let two = |large: u64, unit: &str, small: u64, of: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{of}") }
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "m"),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `release=2026.11.3 100% (fleet 4%)`
pub(super) fn common(common: &Common) -> String {
    let percent = |share: f64| figure::percent((share * 100.0).round() / 100.0);
    format!("{}={} {} (fleet {})", common.name, common.value, percent(common.share), percent(common.share_of_fleet))
}

/// Tells below a table what it does not show, and of when it is.
pub(super) fn below(shown: usize, list: &fanin::api::List<impl Sized>, one: &str, many: &str) {
    list.notices.iter().for_each(|notice| output::talk(notice));
    let (total, sign) = (list.total, if list.exact { "" } else { "at least " });
    let what = if total == 1 { one } else { many };
    if total == 0 {
        return output::talk(&format!("no {many}, as of {} ago", ago(list.as_of)));
    }
    let more = if (shown as u64) < total { format!("; --limit {total} shows more") } else { String::new() };
    output::talk(&format!("{shown} of {sign}{total} {what}, as of {} ago{more}", ago(list.as_of)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_largest_units() {
        assert_eq!(
            [0, 59, 60, 2_300, 3_600, 11_520, 900_000].map(short),
            ["0s", "59s", "1m", "38m", "1h", "3h12m", "10d"]
        );
    }

    #[test]
    fn accounts_are_shown_as_people_read_them_to_each_other() {
        assert_eq!(account("012345678901"), "0123-4567-8901");
        assert_eq!(account(""), "");
    }

    #[test]
    fn what_is_common_is_told_beside_the_fleet() {
        let common = Common {
            name: "release".into(),
            value: "2026.11.3".into(),
            share: 1.0,
            share_of_fleet: 0.0416,
            lift: 24.0,
            accounts: 21,
        };
        assert_eq!(super::common(&common), "release=2026.11.3 100% (fleet 4%)");
    }
}
