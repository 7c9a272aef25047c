//! What happens to the pipeline.

use std::time::Duration;

use super::{Members, Reader};
use crate::config::problem::{Code, quoted};
use crate::config::read::no_choice;
use crate::config::yaml::Node;
use crate::rule_test::file::{Event, Happening};
use crate::rule_test::keys;
use crate::time::Timestamp;

const HAPPENINGS: [&str; 9] =
    ["stall", "restart", "duplicate", "reorder", "reshard", "corrupt", "rules", "silence", "directory"];

impl Reader<'_> {
    pub(super) fn event(&mut self, node: &Node, start: Timestamp) -> Option<Event> {
        let members = self.members(node, &keys::EVENT)?;
        let at = self.duration(members.get("at")?)?;
        let given: Vec<_> = HAPPENINGS.iter().filter_map(|key| members.get(key).map(|node| (*key, node))).collect();
        let [(key, what)] = given.as_slice() else {
            let wanted = HAPPENINGS.join(", ");
            let message = match given.as_slice() {
                [] => format!("nothing happens: give one of {wanted}"),
                [(first, _), (second, _), ..] => format!("{first} and {second} are two events: give two items"),
                [_] => return None,
            };
            self.add(Code::Incomplete, members.place, message);
            return None;
        };
        if let (Some(node), false) = (members.get("shard"), *key == "stall") {
            self.add(Code::Conflict, &node.place, "only a stall is of one shard");
        }
        Some(Event { at, what: self.happening(key, what, members, start.plus(at))? })
    }

    fn happening(&mut self, key: &str, node: &Node, members: Members<'_>, now: Timestamp) -> Option<Happening> {
        match key {
            "stall" => {
                let shard = members.get("shard").and_then(|node| self.whole(node));
                Some(Happening::Stall { lasts: self.duration(node)?, shard })
            }
            "restart" => self.restart(node),
            "duplicate" => self.duration(node).map(Happening::Duplicate),
            "reorder" => self.duration(node).map(Happening::Reorder),
            "reshard" => self.one_of(node, keys::RESHARDS, &[Happening::Split, Happening::Merge]),
            "corrupt" => self.one_of(node, keys::CORRUPTS, &[Happening::CorruptSnapshot]),
            "rules" => Some(Happening::Rules(self.one_or_more(Some(node), Self::rule_file))),
            "silence" => self.silence(node),
            _ => self.changes(node, now).map(Happening::Directory),
        }
    }

    fn restart(&mut self, node: &Node) -> Option<Happening> {
        let text = self.text(node)?;
        let down = if text == "true" { Some(Duration::ZERO) } else { self.duration(node) };
        Some(Happening::Restart { down: down? })
    }

    fn silence(&mut self, node: &Node) -> Option<Happening> {
        let members = self.members(node, &keys::SILENCE)?;
        let matchers = self.one_or_more(members.get("matchers"), Self::text);
        Some(Happening::Silence { matchers, lasts: self.duration(members.get("for")?)? })
    }

    fn one_of(&mut self, node: &Node, words: &[&str], values: &[Happening]) -> Option<Happening> {
        let text = self.text(node)?;
        let chosen = words.iter().zip(values).find(|(word, _)| **word == text);
        if chosen.is_none() {
            let (code, complaint) = no_choice(&text, words);
            self.add(code, &node.place, format!("{} {complaint}", quoted(&text)));
        }
        chosen.map(|(_, value)| value.clone())
    }
}
