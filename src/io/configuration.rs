//! Brings a configuration in: its file, the secrets that the file refers to, flags and environment. `config::check` judges it.

pub mod remote;
mod secrets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::check::{Checked, Surroundings, check};
use crate::config::problem::{Code, Place, Problem, Problems};
use crate::config::substitute::{self, Outside};
use crate::config::yaml::{self, Document};

/// A configuration is written by people; a file larger than this is something else.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Where a configuration comes from.
#[derive(Clone, Default)]
pub struct Source {
    /// The file; `None` where flags and environment say all.
    pub file: Option<PathBuf>,
    /// What the command line says, over the file.
    pub flags: Vec<Flag>,
    /// The only place to send to, whatever file and environment say.
    pub endpoint: Option<String>,
    /// The environment, read once when the program started.
    pub environment: BTreeMap<String, String>,
    /// Sections of which only some keys are read, for a program that needs no more: what it does not read it need not be allowed to.
    pub keep_only: &'static [(&'static [&'static str], &'static [&'static str])],
}

/// A flag of the command line that stands for a value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The flag, with its dashes.
    pub name: &'static str,
    /// Keys to the value; `+` is a new item of a list.
    pub path: &'static [&'static str],
    /// The value; `None` opens an empty section.
    pub text: Option<String>,
}

/// Which secrets are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// All of them: without one the configuration cannot run.
    All,
    /// Files that this machine has. Others are warnings: a configuration is often checked where its secrets are not.
    LocalFiles,
}

/// Loads and checks a configuration.
///
/// # Errors
/// With every problem, errors and warnings.
pub async fn load(source: &Source, secrets: Secrets) -> Result<Checked, Vec<Problem>> {
    let mut document = read(source).await.map_err(|problem| vec![problem])?;
    source.keep_only.iter().for_each(|(section, keys)| document.keep_only(section, keys));
    let folder = source.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let mut warnings = Problems::new(document.file.clone());
    let mut fetched = secrets::fetch(&substitute::secrets(&document), &folder, secrets).await;
    if secrets == Secrets::LocalFiles {
        fetched.retain(|reference, result| match result {
            Ok(_) => true,
            Err(why) => {
                let message = format!("this machine cannot read {reference}, which fanin run will need: {why}");
                warnings.add(Code::SecretAbsent, &place_of(&document, &reference.to_string()), message);
                false
            }
        });
    }
    let outside = Outside { environment: source.environment.clone(), secrets: fetched };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    apply(&mut document, &source.flags);
    let warnings = warnings.into_list();
    let endpoint = source.endpoint.clone();
    match check(document, &Surroundings { outside, folder, cores, endpoint }) {
        Ok(mut checked) => {
            checked.warnings.splice(..0, warnings).for_each(drop);
            Ok(checked)
        }
        Err(problems) => Err(warnings.into_iter().chain(problems).collect()),
    }
}

/// Reads a file of text that people write.
///
/// # Errors
/// When it cannot be read, is too large or not UTF-8.
pub async fn read_text(path: &Path) -> Result<String, Problem> {
    let failed = |message: String| Problem {
        code: Code::Unreadable,
        file: path.display().to_string().into(),
        place: Place::default(),
        message,
    };
    let metadata = tokio::fs::metadata(path).await.map_err(|error| failed(format!("cannot be read: {error}")))?;
    if metadata.is_dir() {
        return Err(failed("is a folder, not a file".into()));
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(failed(format!("has {} bytes, over the limit of {FILE_BYTES_MAX}", metadata.len())));
    }
    let bytes = tokio::fs::read(path).await.map_err(|error| failed(format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| failed("is not UTF-8 text".into()))
}

async fn read(source: &Source) -> Result<Document, Problem> {
    match &source.file {
        Some(path) => yaml::parse(&path.display().to_string(), &read_text(path).await?),
        None => Ok(Document::empty()),
    }
}

fn apply(document: &mut Document, flags: &[Flag]) {
    for flag in flags {
        match &flag.text {
            Some(text) => document.set(flag.path, text, flag.name),
            None => document.open(flag.path, flag.name),
        }
    }
}

fn place_of(document: &Document, text: &str) -> Place {
    document.find_text(text).map(|node| node.place.clone()).unwrap_or_default()
}
