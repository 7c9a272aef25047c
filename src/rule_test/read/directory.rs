//! The directory of a test, and how it changes.

use super::{Members, Reader};
use crate::config::problem::{Code, quoted};
use crate::config::read::no_choice;
use crate::config::yaml::Node;
use crate::id::AccountId;
use crate::rule_test::file::Change;
use crate::rule_test::keys;
use crate::tenant::{Entry, State};
use crate::time::Timestamp;

/// Most accounts that are generated: as many as a directory file may have.
const GENERATED_MAX: usize = crate::tenant::file::ACCOUNTS_MAX;

impl Reader<'_> {
    /// `tenants` and `generate_tenants` of a file or a test.
    pub(super) fn accounts(&mut self, members: Members<'_>) -> Vec<Entry> {
        let mut entries = self.list(members.get("tenants"), Self::tenant);
        if let Some(node) = members.get("generate_tenants") {
            entries.extend(self.generated(node).unwrap_or_default());
        }
        entries
    }

    fn tenant(&mut self, node: &Node) -> Option<Entry> {
        let members = self.members(node, &keys::TENANT)?;
        let account = self.account(members.get("account")?)?;
        let tenant = members.get("tenant").and_then(|node| self.text(node));
        let name = members.get("name").and_then(|node| self.text(node));
        Some(Entry { name, ..self.entry(members, account, tenant.unwrap_or_else(|| account.as_str().into())) })
    }

    /// What named and generated accounts have in common.
    fn entry(&mut self, members: Members<'_>, account: AccountId, tenant: String) -> Entry {
        Entry {
            account,
            tenant,
            name: None,
            tier: members.get("tier").and_then(|node| self.text(node)),
            region: members.get("region").and_then(|node| self.value(node)),
            ou_path: members.get("ou").and_then(|node| self.text(node)),
            state: members.get("state").and_then(|node| self.account_state(node)).unwrap_or_default(),
            created: members.get("created").and_then(|node| self.time(node)),
            labels: members.get("labels").map(|node| self.pairs(node)).unwrap_or_default().into_iter().collect(),
        }
    }

    fn account_state(&mut self, node: &Node) -> Option<State> {
        let text = self.text(node)?;
        let state = State::named(&text.to_ascii_uppercase());
        if state.is_none() {
            let (code, complaint) = no_choice(&text, keys::ACCOUNT_STATES);
            self.add(code, &node.place, format!("{} {complaint}", quoted(&text)));
        }
        state
    }

    fn generated(&mut self, node: &Node) -> Option<Vec<Entry>> {
        const FIRST: u64 = 900_000_000_001;
        let members = self.members(node, &keys::GENERATE)?;
        let count = self.whole(members.get("count")?)?;
        if !(1..=GENERATED_MAX).contains(&count) {
            self.add(Code::Range, &node.place, format!("count is not between 1 and {GENERATED_MAX}"));
            return None;
        }
        let account = |number: u64| AccountId::parse(&number.to_string()).ok();
        let pattern = self.entry(members, account(FIRST)?, String::new());
        let entry = |index: u64| {
            Some(Entry { account: account(FIRST + index)?, tenant: format!("tenant-{}", index + 1), ..pattern.clone() })
        };
        (0..count as u64).map(entry).collect()
    }

    /// `directory` of a pipeline event at `now`.
    pub(super) fn changes(&mut self, node: &Node, now: Timestamp) -> Option<Vec<Change>> {
        let members = self.members(node, &keys::DIRECTORY)?;
        let put = |entry: Entry| Change::Put(Box::new(entry));
        let added = self.list(members.get("add"), Self::tenant).into_iter();
        let mut changes: Vec<_> =
            added.map(|entry| put(Entry { created: entry.created.or(Some(now)), ..entry })).collect();
        changes.extend(self.list(members.get("move"), Self::tenant).into_iter().map(put));
        changes.extend(self.one_or_more(members.get("close"), Self::account).into_iter().map(Change::Close));
        changes.extend(self.one_or_more(members.get("remove"), Self::account).into_iter().map(Change::Remove));
        if changes.is_empty() && members.list.is_empty() {
            self.add(Code::Incomplete, &node.place, "nothing changes: give add, move, close or remove");
        }
        Some(changes)
    }
}
