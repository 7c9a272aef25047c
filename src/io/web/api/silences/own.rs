//! Which silences are of someone's own tenants, and how what they make is kept to these.

use std::sync::Arc;

use super::super::Api;
use crate::id::AccountId;
use crate::incident::Firing;
use crate::incident::silence::{Matcher, Op, Silence};
use crate::tenant::{Directory, UNASSIGNED};
use crate::view::scope::Scope;

/// No tenant has this id.
const NOBODY: &str = "\u{0}";

/// What it takes to tell whose a silence is.
pub(super) struct Own<'a> {
    scope: &'a Scope,
    directory: Arc<Directory>,
    firing: Vec<Firing>,
}

impl<'a> Own<'a> {
    pub(super) fn new(api: &Api, scope: &'a Scope) -> Self {
        let directory = api.directory.current();
        let firing = api.alerting.with(|alerting| alerting.incidents().firing(alerting.rules(), &directory));
        let mut own = Self { scope, directory, firing: Vec::new() };
        own.firing = firing.into_iter().filter(|firing| own.covers_firing(firing)).collect();
        own
    }

    /// Alerts that fire and may be seen.
    pub(super) fn firing(&self) -> &[Firing] {
        &self.firing
    }

    /// Whether an alert of that fingerprint fires and may be seen.
    pub(super) fn covers_alert(&self, fingerprint: &str) -> bool {
        self.firing.iter().any(|firing| firing.fingerprint == fingerprint)
    }

    /// Whether a silence can be about nothing but what may be seen.
    pub(super) fn covers(&self, silence: &Silence) -> bool {
        self.scope.is_fleet() || silence.matchers.iter().any(|matcher| self.keeps(matcher))
    }

    /// Whether a matcher holds for nothing but what may be seen.
    fn keeps(&self, matcher: &Matcher) -> bool {
        let values = match matcher.op() {
            Op::Equal => vec![matcher.value().to_owned()],
            Op::Matches => alternatives(matcher.value()).unwrap_or_default(),
            Op::NotEqual | Op::NotMatches => Vec::new(),
        };
        let all = |covered: &dyn Fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| covered(value));
        match matcher.name() {
            "tenant" | "tenant.id" => all(&|tenant| self.scope.covers(tenant)),
            "account" => all(&|account| AccountId::parse(account).is_ok_and(|account| self.covers_account(account))),
            "fingerprint" => all(&|fingerprint| self.covers_alert(fingerprint)),
            _ => false,
        }
    }

    fn covers_firing(&self, firing: &Firing) -> bool {
        self.scope.is_fleet() || firing.account.is_some_and(|account| self.covers_account(account))
    }

    fn covers_account(&self, account: AccountId) -> bool {
        self.scope.covers(self.directory.get(account).map_or(UNASSIGNED, |entry| &entry.tenant))
    }
}

/// The same matchers, and one that keeps them to what may be seen.
pub(super) fn bound(mut matchers: Vec<Matcher>, scope: &Scope) -> Vec<Matcher> {
    if let Scope::Tenants(tenants) = scope {
        let names: Vec<&str> = tenants.iter().map(String::as_str).collect();
        let of_nobody = || Matcher::equal("tenant", NOBODY);
        let own = match names.as_slice() {
            [] => of_nobody(),
            [one] => Matcher::equal("tenant", one),
            many => {
                let pattern = many.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|");
                Matcher::new("tenant", Op::Matches, &pattern).unwrap_or_else(|_| of_nobody())
            }
        };
        if !matchers.contains(&own) {
            matchers.push(own);
        }
    }
    matchers
}

/// The texts that a pattern is of, where it is a plain list of them: `a|b\-c`.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    pattern.split('|').map(literal).collect()
}

fn literal(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next().filter(|escaped| escaped.is_ascii_punctuation())?),
            plain if plain.is_alphanumeric() || matches!(plain, '_' | '-' | ' ' | '/' | ':' | '@') => text.push(plain),
            _ => return None,
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn tenants(names: &[&str]) -> Scope {
        Scope::Tenants(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn own(scope: &Scope) -> Own<'_> {
        Own { scope, directory: Arc::new(Directory::new([], "tenant.id", &[])), firing: Vec::new() }
    }

    #[test]
    fn what_someone_makes_is_kept_to_their_tenants() {
        let made = |scope: &Scope| bound(Matcher::parse_all("rule=X").unwrap(), scope);
        assert_eq!(made(&Scope::Fleet).len(), 1);
        assert_eq!(made(&tenants(&["acme"]))[1].to_string(), "tenant=\"acme\"");
        let several = &made(&tenants(&["a.b", "acme"]))[1];
        assert_eq!(several.to_string(), "tenant=~\"a\\\\.b|acme\"");
        assert!(several.holds("a.b") && !several.holds("axb") && !several.holds(""));
        let none = &made(&Scope::Tenants(BTreeSet::new()))[1];
        assert!(!none.holds("acme"));
    }

    #[test]
    fn only_silences_of_their_tenants_are_seen() {
        let scope = tenants(&["acme", "a.b"]);
        let keeps = |matcher: &str| own(&scope).keeps(&Matcher::parse(matcher).unwrap());
        assert!(keeps("tenant=acme") && keeps("tenant.id=acme") && keeps(r#"tenant=~"acme|a\\.b""#));
        for of_others in
            ["tenant=corp", "tenant=~acme|corp", "tenant=~a.*", "tenant!=corp", "tenant!~acme", "rule=X", "account=1"]
        {
            assert!(!keeps(of_others), "{of_others}");
        }
        assert!(own(&tenants(&["unassigned"])).keeps(&Matcher::parse("account=012345678901").unwrap()));
    }

    #[test]
    fn whatever_someone_makes_they_see() {
        for scope in [tenants(&["acme"]), tenants(&["a.b", "x-1", "y z"])] {
            let made = bound(Matcher::parse_all("rule=X").unwrap(), &scope);
            assert!(made.iter().any(|matcher| own(&scope).keeps(matcher)), "{made:?}");
        }
    }
}
