//! What the commands that look at rules have in common: files of rules, the configuration around them, and its accounts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use fanin::config::Config;
use fanin::config::effective::{Origin, Origins};
use fanin::config::problem::{Place, Position, Problem};
use fanin::io::alerting::SettingFault;
use fanin::io::configuration::Secrets;
use fanin::io::directory::read_file;
use fanin::io::rule_files::{Text, read_rules};
use fanin::rule::{RuleSet, Selector, Values};
use fanin::tenant::{Directory, merge};

use super::settings::Settings;
use super::{Environment, Exit, Failure, block_on};

/// Where rules and accounts are found.
#[derive(Debug, Args)]
pub(super) struct From {
    /// A file or folder of rules, instead of those of the configuration; may be given again
    #[arg(long, value_name = "PATH")]
    pub(super) rules: Vec<PathBuf>,
    /// Configuration file [default: config.yaml in the current folder, if there is one]
    #[arg(short, long, env = "FANIN_CONFIG", value_name = "FILE", hide_env_values = true)]
    config: Option<PathBuf>,
    /// Take accounts and tenants from this file, instead of that of the configuration
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,
}

/// Rules, and the configuration and the accounts that they are for.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) rules: RuleSet,
    /// What is not wrong with them, and worth knowing.
    pub(super) warnings: Vec<Problem>,
    pub(super) config: Config,
    pub(super) directory: Directory,
}

/// Why rules are not found.
#[derive(Debug)]
pub(super) enum NotFound {
    /// Files have problems.
    Refused(Vec<Problem>),
    /// Something else.
    Failed(Failure),
}

impl From {
    /// Reads rules, configuration and accounts.
    pub(super) fn find(&self, environment: &Environment) -> Result<Found, NotFound> {
        let file = self.config.clone().or_else(Settings::usual_file);
        let config = match &file {
            Some(file) => {
                let loaded = block_on(Settings::of_file(file).load(environment, Secrets::LocalFiles));
                loaded.map_err(NotFound::Refused)?.config
            }
            None => Config::default(),
        };
        let paths = if self.rules.is_empty() { &config.alerting.rules } else { &self.rules };
        if paths.is_empty() {
            let error = match &file {
                Some(file) => anyhow::anyhow!("{} names no rules", file.display()),
                None => anyhow::anyhow!("there is no config.yaml here that names rules"),
            };
            let hint = "name rules with --rules PATH, or in the configuration under alerting.rules";
            return Err(NotFound::Failed(Failure::new(Exit::Usage, error).hint(hint)));
        }
        let (rules, warnings) = block_on(read_rules(paths)).map_err(NotFound::Refused)?;
        let directory = directory(self.directory.as_deref(), &config).map_err(NotFound::Failed)?;
        Ok(Found { rules, warnings, config, directory })
    }
}

/// The accounts of a file, else of the directory file of the configuration.
pub(super) fn directory(file: Option<&Path>, config: &Config) -> Result<Directory, Failure> {
    let facts = match file.or(config.directory.file.as_deref()) {
        Some(file) => block_on(read_file(file)).map_err(|error| {
            Failure::new(Exit::Config, error).hint("fanin check FILE tells everything that is wrong with a directory")
        })?,
        None => Vec::new(),
    };
    Ok(Directory::new(merge::merge(&facts, None), &config.directory.tenant_attribute, &[None]))
}

/// Texts as readers take them.
pub(super) fn named(texts: &[Text]) -> Vec<(&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// Faults of settings, at the places where they were written.
pub(super) fn setting_problems(faults: &[SettingFault], origins: &Origins) -> Vec<Problem> {
    let problem = |fault: &SettingFault| {
        let name = format!("{}.name", fault.key);
        let written = [&fault.key, &name].into_iter().map(|key| origins.get(key));
        let place = written.into_iter().find_map(|origin| match origin {
            Origin::File { file, line, column, .. } => {
                Some((Arc::clone(file), Position::Line { line: *line, column: *column }))
            }
            Origin::Default | Origin::Flag(_) | Origin::Environment(_) => None,
        });
        let (file, position) = place.unwrap_or_else(|| ("".into(), Position::Whole));
        let place = Place { position, key: fault.key.clone() };
        Problem { code: fault.code, file, place, message: fault.message.clone() }
    };
    faults.iter().map(problem).collect()
}

/// A selector of a rule, and which series of the metric it means.
#[derive(Debug)]
pub(super) struct Choice {
    /// As it was written.
    pub(super) text: String,
    /// Names of the dimensions; `None` where the account decides.
    pub(super) dimensions: Option<Vec<String>>,
}

impl Choice {
    /// Of every metric that the rule takes.
    pub(super) fn of(rule: &fanin::rule::Rule) -> Vec<Self> {
        let terms = rule.measure().map(|measure| measure.terms.as_slice()).unwrap_or_default();
        let of = |term: &fanin::rule::Term| match &term.of {
            Values::Metric(selector) => Some(Self::of_selector(&term.text, selector)),
            Values::Records | Values::Field(_) | Values::Own(_) => None,
        };
        terms.iter().filter_map(of).collect()
    }

    fn of_selector(text: &str, selector: &Selector) -> Self {
        let dimensions = selector.dimensions.as_ref().map(|names| names.iter().map(|name| (**name).into()).collect());
        Self { text: text.into(), dimensions }
    }
}

/// `sum(AWS/Lambda:Errors): the series by (FunctionName)`
impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.dimensions.as_deref() {
            None => write!(
                f,
                "{}: the series without dimensions, else the smallest set that the account publishes, summed",
                self.text
            ),
            Some([]) => write!(f, "{}: the series without dimensions", self.text),
            Some(names) => write!(f, "{}: the series by ({})", self.text, names.join(", ")),
        }
    }
}
