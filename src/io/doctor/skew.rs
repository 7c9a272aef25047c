//! How far the clock of this machine is from that of others: AWS refuses requests that are signed too early or too late.

use std::time::Duration;

use aws_sdk_kinesis::primitives::{DateTime, DateTimeFormat};

use super::Finding;
use crate::config::Config;
use crate::io::aws::uses_aws;
use crate::io::clock;
use crate::time::Timestamp;

const SUBJECT: &str = "clock";
const TIMEOUT: Duration = Duration::from_secs(5);

/// The `Date` header counts whole seconds, and the answer took its time.
const SKEW_WARNED: Duration = Duration::from_secs(10);

/// AWS refuses signatures that are more than 5 minutes off.
/// Source: IAM user guide, "Troubleshoot Signature Version 4 signed requests", "Time-sensitive tokens".
const SKEW_REFUSED: Duration = Duration::from_mins(5);

const SYNCHRONISE: &str = "synchronise the clock: run chrony or systemd-timesyncd";

/// Compares with the `Date` header of the first server of the configuration that sends one.
pub(super) async fn examine(config: &Config) -> Finding {
    let Ok(client) = reqwest::Client::builder().timeout(TIMEOUT).build() else {
        return Finding::warn(SUBJECT, "not compared: no HTTP client", SYNCHRONISE);
    };
    for url in servers(config) {
        let Ok(answer) = client.get(&url).send().await else { continue };
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok());
        let Some(Ok(seconds)) = date.map(|date| u64::try_from(date.secs())) else { continue };
        return judge(&url, clock::now(), Timestamp::from_seconds(seconds));
    }
    Finding::warn(SUBJECT, "not compared: no server of the configuration tells the time", SYNCHRONISE)
}

fn judge(url: &str, here: Timestamp, there: Timestamp) -> Finding {
    let skew = here.since(there).max(there.since(here));
    let message = format!("{} s from that of {url}", skew.as_secs());
    if skew >= SKEW_REFUSED {
        Finding::fail(SUBJECT, message, SYNCHRONISE)
    } else if skew > SKEW_WARNED {
        Finding::warn(SUBJECT, message, SYNCHRONISE)
    } else {
        Finding::ok(SUBJECT, message)
    }
}

/// AWS first: its clock is the one that matters, and right.
fn servers(config: &Config) -> Vec<String> {
    let region = config.kinesis.iter().find_map(|kinesis| kinesis.region);
    let region = region.map(|region| region.to_string()).unwrap_or_else(|| "us-east-1".into());
    let custom = config.kinesis.iter().filter_map(|kinesis| kinesis.endpoint.clone());
    let aws = uses_aws(config).then(|| format!("https://kinesis.{region}.amazonaws.com/"));
    let named = config.destinations.iter().flat_map(|destination| {
        std::iter::once(destination.endpoint.clone()).chain(destination.signal_endpoints.values().cloned())
    });
    custom.chain(aws).chain(named).filter(|url| !url.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_clock_that_aws_would_refuse_is_a_failure() {
        let at = Timestamp::from_seconds;
        let health = |here, there| judge("x", at(here), at(there)).health;
        assert_eq!(health(1_000, 1_001), Health::Ok);
        assert_eq!(health(1_000, 1_030), Health::Warn);
        assert_eq!(health(1_400, 1_000), Health::Fail);
        assert_eq!(health(1_000, 1_400), Health::Fail);
    }
}
