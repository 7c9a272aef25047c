//! `fanin init`: a configuration to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use fanin::config::problem::Severity;

use super::{Exit, Failure, HELP, Outcome, output};

const EXAMPLES: &str = "\
Examples:
  fanin init
  fanin init /etc/fanin";

/// Write a commented configuration, a directory of accounts, a rule and its test, and a .gitignore; overwrites nothing
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder to write to; made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// Writes the files that are not there yet.
pub(super) fn run(options: &Options) -> Outcome {
    let folder = &options.folder;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
        .map_err(|error| Failure::new(Exit::Io, error))?;
    let schema = |schema: serde_json::Value| format!("{schema:#}\n");
    let config_schema = schema(fanin::config::schema::schema().into());
    let rules_schema = schema(fanin::rule::schema::schema());
    let tests_schema = schema(fanin::rule_test::schema::schema().into());
    let files = [
        ("config.yaml", include_str!("init/config.yaml")),
        ("accounts.csv", include_str!("init/accounts.csv")),
        ("rules/errors.yaml", include_str!("init/rules.yaml")),
        ("rules/errors.test.yaml", include_str!("init/rules.test.yaml")),
        (".gitignore", include_str!("init/gitignore")),
        ("config.schema.json", config_schema.as_str()),
        ("rules.schema.json", rules_schema.as_str()),
        ("rule-tests.schema.json", tests_schema.as_str()),
    ];
    let rules = folder.join("rules");
    std::fs::create_dir_all(&rules)
        .with_context(|| format!("cannot make the folder {}", rules.display()))
        .map_err(|error| Failure::new(Exit::Io, error))?;
    for (name, content) in files {
        let path = folder.join(name);
        let word = if write_new(&path, content)? {
            output::colored(None, "wrote")
        } else {
            output::colored(Some(Severity::Warning), "kept ")
        };
        output::talk(&format!("{word} {}", path.display()));
    }
    let config = folder.join("config.yaml");
    output::talk(&format!(
        "\nNext:\n  1. say in {0} where telemetry comes from and where it goes\n  2. list your accounts in {1}\n  \
         3. write rules in {2} and name in {0} who is told\n  4. fanin check {0} && fanin test {2}\n  \
         5. fanin doctor -c {0}\n  6. fanin run -c {0}",
        config.display(),
        folder.join("accounts.csv").display(),
        rules.display()
    ));
    Ok(Exit::Done)
}

/// Whether the file was written; one that is there stays as it is.
fn write_new(path: &Path, content: &str) -> Result<bool, Failure> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            let written = file.write_all(content.as_bytes());
            written
                .map(|()| true)
                .with_context(|| format!("cannot write {}", path.display()))
                .map_err(|error| Failure::new(Exit::Io, error))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => {
            let error = anyhow::Error::new(error).context(format!("cannot write {}", path.display()));
            Err(Failure::new(Exit::Io, error))
        }
    }
}
