//! Packs of rules: each has its tests, and they run with the others.

use crate::repo::{Finding, Repo};

/// Where the tests of all packs run.
const RUNNER: &str = "src/rule_test/tests/packs.rs";

/// Packs without tests, and packs whose tests nothing runs.
pub(crate) fn untested(repo: &Repo) -> Vec<Finding> {
    let runner = repo.file(RUNNER).map_or("", |file| file.text.as_str());
    let mut findings = Vec::new();
    for file in repo.files.iter().filter(|file| file.path.starts_with("alerts/")) {
        let Some(folder) = file.path.strip_suffix("/rules.yaml") else { continue };
        if repo.file(&format!("{folder}/tests.yaml")).is_none() {
            findings.push(
                file.finding(1, "write a tests.yaml beside it: a rule that was never seen firing may never fire"),
            );
        }
        let name = folder.trim_start_matches("alerts/");
        if !runner.contains(&format!("\"{name}\"")) {
            findings.push(file.finding(1, format!("name the pack in {RUNNER}, which runs its tests")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_needs_tests_and_someone_who_runs_them() {
        let repo = Repo::of(&[
            ("alerts/a/rules.yaml", ""),
            ("alerts/a/tests.yaml", ""),
            ("alerts/b/rules.yaml", ""),
            (RUNNER, "packs![\"a\"]"),
        ]);
        let found: Vec<(String, bool)> =
            untested(&repo).into_iter().map(|finding| (finding.path, finding.message.contains("tests.yaml"))).collect();
        assert_eq!(found, [("alerts/b/rules.yaml".to_owned(), true), ("alerts/b/rules.yaml".to_owned(), false)]);
    }
}
