//! Keeps what a JSON object says: members that have a name under that name, the others under the prefix of their format.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::record::log::Log;
use crate::record::value::Attribute;
use crate::time::{Subsecond, parse_rfc3339};

/// Names of attributes by names of members.
pub type Names = [(&'static str, &'static str)];

/// Adds a member under the name that the table gives it, or under `prefix` and its own name in snake case.
/// A blank member says nothing and goes.
pub fn member<'a>(log: &mut Log<'a>, names: &Names, prefix: &str, member: Attribute<'a>, bump: &'a Bump) {
    if member.value.is_blank() {
        return;
    }
    let known = names.iter().find(|(name, _)| *name == member.key);
    let key = known.map_or_else(|| snake(prefix, member.key, bump), |(_, key)| key);
    log.attribute(key, member.value);
}

/// `prefix`, and a name as the semantic conventions write names: `eventID` becomes `event_id`.
pub fn snake<'a>(prefix: &str, name: &str, bump: &'a Bump) -> &'a str {
    let mut key = String::with_capacity_in(prefix.len() + name.len() + 4, bump);
    key.push_str(prefix);
    let mut before = '_';
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let next_is_small = rest.peek().is_some_and(char::is_ascii_lowercase);
        let word_begins = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && next_is_small));
        if word_begins {
            key.push('_');
        }
        key.push(if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() });
        before = c;
    }
    key.into_bump_str()
}

/// One line of those parts that say something, each behind its separator; the first has none.
pub fn sentence<'a>(parts: &[(&str, &str)], bump: &'a Bump) -> &'a str {
    let mut sentence = String::new_in(bump);
    for (before, part) in parts.iter().filter(|(_, part)| !part.is_empty() && *part != "-") {
        sentence.push_str(if sentence.is_empty() { "" } else { before });
        sentence.push_str(part);
    }
    sentence.into_bump_str()
}

/// Takes the time that a member holds; one that is no time, or is far from the event's, is kept under `key`.
/// A time in whole seconds does not replace a finer one within its second.
pub fn time<'a>(log: &mut Log<'a>, key: &'a str, text: &'a str) {
    let Some((time, subsecond)) = parse_rfc3339(text) else {
        log.text(key, text);
        return;
    };
    let same_second = subsecond == Subsecond::Absent && log.time.is_some_and(|it| it.seconds() == time.seconds());
    if same_second {
        return;
    }
    log.finer_time(time);
    if log.time != Some(time) {
        log.text(key, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_the_conventions() {
        let bump = Bump::new();
        let cases = [
            ("eventID", "x.event_id"),
            ("vpcEndpointAccountId", "x.vpc_endpoint_account_id"),
            ("HTTPRequest", "x.http_request"),
            ("ja3Fingerprint", "x.ja3_fingerprint"),
            ("already_snake", "x.already_snake"),
            ("with-dash and space", "x.with_dash_and_space"),
            ("\u{c9}t\u{e9}", "x.\u{c9}t\u{e9}"),
            ("", "x."),
        ];
        for (name, expected) in cases {
            assert_eq!(snake("x.", name, &bump), expected);
        }
    }
}
