//! How fresh the directory is: for readiness, for `doctor` and for the page.

use std::time::Duration;

use crate::config::DirectorySource;
use crate::time::Timestamp;

/// How fresh the directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Accounts in force, of both sources together.
    pub accounts: usize,
    /// The file, if there is to be one.
    pub file: Option<Source>,
    /// AWS Organizations, if it is to be asked.
    pub organizations: Option<Source>,
}

/// How fresh one source of the directory is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Accounts that it names.
    pub accounts: usize,
    /// Of these, accounts whose tags were never read; they have no tenant yet unless the file names it.
    pub without_tags: usize,
    /// When it was last read to the end without an error, be it by an earlier run.
    pub last_success: Option<Timestamp>,
    /// What went wrong last.
    pub last_failure: Option<Failure>,
    /// How often something went wrong since the start.
    pub failures: u64,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub time: Timestamp,
    /// What, and what to do about it.
    pub message: String,
}

impl Status {
    pub(super) fn of(settings: &DirectorySource) -> Self {
        Self {
            accounts: 0,
            file: settings.file.as_ref().map(|_| Source::default()),
            organizations: settings.organizations.as_ref().map(|_| Source::default()),
        }
    }

    /// Whether every source was read to the end once, by this run or, for AWS Organizations, an earlier one.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        [&self.file, &self.organizations].into_iter().flatten().all(|source| source.last_success.is_some())
    }
}

impl Source {
    /// Time since it was last read to the end; `None` if it never was.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        self.last_success.map(|success| now.since(success))
    }

    /// What is wrong at present: the last failure, unless it worked since.
    #[must_use]
    pub fn failing(&self) -> Option<&Failure> {
        self.last_failure.as_ref().filter(|failure| self.last_success.is_none_or(|success| success < failure.time))
    }

    pub(super) fn succeed(&mut self, accounts: usize, time: Timestamp) {
        self.accounts = accounts;
        self.last_success = self.last_success.max(Some(time));
    }

    /// Keeps what went wrong, and logs it unless it is what went wrong before.
    pub(super) fn fail(&mut self, source: &'static str, message: &str, now: Timestamp) {
        if self.failing().is_none_or(|failure| failure.message != message) {
            tracing::warn!(source, error = message, "the directory could not be refreshed, the last good copy stays");
        }
        self.failures += 1;
        self.last_failure = Some(Failure { time: now, message: message.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_failure_counts_until_the_next_success() {
        let mut source = Source::default();
        source.fail("file", "gone", at(1));
        assert_eq!(source.failing().map(|failure| failure.message.as_str()), Some("gone"));
        source.succeed(3, at(2));
        assert_eq!((source.failing(), source.failures), (None, 1));
        assert_eq!(source.age(at(62)), Some(Duration::from_secs(60)));
    }
}
