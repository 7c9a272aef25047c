//! The scheme of account tags, and which accounts break it: what is wrong with which tag, and what to do about it.

use std::collections::BTreeMap;

use crate::config::TagRule;
use crate::config::problem::distance;
use crate::id::AccountId;

/// A tag of an account that breaks the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The account.
    pub account: AccountId,
    /// The tag as the scheme names it.
    pub key: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none. The value is the one that the scheme allows, where that is only one.
    Missing {
        /// What it should be.
        value: Option<String>,
    },
    /// There is one of nearly that name, and none of that name.
    LookAlike {
        /// Its name.
        found: String,
        /// Its value.
        value: String,
    },
    /// Its value is not allowed.
    Value {
        /// What it is.
        given: String,
        /// What it is meant to be, where one of the allowed values is near.
        nearest: Option<String>,
    },
}

impl Fault {
    /// Its name, for machines.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::LookAlike { .. } => "look_alike",
            Self::Value { .. } => "value",
        }
    }
}

impl Finding {
    /// What is wrong, in one sentence without its full stop.
    #[must_use]
    pub fn message(&self) -> String {
        let key = &self.key;
        match &self.fault {
            Fault::Missing { .. } => format!("the tag {key:?} is missing"),
            Fault::LookAlike { found, .. } => {
                format!("the tag {found:?} is meant to be {key:?}: names of tags are exact")
            }
            Fault::Value { given, nearest: Some(nearest) } => {
                format!("{key:?} is {given:?}, which is not allowed: {nearest:?} is")
            }
            Fault::Value { given, nearest: None } => format!("{key:?} is {given:?}, which is not allowed"),
        }
    }

    /// The command that puts it right. `VALUE` stands where only people know what it should be.
    #[must_use]
    pub fn command(&self) -> String {
        let account = self.account;
        let set = |value: &str| {
            let tag = if is_plain(&self.key) && is_plain(value) {
                format!("Key={},Value={value}", self.key)
            } else {
                quoted(&serde_json::json!([{"Key": self.key, "Value": value}]).to_string())
            };
            format!("aws organizations tag-resource --resource-id {account} --tags {tag}")
        };
        match &self.fault {
            Fault::Missing { value } => set(value.as_deref().unwrap_or("VALUE")),
            Fault::LookAlike { found, value } => {
                let found = if is_plain(found) { found.clone() } else { quoted(found) };
                let set = set(value);
                format!("{set} && aws organizations untag-resource --resource-id {account} --tag-keys {found}")
            }
            Fault::Value { nearest, .. } => set(nearest.as_deref().unwrap_or("VALUE")),
        }
    }
}

/// What is wrong with the tags of one account, in the order of the scheme.
#[must_use]
pub fn findings(scheme: &[TagRule], account: AccountId, tags: &BTreeMap<String, String>) -> Vec<Finding> {
    let fault = |rule: &TagRule| match tags.get(&rule.key) {
        Some(value) => wrong_value(rule, value),
        None => absent(scheme, rule, tags),
    };
    let found = scheme.iter().filter_map(|rule| Some((rule, fault(rule)?)));
    found.map(|(rule, fault)| Finding { account, key: rule.key.clone(), fault }).collect()
}

fn wrong_value(rule: &TagRule, value: &str) -> Option<Fault> {
    let is_listed = rule.values.is_empty() || rule.values.iter().any(|allowed| allowed == value);
    let fits = rule.pattern.as_ref().is_none_or(|pattern| pattern.regex().is_match(value));
    let is_empty = rule.required && value.is_empty();
    if is_listed && fits && !is_empty {
        return None;
    }
    let near = rule.values.iter().map(|allowed| (edits(allowed, value), allowed)).min();
    let nearest = near.filter(|(edits, allowed)| *edits <= allowed.chars().count().max(3) / 3);
    Some(Fault::Value { given: value.into(), nearest: nearest.map(|(_, allowed)| allowed.clone()) })
}

fn absent(scheme: &[TagRule], rule: &TagRule, tags: &BTreeMap<String, String>) -> Option<Fault> {
    let is_other = |name: &str| scheme.iter().any(|rule| rule.key == name);
    let likeness = |name: &str| edits(name, &rule.key);
    // One letter is a slip in a long name and another word in a short one. What nobody asks for is only held to its spelling.
    let most = usize::from(rule.required && rule.key.chars().count() >= 4);
    let alike = tags.iter().filter(|(name, _)| !is_other(name) && likeness(name) <= most);
    if let Some((found, value)) = alike.min_by_key(|(name, _)| likeness(name)) {
        return Some(Fault::LookAlike { found: found.clone(), value: value.clone() });
    }
    let only = if let [only] = rule.values.as_slice() { Some(only.clone()) } else { None };
    rule.required.then_some(Fault::Missing { value: only })
}

/// How many letters differ, whatever their case and what stands between words.
fn edits(a: &str, b: &str) -> usize {
    let bare = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    distance(&bare(a), &bare(b))
}

/// Whether a text needs no quotes, neither for a shell nor for the short form of the AWS CLI.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.:/+@-".contains(letter))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::expression::Expression;

    fn scheme() -> Vec<TagRule> {
        let rule = |key: &str, required| TagRule { key: key.into(), required, values: Vec::new(), pattern: None };
        vec![
            TagRule { pattern: Some(Expression::new("^[a-z][a-z0-9-]+$").unwrap()), ..rule("tenant", true) },
            TagRule { values: vec!["gold".into(), "silver".into(), "free".into()], ..rule("tier", true) },
            rule("cost-center", false),
        ]
    }

    fn found(tags: &[(&str, &str)]) -> Vec<(String, String)> {
        let tags = tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let account = AccountId::parse("111122223333").unwrap();
        let findings = findings(&scheme(), account, &tags);
        findings.iter().map(|finding| (finding.message(), finding.command())).collect()
    }

    const SET: &str = "aws organizations tag-resource --resource-id 111122223333 --tags";

    #[test]
    fn tags_that_keep_to_the_scheme_are_not_found() {
        assert_eq!(found(&[("tenant", "acme"), ("tier", "gold"), ("cost-center", "4711"), ("anything", "else")]), []);
        assert_eq!(found(&[("tenant", "acme"), ("tier", "free")]), [], "what is not required may be missing");
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_sets_it() {
        let expected = ("the tag \"tier\" is missing".to_owned(), format!("{SET} Key=tier,Value=VALUE"));
        assert_eq!(found(&[("tenant", "acme")]), [expected]);
    }

    #[test]
    fn a_name_in_another_case_or_with_a_slip_is_a_look_alike() {
        let untag = "aws organizations untag-resource --resource-id 111122223333 --tag-keys";
        let found = found(&[("Tenant", "acme"), ("teir", "gold"), ("CostCenter", "47 11")]);
        assert_eq!(found[0].0, "the tag \"Tenant\" is meant to be \"tenant\": names of tags are exact");
        assert_eq!(found[0].1, format!("{SET} Key=tenant,Value=acme && {untag} Tenant"));
        assert_eq!(found[1].1, format!("{SET} Key=tier,Value=gold && {untag} teir"));
        let json = r#"'[{"Key":"cost-center","Value":"47 11"}]'"#;
        assert_eq!(found[2].1, format!("{SET} {json} && {untag} CostCenter"));
    }

    #[test]
    fn a_value_that_is_not_allowed_tells_the_one_that_is_near() {
        let wrong = found(&[("tenant", "Acme Inc"), ("tier", "Gold")]);
        assert_eq!(
            wrong[0],
            ("\"tenant\" is \"Acme Inc\", which is not allowed".into(), format!("{SET} Key=tenant,Value=VALUE"))
        );
        let tier =
            ("\"tier\" is \"Gold\", which is not allowed: \"gold\" is".into(), format!("{SET} Key=tier,Value=gold"));
        assert_eq!(wrong[1], tier);
        assert_eq!(found(&[("tenant", "acme"), ("tier", "x")])[0].1, format!("{SET} Key=tier,Value=VALUE"));
    }

    #[test]
    fn what_an_account_says_cannot_break_out_of_the_command() {
        let found = found(&[("tenant", "acme"), ("tier", "gold"), ("cost center'; rm -rf ~ #", "x")]);
        assert_eq!(found, []);
        assert_eq!(quoted("a'; rm"), r"'a'\''; rm'");
    }
}
