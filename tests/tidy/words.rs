//! What is written: in every source file a purpose, nowhere a thing left undone.

use crate::repo::{File, Finding, Repo};
use crate::rust;

/// Endings of files that are source of ours.
const SOURCE: [&str; 6] = [".rs", ".py", ".cjs", ".sh", ".toml", "Makefile"];

/// What may not stand in code, and what to do instead.
const UNFINISHED_CODE: [(&str, &str); 6] = [
    ("#[ignore", "a test that does not run proves nothing: make it run, or remove it"),
    ("#[should_panic", "assert on what the code says, so that another panic does not pass"),
    ("todo!", "write it, or leave it out"),
    ("unimplemented!", "write it, or leave it out"),
    ("dbg!", "remove it"),
    ("#[allow(", "use #[expect(.., reason = \"..\")], which ends when its cause does"),
];

/// What may not stand in a comment.
const UNFINISHED_COMMENT: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Pairs of words that speak of the making and not of the thing. Only this file may name them.
const MAKING: [(&str, &str); 4] = [("this", "session"), ("the", "brief"), ("the", "integrator"), ("my", "worktree")];

/// Rust files that do not begin with a module doc.
pub(crate) fn missing_module_docs(repo: &Repo) -> Vec<Finding> {
    let begins_with_doc = |file: &&File| file.text.trim_start().starts_with("//!");
    let undocumented = repo.ending(".rs").filter(|file| !begins_with_doc(file));
    undocumented.map(|file| file.finding(1, "begin with `//!` and one sentence on what the file is for")).collect()
}

/// Characters of source outside of ASCII.
pub(crate) fn beyond_ascii(repo: &Repo) -> Vec<Finding> {
    let sources = repo.files.iter().filter(|file| SOURCE.iter().any(|ending| file.path.ends_with(ending)));
    let mut findings = Vec::new();
    for file in sources {
        for (line, text) in file.lines() {
            if let Some(c) = text.chars().find(|c| !c.is_ascii()) {
                findings.push(file.finding(line, format!("source is ASCII: write {c:?} as {}", c.escape_unicode())));
            }
        }
    }
    findings
}

/// Switched-off tests, missing bodies, promises in comments.
pub(crate) fn unfinished(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.ending(".rs") {
        let code = rust::code(&file.text);
        for ((line, text), code) in file.lines().zip(code.lines()) {
            for (word, remedy) in UNFINISHED_CODE {
                if code.contains(word) {
                    findings.push(file.finding(line, format!("`{word}`: {remedy}")));
                }
            }
            let comment = text.split_once("//").map_or("", |(_, comment)| comment);
            for word in UNFINISHED_COMMENT {
                if comment.split(|c: char| !c.is_ascii_alphabetic()).any(|found| found == word) {
                    findings.push(file.finding(
                        line,
                        format!("`{word}` in a comment: do it, or open an entry where work is planned"),
                    ));
                }
            }
        }
    }
    findings
}

/// References to tickets and to the people at work, which mean nothing to whoever reads this later.
pub(crate) fn workplace(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.files.iter().filter(|file| !file.path.ends_with(".lock") && file.path != "tests/tidy/words.rs") {
        for (line, text) in file.lines() {
            let lower = text.to_ascii_lowercase();
            let words: Vec<&str> =
                lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                let is_ticket = pair[0] == "issue" && pair[1].bytes().all(|byte| byte.is_ascii_digit());
                if is_ticket || MAKING.contains(&(pair[0], pair[1])) {
                    let found = pair.join(" ");
                    findings.push(
                        file.finding(line, format!("`{found}`: say what holds and why, not where it was agreed")),
                    );
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: &[Finding]) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_file_without_a_module_doc_is_found() {
        let repo = Repo::of(&[("a.rs", "\n//! Good.\n"), ("b.rs", "// Not a doc.\n"), ("c.py", "")]);
        let found: Vec<String> = missing_module_docs(&repo).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["b.rs"]);
    }

    #[test]
    fn letters_beyond_ascii_are_found_in_source_and_not_in_prose() {
        let umlaut = "a\nb \u{e4}\n";
        let repo = Repo::of(&[("a.rs", umlaut), ("b.md", umlaut), ("Makefile", umlaut)]);
        assert_eq!(lines(&beyond_ascii(&repo)), [2, 2]);
        assert_eq!(beyond_ascii(&repo)[0].message, "source is ASCII: write '\u{e4}' as \\u{e4}");
    }

    #[test]
    fn what_is_left_undone_is_found_in_code_and_comments_but_not_in_text() {
        let marker = ["TO", "DO"].concat();
        let source =
            format!("#[ignore]\nfn a() {{ todo!() }}\nlet a = \"todo!\";\n// {marker}: b\n/// {marker}S are fine\n");
        assert_eq!(lines(&unfinished(&Repo::of(&[("a.rs", &source)]))), [1, 2, 4]);
    }

    #[test]
    fn tickets_and_talk_of_the_making_are_found() {
        let ticket = format!("see {} #12\nan issue of 12 lines\nas {} says\n", "issue", ["the", "brief"].join(" "));
        assert_eq!(lines(&workplace(&Repo::of(&[("a.md", &ticket)]))), [1, 3]);
    }
}
