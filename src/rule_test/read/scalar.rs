//! Single values of a file of tests.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::Reader;
use crate::config::problem::{Code, Place, Position, quoted};
use crate::config::quantity;
use crate::config::read::{At, FromText, Period, Read, no_choice};
use crate::config::yaml::{Node, Value};
use crate::id::AccountId;
use crate::rule_test::file::Given;
use crate::time::{Timestamp, parse_rfc3339};

impl Reader<'_> {
    /// A value that the configuration has as well.
    pub(super) fn value<T: FromText>(&mut self, node: &Node) -> Option<T> {
        At::<T>::read(node, &mut self.problems).map(|at| at.value)
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        self.value(node)
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        self.value::<Period>(node).map(|period| period.0)
    }

    /// A whole number as a size or an index.
    pub(super) fn whole(&mut self, node: &Node) -> Option<usize> {
        self.value::<u32>(node).and_then(|number| usize::try_from(number).ok())
    }

    /// `+3m`, `3m` or `-2h`, in nanoseconds.
    pub(super) fn offset(&mut self, node: &Node) -> Option<i64> {
        let text = self.text(node)?;
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(&text)),
        };
        let nanos = match quantity::duration(rest) {
            Ok(duration) => i64::try_from(duration.as_nanos()).ok(),
            Err(error) => {
                self.add(Code::Value, &node.place, format!("{} {error}", quoted(&text)));
                return None;
            }
        };
        if nanos.is_none() {
            self.add(Code::Range, &node.place, format!("{} is too long", quoted(&text)));
        }
        Some(nanos? * sign)
    }

    /// `+3m` or `3m`.
    pub(super) fn delay(&mut self, node: &Node) -> Option<Duration> {
        let nanos = self.offset(node)?;
        if nanos < 0 {
            self.add(
                Code::Range,
                &node.place,
                "nothing arrives before its time; for clocks that are ahead there is event_time_skew",
            );
        }
        u64::try_from(nanos).ok().map(Duration::from_nanos)
    }

    /// `2026-03-02T10:00:00Z` or `2026-03-02`.
    pub(super) fn time(&mut self, node: &Node) -> Option<Timestamp> {
        let text = self.text(node)?;
        let read = parse_rfc3339(&text).or_else(|| parse_rfc3339(&format!("{text}T00:00:00Z")));
        if read.is_none() {
            let example = "such as 2026-03-02T10:00:00Z or 2026-03-02";
            self.add(Code::Value, &node.place, format!("{} is no time, {example}", quoted(&text)));
        }
        read.map(|(time, _)| time)
    }

    /// An account; in quotes, since YAML takes it for a number else.
    pub(super) fn account(&mut self, node: &Node) -> Option<AccountId> {
        let account: AccountId = self.value(node)?;
        if !self.is_quoted(&node.place) {
            let message =
                format!("{account} is not in quotes, and so a number without its leading zeros: write \"{account}\"");
            self.add(Code::Value, &node.place, message);
        }
        Some(account)
    }

    /// One of some words, which are as `serde` writes them.
    pub(super) fn word<T: DeserializeOwned>(&mut self, node: &Node, words: &[&str]) -> Option<T> {
        let text = self.text(node)?;
        let read = serde_json::from_value(text.as_str().into()).ok();
        if read.is_none() {
            let (code, complaint) = no_choice(&text, words);
            self.add(code, &node.place, format!("{} {complaint}", quoted(&text)));
        }
        read
    }

    /// A number, or a share such as `5%`.
    pub(super) fn number(&mut self, node: &Node) -> Option<f64> {
        let text = self.text(node)?;
        let (digits, scale) = text.strip_suffix('%').map_or((text.as_str(), 1.0), |digits| (digits, 100.0));
        let read = digits.trim().parse::<f64>().ok().map(|number| number / scale);
        if read.is_none() {
            self.add(Code::Value, &node.place, format!("{} is no number, such as 25, 0.06 or 6%", quoted(&text)));
        }
        read
    }

    /// A value of a record: what stands in quotes is a text.
    pub(super) fn given(&mut self, node: &Node) -> Option<Given> {
        let text = self.text(node)?;
        Some(match text.as_str() {
            _ if self.is_quoted(&node.place) => Given::Text(text),
            "true" => Given::Bool(true),
            "false" => Given::Bool(false),
            plain if !plain.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') => Given::Text(text),
            plain => match (plain.parse(), plain.parse()) {
                (Ok(number), _) => Given::Int(number),
                (Err(_), Ok(number)) => Given::Double(number),
                (Err(_), Err(_)) => Given::Text(text),
            },
        })
    }

    /// Names and texts of the author's own.
    pub(super) fn pairs(&mut self, node: &Node) -> Vec<(String, String)> {
        let Value::Map(members) = &node.value else {
            self.add(Code::Shape, &node.place, "names and values belong here, such as {region: eu-central-1}");
            return Vec::new();
        };
        members.iter().filter_map(|(key, node)| Some((key.text.clone(), self.text(node)?))).collect()
    }

    fn is_quoted(&self, place: &Place) -> bool {
        let Position::Line { line, column } = place.position else { return false };
        let index = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
        let begin = index(line).and_then(|line| self.lines.get(line)?.chars().nth(index(column)?));
        matches!(begin, Some('"' | '\''))
    }
}
