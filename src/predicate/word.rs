//! Values of fields that have only a few: levels, formats, states of accounts, and the shape of account ids.

use super::check::Type;
use super::node::Comparison;
use crate::config::FormatName;
use crate::config::problem::{did_you_mean, quoted};
use crate::id::AccountId;
use crate::tenant::State;

/// State of an account that the directory does not know.
pub(super) const UNKNOWN_STATE: &str = "unknown";

/// Levels, ascending.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// Other names of levels, as loggers write them.
const LEVEL_HABITS: [(&str, &str); 9] = [
    ("WARNING", "WARN"),
    ("ERR", "ERROR"),
    ("SEVERE", "ERROR"),
    ("CRITICAL", "FATAL"),
    ("CRIT", "FATAL"),
    ("PANIC", "FATAL"),
    ("EMERGENCY", "FATAL"),
    ("NOTICE", "INFO"),
    ("VERBOSE", "TRACE"),
];

/// Other names of formats. Those of one format only: `rds` could be several.
const FORMAT_HABITS: [(&str, FormatName); 24] = [
    ("cloud_trail", FormatName::Cloudtrail),
    ("trail", FormatName::Cloudtrail),
    ("vpc", FormatName::VpcFlow),
    ("vpcflow", FormatName::VpcFlow),
    ("flow_logs", FormatName::VpcFlow),
    ("vpc_flow_logs", FormatName::VpcFlow),
    ("resolver", FormatName::Route53),
    ("dns", FormatName::Route53),
    ("firewall", FormatName::NetworkFirewall),
    ("postgresql", FormatName::Postgres),
    ("eks", FormatName::EksAudit),
    ("kubernetes_audit", FormatName::EksAudit),
    ("sfn", FormatName::StepFunctions),
    ("stepfunctions", FormatName::StepFunctions),
    ("events", FormatName::Eventbridge),
    ("event_bridge", FormatName::Eventbridge),
    ("apigateway", FormatName::ApiGateway),
    ("alb", FormatName::Elb),
    ("nlb", FormatName::Elb),
    ("s3", FormatName::S3Access),
    ("nginx", FormatName::AccessLog),
    ("apache", FormatName::AccessLog),
    ("emf", FormatName::EmbeddedMetrics),
    ("slow_query", FormatName::MysqlSlow),
];

/// The format of that name, or of another that people have for it, in any case.
pub(super) fn format(name: &str) -> Option<FormatName> {
    let name = name.to_ascii_lowercase().replace(['-', ' '], "_");
    let by_name = FormatName::ALL.iter().copied().find(|format| format.as_str() == name);
    by_name.or_else(|| FORMAT_HABITS.iter().find(|(habit, _)| *habit == name).map(|(_, format)| *format))
}

/// Every word of a type; none of types that have any.
pub(super) fn words(of: Type) -> Vec<String> {
    match of {
        Type::Level => LEVELS.map(String::from).to_vec(),
        Type::Format => FormatName::ALL.iter().map(ToString::to_string).collect(),
        Type::State => {
            let states = State::ALL.iter().map(|state| state.as_str().to_ascii_lowercase());
            states.chain([UNKNOWN_STATE.into()]).collect()
        }
        Type::Any | Type::Text | Type::Number | Type::Bool | Type::Account | Type::Time => Vec::new(),
    }
}

/// A value of such a field as records have it.
///
/// # Errors
/// When it is none; with what is allowed.
pub(super) fn word(of: Type, text: &str) -> Result<Box<str>, String> {
    match of {
        Type::Account => account(text),
        Type::Format => match format(text) {
            Some(format) => Ok(format.as_str().into()),
            None => Err(unknown(of, &text.to_ascii_lowercase(), text, "is no format of records")),
        },
        Type::Level => level(text),
        Type::State => {
            let lower = text.to_ascii_lowercase();
            if words(of).contains(&lower) {
                return Ok(lower.into());
            }
            Err(unknown(of, &lower, text, "is no state of an account"))
        }
        Type::Any | Type::Text | Type::Number | Type::Bool | Type::Time => Ok(text.into()),
    }
}

fn level(text: &str) -> Result<Box<str>, String> {
    let upper = text.to_ascii_uppercase();
    if LEVELS.contains(&upper.as_str()) {
        return Ok(upper.into());
    }
    let habit = LEVEL_HABITS.iter().find(|(habit, _)| *habit == upper);
    Err(match habit {
        Some((_, level)) => format!("{} is no level, did you mean \"{level}\"?", quoted(text)),
        None => unknown(Type::Level, &upper, text, "is no level"),
    })
}

fn unknown(of: Type, folded: &str, given: &str, what: &str) -> String {
    let words = words(of);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match did_you_mean(folded, &words) {
        meant if meant.is_empty() => format!("{} {what}: allowed are {}", quoted(given), words.join(", ")),
        meant => format!("{} {what}{meant}", quoted(given)),
    }
}

fn account(text: &str) -> Result<Box<str>, String> {
    if AccountId::parse(text).is_ok() {
        return Ok(text.into());
    }
    let digits = !text.is_empty() && text.len() < 12 && text.bytes().all(|b| b.is_ascii_digit());
    let hint = if digits { format!(", did you mean \"{text:0>12}\"? Leading zeros count") } else { String::new() };
    Err(format!("{} is no account id, which has 12 digits{hint}", quoted(text)))
}

/// What to say of an account id that was written as a number.
pub(super) fn account_number(number: i64) -> String {
    if (0..=999_999_999_999).contains(&number) {
        return format!(
            "an account id is a text of 12 digits, for leading zeros count, and {number} is a number: write \"{number:012}\", in quotes"
        );
    }
    format!("an account id is a text of 12 digits, and {number} is a number: write \"012345678901\", in quotes")
}

/// The levels on one side of a level, as a list would have them; empty where the text is no level.
pub(super) fn levels(text: &str, comparison: Comparison) -> String {
    let upper = text.to_ascii_uppercase();
    let habit = LEVEL_HABITS.iter().find(|(habit, _)| *habit == upper).map_or(upper.as_str(), |(_, level)| level);
    let Some(at) = LEVELS.iter().position(|level| *level == habit) else { return String::new() };
    let chosen = match comparison {
        Comparison::Below => &LEVELS[..at],
        Comparison::AtMost => &LEVELS[..=at],
        Comparison::Above => &LEVELS[at + 1..],
        Comparison::AtLeast => &LEVELS[at..],
        Comparison::Equal | Comparison::NotEqual => &LEVELS[at..=at],
    };
    chosen.iter().map(|level| format!("\"{level}\"")).collect::<Vec<_>>().join(", ")
}
