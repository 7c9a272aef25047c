//! `fanin schema`: JSON Schemas of what other people write or read, for editors and programs.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{Exit, HELP, Outcome, output};

const EXAMPLES: &str = "\
Examples:
  fanin schema config > config.schema.json
  # first line of config.yaml, for editors:  # yaml-language-server: $schema=config.schema.json";

/// Print the JSON Schema (draft 2020-12) of a document
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    /// The document
    #[arg(value_enum)]
    document: Document,
}

/// A document that has a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// The configuration file
    Config,
    /// The directory file in YAML or JSON
    Directory,
    /// A line of spill and dead letters
    Letter,
}

/// Prints the schema.
pub(super) fn run(options: &Options) -> Outcome {
    let schema = match options.document {
        Document::Config => fanin::config::schema::schema(),
        Document::Directory => fanin::tenant::file::schema(),
        Document::Letter => fanin::letter::schema(),
    };
    output::data_json(&Value::from(schema))?;
    Ok(Exit::Done)
}
