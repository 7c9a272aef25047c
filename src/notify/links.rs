//! Addresses of Fanin's page, for messages.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::id::AccountId;
use crate::incident::Notification;

/// What stands for itself in a path or query. Source: RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest name that an address holds, in characters: receivers refuse addresses of some thousands.
const NAME_CHARS_MAX: usize = 200;

/// Addresses of Fanin's page; none where nobody said under which URL people reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Base URL, without a slash at its end.
    pub external_url: Option<String>,
}

impl Links {
    /// With that base URL.
    #[must_use]
    pub fn new(external_url: Option<&str>) -> Self {
        Self { external_url: external_url.map(|url| url.trim_end_matches('/').to_owned()) }
    }

    /// The rule and all its alerts.
    #[must_use]
    pub fn rule(&self, rule: &str) -> Option<String> {
        self.at(&format!("/alerts/rules/{}", encoded(rule)))
    }

    /// The page of an account.
    #[must_use]
    pub fn account(&self, account: AccountId) -> Option<String> {
        self.at(&format!("/accounts/{account}"))
    }

    /// The alerts that a notification is about.
    #[must_use]
    pub fn alerts(&self, notification: &Notification) -> Option<String> {
        let query: Vec<String> =
            names(notification).iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        self.at(&format!("/alerts?q={}", encoded(&query.join(" "))))
    }

    /// The form of a new silence, filled in for a notification.
    #[must_use]
    pub fn silence(&self, notification: &Notification) -> Option<String> {
        let matchers = names(notification);
        let matchers: Vec<String> =
            matchers.iter().map(|(name, value)| format!("m={}", encoded(&format!("{name}={value:?}")))).collect();
        self.at(&format!("/silences/new?{}", matchers.join("&")))
    }

    /// All of them by name, for templates and messages: `rule`, `alerts`, `silence`, `account`, `runbook`.
    #[must_use]
    pub fn all(&self, notification: &Notification) -> BTreeMap<String, String> {
        let account = only_account(notification).and_then(|account| self.account(account));
        let has_rule = !notification.rule.is_empty();
        let links = [
            ("rule", self.rule(&notification.rule).filter(|_| has_rule)),
            ("alerts", self.alerts(notification).filter(|_| has_rule)),
            ("silence", self.silence(notification).filter(|_| has_rule)),
            ("account", account),
            ("runbook", notification.runbook.as_deref().map(str::to_owned)),
        ];
        links.into_iter().filter_map(|(name, link)| Some((name.to_owned(), link?))).collect()
    }

    fn at(&self, path: &str) -> Option<String> {
        self.external_url.as_ref().map(|base| format!("{base}{path}"))
    }
}

/// What tells the alerts of a notification: the rule, and the account where there is but one.
fn names(notification: &Notification) -> Vec<(&'static str, String)> {
    let mut names = vec![("rule", notification.rule.to_string())];
    if let Some(account) = only_account(notification) {
        names.push(("account", account.to_string()));
    }
    names
}

fn only_account(notification: &Notification) -> Option<AccountId> {
    match notification.alerts.as_slice() {
        [only] => only.account,
        _ => None,
    }
}

fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("{value:?}") } else { value.to_owned() }
}

fn encoded(text: &str) -> String {
    let text: String = text.chars().take(NAME_CHARS_MAX).collect();
    utf8_percent_encode(&text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    #[test]
    fn links_lead_to_rule_alerts_silence_and_account() {
        let links = Links::new(Some("https://fanin.example.net/"));
        let all: Vec<_> = links.all(&samples::individual()).into_iter().collect();
        let expected = [
            ("account", "https://fanin.example.net/accounts/123456789012"),
            ("alerts", "https://fanin.example.net/alerts?q=rule%3DApiErrorRate%20account%3D123456789012"),
            ("rule", "https://fanin.example.net/alerts/rules/ApiErrorRate"),
            ("runbook", "https://runbooks.example.net/api-error-rate"),
            (
                "silence",
                "https://fanin.example.net/silences/new?m=rule%3D%22ApiErrorRate%22&m=account%3D%22123456789012%22",
            ),
        ];
        assert_eq!(all, expected.map(|(name, link)| (name.to_owned(), link.to_owned())));
        assert_eq!(links.rule("A b:NoData"), Some("https://fanin.example.net/alerts/rules/A%20b%3ANoData".into()));
    }

    #[test]
    fn without_a_base_url_only_the_runbook_is_left() {
        let all = Links::default().all(&samples::fleet());
        assert_eq!(all.into_keys().collect::<Vec<_>>(), ["runbook"]);
    }
}
