//! Fanin's own log: for a person on a terminal, as JSON lines otherwise, always to stderr.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, ParseError};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Human on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One line of text an event.
    Human,
    /// One JSON object an event.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Filter directives that do not parse.
    #[error("RUST_LOG={given:?} is not a list of filters such as info,fanin::io::web=debug")]
    Filter {
        /// What was given.
        given: String,
        /// Why it does not parse.
        source: ParseError,
    },
    /// Logging was set up before.
    #[error("logging is set up already")]
    Twice(#[from] TryInitError),
}

/// Sets logging up for the whole process. `directives` is the value of `RUST_LOG`; without it, `info` and above is told.
///
/// # Errors
/// When the directives do not parse, or logging was set up before.
pub fn init(format: Format, directives: Option<&str>) -> Result<(), Error> {
    let filter = filter(directives.unwrap_or_default())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Telling of a failed write to stderr on stderr would panic where the reader of the log went away.
    let builder = builder.log_internal_errors(false);
    let on_terminal = std::io::stderr().is_terminal();
    if human(format, on_terminal) {
        // `NO_COLOR` is honoured by the library itself, and only where nothing is said here.
        let builder = builder.with_target(false);
        if on_terminal { builder.finish().try_init()? } else { builder.with_ansi(false).finish().try_init()? }
    } else {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).finish().try_init()?;
    }
    Ok(())
}

fn filter(directives: &str) -> Result<EnvFilter, Error> {
    EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(directives)
        .map_err(|source| Error::Filter { given: directives.to_owned(), source })
}

const fn human(format: Format, on_terminal: bool) -> bool {
    match format {
        Format::Auto => on_terminal,
        Format::Human => true,
        Format::Json => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_read_by_people_and_a_pipe_by_programs() {
        assert!(human(Format::Auto, true));
        assert!(!human(Format::Auto, false));
        assert!(human(Format::Human, false));
        assert!(!human(Format::Json, true));
    }

    #[test]
    fn filters_default_to_info_and_are_checked() {
        assert_eq!(filter("").unwrap().to_string(), "info");
        assert_eq!(filter("fanin::io::web=debug").unwrap().to_string(), "fanin::io::web=debug");
        let error = filter("fanin=loud").unwrap_err();
        assert!(error.to_string().starts_with("RUST_LOG=\"fanin=loud\" is not a list of filters"), "{error}");
    }
}
