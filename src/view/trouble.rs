//! What keeps the picture from being whole, as far as it is the business of whoever looks.

use std::time::Duration;

use crate::api::fleet::Trouble;
use crate::template::figure;

/// What those may know of it who see only some tenants: whether they can trust the picture, and nothing of the machine.
#[must_use]
pub fn for_tenants(of_fleet: &Trouble) -> Option<Trouble> {
    let message = match &*of_fleet.code {
        "late" => "Data is late: this may be out of date.",
        "rules_stalled" => "No rule is evaluated: what fires is not known.",
        _ => return None,
    };
    Some(Trouble { message: message.into(), link: String::new(), ..of_fleet.clone() })
}

/// `7 min`: a time in the one unit that people would name.
#[must_use]
pub(super) fn lasting(duration: Duration) -> String {
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
pub(super) fn count(count: usize) -> String {
    figure::count(super::number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_learn_nothing_of_the_machine() {
        let of_fleet = |code: &str| Trouble {
            code: code.into(),
            blind: true,
            message: "Data is 7 min late on 3 of 48 shards: 412 accounts may be out of date.".into(),
            link: "pipeline".into(),
        };
        let told = for_tenants(&of_fleet("late")).unwrap();
        assert_eq!((&*told.message, told.blind), ("Data is late: this may be out of date.", true));
        assert_eq!(for_tenants(&of_fleet("receivers_failing")), None);
    }
}
