//! The files that the rules are about, and what a rule has to say about them.

use std::fmt;
use std::fs;
use std::path::Path;

/// Folders that hold no text of ours.
const FOREIGN: [&str; 6] = [".git", "target", "node_modules", "vendor", "tests/data", "__pycache__"];

/// Every text file of the repository, by its path from the top.
pub(crate) struct Repo {
    pub(crate) files: Vec<File>,
}

/// One text file.
pub(crate) struct File {
    /// With `/` between its parts, on every system.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    /// The rule, and what to do about it.
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl Repo {
    /// Reads the repository that this test was built in.
    pub(crate) fn read() -> Self {
        let mut files = Vec::new();
        read_folder(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files);
        files.sort_by(|left, right| left.path.cmp(&right.path));
        assert!(files.iter().any(|file| file.path == "src/lib.rs"), "this is not the repository");
        Self { files }
    }

    /// A made-up repository, for the tests of the rules.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Self { files: files.iter().map(file).collect() }
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Files whose name ends so.
    pub(crate) fn ending(&self, suffix: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.ends_with(suffix))
    }
}

impl File {
    pub(crate) fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository can be read") {
        let entry = entry.expect("a folder of the repository can be listed");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if FOREIGN.contains(&name.as_str()) || FOREIGN.contains(&path.as_str()) {
            continue;
        }
        let kind = entry.file_type().expect("a file has a type");
        if kind.is_dir() {
            read_folder(&entry.path(), &path, files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
}
