//! Short names of a format beside a condition that demands it: `dedup_by: [user.ip]` with `source == "cloudtrail"`.

use crate::config::FormatName;
use crate::predicate::Predicate;
use crate::predicate::alias;
use crate::predicate::field::Field;
use crate::rule::{Kind, Measure, Rule, Values};

/// Puts the attributes that short names stand for in place of them, wherever the rule names fields: as its condition has it.
pub(super) fn resolve(rule: &mut Rule) {
    let Some(sources) = rule.matches.as_ref().map(Predicate::needs).and_then(|needs| needs.sources) else { return };
    let format = |name: &str| FormatName::ALL.iter().copied().find(|format| format.as_str() == name);
    let formats: Vec<_> = sources.iter().filter_map(|name| format(name)).collect();
    let put = |field: &mut Field| {
        if let Field::Attribute(name) = field
            && let Some(attribute) = common(&formats, name)
        {
            *name = attribute.into();
        }
    };
    rule.group_by.iter_mut().for_each(put);
    match &mut rule.kind {
        Kind::Event { dedup_by, .. } => dedup_by.iter_mut().for_each(put),
        Kind::FirstSeen(first_seen) => put(&mut first_seen.key),
        Kind::Threshold(measure) | Kind::Ratio(measure) => in_terms(measure, put),
        Kind::Change { measure, .. } | Kind::Forecast { measure, .. } => in_terms(measure, put),
        Kind::Outlier(outlier) => in_terms(&mut outlier.measure, put),
        Kind::Absence { .. } | Kind::Fleet(_) | Kind::Composite { .. } => {}
    }
}

fn in_terms(measure: &mut Measure, put: impl Fn(&mut Field)) {
    for term in &mut measure.terms {
        if let Values::Field(field) = &mut term.of {
            put(field);
        }
    }
}

/// The attribute that a name stands for in all of the formats.
fn common(formats: &[FormatName], name: &str) -> Option<String> {
    let (first, others) = formats.split_first()?;
    let attribute = alias::attribute(*first, name)?;
    others.iter().all(|format| alias::attribute(*format, name).as_ref() == Some(&attribute)).then_some(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::read::read;

    fn rule(keys: &str) -> Rule {
        let text = format!("version: 1\nrules:\n  - {{alert: R, {keys}}}\n");
        let (rules, problems) = read(&[("r.yaml", &text)]);
        assert!(problems.is_empty(), "{problems:?}");
        rules.rules.into_iter().next().unwrap()
    }

    #[test]
    fn fields_beside_a_condition_on_a_format_may_have_its_short_names() {
        let source = "from: logs, match: 'source == \"cloudtrail\"'";
        let event = rule(&format!("kind: event, {source}, level: warning, dedup_by: [account, user.ip, event]"));
        let Kind::Event { dedup_by, .. } = &event.kind else { panic!("{:?}", event.kind) };
        assert_eq!(*dedup_by, [Field::Account, Field::Attribute("source.address".into()), Field::Event]);
        let new = rule(&format!("kind: first_seen, {source}, level: warning, key: error_code"));
        let Kind::FirstSeen(first_seen) = &new.kind else { panic!("{:?}", new.kind) };
        assert_eq!(first_seen.key, Field::Attribute("aws.error.code".into()));
        let many = rule(&format!(
            "kind: threshold, {source}, group_by: [account, user.type], value: distinct(user.ip), window: 5m, warning: '> 9'"
        ));
        assert_eq!(many.group_by[1], Field::Attribute("aws.user_identity.principal.type".into()));
        assert_eq!(many.measure().unwrap().terms[0].of, Values::Field(Field::Attribute("source.address".into())));
    }

    #[test]
    fn without_one_format_a_name_stays_an_attribute_of_that_name() {
        for condition in ["level == \"ERROR\"", "source in [\"cloudtrail\", \"waf\"]"] {
            let event = rule(&format!(
                "kind: event, from: logs, match: '{condition}', level: warning, dedup_by: [account, user.type]"
            ));
            let Kind::Event { dedup_by, .. } = &event.kind else { panic!("{:?}", event.kind) };
            assert_eq!(dedup_by[1], Field::Attribute("user.type".into()), "{condition}");
        }
    }
}
