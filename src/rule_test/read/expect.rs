//! How alerts must stand.

use super::{Members, Reader};
use crate::config::problem::Code;
use crate::config::yaml::Node;
use crate::rule_test::file::{Expect, Listed, Want, Who};
use crate::rule_test::keys;

impl Reader<'_> {
    pub(super) fn expect(&mut self, node: &Node) -> Option<Expect> {
        let members = self.members(node, &keys::EXPECT)?;
        let at = members.get("at").and_then(|node| self.duration(node));
        let alert = members.get("alert").and_then(|node| self.text(node));
        let (who, want) = (self.who(members), self.want(members));
        let alerts = members.get("alerts").map(|node| self.list(Some(node), Self::listed));
        let notified =
            members.get("notified").map(|node| self.one_or_more(Some(node), Self::text)).map(|mut classes| {
                classes.sort();
                classes
            });
        let wants = ["state", "level", "pending", "outcome", "value", "threshold"];
        let wants_one = wants.iter().any(|key| members.get(key).is_some());
        if !wants_one && alerts.is_none() && notified.is_none() {
            let message = "nothing is expected: give state, outcome, value, alerts or another";
            self.add(Code::Incomplete, members.place, message);
        }
        if alerts.is_some() && (wants_one || who != Who::default()) {
            let message = "alerts lists all alerts of the rule: what one of them is stands in the list";
            self.add(Code::Conflict, members.place, message);
        }
        Some(Expect { line: members.line(), at: at?, alert: alert?, who, want, alerts, notified })
    }

    fn listed(&mut self, node: &Node) -> Option<Listed> {
        let members = self.members(node, &keys::LISTED)?;
        Some(Listed { line: members.line(), who: self.who(members), want: self.want(members) })
    }

    fn who(&mut self, members: Members<'_>) -> Who {
        Who {
            account: members.get("account").and_then(|node| self.account(node)),
            group: members.get("group").map(|node| self.pairs(node)).unwrap_or_default().into_iter().collect(),
        }
    }

    fn want(&mut self, members: Members<'_>) -> Want {
        Want {
            state: members.get("state").and_then(|node| self.word(node, keys::STATES)),
            level: members.get("level").and_then(|node| self.word(node, keys::LEVELS)),
            pending: members.get("pending").and_then(|node| self.word(node, keys::LEVELS)),
            outcome: members.get("outcome").and_then(|node| self.word(node, keys::OUTCOMES)),
            value: members.get("value").and_then(|node| self.number(node)),
            threshold: members.get("threshold").and_then(|node| self.number(node)),
        }
    }
}
