//! Files of rules from the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::problem::{Code, Place, Problem};
use crate::io::configuration::read_text;
use crate::rule::RuleSet;
use crate::rule::read::{is_refused, read};
use crate::rule_test::is_test_file;

/// A file's name and its text.
pub type Text = (String, String);

/// Texts of files of rules, by the name by which rules name their file.
pub type Texts = BTreeMap<String, Arc<str>>;

/// Files of rules and their texts, of files and of folders and their folders; files of tests are left out there.
///
/// # Errors
/// With all that cannot be read.
pub async fn rule_texts(paths: &[PathBuf]) -> Result<Vec<Text>, Vec<Problem>> {
    let (mut files, mut texts, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for path in paths {
        problems.extend(find(path, is_rules_file, &mut files).err());
    }
    for path in &files {
        match read_text(path).await {
            Ok(text) => texts.push((path.display().to_string(), text)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(texts) } else { Err(problems) }
}

/// The rules of files and folders, and warnings.
///
/// # Errors
/// With everything that is wrong, in all files.
pub async fn read_rules(paths: &[PathBuf]) -> Result<(RuleSet, Vec<Problem>), Vec<Problem>> {
    of_texts(&rule_texts(paths).await?)
}

/// The rules of texts, and warnings.
///
/// # Errors
/// With everything that is wrong.
pub fn of_texts(texts: &[Text]) -> Result<(RuleSet, Vec<Problem>), Vec<Problem>> {
    let named: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (rules, problems) = read(&named);
    if is_refused(&problems) { Err(problems) } else { Ok((rules, problems)) }
}

/// Whether a file of this name, found in a folder, holds rules.
#[must_use]
pub fn is_rules_file(name: &str) -> bool {
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    is_yaml && !name.starts_with('.') && !is_test_file(name)
}

/// Adds a file, or all wanted files in a folder and its folders, by name. Hidden folders are left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn find(path: &Path, wanted: fn(&str) -> bool, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |error: std::io::Error| Problem {
        code: Code::Unreadable,
        file: path.display().to_string().into(),
        place: Place::default(),
        message: error.to_string(),
    };
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.file_name()).collect();
    names.sort();
    for name in names {
        let (child, name) = (path.join(&name), name.to_string_lossy());
        // A link to a folder could lead back to this one.
        let is_folder = child.is_dir() && !child.is_symlink();
        if (is_folder && !name.starts_with('.')) || (child.is_file() && wanted(&name)) {
            find(&child, wanted, files)?;
        }
    }
    Ok(())
}
