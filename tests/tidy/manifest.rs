//! Dependencies: each says what it is for, beside its name.

use crate::repo::{Finding, Repo};

/// Dependencies in a Cargo.toml without a comment on their line.
pub(crate) fn dependencies_without_reason(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.ending("Cargo.toml") {
        let mut in_dependencies = false;
        for (line, text) in file.lines() {
            if text.starts_with('[') {
                in_dependencies = text.ends_with("dependencies]");
            } else if in_dependencies
                && let Some((name, rest)) = text.split_once('=')
                && !rest.contains(" # ")
            {
                let name = name.trim();
                findings.push(
                    file.finding(line, format!("`{name}` does not say what it is for: end its line with `# ...`")),
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dependencies_without_a_reason_are_found() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\n# Pure.\nb = \"1\" # for c\nd = { version = \"1\" }\n\
                        [dev-dependencies]\ne = \"1\"\n[profile.dev]\ndebug = 1\n";
        let findings = dependencies_without_reason(&Repo::of(&[("x/Cargo.toml", manifest)]));
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [6, 8]);
    }
}
