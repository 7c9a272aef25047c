//! `fanin doctor`: whether everything that a configuration names works from here.

use clap::Args;
use fanin::config::problem::Severity;
use fanin::io::configuration::Secrets;
use fanin::io::doctor::{Finding, Health, examine};
use serde_json::json;

use super::settings::Settings;
use super::{Environment, Exit, HELP, Outcome, block_on, output};

const EXAMPLES: &str = "\
Examples:
  fanin doctor -c /etc/fanin/config.yaml
  fanin doctor --json | jq '.findings[] | select(.health != \"ok\")'";

/// Look whether everything works from here: credentials, streams, directory, destinations, receivers,
/// storage, clock, limits
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks at everything and prints what it finds.
pub(super) fn run(options: &Options, environment: &Environment) -> Outcome {
    let checked = match block_on(options.settings.load(environment, Secrets::All)) {
        Ok(checked) => checked,
        Err(problems) if options.json => {
            let problems: Vec<_> = problems.iter().map(output::problem_json).collect();
            output::data_json(&json!({ "ok": false, "findings": [], "problems": problems }))?;
            return Ok(Exit::Config);
        }
        Err(problems) => return Ok(output::refused(&problems)),
    };
    let mut findings = Vec::new();
    let mut printed = Ok(());
    block_on(examine(&checked, environment, |finding| {
        if !options.json && printed.is_ok() {
            printed = output::data(&line(&finding));
        }
        findings.push(finding);
    }));
    printed?;
    let failed = findings.iter().any(|finding| finding.health == Health::Fail);
    if options.json {
        output::data_json(&json!({ "ok": !failed, "findings": findings, "problems": [] }))?;
    }
    Ok(if failed { Exit::Findings } else { Exit::Done })
}

fn line(finding: &Finding) -> String {
    let (severity, word) = match finding.health {
        Health::Ok => (None, "ok  "),
        Health::Warn => (Some(Severity::Warning), "warn"),
        Health::Fail => (Some(Severity::Error), "fail"),
    };
    let fix = finding.fix.as_ref().map(|fix| format!("\n      fix: {fix}")).unwrap_or_default();
    format!("{}  {}: {}{fix}\n", output::colored(severity, word), finding.subject, finding.message)
}
