//! How much of their quotas accounts use, as far as rules measure it.

use std::sync::Arc;

use super::View;
use super::base::Base;
use super::rules::Rules;
use crate::api::accounts::Quota;
use crate::evaluator::Measured;
use crate::id::AccountId;
use crate::predicate::account::Account;
use crate::rule::{Kind, Level, Rule, RuleIdx, Settings, Unit};

/// Services whose names are written in capitals.
const CAPITALS: [&str; 12] = ["ec2", "ebs", "ecs", "efs", "eks", "elb", "iam", "rds", "s3", "sns", "sqs", "vpc"];

/// Shares of quotas that were measured, by rule and account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quotas {
    of_rules: Vec<(RuleIdx, Arc<[Measured]>)>,
}

impl Quotas {
    /// What rules measured, each ascending by group.
    #[must_use]
    pub const fn new(of_rules: Vec<(RuleIdx, Arc<[Measured]>)>) -> Self {
        Self { of_rules }
    }

    /// Only those of some accounts.
    #[must_use]
    pub(super) fn only(&self, base: &Base) -> Self {
        let is_of = |measured: &&Measured| measured.group.account.is_some_and(|id| base.place(id).is_some());
        let kept = |of: &Arc<[Measured]>| of.iter().filter(is_of).cloned().collect();
        Self { of_rules: self.of_rules.iter().map(|(rule, of)| (*rule, kept(of))).collect() }
    }

    /// The highest share that each account uses now, in the order of the view; forecasts are not among them.
    #[must_use]
    pub(super) fn highest(&self, rules: &Rules, base: &Base) -> Vec<Option<f64>> {
        let mut highest: Vec<Option<f64>> = vec![None; base.len()];
        let now = self.of_rules.iter().filter(|(rule, _)| !is_forecast(rules.set().rules.get(*rule)));
        for measured in now.flat_map(|(_, of)| of.iter()) {
            if let Some(place) = measured.group.account.and_then(|id| base.place(id)) {
                let of = &mut highest[place as usize];
                *of = Some(of.map_or(measured.value, |other| other.max(measured.value)));
            }
        }
        highest
    }

    fn of(&self, account: AccountId) -> impl Iterator<Item = (RuleIdx, &Measured)> {
        self.of_rules.iter().flat_map(move |(rule, of)| {
            let first = of.partition_point(|measured| measured.group.account < Some(account));
            let of_it = of[first..].iter().take_while(move |measured| measured.group.account == Some(account));
            of_it.map(|measured| (*rule, measured))
        })
    }
}

impl View {
    /// How much of its quotas an account uses, fullest first.
    #[must_use]
    pub(super) fn quotas_of(&self, place: u32) -> Vec<Quota> {
        let id = self.base.id(place);
        let account = Account { id, entry: self.base.entry(place) };
        let of = |(index, measured): (RuleIdx, &Measured)| {
            let (rule, name) = (self.rules.set().rules.get(index)?, self.rules.quota(index)?);
            let (threshold, unit) = threshold(&rule.effective(&account, self.at).settings);
            let at = measured.group.rest.join(", ");
            let at = if at.is_empty() { at } else { format!(" in {at}") };
            let then = if is_forecast(Some(rule)) { ", as foreseen" } else { "" };
            Some(Quota {
                name: format!("{}{at}{then}", title(name)),
                rule: rule.name.to_string(),
                share: measured.value,
                value_text: unit.show(measured.value),
                threshold_text: threshold.map(|bound| unit.show(bound)).unwrap_or_default(),
            })
        };
        let mut quotas: Vec<Quota> = self.quotas.of(id).filter_map(of).collect();
        quotas.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
        quotas
    }
}

fn is_forecast(rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| matches!(rule.kind, Kind::Forecast { .. }))
}

/// The first threshold that someone is told of.
fn threshold(settings: &Settings) -> (Option<f64>, Unit) {
    let condition = [Level::Warning, Level::Critical].into_iter().find_map(|level| match level {
        Level::Warning => settings.warning.as_ref(),
        Level::Critical => settings.critical.as_ref(),
    });
    condition.map_or((None, Unit::Percent), |condition| (Some(condition.bound), condition.unit))
}

/// `lambda.concurrency` as `Lambda concurrency`.
fn title(name: &str) -> String {
    let (service, rest) = name.split_once('.').unwrap_or((name, ""));
    let service = match (CAPITALS.contains(&service), service.split_at_checked(1)) {
        (true, _) | (false, None) => service.to_uppercase(),
        (false, Some((first, others))) => first.to_uppercase() + others,
    };
    let rest = rest.replace(['.', '_'], " ").replace("vcpu", "vCPUs");
    format!("{service} {rest}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_called_as_people_call_them() {
        assert_eq!(
            ["lambda.concurrency", "ec2.vcpu", "fargate.vcpu", "sqs", ""].map(title),
            ["Lambda concurrency", "EC2 vCPUs", "Fargate vCPUs", "SQS", ""]
        );
    }
}
