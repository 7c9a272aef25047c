//! `fanin schema`: JSON Schemas of what other people write or read, for editors and programs.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{Exit, HELP, Outcome, output};

const EXAMPLES: &str = "\
Examples:
  fanin schema config > config.schema.json
  fanin schema rules > rules.schema.json
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
    /// A file of rules
    Rules,
    /// A file of tests of rules
    RuleTests,
    /// The directory file in YAML or JSON
    Directory,
    /// A line of spill and dead letters
    Letter,
    /// The JSON API of the page, as an OpenAPI 3.1 document
    Api,
}

/// Prints the schema.
pub(super) fn run(options: &Options) -> Outcome {
    let schema = match options.document {
        Document::Config => Value::from(fanin::config::schema::schema()),
        Document::Rules => fanin::rule::schema::schema(),
        Document::RuleTests => Value::from(fanin::rule_test::schema::schema()),
        Document::Directory => Value::from(fanin::tenant::file::schema()),
        Document::Letter => Value::from(fanin::letter::schema()),
        Document::Api => fanin::io::web::openapi(),
    };
    output::data_json(&schema)?;
    Ok(Exit::Done)
}
