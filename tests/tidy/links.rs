//! Documents: their links lead to files, and the commands that they name exist.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::repo::{Finding, Repo};

/// Links in Markdown to files that are not there.
pub(crate) fn broken(repo: &Repo) -> Vec<Finding> {
    broken_where(repo, |path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists())
}

fn broken_where(repo: &Repo, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.ending(".md") {
        for (line, text) in file.lines() {
            for target in link_targets(text) {
                let path = target.split('#').next().unwrap_or_default();
                let resolved = resolve(&file.path, path);
                if !path.is_empty() && !exists(&resolved) {
                    findings.push(file.finding(line, format!("link to {target}, but there is no {resolved}")));
                }
            }
        }
    }
    findings
}

/// Targets of inline links within the repository.
fn link_targets(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
}

/// A relative path as seen from the top of the repository.
fn resolve(document: &str, target: &str) -> String {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `make` targets and `fanin` subcommands in documents that neither the Makefile nor the program has.
pub(crate) fn unknown_commands(repo: &Repo) -> Vec<Finding> {
    unknown_commands_where(repo, |subcommand| {
        let mut fanin = Command::new(env!("CARGO_BIN_EXE_fanin"));
        let fanin = fanin.args([subcommand, "--help"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        fanin.status().expect("the program that was just built starts").success()
    })
}

fn unknown_commands_where(repo: &Repo, is_subcommand: impl Fn(&str) -> bool) -> Vec<Finding> {
    let makefile = repo.file("Makefile").map_or("", |file| file.text.as_str());
    let is_target = |name: &str| makefile.lines().any(|line| line.starts_with(&format!("{name}:")));
    let mut findings = Vec::new();
    for file in repo.ending(".md") {
        let mut in_block = false;
        for (line, text) in file.lines() {
            if text.trim_start().starts_with("```") {
                in_block = !in_block;
                continue;
            }
            for code in if in_block { vec![text] } else { code_spans(text) } {
                match command(code) {
                    Some(("make", target)) if !is_target(target) => {
                        findings.push(file.finding(line, format!("`make {target}`: the Makefile has no such target")));
                    }
                    Some(("fanin", name)) if !is_subcommand(name) => {
                        findings.push(file.finding(line, format!("`fanin {name}`: the program has no such command")));
                    }
                    _ => {}
                }
            }
        }
    }
    findings
}

/// Tests that the table of edge cases names, and that are not in the file that it says.
pub(crate) fn unknown_tests(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.ending("rules-edge-cases.md") {
        for (line, text) in file.lines() {
            let mut source = None;
            for code in code_spans(text) {
                if code.ends_with(".rs") {
                    source = repo.file(code);
                    findings.extend(source.is_none().then(|| file.finding(line, format!("`{code}`: no such file"))));
                } else if let Some(source) = source.filter(|source| !source.text.contains(&format!("fn {code}("))) {
                    findings.push(file.finding(line, format!("`{code}`: `{}` has no such test", source.path)));
                }
            }
        }
    }
    findings
}

/// The texts between backticks on a line.
fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The program and its first argument, where the code is a call of `make` or of `fanin`, by name or through Cargo.
fn command(code: &str) -> Option<(&'static str, &str)> {
    let code = code.trim().trim_start_matches("$ ");
    let (program, arguments) = if let Some(arguments) = code.strip_prefix("make ") {
        ("make", arguments)
    } else if let Some(arguments) = code.strip_prefix("fanin ") {
        ("fanin", arguments)
    } else {
        ("fanin", code.strip_prefix("cargo run")?.split_once(" -- ")?.1)
    };
    let first = arguments.split_whitespace().next()?;
    first.starts_with(|c: char| c.is_ascii_lowercase()).then_some((program, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_stands_where_the_table_says() {
        let table = "| 1 | `for` | `src/a.rs`: `holds`, `is_gone`; `src/b.rs`: `holds` |";
        let repo = Repo::of(&[("docs/rules-edge-cases.md", table), ("src/a.rs", "#[test]\nfn holds() {}\n")]);
        let findings: Vec<String> = unknown_tests(&repo).iter().map(ToString::to_string).collect();
        let expected = [
            "docs/rules-edge-cases.md:1: `is_gone`: `src/a.rs` has no such test",
            "docs/rules-edge-cases.md:1: `src/b.rs`: no such file",
        ];
        assert_eq!(findings, expected);
    }

    #[test]
    fn links_are_resolved_from_the_folder_of_their_document() {
        let text = "[a](b.md), [c](../d.md#e), [f](#g), [h](https://example.com/i)\n[j](nowhere.md)";
        let repo = Repo::of(&[("docs/x.md", text)]);
        let findings = broken_where(&repo, |path| ["docs/b.md", "d.md"].contains(&path));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].to_string(), "docs/x.md:2: link to nowhere.md, but there is no docs/nowhere.md");
    }

    #[test]
    fn commands_are_found_in_spans_and_blocks_and_not_in_prose() {
        let text = "run `make test` or `make tea`, then make coffee\n```\ncargo run --release -- demo --json\nfanin brew\n```\n\
                    `fanin_brew` and `fanin --version`";
        let repo = Repo::of(&[("README.md", text), ("Makefile", "test: rig ## all\n")]);
        let findings = unknown_commands_where(&repo, |name| name == "demo");
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let expected = [
            "README.md:1: `make tea`: the Makefile has no such target",
            "README.md:4: `fanin brew`: the program has no such command",
        ];
        assert_eq!(lines, expected);
    }
}
