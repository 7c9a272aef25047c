//! Formats inside a log message. Each is one file of one shape: what it is with an example and the source, its `FORMAT`,
//! how it is read, what its severity is, tests. Adding one is adding a file, a name in `config::FormatName` and a row in
//! `FORMATS`; names that AWS gives to its log groups are rows in `choice`, names of attributes are in `record::attribute`.
//! What several formats need is in `tool`.
//!
//! A format is chosen for a whole payload by the names of log group and log stream (`choice`), and is asked first. Where
//! it was not chosen or declines, content decides, and only formats that the first byte of a line or the members of an
//! object speak for are asked. A message that is of none is text, and loses nothing.

pub mod choice;

// What formats share; no format itself.
pub mod tool;

// Applications, in whatever they run.
pub mod logger;
pub mod json;
pub mod text;
pub mod logfmt;
pub mod klog;
pub mod syslog;
pub mod access_log;

// Metrics inside of logs.
pub mod embedded_metrics;

// Lambda: `lambda` and `lambda_json` are formats, the others what these two share.
pub mod lambda_error;
pub mod lambda_report;
pub mod lambda_fault;
pub mod lambda_json;
pub mod lambda_runtime;
pub mod lambda;

// Networks and their guards.
pub mod vpc_flow;
pub mod route53;
pub mod waf;
pub mod network_firewall;

// Requests.
pub mod api_gateway;
pub mod api_gateway_execution;
pub mod elb;
pub mod s3_access;
pub mod cloudfront;
pub mod appsync;

// Databases.
pub mod postgres;
pub mod mysql;
pub mod mysql_slow;
pub mod rds_monitoring;

// Audits, events and messages.
pub mod cloudtrail;
pub mod eks_audit;
pub mod step_functions;
pub mod eventbridge;
pub mod iot;
pub mod sns;

use std::sync::LazyLock;

use crate::config::FormatName;
use crate::record::draft::{Context, Draft};
use crate::record::value::{Members, Value};

/// A format of log messages.
#[derive(Debug)]
pub struct Format {
    /// Its name, in explanations and in the configuration.
    pub name: FormatName,
    /// Value of the scope attribute `encoding.format`.
    pub encoding: &'static str,
    /// How it is told and read.
    pub shape: Shape,
    /// Whether a line goes on with a message of this format, whose first and last line so far are given. Only asked where
    /// the format was chosen by name.
    pub continues: Option<fn(first: &str, last: &str, line: &str) -> bool>,
}

/// How a format is told and read.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A line of text, or several.
    Line {
        /// Whether a line may begin with this byte.
        starts: fn(u8) -> bool,
        /// Fills the draft, whose body is the line; `false`, with the draft untouched, where the line is of another format.
        /// Must decline a line that is of another format after a short look.
        parse: for<'a> fn(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool,
    },
    /// A JSON object.
    Object {
        /// Names of members, any of which suggests the format. None: it must be chosen by name.
        markers: &'static [&'static str],
        /// Whether the object is of this format indeed.
        recognise: fn(members: &Members<'_>) -> bool,
        /// Fills the draft. Every member ends up in the record.
        parse: for<'a> fn(members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>),
    },
}

/// Formats by content, first match wins among those that a message speaks for.
pub const FORMATS: &[&Format] = &[
    &lambda::FORMAT,
    &lambda_json::FORMAT,
    &embedded_metrics::FORMAT,
    &vpc_flow::FORMAT,
    &cloudtrail::FORMAT,
    &route53::RESOLVER,
    &route53::HOSTED_ZONE,
    &waf::FORMAT,
    &network_firewall::FORMAT,
    &api_gateway::FORMAT,
    &api_gateway::JSON,
    &api_gateway_execution::FORMAT,
    &elb::FORMAT,
    &s3_access::FORMAT,
    &cloudfront::FORMAT,
    &cloudfront::JSON,
    &postgres::FORMAT,
    &mysql::FORMAT,
    &mysql_slow::FORMAT,
    &rds_monitoring::FORMAT,
    &eks_audit::FORMAT,
    &step_functions::FORMAT,
    &step_functions::BROKEN,
    &eventbridge::FORMAT,
    &eventbridge::BUS,
    &appsync::FORMAT,
    &appsync::LINE,
    &iot::FORMAT,
    &sns::FORMAT,
    &klog::FORMAT,
    &syslog::FORMAT,
    &access_log::FORMAT,
    &logfmt::FORMAT,
    &json::FORMAT,
];

/// The format of that name.
#[must_use]
pub fn by_name(name: FormatName) -> Option<&'static Format> {
    FORMATS.iter().copied().chain([&text::FORMAT]).find(|format| format.name == name)
}

/// Reads a message into the draft: by the format that was chosen for its payload, else by content, else as text.
pub fn parse<'a>(message: &'a str, chosen: Option<&'static Format>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let trimmed = message.trim_ascii();
    let format =
        if trimmed.starts_with('{') && trimmed.ends_with('}') { object(trimmed, chosen, draft, context) } else { None };
    let format = format.or_else(|| line(message, chosen, draft, context)).unwrap_or_else(|| {
        text::parse(message, draft);
        &text::FORMAT
    });
    draft.format = format.name;
    draft.log.encoding = format.encoding;
    explain(format, chosen, draft);
}

/// Says why it is of that format, and where another was chosen, that this one declined.
fn explain(format: &Format, chosen: Option<&Format>, draft: &mut Draft<'_>) {
    let is_line = |format: &Format| matches!(format.shape, Shape::Line { .. });
    // A format of lines is not asked for an object.
    if let Some(chosen) = chosen.filter(|chosen| chosen.name != format.name && (!is_line(chosen) || is_line(format))) {
        let what = if is_line(format) { "line" } else { "object" };
        draft
            .explain
            .note("format", || format!("{} was chosen by log group or stream and declined the {what}", chosen.name));
    }
    let how = if chosen.is_some_and(|chosen| chosen.name == format.name) { "log group or stream" } else { "content" };
    draft.explain.note("format", || format!("{} by {how}", format.name));
}

fn object<'a>(
    message: &'a str,
    chosen: Option<&'static Format>,
    draft: &mut Draft<'a>,
    context: &Context<'a>,
) -> Option<&'static Format> {
    let members = match Members::parse(message, context.bump) {
        Ok(members) => members,
        Err(error) => {
            draft.explain.note("format", || format!("looks like JSON and is none: {error}"));
            return None;
        }
    };
    let chosen = chosen.filter(|format| recognises(format, &members));
    let format = chosen.or_else(|| by_marker(&members)).unwrap_or(&json::FORMAT);
    if let Shape::Object { parse, .. } = format.shape {
        parse(members, draft, context);
    }
    Some(format)
}

fn recognises(format: &Format, members: &Members<'_>) -> bool {
    match format.shape {
        Shape::Object { recognise, .. } => recognise(members),
        Shape::Line { .. } => false,
    }
}

/// The format that a member speaks for, in the order of the members.
fn by_marker(members: &Members<'_>) -> Option<&'static Format> {
    /// Formats whose markers have a length and a first byte that give this slot: most members are dismissed by one look.
    static SLOTS: LazyLock<Vec<Vec<(&'static str, &'static Format)>>> = LazyLock::new(|| {
        let mut slots = vec![Vec::new(); 256];
        for format in FORMATS {
            if let Shape::Object { markers, .. } = format.shape {
                markers.iter().for_each(|marker| slots[slot(marker)].push((*marker, *format)));
            }
        }
        slots
    });
    /// Objects of AWS have their telling members among the first; the rest of a very wide object is not looked at.
    const LOOKED_AT_MEMBERS: usize = 128;
    members.as_slice().iter().take(LOOKED_AT_MEMBERS).find_map(|member| {
        let named = SLOTS[slot(member.key)].iter().filter(|(marker, _)| *marker == member.key);
        named.map(|(_, format)| *format).find(|format| recognises(format, members))
    })
}

fn slot(key: &str) -> usize {
    (key.len() * 37 + usize::from(key.as_bytes().first().copied().unwrap_or_default())) % 256
}

fn line<'a>(
    message: &'a str,
    chosen: Option<&'static Format>,
    draft: &mut Draft<'a>,
    context: &Context<'a>,
) -> Option<&'static Format> {
    /// Formats by the first byte of a line.
    static STARTS: LazyLock<Vec<Vec<&'static Format>>> = LazyLock::new(|| {
        let of = |byte| move |format: &&&'static Format| starts(format, byte);
        (0..=u8::MAX).map(|byte| FORMATS.iter().filter(of(byte)).copied().collect()).collect()
    });
    let line = without_newline(message);
    let first = *line.as_bytes().first()?;
    draft.log.body = Value::Text(line);
    let by_content = STARTS[usize::from(first)].iter().copied();
    let asked =
        chosen.into_iter().chain(by_content.filter(|format| chosen.is_none_or(|it| !std::ptr::eq(it, *format))));
    asked.into_iter().find(|format| match format.shape {
        Shape::Line { parse, .. } => parse(line, draft, context),
        Shape::Object { .. } => false,
    })
}

fn starts(format: &Format, byte: u8) -> bool {
    match format.shape {
        Shape::Line { starts, .. } => starts(byte),
        Shape::Object { .. } => false,
    }
}

/// A message without the newline that its writer ended it with.
#[must_use]
pub fn without_newline(message: &str) -> &str {
    message.strip_suffix('\n').map_or(message, |line| line.strip_suffix('\r').unwrap_or(line))
}

#[cfg(test)]
mod tests;
