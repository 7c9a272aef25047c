//! The rules to run.

use std::path::PathBuf;
use std::sync::Arc;

use super::Error;
use crate::io::clock;
use crate::io::rule_files::{Texts, of_texts, rule_texts};
use crate::notify::route::Routes;
use crate::rule::{Rule, RuleSet};
use crate::tenant::Directory;

/// The rules to run, and their texts. What is not wrong, and worth knowing, is logged: warnings of the reader, overrides that are over, memory,
/// classes that lead to nobody.
pub(super) async fn load(
    paths: &[PathBuf],
    routes: &Routes,
    directory: &Directory,
) -> Result<(Arc<RuleSet>, Texts), Error> {
    let texts = rule_texts(paths).await.map_err(Error::Rules)?;
    let (rules, problems) = of_texts(&texts).map_err(Error::Rules)?;
    let of_set = [rules.heavy(directory.entries().len()), rules.expired(clock::now())];
    problems.iter().chain(of_set.iter().flatten()).for_each(|problem| tracing::warn!("{problem}"));
    for rule in &rules.rules {
        for message in leads_nowhere(rule, routes) {
            tracing::warn!(rule = &*rule.name, "{message}");
        }
    }
    Ok((Arc::new(rules), texts.into_iter().map(|(name, text)| (name, text.into())).collect()))
}

/// What is wrong with whom a rule would tell.
pub fn leads_nowhere(rule: &Rule, routes: &Routes) -> Vec<String> {
    let notify = &rule.settings.notify;
    let classes = notify.critical.iter().chain(&notify.warning);
    classes.filter_map(|class| routes.leads(class, notify.route.as_deref()).err()).collect()
}
